"""`stp verify`: check a JSONL file of statements and proofs, whatever their origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stp.errors import InputError
from stp.lean.pool import LeanPool
from stp.records import Check, Verdict

_BLOCK = 512


@dataclass
class Summary:
    """What came of a file."""

    outcomes: dict[str, int] = field(default_factory=dict)
    broken_lines: list[str] = field(default_factory=list)
    bad_statements: list[str] = field(default_factory=list)
    undecided: int = 0

    @property
    def all_checked(self) -> bool:
        return not (self.broken_lines or self.bad_statements or self.undecided)


def verify(path: Path, pool: LeanPool, summary: Summary) -> Iterator[dict[str, Any]]:
    """A row `{"id", "outcome", "reason", "axioms", "seconds"}` for each readable line, in the file's order
    within blocks; `summary` is filled on the way.

    A broken line is listed with its number and the rest goes on. Raises InputError if the file cannot be read.
    """
    for block in _blocks(path, summary):
        verdicts: dict[str, Verdict] = {}
        for job, verdict in pool.check([job for _, job in block]):
            verdicts[job.id] = verdict
        for identity, job in block:
            yield _row(identity, verdicts[job.id], summary)


def _row(identity: Any, verdict: Verdict, summary: Summary) -> dict[str, Any]:
    outcome = verdict.outcome
    if outcome == "bad_statement":
        outcome = "rejected"
        summary.bad_statements.append(f"{identity}: {_line(verdict.detail)}")
    elif not verdict.decisive:
        summary.undecided += 1
    summary.outcomes[outcome] = summary.outcomes.get(outcome, 0) + 1
    reason = ": ".join(part for part in (verdict.reason, _line(verdict.detail)) if part)
    return {
        "id": identity,
        "outcome": outcome,
        "reason": reason,
        "axioms": sorted(verdict.axioms),
        "seconds": round(verdict.seconds, 4),
    }


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def _blocks(path: Path, summary: Summary) -> Iterator[list[tuple[Any, Check]]]:
    block: list[tuple[Any, Check]] = []
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    block.append(_job(number, line))
                except ValueError as error:
                    summary.broken_lines.append(f"line {number}: {error}")
                if len(block) == _BLOCK:
                    yield block
                    block = []
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if block:
        yield block


def _job(number: int, line: bytes) -> tuple[Any, Check]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    for key in ("statement", "proof"):
        if not isinstance(row.get(key), str):
            raise ValueError(f'"{key}" is missing or not a text')
    header, forbid = row.get("header") or "", row.get("forbid") or []
    if not isinstance(header, str):
        raise ValueError('"header" is not a text')
    if isinstance(forbid, str) or not all(isinstance(name, str) for name in forbid):
        raise ValueError('"forbid" is not a list of names')
    return row.get("id", number), Check(f"{number}", row["statement"], row["proof"], header, tuple(forbid))
