"""Proofs from elsewhere, as rows: JSONL, JSON, Lean files, folders and zip archives of any of them.

A row is a whole Lean text, or a statement and its proof. Nothing of it is trusted, nothing is run here.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stp import jsonl
from stp.errors import InputError

#: Fields in which releases of provers keep what a row holds, the first that is there and a text.
NAME = ("name", "problem_id", "id", "theorem_name", "problem_name")
STATEMENT = ("statement", "formal_statement", "theorem", "lean4_statement")
PROOF = ("proof", "formal_proof", "lean4_proof", "generated_proof")
TEXT = ("code", "full_code", "lean4_code", "lean_code", "full_proof", "full_text", "text")

#: Bytes of a Lean file beyond which it is not read: many times what Lean is asked (`stp.lean.pool.MAX_TEXT`).
_LARGE = 4_000_000
_SUFFIXES = (".lean", ".json", ".jsonl")


@dataclass(frozen=True)
class Given:
    """One row. Either `text`, a whole Lean text, or `statement` (without `:=`; may be empty) and `proof`."""

    source: str  # file, and place in it
    name: str = ""
    statement: str = ""
    proof: str = ""
    text: str = ""

    def as_file(self) -> str:
        """The row as one Lean text."""
        if self.text:
            return self.text
        stated = (
            self.statement
            if re.search(r"\b(theorem|lemma|example)\b", self.statement)
            else f"theorem t {self.statement}"
        )
        return f"{stated} :=\n{self.proof}\n"


def read(path: Path, broken: list[str]) -> Iterator[Given]:
    """The rows of a file, a folder (what is below it, by name) or a zip archive. What cannot be read of them is listed
    in `broken`. Raises InputError if there is nothing of the name, or it is of another kind."""
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in _SUFFIXES and p.is_file())
        if not found:
            raise InputError(f"{path} holds no .lean, .json or .jsonl file.")
        for file in found:
            yield from _file(file, broken)
    elif path.suffix == ".zip" and path.is_file():
        yield from _archive(path, broken)
    elif path.suffix in _SUFFIXES and path.is_file():
        yield from _file(path, broken)
    else:
        what = "is of another kind" if path.exists() else "is not there"
        raise InputError(f"{path} {what}; name .jsonl, .json, .lean or .zip files, or folders of them.")


def given(row: jsonl.Row, source: str, name: str = "") -> Given:
    """A row as what it holds. Raises ValueError if that is neither a text nor a proof."""
    name = next((str(row[k]) for k in NAME if isinstance(row.get(k), str | int)), name)
    if (text := _first(row, TEXT)) is not None:
        return Given(source, name, text=unfenced(text))
    proof = _first(row, PROOF)
    if proof is None:
        raise ValueError(f"neither a proof ({', '.join(PROOF)}) nor a whole text ({', '.join(TEXT)})")
    proof = unfenced(proof)
    if _WHOLE.search(proof):
        return Given(source, name, text=proof)
    statement, proof = joined(_first(row, STATEMENT) or "", proof)
    return Given(source, name, statement, proof)


def joined(statement: str, proof: str) -> tuple[str, str]:
    """Statement without, and proof without, what stands between them (`:=`, `:= by`, `:= by sorry`): releases cut at
    different places."""
    found = _TAIL.search(statement)
    head = statement[: found.start()] if found else statement
    proof = proof.strip("\n")
    if proof.lstrip().startswith(":="):
        proof = proof.lstrip()[2:]
    elif found and found["by"] and not found["sorry"] and not re.match(r"\s*by\b", proof):
        proof = f"by\n{proof}" if proof[:1].isspace() else "by\n" + _indented(proof)
    return head.rstrip(), proof


def unfenced(text: str) -> str:
    """The last fenced block of a model's answer in Markdown; the text itself if it has none."""
    blocks = _FENCE.findall(text)
    return blocks[-1] if blocks else text


def imports(text: str) -> list[str]:
    """The modules that a text says it imports."""
    return _IMPORT.findall(text)


_FENCE = re.compile(r"^```(?:lean4?|lean 4)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_IMPORT = re.compile(r"^(?:public\s+|private\s+|meta\s+)*import\s+(?:all\s+)?([^\s]+)", re.MULTILINE)
_TAIL = re.compile(r"\s*:=\s*(?P<by>by\b)?\s*(?P<sorry>sorry)?\s*\Z")
#: A line that only a whole text has.
_WHOLE = re.compile(r"^(?:theorem|lemma|import|example)\s", re.MULTILINE)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line.strip() else line for line in text.split("\n"))


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((row[key] for key in keys if isinstance(row.get(key), str) and row[key].strip()), None)


def _file(path: Path, broken: list[str]) -> Iterator[Given]:
    if path.suffix == ".jsonl":
        faults: list[str] = []
        yield from jsonl.read(path, lambda number, row: given(row, f"{path.name}:{number}"), faults)
        broken += [f"{path.name}: {fault}" for fault in faults]
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    yield from _bytes(path.name, data, broken)


def _archive(path: Path, broken: list[str]) -> Iterator[Given]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                # what macOS adds begins with "__MACOSX/" and is no Lean
                if not info.filename.endswith(_SUFFIXES) or info.filename.startswith("__MACOSX/"):
                    continue
                if info.filename.endswith(".lean") and info.file_size > _LARGE:
                    broken.append(f"{info.filename}: larger than {_LARGE:,} bytes")
                    continue
                yield from _bytes(info.filename, archive.read(info), broken)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path} is no zip archive that can be read: {error}.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _bytes(name: str, data: bytes, broken: list[str]) -> Iterator[Given]:
    """The rows of one file that is no JSONL on disk."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        broken.append(f"{name}: not UTF-8")
        return
    if name.endswith(".lean"):
        yield Given(name, Path(name).stem, text=text)
        return
    if name.endswith(".jsonl"):
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        rows = [(f"{name}:{number}", "", _json(line)) for number, line in lines]
    else:
        rows = _json_rows(name, _json(text))
    for place, key, row in rows:
        try:
            if isinstance(row, str):
                row = {TEXT[0]: row}
            if not isinstance(row, dict):
                raise ValueError("neither a JSON object nor a text")
            found = given(row, place, key)
        except ValueError as error:
            broken.append(f"{place}: {error}")
            continue
        yield found


def _json_rows(name: str, value: Any) -> list[tuple[str, str, Any]]:
    """(place, name, row) of a JSON file: a list of rows, one row, or texts or rows by name."""
    if isinstance(value, list):
        return [(f"{name}:{i}", "", row) for i, row in enumerate(value, 1)]
    if isinstance(value, dict) and not any(isinstance(value.get(key), str) for key in (*TEXT, *PROOF)):
        return [(f"{name}:{key}", key, row) for key, row in value.items()]
    return [(name, "", value)]


def _json(text: str) -> Any:
    """The value, None (which is no row) if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
