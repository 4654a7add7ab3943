"""Two evaluations on the statements that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from stp.evaluation import EvaluationError, passk
from stp.evaluation.ledger import differences
from stp.evaluation.result import BOOTSTRAP_SEED, Report, Row

#: Of an environment, what decides a verdict.
_PARTS = ("lean_version", "lean_commit", "checker", "imports", "header", "library", "heartbeats")


def compare(a: Report, b: Report, ks: Sequence[int] | None = None) -> Row:
    """For each k (those of both results, if not given) both values and the paired difference b − a; statements gained
    and lost, that is proved by some sample of one side alone; and what speaks against the comparison.

    Raises EvaluationError if no statement is in both, if a name stands for different statements, or if a k is
    beyond the samples of one side.
    """
    first, second = ({row["name"]: row for row in report.statements} for report in (a, b))
    names = [name for name in first if name in second]
    label_a, label_b = title(a.result), title(b.result)
    if not names:
        raise EvaluationError(f"The two evaluations have no statement in common ({label_a}, {label_b}).")
    other = [name for name in names if first[name]["statement"] != second[name]["statement"]]
    if other:
        raise EvaluationError(
            f"{len(other)} of the statements that bear the same name differ ({other[0]} is the first): these are "
            "different versions of a data set, and their figures are not comparable."
        )
    wanted = _ks(a.result, b.result, ks)
    tables = [
        passk.pass_table([side[name]["n"] for name in names], [side[name]["c"] for name in names], wanted)
        for side in (first, second)
    ]
    differ = passk.difference(*tables, seed=BOOTSTRAP_SEED)
    # over the same rows as the difference, where a side lacks the samples for a k
    both = np.isnan(tables[0] + tables[1])
    means = [passk.mean_interval(np.where(both, np.nan, table), seed=BOOTSTRAP_SEED) for table in tables]
    return {
        "a": _side(a.result),
        "b": _side(b.result),
        "statements": len(names),
        "only_in_a": len(first) - len(names),
        "only_in_b": len(second) - len(names),
        "warnings": _warnings(a.result, b.result),
        "pass_at_k": [
            {"k": k, "a": asdict(x), "b": asdict(y), "difference": asdict(d)}
            for k, x, y, d in zip(wanted, *means, differ, strict=True)
        ],
        "gained": [name for name in names if second[name]["c"] and not first[name]["c"]],
        "lost": [name for name in names if first[name]["c"] and not second[name]["c"]],
    }


def _ks(a: Row, b: Row, ks: Sequence[int] | None) -> list[int]:
    if ks is None:
        found = sorted({row["k"] for row in a["pass_at_k"]} & {row["k"] for row in b["pass_at_k"]})
        if not found:
            raise EvaluationError("The two results have no k in common; name some with --k.")
        return found
    least = min(a["samples"], b["samples"])
    if max(ks) > least:
        raise EvaluationError(f"pass@{max(ks)} needs {max(ks)} samples on both sides and one has {least}.")
    return sorted(set(ks))


def _warnings(a: Row, b: Row) -> list[str]:
    found = []
    here, there = ({part: side["environment"].get(part) for part in _PARTS} for side in (a, b))
    if different := differences(here, there):
        found.append(
            f"the environments differ ({'; '.join(different)}), so the same proof may have two verdicts"
        )
    if different := differences(a["sampling"], b["sampling"]):
        found.append(f"sampled differently ({'; '.join(different)})")
    if a["samples"] != b["samples"]:
        found.append(
            f"{a['samples']} and {b['samples']} samples a statement: gained and lost favour the side with more"
        )
    return found


def _side(result: Row) -> Row:
    return {"model": result["model"], "data": title(result), "samples": result["samples"]}


def title(result: Row) -> str:
    """What an evaluation was on: `name` or `name:split`."""
    data: dict[str, Any] = result["data"]
    return ":".join(part for part in (data["name"], data["split"]) if part)
