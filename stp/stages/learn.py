"""Select examples and train on them."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp import config as configuration
from stp import selection
from stp.records import Example, digest, head_of, proof_id
from stp.stages.context import DECISIVE_SQL, Context, one_line

if TYPE_CHECKING:
    from stp.lm.formats import Format

#: Conjectures shown in an iteration, of those that train the conjecturer.
SHOWN = 3


def example_row(iteration: int, example: Example, statement: str, proof: str) -> dict[str, Any]:
    return {
        "id": digest("example", str(iteration), example.role, example.prompt, example.completion),
        "iteration": iteration,
        "role": example.role,
        "prompt": example.prompt,
        "completion": example.completion,
        "weight": example.weight,
        "statement": statement,
        "proof": proof,
        "parents": json.dumps(example.parents),
    }


def prover_example(
    format: Format, rest: str, proof: str, weight: float, parents: tuple[str, ...]
) -> Example | None:
    """None where the format cannot hold a text."""
    try:
        return Example(
            "prover", format.prover_prompt(rest), format.prover_completion(rest, proof), weight, parents
        )
    except ValueError:
        return None


def add_model(
    context: Context,
    iteration: int,
    identity: str,
    folder: Path,
    parent: str,
    examples: int,
    report: dict[str, Any],
) -> None:
    context.store.add(
        "models",
        [
            {
                "id": identity,
                "iteration": iteration,
                "folder": str(folder.relative_to(context.store.folder)),
                "parent": parent,
                "examples": examples,
                "report": json.dumps(report),
            }
        ],
    )


def fit(
    context: Context,
    iteration: int,
    stage: str,
    base: Path,
    examples: Sequence[Example],
    out: Path,
    settings: configuration.Training,
) -> dict[str, Any]:
    """Train `base` on `examples` into `out`; a model of an earlier, unfinished run of this stage is made anew."""
    from stp.lm.trainer import Training, TrainProgress

    shutil.rmtree(out, ignore_errors=True)
    trainer = context.config.trainer
    training = Training(
        lr=settings.lr,
        warmup=settings.warmup,
        epochs=settings.epochs,
        tokens_per_batch=settings.tokens_per_batch,
        schedule=settings.schedule,
        seed=context.seed("train", iteration) % 2**31,
        chat=context.format.chat,
        context=context.config.model.context,
        **dict(trainer),
    )
    with context.clock(iteration, stage, "training"), context.reporter.work("training") as advance:

        def progress(p: TrainProgress) -> None:
            context.stop.check()
            advance(0, f"step {p.step}/{p.steps}, loss {p.loss:.2f}, {p.tokens_per_second:,.0f} tokens/s")

        report = context.trainer.train(base, examples, out, training, progress)
    context.reporter.say(
        f"trained on {report.examples} examples: loss {report.first_loss:.2f} → {report.last_loss:.2f}, "
        f"{report.tokens_per_second:,.0f} tokens/s, {report.seconds:.0f} s"
    )
    return dict(vars(report))


def attempted(context: Context, iteration: int) -> list[selection.Attempted]:
    """The statements on which proofs were sampled in `iteration`, with what the checks gave."""
    store = context.store
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    proofs: dict[str, dict[str, selection.ProofOf]] = defaultdict(dict)
    for row in store.rows(
        "select a.statement, a.proof, p.text, v.outcome, v.seconds, v.theorems, "
        f"(a.proof is null or {DECISIVE_SQL}) as counts "
        "from attempts a left join proofs p on p.id = a.proof "
        "left join verdicts v on v.proof = a.proof and v.environment = ? "
        "where a.iteration = ? and a.stage = 'prove' order by a.statement, a.copy",
        context.environment,
        iteration,
    ):
        tally = counts[row["statement"]]
        tally[0] += bool(row["counts"])
        if row["outcome"] == "proved":
            tally[1] += 1
            proofs[row["statement"]][row["proof"]] = selection.ProofOf(
                row["text"], row["seconds"], tuple(json.loads(row["theorems"]))
            )
    lemmas = {
        row["id"]: row["lemma"] or ""
        for row in store.rows(
            "select id, lemma from statements where source = 'conjecture' and iteration = ?", iteration
        )
    }
    return [
        selection.Attempted(
            statement, tries, correct, tuple(proofs[statement].values()), lemmas.get(statement, "")
        )
        for statement, (tries, correct) in sorted(counts.items())
    ]


def select(context: Context, iteration: int) -> None:
    """Turn this iteration's checks into weighted examples for both roles (paper, section 3.3)."""
    store, settings = context.store, context.config.select
    tried = attempted(context, iteration)
    texts = {row["id"]: row for row in store.rows("select id, rest, source, split from statements")}
    rows: list[dict[str, Any]] = []
    worthy = 0
    for statement in tried:
        row = texts[statement.id]
        if row["split"] == "held_out":
            continue
        if row["source"] == "conjecture" and selection.conjecturer_worthy(
            statement, threshold=settings.barely_provable, require_lemma=settings.require_lemma
        ):
            conjecture = next(
                store.rows(
                    "select prompt from conjectures where statement = ? order by id limit 1", statement.id
                )
            )
            example = Example(
                "conjecturer",
                conjecture["prompt"],
                context.format.conjecturer_completion(row["rest"]),
                1.0,
                (statement.id,),
            )
            rows.append(example_row(iteration, example, statement.id, ""))
            worthy += 1
            if worthy <= SHOWN:
                shortest = min(statement.proofs, key=lambda p: (len(p.text), p.text))
                context.reporter.say(
                    f"barely provable ({statement.correct}/{statement.tries}): {one_line(head_of(row['rest']), shortest.text)}"
                )
        if selection.prover_worthy(statement, settings.prover_below):
            for proof in selection.distinct_shortest(statement.proofs, settings.proofs_per_statement):
                weight = selection.proof_weight(
                    proof,
                    statement.correct,
                    length_decay=settings.length_decay,
                    time_decay=settings.time_decay,
                )
                if made := prover_example(context.format, row["rest"], proof.text, weight, (statement.id,)):
                    rows.append(
                        example_row(iteration, made, statement.id, proof_id(statement.id, proof.text))
                    )
    provers = len(rows) - worthy
    with store.transaction():
        store.add("examples", rows)
        store.finish(iteration, "select", {"conjecturer": worthy, "prover": provers})
    context.reporter.say(f"selected {worthy} conjecturer and {provers} prover examples")


def train(context: Context, iteration: int) -> None:
    """Train the previous model on the replay buffer (and a share of SFT examples, if configured)."""
    from stp.lm.model import model_hash

    store, settings = context.store, context.config.select
    by_iteration: dict[int, list[str]] = defaultdict(list)
    examples: dict[str, Example] = {}
    for row in store.rows(
        "select * from examples where iteration > 0 and iteration <= ? order by iteration, id", iteration
    ):
        identity = digest(row["role"], row["prompt"], row["completion"])
        by_iteration[row["iteration"]].append(identity)
        # the newest weight of an example that came up more than once
        examples[identity] = _example(row)
    context.refuse_held_out(iteration)
    chosen = [examples[i] for i in selection.replayed(by_iteration, iteration, settings.replay)]
    parent = context.model(iteration - 1)
    if not chosen:
        context.reporter.say("nothing to train on in this iteration; the model stays")
        with store.transaction():
            store.finish(iteration, "train", {"examples": 0})
        return
    sft = [_example(row) for row in store.rows("select * from examples where iteration = 0 order by id")]
    mixed = min(len(sft), round(settings.sft_share * len(chosen)))
    chosen += random.Random(context.seed("mix", iteration)).sample(sft, mixed)
    out = store.folder / "models" / str(iteration)
    report = fit(
        context, iteration, "train", context.model_folder(iteration - 1), chosen, out, context.config.train
    )
    with store.transaction():
        add_model(context, iteration, model_hash(out), out, parent["id"], len(chosen), report)
        store.finish(
            iteration, "train", {"examples": len(chosen), "sft": mixed, "loss": report.get("last_loss")}
        )


def _example(row: dict[str, Any]) -> Example:
    return Example(
        row["role"], row["prompt"], row["completion"], row["weight"], tuple(json.loads(row["parents"]))
    )
