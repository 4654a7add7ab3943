"""Train anew from the base: half-way of a campaign (refresh), and behind its last iteration (STP paper, stage 3)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stp import selection
from stp.records import Example, proof_id
from stp.selection import Attempted
from stp.stages.context import Context
from stp.stages.learn import example_of, example_row, prover_example, train_model
from stp.stages.prepare import start_model, whole
from stp.stages.select import attempted, with_shortened
from stp.store.schema import FINAL


def refresh(context: Context, iteration: int) -> None:
    """The iteration's model, from the base: on SFT examples, on the proofs so far as in the final retraining, and on what
    has trained the conjecturer so far. The replay buffer begins anew behind it."""
    store = context.store
    sft = list(map(example_of, store.rows("select * from examples where iteration = 0 order by id")))
    stated = store.rows(
        "select * from examples where role = 'conjecturer' and iteration between 1 and ? order by iteration, id",
        iteration,
    )
    rows = list(_proofs(context, iteration, iteration))
    with store.transaction():  # where the guard sees them; the buffer that begins now does not
        store.add("examples", rows)
    found = selection.conjecturer_to(
        [*map(example_of, stated), *map(example_of, rows)], context.config.select.conjecturer_mass
    )
    _train(context, iteration, "refresh", [*sft, *found], {"proofs": len(rows)})


def retrain(context: Context, final: int) -> None:
    """The last prover: from the base, on the prover's SFT examples and the proofs of all iterations."""
    store = context.store
    rows = list(_proofs(context, final, final - FINAL))
    with store.transaction():
        store.add("examples", rows)
    sft = store.rows("select * from examples where iteration = 0 and role = 'prover' order by id")
    learnt = [example_of(row) for row in sft]
    _train(context, final, "retrain", [*learnt, *map(example_of, rows)], {"proofs": len(rows)})


def _proofs(context: Context, iteration: int, last: int) -> Iterator[dict[str, Any]]:
    """Examples, under `iteration`, of the proofs of the iterations up to `last`.

    Of the data set's statements, and of conjectures that at most 1/4 of the tries proved; at most 16 distinct proofs of
    each, the shortest. Weights are those of length and time alone (the released code: of length alone, and it draws the 16).
    """
    settings, retraining = context.config.select, context.config.retrain
    texts = {row["id"]: row for row in context.store.rows("select id, rest, source, split from statements")}
    merged = _merged(
        (with_shortened(context, i, attempted(context, i)) for i in range(1, last + 1)),
        settings.proofs_per_statement,
    )
    for statement in merged:
        row = texts[statement.id]
        from_data = row["source"] != "conjecture"
        if row["split"] == "held_out" or not (from_data or retraining.conjectures):
            continue
        if not selection.retrain_worthy(statement, from_data, retraining.at_most):
            continue
        for proof in statement.proofs:
            weight = selection.proof_weight(
                proof, 1, length_decay=settings.length_decay, time_decay=settings.time_decay
            )
            if made := prover_example(context.format, row["rest"], proof.text, weight, (statement.id,)):
                yield example_row(iteration, made, statement.id, proof_id(statement.id, proof.text))


def _merged(iterations: Iterable[Sequence[Attempted]], limit: int) -> list[Attempted]:
    """Each statement once, with the tries of all iterations and at most `limit` distinct proofs (0: all)."""
    merged: dict[str, Attempted] = {}
    for statement in (s for tried in iterations for s in tried):
        known = merged.get(statement.id, Attempted(statement.id, 0, 0))
        merged[statement.id] = Attempted(
            statement.id,
            known.tries + statement.tries,
            known.correct + statement.correct,
            tuple(selection.distinct_shortest((*known.proofs, *statement.proofs), limit)),
            statement.lemma,
        )
    return [merged[id] for id in sorted(merged)]


def _train(
    context: Context, iteration: int, stage: str, examples: Sequence[Example], figures: dict[str, int]
) -> None:
    """As the supervised model was trained, on these examples, at least once over them."""
    settings = context.config.sft
    context.refuse_held_out(iteration)
    learnt = [example if context.base else whole(example) for example in examples]
    context.reporter.say(f"{stage}: {len(examples)} examples, {figures['proofs']} of them proofs found here")
    start = start_model(context)
    at_least_once = settings.model_copy(update={"epochs": max(1, settings.epochs)})
    train_model(context, iteration, stage, start, "", learnt, at_least_once, figures)
    shutil.rmtree(start, ignore_errors=True)
