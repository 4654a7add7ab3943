"""From files to entries: Lean sources and rows of JSON, in the shapes that benchmarks come in.

What a theorem's head is, Lean's own parser says (`stp.lean.source`); nothing here cuts at a `:=`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from stp import jsonl
from stp.data.dataset import Entry
from stp.errors import InputError
from stp.lean import source
from stp.lean.pool import LeanPool

#: Texts that Lean reads between two words of progress.
_BLOCK = 256

#: Where rows keep what, in the order in which it is looked for.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full_name", "problem_id", "problem_name", "theorem_name", "id"),
    "statement": (
        "formal_statement",
        "statement",
        "formal_stmt",
        "lean4_statement",
        "lean4_formalization",
        "prop_defn",
        "theorem",
    ),
    "header": ("header", "lean4_src_header", "context", "deps"),
    "helper": ("helper", "preamble"),
    "split": ("split",),
    "informal": (
        "informal_prefix",
        "informal_stmt",
        "informal_statement",
        "natural_language_statement",
        "nl_statement",
    ),
    "proof": ("proof", "formal_proof"),
}

#: What benchmarks call their parts, and what they are called here.
SPLITS = {"validation": "valid", "val": "valid", "dev": "valid"}

_IMPORT = re.compile(
    r"^[ \t]*(?:public[ \t]+)?(?:meta[ \t]+)?import[ \t]+(?:all[ \t]+)?(\S+)[^\n]*\n?", re.MULTILINE
)
_DEFINITION = re.compile(r"\s*(?:noncomputable\s+)?(?:def|abbrev)\s+")
_COMMENTED = re.compile(r"\bsorry[ \t]*\n((?:[ \t]*--[^\n]*\n?)+)")

Progress = Callable[[int, int], None]
Texts = Sequence[tuple[str, str]]  # path (with forward slashes), text


@dataclass
class Imported:
    """Entries, and what of the input could not be read: each fault a sentence with its place."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    by_tokens: int = 0  # statements told by their tokens, their notation being unknown to the Lean at hand


def path(
    place: Path, pool: LeanPool, *, progress: Progress = lambda done, total: None, answers: bool = False
) -> Imported:
    """The statements of a file (`.lean`, `.jsonl`, `.json`, `.parquet`) or of a folder of `.lean` files.

    answers: as in `lean`. Raises InputError if it cannot be read, is empty or of another kind.
    """
    if place.is_dir():
        files = sorted(p for p in place.rglob("*.lean") if p.is_file())
        if not files:
            raise InputError(
                f"{place} holds no .lean files; name a folder of them, or a .lean, .jsonl, .json or .parquet file."
            )
        texts = [(p.relative_to(place).as_posix(), _read(p)) for p in files]
        found = lean(texts, pool, progress=progress, answers=answers)
    elif not place.exists():
        raise InputError(
            f"{place} is not there; name a .lean, .jsonl, .json or .parquet file, or a folder of .lean files."
        )
    elif place.suffix == ".lean":
        found = lean([(place.name, _read(place))], pool, progress=progress, answers=answers)
    elif place.suffix == ".parquet":
        found = rows(list(enumerate(_parquet(place), 1)), pool, progress=progress)
    elif place.suffix in (".jsonl", ".json"):
        found = of_json(_read(place), pool, lines=place.suffix == ".jsonl", progress=progress)
    else:
        raise InputError(
            f"{place} is of no known kind; name a .lean, .jsonl, .json or .parquet file, or a folder of .lean files."
        )
    if not found.entries:
        why = f" ({found.faults[0]})" if found.faults else ""
        raise InputError(f"{place} holds no statement that could be read{why}.")
    return found


def lean(
    texts: Texts, pool: LeanPool, *, progress: Progress = lambda done, total: None, answers: bool = False
) -> Imported:
    """The theorems of Lean sources, each with its file's text before it as its header.

    A folder named Test or Valid on a file's path is its split. answers: where a definition's value is `sorry` and the
    comment behind it holds the value (PutnamBench), put it there: without it nothing can be proved.
    """
    found = Imported()
    seen: set[str] = set()
    for start in range(0, len(texts), _BLOCK):
        part = [(p, _with_answers(t) if answers else t) for p, t in texts[start : start + _BLOCK]]
        for (name, _), read in zip(part, source.read(pool, [text for _, text in part]), strict=True):
            found.faults += [f"{name}: {fault}" for fault in read.faults]
            for theorem in read.theorems:
                found.by_tokens += not theorem.grammar
                found.entries.append(_of_theorem(theorem, read.imports, name, seen))
        progress(min(start + _BLOCK, len(texts)), len(texts))
    return found


def _of_theorem(theorem: source.Theorem, imports: tuple[str, ...], file: str, seen: set[str]) -> Entry:
    return Entry(
        name=_unique(theorem.full_name, seen),
        statement=theorem.head,
        split=_split_of_path(file),
        header=theorem.header,
        imports=imports,
        namespace=theorem.namespace,
        docstring=theorem.docstring,
        proof="" if theorem.unproved else theorem.proof,
        source=f"{file}:{theorem.line}",
    )


def of_json(
    text: str, pool: LeanPool, *, lines: bool, progress: Progress = lambda done, total: None
) -> Imported:
    """The statements of a JSON list, or of JSON objects a line."""
    found = Imported()
    given: list[tuple[int, Any]] = []
    if lines:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    given.append((number, jsonl.value(line)))
                except ValueError as error:
                    found.faults.append(f"line {number}: {error}")
    else:
        try:
            loaded = jsonl.value(text)
        except ValueError as error:
            raise InputError(f"The file is {error}.") from error
        if isinstance(loaded, dict):  # {name: row}
            loaded = [
                {"name": key, **row} if isinstance(row, dict) else {"name": key, "statement": row}
                for key, row in loaded.items()
            ]
        given = list(enumerate(loaded if isinstance(loaded, list) else [loaded], 1))
    read = rows(given, pool, progress=progress)
    return replace(read, faults=found.faults + read.faults)


def rows(
    given: Sequence[tuple[int, Any]], pool: LeanPool, *, progress: Progress = lambda done, total: None
) -> Imported:
    """The statements of rows (number, object), under the field names of `FIELDS`."""
    found = Imported()
    seen: set[str] = set()
    for start in range(0, len(given), _BLOCK):
        part: list[tuple[int, jsonl.Row]] = []
        for number, row in given[start : start + _BLOCK]:
            if not isinstance(row, dict) or not _field(row, "statement"):
                wanted = ", ".join(f'"{key}"' for key in FIELDS["statement"])
                found.faults.append(f"line {number}: no statement (a text under one of {wanted})")
            else:
                part.append((number, row))
        for (number, row), (theorem, by_tokens) in zip(
            part, _theorems([_field(r, "statement") for _, r in part], pool), strict=True
        ):
            if isinstance(theorem, str):
                found.faults.append(f"line {number}: {_field(row, 'name') or 'statement'}: {theorem}")
            else:
                found.by_tokens += by_tokens
                found.entries.append(_of_row(number, row, theorem, seen))
        progress(min(start + _BLOCK, len(given)), len(given))
    return found


def _theorems(texts: Sequence[str], pool: LeanPool) -> list[tuple[source.Theorem | str, bool]]:
    """The last theorem of each text, which may break off at its `:=`, or before; or what is wrong with it."""
    results: list[tuple[source.Theorem | str, bool]] = []
    for read in source.read(pool, [_completed(text) for text in texts]):
        results.append(_last(read))
    again = [i for i, (theorem, _) in enumerate(results) if isinstance(theorem, str)]
    for i, read in zip(again, source.read(pool, [f"{texts[i]}\n  := sorry" for i in again]), strict=True):
        theorem, by_tokens = _last(read)
        if not isinstance(theorem, str):
            results[i] = (theorem, by_tokens)
    wanted = {
        i: _DEFINITION.sub("theorem ", _completed(texts[i]), count=1)
        for i in again
        if _DEFINITION.match(texts[i])
    }
    for i, read in zip(wanted, source.read(pool, list(wanted.values())), strict=True):
        theorem, by_tokens = _last(read)
        if not isinstance(theorem, str) and theorem.unproved:
            results[i] = (_inhabited(theorem), by_tokens)
    return results


def _inhabited(theorem: source.Theorem) -> source.Theorem | str:
    """A definition that is asked for (some of ProofNet's problems are), read as a theorem: that there is one."""
    depth = 0
    for i, char in enumerate(theorem.rest):
        depth += (char in "([{⟨⦃") - (char in ")]}⟩⦄")
        if char == ":" and depth == 0:
            binders, kind = theorem.rest[: i + 1], theorem.rest[i + 1 :].strip()
            if kind == "Prop" or kind.startswith(("Sort", "Type")):
                return "asks for a definition of a proposition or a type, which is no statement"
            rest = f"{binders} Nonempty ({kind})"
            return replace(theorem, rest=rest, head=f"theorem {theorem.name} {rest}")
    return "asks for a definition without a type"


def _last(read: source.Source) -> tuple[source.Theorem | str, bool]:
    if read.faults or not read.theorems:
        return (read.faults[0] if read.faults else "holds no theorem"), False
    return read.theorems[-1], not read.theorems[-1].grammar


def _completed(text: str) -> str:
    stripped = text.rstrip()
    return f"{stripped} sorry" if stripped.endswith(":=") or re.search(r":=\s*by\Z", stripped) else text


def _of_row(number: int, row: jsonl.Row, theorem: source.Theorem, seen: set[str]) -> Entry:
    imports, header = without_imports(_field(row, "header"))
    own_imports, helper = without_imports(_field(row, "helper"))
    proof = _field(row, "proof")
    split = _field(row, "split")
    informal = _field(row, "informal").strip()
    doc = source.docstring(informal) if informal.startswith("/--") else ""
    forbid = row.get("forbid")
    return Entry(
        name=_unique(_field(row, "name") or theorem.full_name, seen),
        statement=theorem.head,
        split=SPLITS.get(split, split),
        header="\n".join(part.strip() for part in (header, helper, theorem.header) if part.strip()),
        imports=tuple(dict.fromkeys((*imports, *own_imports, *_texts(row.get("imports"))))),
        namespace=str(row.get("namespace") or theorem.namespace),
        docstring=str(row.get("docstring") or theorem.docstring or doc),
        informal="" if doc else informal,
        proof=proof if proof and "statement" in row else ("" if theorem.unproved else theorem.proof),
        premises=_texts(row.get("premises")),
        forbid=_texts(forbid),
        source=str(row.get("source") or f"line {number}"),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _field(row: Mapping[str, Any], what: str) -> str:
    for key in FIELDS[what]:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if what == "name" and isinstance(value, int):
            return str(value)
    return ""


def without_imports(header: str) -> tuple[tuple[str, ...], str]:
    """The modules that a header imports, and the rest of it."""
    return tuple(_IMPORT.findall(header)), _IMPORT.sub("", header).strip()


def _unique(name: str, seen: set[str]) -> str:
    """`name`, or `name~2` and so on if it is taken."""
    candidate, number = name, 1
    while candidate in seen:
        number += 1
        candidate = f"{name}~{number}"
    seen.add(candidate)
    return candidate


def _split_of_path(file: str) -> str:
    folders = {part.lower() for part in PurePosixPath(file).parts[:-1]}
    for name in ("train", "valid", "test"):
        if name in folders:
            return name
    return ""


def _with_answers(text: str) -> str:
    def put(match: re.Match[str]) -> str:
        value = "\n".join(line.strip().removeprefix("--").rstrip() for line in match[1].splitlines())
        return f"{value.strip()}\n"

    before, theorem, rest = text.partition("\ntheorem ")
    return _COMMENTED.sub(put, before) + theorem + rest


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text.") from None


def _parquet(file: Path) -> Iterable[dict[str, Any]]:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise InputError("Reading Parquet needs pyarrow; install it with: pip install 'stp[hf]'") from None
    try:
        loaded: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    except Exception as error:  # pyarrow raises many kinds
        raise InputError(f"{file} is no Parquet file: {jsonl.one_line(str(error))}.") from error
    return loaded


def doubles(entries: Iterable[Entry]) -> int:
    """How many entries share their statement's text with an earlier one."""
    return sum(
        count - 1 for count in Counter((e.header, e.statement.split(None, 2)[-1]) for e in entries).values()
    )
