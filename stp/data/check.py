"""Which statements of a data set elaborate in which environment; and the parts that need no Mathlib.

What was found is kept beside the data set, one file an environment (its id is the file's name), so that it is found out
once. `key` is the digest of the statement's type, equal exactly up to renaming of bound variables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stp import jsonl, paths
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.files import whole
from stp.lean.pool import Failure, LeanPool
from stp.records import StatementInfo, digest

#: Statements asked about together.
_BLOCK = 512
#: Statements between two writes: what an interruption can cost.
_KEPT = 512
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
    for start in range(0, len(entries), _BLOCK):
        left = list(range(start, min(start + _BLOCK, len(entries))))
        for _ in range(_TRIES):
            infos = pool.statements([entries[i].statement for i in left], [entries[i].header for i in left])
            for i, info in zip(left, infos, strict=True):
                found[i] = _checked(entries[i].name, info)
            left = [i for i in left if found[i].outcome == "undecided"]
            if not left:
                break
        good = sum(c.outcome == "elaborates" for c in found.values())
        progress(len(found), f"{good} elaborate")
    return [found[i] for i in range(len(entries))]


def _checked(name: str, info: StatementInfo | Failure | str) -> Checked:
    if isinstance(info, StatementInfo):
        return Checked(name, "elaborates", info.key, "", info.rest)
    if isinstance(info, Failure):
        return Checked(name, "undecided", "", jsonl.one_line(str(info)))
    return Checked(name, "fails", "", jsonl.one_line(info))


def recorded(name: str, mark: str) -> dict[str, Checked]:
    """What was written down under that mark (an environment's id) so far, by name."""
    place = _file(name, mark)
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
    mark: str = "",
) -> list[Checked]:
    """`check`, for a data set in the cache folder or `only` these entries of it, written down beside it block by block;
    what is there already is not asked again.

    mark: what it is written down under, if the statements are not read as they stand in the data set; else it is the
    environment's id.
    """
    entries = data.entries if only is None else only
    place = mark or pool.environment.id
    found = recorded(data.name, place)
    waiting = [e for e in entries if e.name not in found]
    done = len(entries) - len(waiting)
    for start in range(0, len(waiting), _KEPT):
        rows = check(waiting[start : start + _KEPT], pool)
        found |= {row.name: row for row in rows}
        if dataset.folder(data.name).is_dir():
            _keep(data, place, found, pool if not mark else None)
        done += len(rows)
        progress(
            done,
            f"{sum(found[e.name].outcome == 'elaborates' for e in entries if e.name in found)} elaborate",
        )
    return [found[entry.name] for entry in entries]


def record_bare(
    data: DataSet,
    pool: LeanPool,
    entries: Sequence[Entry],
    progress: Progress = lambda done, remark: None,
) -> list[Checked]:
    """`record` of `entries` without their headers, as an environment reads them that has read their header already."""
    bare = [replace(e, header="") for e in entries]
    return record(data, pool, progress, only=bare, mark=f"bare-{pool.environment.id}")


def _keep(data: DataSet, mark: str, found: dict[str, Checked], pool: LeanPool | None) -> None:
    place = _file(data.name, mark)
    with whole(place) as stream:
        for entry in data.entries:
            row = found.get(entry.name)
            if row is not None and row.outcome != "undecided":
                stream.write(jsonl.line({k: v for k, v in vars(row).items() if v}) + "\n")
    if pool is not None:
        with whole(place.with_suffix(".json")) as stream:
            parts = {**vars(pool.environment), "imports": list(pool.environment.imports)}
            stream.write(json.dumps(parts, indent=2, ensure_ascii=False) + "\n")


def environments(name: str) -> dict[str, dict[str, Any]]:
    """Environments in which the data set was checked: their parts, how many statements were, and elaborate, by id."""
    found = {}
    for place in sorted((dataset.folder(name) / dataset.CHECKED).glob("*.json")):
        rows = list(jsonl.read(place.with_suffix(".jsonl"), lambda _, row: Checked(**row), []))
        good = sum(row.outcome == "elaborates" for row in rows)
        parts = json.loads(place.read_text(encoding="utf-8"))
        found[place.stem] = {**parts, "checked": len(rows), "elaborate": good}
    return found


def _file(name: str, mark: str) -> Path:
    return dataset.folder(name) / dataset.CHECKED / f"{mark}.jsonl"


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
    mark = f"core-{digest(pool.environment.id, header)}"
    checked = record(data, pool, progress, only=stated, mark=mark)
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
