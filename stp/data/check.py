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


def recorded(data: DataSet, environment: str) -> dict[str, Checked]:
    """What was found in that environment so far, by name."""
    place = _file(data.name, environment)
    if not place.is_file():
        return {}
    rows = jsonl.read(place, lambda _, row: Checked(**row), [])
    return {row.name: row for row in rows}


def record(
    data: DataSet,
    pool: LeanPool,
    progress: Progress = lambda done, remark: None,
    *,
    only: Sequence[Entry] | None = None,
) -> list[Checked]:
    """`check`, for a data set in the cache folder or `only` these entries of it, kept beside it; what is there already
    is not asked again."""
    entries = data.entries if only is None else only
    known = recorded(data, pool.environment.id)
    rows = check([e for e in entries if e.name not in known], pool, progress)
    answered = {row.name: row for row in rows if row.outcome != "undecided"}
    if answered and dataset.folder(data.name).is_dir():
        place = _file(data.name, pool.environment.id)
        everything = known | answered
        with whole(place) as stream:
            for entry in data.entries:
                if row := everything.get(entry.name):
                    stream.write(jsonl.line({k: v for k, v in vars(row).items() if v}) + "\n")
        with whole(place.with_suffix(".json")) as stream:
            parts = {**vars(pool.environment), "imports": list(pool.environment.imports)}
            stream.write(json.dumps(parts, indent=2, ensure_ascii=False) + "\n")
    found = known | {row.name: row for row in rows}
    return [found[entry.name] for entry in entries]


def environments(name: str) -> dict[str, dict[str, Any]]:
    """Environments in which the data set was checked: their parts, how many statements were, and elaborate, by id."""
    found = {}
    for place in sorted((dataset.folder(name) / dataset.CHECKED).glob("*.json")):
        rows = list(jsonl.read(place.with_suffix(".jsonl"), lambda _, row: Checked(**row), []))
        good = sum(row.outcome == "elaborates" for row in rows)
        parts = json.loads(place.read_text(encoding="utf-8"))
        found[place.stem] = {**parts, "checked": len(rows), "elaborate": good}
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
