"""Shorten the proofs that an iteration has found, before they train anything. Not in the paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stp import selection
from stp.lean.shorten import WHOLE
from stp.lean.shorten import shorten as shortened
from stp.records import Check, Verdict, head_of, proof_id
from stp.stages.context import Context
from stp.stages.select import attempted


def shorten(context: Context, iteration: int) -> None:
    """Of each statement that would train the prover, the shortest proof, made shorter as far as Lean agrees.

    Every text that was tried is kept with its verdict, as a proof like others; `shortenings` says what came of what.
    """
    store = context.store
    rests = {
        row["id"]: row["rest"]
        for row in store.rows("select id, rest from statements where split != 'held_out'")
    }
    forbidden = context.forbidden()
    of: dict[str, str] = {}  # proof → its statement
    jobs: list[Check] = []
    for statement in attempted(context, iteration):
        if statement.id not in rests or not selection.prover_worthy(
            statement, context.config.select.prover_below
        ):
            continue
        text = min((proof.text for proof in statement.proofs), key=lambda text: (len(text), text))
        identity = proof_id(statement.id, text)
        of[identity] = statement.id
        jobs.append(
            Check(identity, head_of(rests[statement.id]), text, forbid=forbidden.get(statement.id, ()))
        )

    def known(trials: Sequence[Check]) -> dict[Check, Verdict]:
        return _known(context, {trial: proof_id(of[trial.id], trial.proof) for trial in trials})

    found: Mapping[str, tuple[str, Verdict]] = {}
    checked = 0
    with context.clock(iteration, "shorten", "lean"), context.reporter.work("shortening") as advance:
        whole = WHOLE if context.config.prove.shorten_by_tactics else ()
        for wave in shortened(jobs, context.pool, known=known, whole=whole):
            found = wave.shorter
            checked += len(wave.checked)
            with store.transaction():
                _keep(context, iteration, [(of[job.id], job.proof, verdict) for job, verdict in wave.checked])
            context.stop.check()
            advance(0, f"{checked} checked, {len(found)} of {len(jobs)} proofs shorter")
    saved = sum(len(job.proof) - len(found[job.id][0]) for job in jobs if job.id in found)
    figures = {"proofs": len(jobs), "shorter": len(found), "checked": checked, "characters": saved}
    with store.transaction():
        store.add(
            "shortenings",
            [
                {"proof": proof_id(of[source], text), "source": source, "iteration": iteration}
                for source, (text, _) in found.items()
            ],
        )
        store.finish(iteration, "shorten", figures)
    context.reporter.say(
        f"shortened {len(found)} of {len(jobs)} proofs, by {saved / max(1, len(found)):.1f} characters each"
    )


def _keep(context: Context, iteration: int, tried: Sequence[tuple[str, str, Verdict]]) -> None:
    rows = [
        {"id": proof_id(statement, text), "statement": statement, "text": text}
        for statement, text, _ in tried
    ]
    context.store.add("proofs", rows)
    context.store.add_verdicts(
        ((row["id"], verdict) for row, (_, _, verdict) in zip(rows, tried, strict=True)), iteration
    )


def _known(context: Context, wanted: Mapping[Check, str]) -> dict[Check, Verdict]:
    """The verdicts of the campaign, of those that it has."""
    rows = {
        row["proof"]: row
        for row in context.store.rows_of(
            "select * from verdicts where environment = ? and proof in {keys}",
            list(dict.fromkeys(wanted.values())),
            context.environment,
        )
    }
    return {check: _verdict(rows[identity]) for check, identity in wanted.items() if identity in rows}


def _verdict(row: dict[str, Any]) -> Verdict:
    return Verdict(
        row["outcome"],
        row["reason"],
        row["detail"],
        axioms=tuple(json.loads(row["axioms"])),
        theorems=tuple(json.loads(row["theorems"])),
        premises=tuple(json.loads(row["premises"])),
        seconds=row["seconds"],
    )
