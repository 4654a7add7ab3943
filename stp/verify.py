"""`stp verify`: check a JSONL file of statements and proofs, whatever their origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from stp import jsonl
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
    jobs = jsonl.read(path, _job, summary.broken_lines)
    while block := list(islice(jobs, _BLOCK)):
        verdicts: dict[str, Verdict] = {}
        for job, verdict in pool.check([job for _, job in block]):
            verdicts[job.id] = verdict
        for identity, job in block:
            yield _row(identity, verdicts[job.id], summary)


def _row(identity: Any, verdict: Verdict, summary: Summary) -> dict[str, Any]:
    outcome = verdict.outcome
    if outcome == "bad_statement":
        outcome = "rejected"
        summary.bad_statements.append(f"{identity}: {jsonl.one_line(verdict.detail)}")
    elif not verdict.decisive:
        summary.undecided += 1
    summary.outcomes[outcome] = summary.outcomes.get(outcome, 0) + 1
    reason = ": ".join(part for part in (verdict.reason, jsonl.one_line(verdict.detail)) if part)
    return {
        "id": identity,
        "outcome": outcome,
        "reason": reason,
        "axioms": sorted(verdict.axioms),
        "seconds": round(verdict.seconds, 4),
    }


def _job(number: int, row: jsonl.Row) -> tuple[Any, Check]:
    statement, proof = jsonl.text(row, "statement"), jsonl.text(row, "proof")
    header, forbid = jsonl.header(row), row.get("forbid") or []
    if not isinstance(forbid, list) or not all(isinstance(name, str) for name in forbid):
        raise ValueError('"forbid" is not a list of names')
    return row.get("id", number), Check(f"{number}", statement, proof, header, tuple(forbid))
