"""`stp screen`: say of a JSONL file of statements which are well-formed, new, not vacuous and not trivial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stp import jsonl
from stp.lean import screen as screening
from stp.lean.pool import LeanPool
from stp.lean.screen import Screened, Statement


@dataclass
class Input:
    """The statements of a file and of the data sets to compare with; `broken`: the lines that hold none."""

    statements: list[Statement]
    data: dict[str, list[Statement]]
    broken: list[str]


@dataclass
class Summary:
    """What came of a file."""

    verdicts: dict[str, int] = field(default_factory=dict)
    not_compared: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> int:
        return self.verdicts.get("undecided", 0)


def read(file: Path, against: Sequence[Path] = ()) -> Input:
    """All of the files, before anything is asked. Raises InputError if one cannot be read."""
    broken: list[str] = []
    statements = list(jsonl.read(file, _statement, broken))
    data = {}
    for path in against:
        faults: list[str] = []
        data[str(path)] = list(jsonl.read(path, _statement, faults))
        broken += [f"{path}: {fault}" for fault in faults]
    return Input(statements, data, broken)


def screen(
    given: Input,
    pool: LeanPool,
    summary: Summary,
    *,
    everything: bool = False,
    progress: screening.Progress = lambda done, remark: None,
) -> Iterator[dict[str, Any]]:
    """A row `{"id", "verdict", "evidence", "findings"}` for each statement, in order; `summary` is filled on the
    way."""
    if given.data:
        progress(0, "reading the data sets")
    known, summary.not_compared = screening.index(given.data, pool)
    for found in screening.screen(
        given.statements, pool, against=known, everything=everything, progress=progress
    ):
        summary.verdicts[found.verdict] = summary.verdicts.get(found.verdict, 0) + 1
        yield _row(found)


def _row(found: Screened) -> dict[str, Any]:
    return {
        "id": found.statement.id,
        "verdict": found.verdict,
        "evidence": jsonl.one_line(found.evidence),
        "findings": [
            {"verdict": finding.kind, "source": finding.source, "evidence": jsonl.one_line(finding.evidence)}
            for finding in found.findings
        ],
    }


def _statement(number: int, row: jsonl.Row) -> Statement:
    return Statement(row.get("id", number), jsonl.text(row, "statement"), jsonl.header(row))
