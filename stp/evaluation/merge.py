"""Shards of one evaluation made into one, which can then be gone on with as any other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stp.evaluation import EvaluationError
from stp.evaluation.ledger import FILE, TABLES, Ledger, differences
from stp.evaluation.plan import Model, Plan, Selection, select

_COPIED = ("statements", "samples", "proofs", "verdicts")


def plan_of(row: dict[str, Any]) -> Plan:
    """A plan from what a ledger holds of it."""
    return Plan(
        **{
            **row,
            "model": Model(**row["model"]),
            "shard": None if row["shard"] is None else (row["shard"][0], row["shard"][1]),
        }
    )


def selection_of(plan: Plan) -> Selection:
    """The statements of a plan, read anew. Raises EvaluationError if the data set has changed since."""
    spec = f"{plan.data}:{plan.split}" if plan.split else plan.data
    found = select(spec, limit=plan.limit, shard=plan.shard)
    if found.sha256 != plan.sha256:
        raise EvaluationError(
            f"The data set {plan.title} is not the one that was evaluated (its statements have changed); get that "
            "version again, or evaluate anew."
        )
    return found


def merge(folders: Sequence[Path], out: Path) -> tuple[Plan, int]:
    """Merge the shards in `folders` into the new evaluation `out`, which is there at the end or not at all.

    Returns its plan and the samples of each statement. Raises EvaluationError if they do not belong together, if one
    is missing or not finished, or if `out` exists.
    """
    if out.exists():
        raise EvaluationError(f"{out} exists already; name a new folder (--out).")
    plan, environment, samples = _common(folders)
    staging = out.with_name(f".{out.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        with Ledger.open(staging, plan) as merged:
            with merged.transaction():
                merged.put("environment", json.dumps(environment))
                merged.put("samples", str(samples))
            for folder in folders:
                with Ledger.read(folder) as shard:
                    _copy(shard, merged)
            merged.db.conn.execute("pragma wal_checkpoint(truncate)")
        (staging / FILE).chmod(0o644)
        os.rename(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return plan, samples


def _common(folders: Sequence[Path]) -> tuple[Plan, dict[str, Any], int]:
    """What the shards agree on: the whole evaluation's plan, its environment and samples."""
    seen: dict[int, Path] = {}
    first: tuple[dict[str, Any], dict[str, Any], str] | None = None
    of = 0
    for folder in folders:
        with Ledger.read(folder) as shard:
            row, environment, samples = shard.plan(), shard.environment(), shard.meta("samples")
            finished = samples and _finished(shard, plan_of(row), int(samples))
        if row["shard"] is None:
            raise EvaluationError(f"{folder} is no shard but a whole evaluation.")
        if not finished:
            raise EvaluationError(
                f"The shard in {folder} is not finished; run its command again, then merge."
            )
        number, of = row.pop("shard")
        row["of"] = of
        if first is None:
            first = (row, environment, samples)
        different = [
            *differences(first[0], row),
            *differences(first[1], environment),
            *differences({"samples": first[2]}, {"samples": samples}),
        ]
        if different:
            raise EvaluationError(
                f"{folders[0]} and {folder} are not shards of one evaluation ({'; '.join(different)})."
            )
        if number in seen:
            raise EvaluationError(f"{seen[number]} and {folder} are the same shard ({number}/{of}).")
        seen[number] = folder
    if first is None:
        raise EvaluationError("Name the folders of the shards.")
    missing = [f"{number}/{of}" for number in range(1, of + 1) if number not in seen]
    if missing:
        raise EvaluationError(f"Shards are missing: {', '.join(missing)}.")
    row = {key: value for key, value in first[0].items() if key != "of"}
    return plan_of({**row, "shard": None}), first[1], int(first[2])


def _finished(shard: Ledger, plan: Plan, samples: int) -> bool:
    """Whether Lean has spoken of all its statements and all their samples are drawn."""
    read = dict(shard.rows("select place, fault is null from statements"))
    sampled = shard.sampled()
    return all(
        place in read and (not read[place] or sampled.get(place, 0) >= samples)
        for place in selection_of(plan).places
    )


def _copy(shard: Ledger, merged: Ledger) -> None:
    for table in _COPIED:
        columns = list(TABLES[table][0])
        cursor = shard.db.conn.execute(f"select {', '.join(columns)} from {table}")
        while block := cursor.fetchmany(10_000):
            with merged.transaction():
                merged.add(table, [dict(zip(columns, row, strict=True)) for row in block])
    for kind, seconds in shard.rows("select kind, seconds from clock"):
        merged.spend(kind, seconds)
