"""A data set: named statements, each with the header that it is to be read under.

A data set is a folder of the cache (`$STP_HOME/data/NAME`): `statements.jsonl`, an entry a line in the file's order,
`card.json`, where it comes from, and what `stp data check` and `stp data split` have found and drawn.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from stp import jsonl, paths
from stp.data import registry
from stp.errors import InputError
from stp.files import replace_folder

STATEMENTS = "statements.jsonl"
CARD = "card.json"
#: Folder of what `stp data check` has found.
CHECKED = "checked"

#: Splits whose statements are never trained on.
HELD_OUT = ("test", "valid", "held_out")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Entry:
    """One statement of a data set."""

    name: str  # unique in its data set
    statement: str  # the theorem's head without `:=`, under its own name
    split: str = ""  # train, valid, test, held_out, or none
    header: str = ""  # trusted Lean text read before it, imports left out; may leave namespaces open
    imports: tuple[str, ...] = ()  # modules that its file imports
    namespace: str = ""  # that the header leaves open
    docstring: str = ""
    informal: str = ""  # the statement in words, if it is not the docstring
    proof: str = ""  # that came with it; nothing has checked it
    premises: tuple[str, ...] = ()  # theorems that this proof uses, as its source tells
    forbid: tuple[str, ...] = ()  # constants that a proof must not use: the library's own copy of it
    source: str = ""  # file and line, or where else it stood

    def as_row(self) -> dict[str, Any]:
        """The entry without its empty fields."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class DataSet:
    """Entries with their provenance. card: title, home, revision, licence, note, part_of, counts, …"""

    name: str
    entries: tuple[Entry, ...]
    card: dict[str, Any] = field(default_factory=dict)

    def splits(self) -> dict[str, int]:
        """Entries in each split, in the order of their first ones."""
        return dict(Counter(entry.split for entry in self.entries))


def root() -> Path:
    """The folder that holds the data sets."""
    return paths.home() / "data"


def folder(name: str) -> Path:
    """Where the data set of this name lies, whether it is there or not. Raises InputError if it is no name."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is not a name for a data set; use letters, digits, '.', '_' and '-'.")
    return root() / name


def installed() -> list[str]:
    """Names of the data sets in the cache folder."""
    return sorted(path.parent.name for path in root().glob(f"[!.]*/{CARD}"))


def load(name: str) -> DataSet:
    """The data set of this name. Raises InputError, which says how to get one, if it is not there or damaged."""
    place = folder(name)
    if not (place / CARD).is_file():
        known = ", ".join(installed()) or "none"
        raise InputError(f"There is no data set {name!r} (there are: {known}). {registry.how_to_get(name)}")
    broken: list[str] = []
    entries = tuple(jsonl.read(place / STATEMENTS, lambda _, row: entry(row), broken))
    if broken:
        raise _damaged(name, broken[0])
    return DataSet(name, entries, card(name))


def card(name: str) -> dict[str, Any]:
    """The card of a data set in the cache folder, `splits` with their counts among it. Raises InputError if it is
    damaged."""
    try:
        loaded: dict[str, Any] = json.loads((folder(name) / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _damaged(name, CARD) from None
    return loaded


def _damaged(name: str, what: str) -> InputError:
    return InputError(
        f"The data set in {folder(name)} is damaged ({what}); remove the folder and get it again."
    )


def must_be_free(name: str) -> None:
    """Raises InputError if there is a data set of this name."""
    if (folder(name) / CARD).exists():
        raise InputError(
            f"There is a data set {name!r} already; replace it with --force, or give another name with --name."
        )


def save(data: DataSet, *, replace: bool = False) -> Path:
    """Write the data set to the cache folder, completely or not at all. What was found out about the statements of one
    that it replaces stays if they are the same.

    Raises InputError if there is one of this name and `replace` is not asked for, or if two entries share a name.
    """
    place = folder(data.name)
    twice = [name for name, count in Counter(e.name for e in data.entries).items() if count > 1]
    if twice:
        raise InputError(f"{data.name}: two statements are named {twice[0]!r}; names must be unique.")
    there = (place / CARD).exists()
    if not replace:
        must_be_free(data.name)
    same = there and (place / CHECKED).is_dir() and _meanings(load(data.name)) == _meanings(data)

    def fill(new: Path) -> None:
        if same:
            shutil.copytree(place / CHECKED, new / CHECKED)
        with (new / STATEMENTS).open("w", encoding="utf-8") as stream:
            stream.writelines(jsonl.line(e.as_row()) + "\n" for e in data.entries)
        card = {**data.card, "name": data.name, "splits": data.splits()}
        (new / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    replace_folder(place, fill)
    return place


def _meanings(data: DataSet) -> list[tuple[str, str, str]]:
    return [(e.name, e.statement, e.header) for e in data.entries]


def entry(row: jsonl.Row) -> Entry:
    """An entry from its row. Raises ValueError if a field is missing, unknown or of another type."""
    known = {f.name: f for f in fields(Entry)}
    for key, value in row.items():
        if key not in known:
            raise ValueError(f'unknown field "{key}"')
        wants_list = str(known[key].type).startswith("tuple")
        if wants_list != isinstance(value, list) or not (wants_list or isinstance(value, str)):
            raise ValueError(f'"{key}" is not a {"list" if wants_list else "text"}')
    for key in ("name", "statement"):
        jsonl.text(row, key)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Entry(**values)


def select(spec: str) -> tuple[DataSet, list[Entry]]:
    """The entries that `NAME` or `NAME:SPLIT` means. Raises InputError if there are none."""
    name, _, split = spec.partition(":")
    data = load(name)
    chosen = [e for e in data.entries if not split or e.split == split]
    if not chosen:
        there = ", ".join(f"{key or 'none'} ({count})" for key, count in data.splits().items())
        raise InputError(f"{name} has no statements in a split {split!r}; its splits are: {there or 'none'}.")
    return data, chosen


def held_out(entries: Iterable[Entry]) -> list[Entry]:
    """Those that are never trained on."""
    return [e for e in entries if e.split in HELD_OUT]
