"""A folder that is complete or absent, with a manifest by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stp.errors import InputError
from stp.files import replace_folder

MANIFEST = "export.json"
CARD = "README.md"


def check_free(out: Path, *, force: bool) -> None:
    """Raises InputError if `out` is there and must not be replaced: without `force` never, and with it only if it
    is an export."""
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise InputError(
            f"{out} exists already; choose another place with --out, or replace it with --force."
        )
    if out.is_symlink() or not (out / MANIFEST).is_file():
        raise InputError(
            f"{out} was not written by stp export and is not replaced; remove it yourself, or choose another --out."
        )


def write(out: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Make the folder `out` by `fill`, completely or not at all; with `force` in place of an older export, which
    stays until the new one is complete.

    Raises InputError as `check_free`, or if the disk is full or the place not writable.
    """
    check_free(out, force=force)
    replace_folder(out, fill)


def add_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Write `export.json`: the facts, and the SHA-256 of every other file."""
    text = json.dumps({**facts, "files": digests(folder)}, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an export. Raises InputError if there is none, or it is damaged."""
    try:
        loaded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder} is no folder that stp export wrote ({MANIFEST} is missing).") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / MANIFEST} cannot be read: {error}.") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("files"), dict):
        raise InputError(f"{folder / MANIFEST} is damaged; export again.")
    return loaded


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder` but the manifest, by its path there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            with path.open("rb") as stream:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found
