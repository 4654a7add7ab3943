"""The figures of an evaluation, and the files that hold them: a function of its database and data set alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stp import __version__, jsonl
from stp.errors import InputError
from stp.evaluation import EvaluationError, passk
from stp.evaluation.ledger import Ledger
from stp.evaluation.plan import Plan, Selection, identity
from stp.files import whole

RESULT = "result.json"
STATEMENTS = "statements.jsonl"
#: Of the bootstrap. Not the evaluation's own seed: two evaluations are compared with the same draws.
BOOTSTRAP_SEED = 0
#: Digits kept of a figure: far more than it is worth, fewer than sums of other orders differ in.
_DIGITS = 10

Row = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """`result` and the rows of `statements.jsonl`, as they are written."""

    result: Row
    statements: list[Row]

    @property
    def complete(self) -> bool:
        """Whether every sample of every statement got a verdict."""
        return not self.result["undecided"] and not self.result["unread"]


def summarise(
    ledger: Ledger,
    plan: Plan,
    selection: Selection,
    samples: int,
    ks: Sequence[int],
    unread: Mapping[int, str] | None = None,
) -> Report:
    """The report of the first `samples` copies of every statement. unread: statements about which Lean said nothing.

    Raises EvaluationError if some of the samples have not been drawn.
    """
    entries = selection.entries
    faults = ledger.rows("select place, fault from statements where fault is not null order by place")
    places = [
        row[0] for row in ledger.rows("select place from statements where fault is null order by place")
    ]
    sampled = ledger.sampled()
    if not places or any(sampled.get(place, 0) < samples for place in places):
        raise EvaluationError(
            f"The evaluation in {ledger.folder} is not finished; run its command again first."
        )
    outcomes = _outcomes(ledger, places, samples)
    correct = (outcomes == passk.CORRECT).sum(axis=1)
    undecided = (outcomes == passk.UNDECIDED).sum(axis=1)
    n = samples - undecided
    curve_ks = passk.curve_ks(samples)
    every = sorted({*ks, *curve_ks})
    table = passk.pass_table(n, correct, every)
    estimates = dict(zip(every, passk.mean_interval(table, seed=BOOTSTRAP_SEED), strict=True))
    shortest = _shortest(ledger, samples)
    rows = []
    for i, place in enumerate(places):
        at = {str(k): _number(table[i, every.index(k)]) for k in ks}
        rows.append(
            {
                "name": entries[place].name,
                "split": entries[place].split,
                "statement": identity(entries[place]),
                "n": int(n[i]),
                "c": int(correct[i]),
                "undecided": int(undecided[i]),
                "pass_at_k": at,
                "proof": shortest.get(place),
            }
        )
    result = {
        "stp": __version__,
        "model": asdict(plan.model),
        "data": {
            "name": plan.data,
            "split": plan.split,
            "limit": plan.limit,
            "shard": None if plan.shard is None else "{}/{}".format(*plan.shard),
            "sha256": plan.sha256,
            "statements": len(selection.places),
            "card": selection.data.card,
        },
        "environment": ledger.environment(),
        "sampling": {
            "format": plan.format,
            "temperature": plan.temperature,
            "top_p": plan.top_p,
            "max_tokens": plan.max_tokens,
        },
        "seed": plan.seed,
        "samples": samples,
        "evaluated": len(places),
        "proved": int((correct > 0).sum()),
        "pass_at_k": [_figure(estimates[k], passk.blocks(outcomes, k), k) for k in sorted(ks)],
        "curve": [{"k": k, **_interval(estimates[k])} for k in curve_ks],
        "interval": {
            "level": passk.LEVEL,
            "method": "percentile bootstrap over statements",
            "resamples": passk.RESAMPLES,
            "seed": BOOTSTRAP_SEED,
        },
        "totals": _totals(ledger, samples),
        "not_evaluated": [{"name": entries[place].name, "why": fault} for place, fault in faults],
        "unread": [
            {"name": entries[place].name, "why": why} for place, why in sorted((unread or {}).items())
        ],
        "undecided": _why_undecided(ledger, samples, selection),
        "seconds": {
            kind: round(seconds, 3) for kind, seconds in ledger.rows("select kind, seconds from clock")
        },
    }
    return Report(result, rows)


def write(folder: Path, report: Report) -> None:
    """Both files, each complete or as it was."""
    with whole(folder / STATEMENTS) as stream:
        stream.writelines(jsonl.line(row) + "\n" for row in report.statements)
    with whole(folder / RESULT) as stream:
        stream.write(json.dumps(report.result, indent=2) + "\n")


def read(folder: Path) -> Report:
    """The report in an evaluation's folder, or in one that holds its two result files.

    Raises EvaluationError if there is none or it is damaged.
    """
    broken: list[str] = []
    try:
        result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        rows = list(jsonl.read(folder / STATEMENTS, lambda _, row: row, broken))
    except (OSError, InputError):
        raise EvaluationError(
            f"{folder} holds no result of an evaluation ({RESULT} and {STATEMENTS}); finish it with: stp eval"
        ) from None
    except ValueError as error:
        raise EvaluationError(f"{folder / RESULT} is damaged: {error}.") from error
    if broken:
        raise EvaluationError(f"{folder / STATEMENTS} is damaged: {broken[0]}.")
    if not isinstance(result, dict) or any(key not in result for key in ("data", "environment", "samples")):
        raise EvaluationError(f"{folder / RESULT} is no result of an evaluation.")
    return Report(result, rows)


def _outcomes(ledger: Ledger, places: Sequence[int], samples: int) -> NDArray[np.int8]:
    """What each sample came to: array [statements, samples]. A text that is no proof is a failure unchecked."""
    index = {place: i for i, place in enumerate(places)}
    found = np.full((len(places), samples), passk.FAILED, dtype=np.int8)
    for statement, copy, outcome, decisive in ledger.rows(
        "select s.statement, s.copy, v.outcome, v.decisive from samples s left join verdicts v on v.proof = s.proof "
        "where s.copy < ? and s.proof is not null",
        (samples,),
    ):
        if not decisive:
            found[index[statement], copy] = passk.UNDECIDED
        elif outcome == "proved":
            found[index[statement], copy] = passk.CORRECT
    return found


def _shortest(ledger: Ledger, samples: int) -> dict[int, str]:
    """The shortest correct proof of each statement that has one, the first in the alphabet among equals."""
    found: dict[int, str] = {}
    for place, text in ledger.rows(
        "select distinct p.statement, p.text from samples s join proofs p on p.id = s.proof "
        "join verdicts v on v.proof = p.id where v.outcome = 'proved' and s.copy < ? "
        "order by p.statement, length(p.text), p.text",
        (samples,),
    ):
        found.setdefault(place, text)
    return found


def _totals(ledger: Ledger, samples: int) -> Row:
    ((drawn, distinct, correct, tokens, truncated, unparsable, undecided),) = ledger.rows(
        "select count(*), count(distinct s.proof), coalesce(sum(v.outcome = 'proved'), 0), sum(s.tokens), "
        "sum(s.truncated), sum(s.proof is null and not s.truncated), "
        "sum(s.proof is not null and not coalesce(v.decisive, 0)) "
        "from samples s left join verdicts v on v.proof = s.proof where s.copy < ?",
        (samples,),
    )
    return {
        "samples": drawn,
        "correct": correct,
        "distinct_proofs": distinct,
        "tokens": tokens,
        "truncated": truncated,
        "unparsable": unparsable,
        "undecided": undecided,
    }


def _why_undecided(ledger: Ledger, samples: int, selection: Selection) -> list[Row]:
    """Statements with samples that got no verdict, how many, and why (of one of them)."""
    return [
        {"name": selection.entries[place].name, "samples": count, "why": why or "not checked"}
        for place, count, why in ledger.rows(
            "select s.statement, count(*), min(v.outcome || ': ' || v.reason) from samples s "
            "left join verdicts v on v.proof = s.proof "
            "where s.copy < ? and s.proof is not null and not coalesce(v.decisive, 0) "
            "group by s.statement order by s.statement",
            (samples,),
        )
    ]


def _figure(estimate: passk.Estimate, blocks: passk.Blocks | None, k: int) -> Row:
    return {
        "k": k,
        **_interval(estimate),
        "statements": estimate.statements,
        "block_mean": _number(blocks.mean) if blocks else None,
        "block_std": _number(blocks.std) if blocks else None,
        "blocks": blocks.blocks if blocks else 0,
    }


def _interval(estimate: passk.Estimate) -> Row:
    return {
        "value": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
    }


def _number(value: float | None) -> float | None:
    """For JSON, which has no NaN."""
    return None if value is None or np.isnan(value) else round(float(value), _DIGITS)
