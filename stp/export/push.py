"""An exported folder to a hub of data sets (Hugging Face), through `huggingface_hub`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stp.errors import InputError, ServiceError
from stp.export import INSTALL
from stp.export.folder import CARD, digests, read_manifest


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that may be published.

    Raises InputError if it is no export, has no card, its proofs were not checked again, or a file has changed since.
    """
    manifest = read_manifest(folder)
    if not (folder / CARD).is_file():
        raise InputError(f"{folder} has no card ({CARD}); export it again before it is published.")
    kind = manifest.get("recheck", {}).get("kind")
    if kind not in ("passed", "nothing"):
        raise InputError(
            f"The proofs in {folder} were not checked again when they were exported ({kind}); export them without --no-recheck first."
        )
    now, then = digests(folder), manifest["files"]
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    if changed:
        raise InputError(f"{folder} is not what was exported ({changed[0]} has changed); export it again.")
    return manifest


def push(folder: Path, repository: str, *, private: bool = True, api: Any = None) -> str:
    """Upload the folder as the data set `repository` (`OWNER/NAME`), made if it is not there; its address.

    api: a `huggingface_hub.HfApi` (default: one with the token of this machine). What an earlier push left in `data/`
    and is not in the folder goes. Raises InputError as `check`, ServiceError if the hub cannot be reached or refuses.
    """
    manifest = check(folder)
    try:
        import httpx
        from huggingface_hub import HfApi
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalTokenNotFoundError,
            OfflineModeIsEnabled,
        )
    except ModuleNotFoundError as missing:
        raise InputError(
            f"stp push needs the extra `hf` (huggingface_hub), which is not installed. Install it with: {INSTALL}"
        ) from missing
    api = api or HfApi()
    try:
        api.create_repo(repo_id=repository, repo_type="dataset", private=private, exist_ok=True)
        if private and not api.repo_info(repository, repo_type="dataset").private:
            raise InputError(
                f"{repository} is there and public; push to it with --public, or name another one."
            )
        api.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=folder,
            commit_message=f"{manifest['campaign']}: exported by stp {manifest['stp']}",
            delete_patterns=["data/*"],
        )
    except HFValidationError as error:
        raise InputError(f"{repository!r} is no name of a repository ({error}); write OWNER/NAME.") from error
    except LocalTokenNotFoundError as error:
        raise ServiceError(_NO_TOKEN) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        raise ServiceError(
            _NO_TOKEN if status in (401, 403) else f"The hub refuses {repository} ({error}).", status
        ) from error
    except OfflineModeIsEnabled as error:
        raise ServiceError(
            "HF_HUB_OFFLINE is set, so nothing can be pushed; unset it and run the command again."
        ) from error
    except (httpx.TransportError, ConnectionError) as error:
        raise ServiceError(
            f"The hub cannot be reached ({error}); nothing was published. Try again with a network."
        ) from error
    return f"{repository} ({'private' if private else 'public'})"


_NO_TOKEN = (
    "The hub wants a token that may write to this repository; log in with: hf auth login (or set HF_TOKEN)."
)
