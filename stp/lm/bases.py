"""Where a model that one starts from, or evaluates, lies: shipped with stp, in a folder, in a GGUF file, on Hugging Face."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from stp import paths
from stp.errors import ConfigError, InputError, StpError
from stp.files import write_folder
from stp.lm import formats
from stp.lm import model as models
from stp.lm.formats import Format, load
from stp.lm.tokenizer import TOKENIZER_FILE

#: What is fetched from a hub: weights in safetensors alone, never pickles.
PATTERNS = ("*.safetensors", "*.json", "*.jinja", "merges.txt", "vocab.txt", "tokenizer.model")
#: Digests of the types of the statements that a shipped model was trained on, one a line.
TRAINED_ON = "trained_on.txt"


def find(name: str, revision: str = "") -> Path:
    """The folder of the model that `name` means; made, or fetched, in the cache folder if need be.

    Raises InputError if it means none, or what it means cannot be read or fetched.
    """
    place = Path(name).expanduser()
    if place.is_dir():
        models.check_model(place)
        return place.resolve()
    if place.suffix == ".gguf":
        return _of_gguf(place)
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        try:
            return paths.shipped(f"data/models/{name}")
        except StpError:
            pass
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*", name):
        return _of_hub(name, revision)
    raise InputError(
        f"There is no model {name}: name a folder, a GGUF file, a model that stp ships ({', '.join(shipped())}), "
        "or ORGANISATION/MODEL on Hugging Face."
    )


def shipped() -> list[str]:
    """The names of the models that stp ships."""
    return sorted(folder.name for folder in paths.shipped("data/models").iterdir() if folder.is_dir())


def trained_on(folder: Path) -> frozenset[str]:
    """The keys of statements that the model is known to have been trained on; none where it does not say."""
    file = folder / TRAINED_ON
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()


def format_of(folder: Path, wanted: str = "") -> Format:
    """The format `wanted` (name or file), else the one that the model's folder holds, else our own for our own models.

    Raises ConfigError if nothing says which.
    """
    if wanted:
        return load(wanted)
    if (folder / models.FORMAT_FILE).is_file():
        return load(str(folder / models.FORMAT_FILE))
    if speaks_tags(folder):
        return load("stp")
    raise ConfigError(
        f"Nothing says how to ask the model in {folder} for proofs; name a format (--format, or model.format), "
        "for instance goedel-prover-v2."
    )


def speaks_tags(folder: Path) -> bool:
    """Whether the tokenizer has the tags of our own format, each as one token."""
    from stp.lm.prompts import SPECIAL_TOKENS
    from stp.lm.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(folder)
    return all(tokenizer.token_to_id(token) is not None for token in SPECIAL_TOKENS)


def _of_gguf(file: Path) -> Path:
    """The checkpoint that transformers makes of a GGUF file: its weights dequantised, in bfloat16."""
    if not file.is_file():
        raise InputError(f"There is no file {file}.")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    out = paths.home() / "models" / f"{file.stem}-{digest[:16]}"
    if out.is_dir():
        return out

    def write(folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        where: dict[str, Any] = {"gguf_file": file.name, "local_files_only": True}
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
        model: Any = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.bfloat16, **where)
        # They are dequantised by now, and transformers refuses to save what it takes for a quantised model.
        model.hf_quantizer.remove_quantization_config(model)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    try:
        write_folder(out, write)
    except ImportError as error:
        raise ConfigError('Reading GGUF needs the package gguf: pip install "stp[gguf]"') from error
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file} cannot be read as a model: {error}.") from error
    return out


def _of_hub(name: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, revision=revision or None, allow_patterns=list(PATTERNS)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"The model {name} cannot be fetched from Hugging Face ({why}); name a folder instead, or try again."
        ) from error
    if not (folder / TOKENIZER_FILE).is_file():
        raise InputError(f"{name} has no {TOKENIZER_FILE}; only models with a fast tokenizer can be used.")
    models.check_model(folder)
    return folder


def link(base: Path, out: Path, format_name: str) -> None:
    """Make `out` a folder of links to the model in `base`, with a format of its own."""
    models.check_model(base)
    out.mkdir(parents=True)
    for file in _files(base):
        if file.name != models.FORMAT_FILE:
            (out / file.name).symlink_to(file.resolve())
    keep_format(out, format_name)


def keep_format(folder: Path, name: str) -> None:
    """Write down in a model's folder how roles are put into text for it."""
    shutil.copyfile(formats.file_of(name), folder / models.FORMAT_FILE)


def copy_model(source: Path, out: Path) -> None:
    """Copy what makes a model of the folder `source` to `out`, completely or not at all."""

    def write(folder: Path) -> None:
        for file in _files(source):
            shutil.copyfile(file, folder / file.name)

    write_folder(out, write)


def _files(folder: Path) -> list[Path]:
    names = (models.CONFIG_FILE, models.INDEX_FILE, *models.COMPANIONS)
    return [*models.weight_files(folder), *(folder / name for name in names if (folder / name).is_file())]
