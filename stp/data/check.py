"""Which statements of a data set elaborate in which environment; and the parts that need no Mathlib.

What was found is kept beside the data set, one file an environment (its id is the file's name), so that it is found out
once. `key` is the digest of the statement's type, equal exactly up to renaming of bound variables.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stp import jsonl, paths
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.files import whole
from stp.lean.pool import Failure, LeanPool
from stp.records import StatementInfo

#: Statements asked about together: what an interruption can cost.
_BLOCK = 512
#: Times that a statement is asked about whose worker was lost.
_TRIES = 3

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Checked:
    """What one environment makes of one statement."""

    name: str
    outcome: str  # elaborates, fails, or undecided: the worker was lost each time
    key: str = ""
    detail: str = ""
    rest: str = ""  # the head's text after the theorem's name


def check(
    entries: Sequence[Entry], pool: LeanPool, progress: Progress = lambda done, remark: None
) -> list[Checked]:
    """What the pool's environment makes of each statement, under the statement's own header."""
    found: dict[int, Checked] = {}
    by_header: dict[str, list[int]] = defaultdict(list)
    for i, entry in enumerate(entries):
        by_header[entry.header].append(i)
    for header, members in by_header.items():
        for start in range(0, len(members), _BLOCK):
            left = members[start : start + _BLOCK]
            for _ in range(_TRIES):
                infos = pool.statements([entries[i].statement for i in left], header)
                for i, info in zip(left, infos, strict=True):
                    found[i] = _checked(entries[i].name, info)
                left = [i for i in left if found[i].outcome == "undecided"]
            good = sum(c.outcome == "elaborates" for c in found.values())
            progress(len(found), f"{good} elaborate")
    return [found[i] for i in range(len(entries))]


def _checked(name: str, info: StatementInfo | Failure | str) -> Checked:
    if isinstance(info, StatementInfo):
        return Checked(name, "elaborates", info.key, "", info.rest)
    if isinstance(info, Failure):
        return Checked(name, "undecided", "", jsonl.one_line(str(info)))
    return Checked(name, "fails", "", jsonl.one_line(info))


def recorded(data: DataSet, environment: str) -> list[Checked] | None:
    """What was found in that environment; None if nothing was, or not of all its statements."""
    place = _file(data.name, environment)
    if not place.is_file():
        return None
    broken: list[str] = []
    rows = list(jsonl.read(place, lambda _, row: Checked(**row), broken))
    whole_set = [row.name for row in rows] == [entry.name for entry in data.entries]
    return rows if whole_set and not broken else None


def record(data: DataSet, pool: LeanPool, progress: Progress = lambda done, remark: None) -> list[Checked]:
    """`check`, for all of a data set in the cache folder, kept beside it; taken from there if it is."""
    if (known := recorded(data, pool.environment.id)) is not None:
        return known
    rows = check(data.entries, pool, progress)
    if all(row.outcome != "undecided" for row in rows) and dataset.folder(data.name).is_dir():
        with whole(_file(data.name, pool.environment.id)) as stream:
            stream.writelines(jsonl.line({k: v for k, v in vars(row).items() if v}) + "\n" for row in rows)
        with whole(_file(data.name, pool.environment.id).with_suffix(".json")) as stream:
            parts = {**vars(pool.environment), "imports": list(pool.environment.imports)}
            stream.write(json.dumps(parts, indent=2, ensure_ascii=False) + "\n")
    return rows


def environments(name: str) -> dict[str, dict[str, Any]]:
    """Environments in which the data set was checked: their parts, and how many statements elaborate, by id."""
    found = {}
    for place in sorted((dataset.folder(name) / dataset.CHECKED).glob("*.json")):
        with place.with_suffix(".jsonl").open(encoding="utf-8") as stream:
            good = sum('"elaborates"' in line for line in stream)
        found[place.stem] = {**json.loads(place.read_text(encoding="utf-8")), "elaborate": good}
    return found


def _file(name: str, environment: str) -> Path:
    return dataset.folder(name) / dataset.CHECKED / f"{environment}.jsonl"


# --- parts that need no Mathlib -----------------------------------------------------------------------------


def compat_header() -> str:
    """Notations (ℕ ℤ ℚ) and a few definitions of Mathlib's, for statements that need no more of it."""
    return paths.shipped("data/compat/header.lean").read_text(encoding="utf-8")


def core(
    data: DataSet, name: str, pool: LeanPool, progress: Progress = lambda done, remark: None
) -> tuple[DataSet, list[Checked]]:
    """The part of `data` that elaborates in the pool's environment under `compat_header` in place of its own headers."""
    header = compat_header()
    stated = [
        replace(e, header=header, imports=(), namespace="", proof="", premises=()) for e in data.entries
    ]
    checked = check(stated, pool, progress)
    kept = tuple(e for e, c in zip(stated, checked, strict=True) if c.outcome == "elaborates")
    card = {
        **{key: value for key, value in data.card.items() if key not in ("name", "splits", "note", "title")},
        "title": f"the part of {data.card.get('title', data.name)} that needs no Mathlib",
        "part_of": data.name,
        "note": f"{len(kept)} of the {len(data.entries)} statements of {data.name}: those that elaborate in core Lean with "
        f"the notations and definitions of data/compat/header.lean; figures on it are not figures on {data.name}",
        "environment": pool.environment.id,
    }
    return DataSet(name, kept, card), checked
