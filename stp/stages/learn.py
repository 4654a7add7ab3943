"""Train on the examples of an iteration, and of those before it."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp import config as configuration
from stp import selection
from stp.records import Example, digest
from stp.stages.context import Context

if TYPE_CHECKING:
    from stp.lm.formats import Format


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


def train(context: Context, iteration: int) -> None:
    """Train the previous model (or the supervised one) on the replay buffer, and a share of SFT examples, if configured."""
    settings = context.config.select
    by_iteration: dict[int, list[str]] = defaultdict(list)
    examples: dict[str, Example] = {}
    for row in context.store.rows(
        "select * from examples where iteration > ? and iteration <= ? order by iteration, id",
        _refreshed(context, iteration),
        iteration,
    ):
        example = example_of(row)
        identity = digest(example.role, example.prompt, example.completion)
        by_iteration[row["iteration"]].append(identity)
        # the newest weight of an example that came up more than once
        examples[identity] = example
    replayed = selection.replayed(by_iteration, iteration, settings.replay)
    chosen = selection.conjecturer_to(
        _capped([examples[i] for i in replayed], settings.proofs_per_statement), settings.conjecturer_mass
    )
    if not chosen:
        context.reporter.say("nothing to train on in this iteration; the model stays")
        with context.store.transaction():
            context.store.finish(iteration, "train", {"examples": 0})
        return
    mixed = mixed_in(context, iteration, chosen)
    base = iteration - 1 if settings.start == "previous" else 0
    context.refuse_held_out(iteration)
    start, parent = context.model_folder(base), str(context.model(base)["id"])
    figures = {"sft": len(mixed)}
    train_model(context, iteration, "train", start, parent, [*chosen, *mixed], context.config.train, figures)


def _capped(examples: Sequence[Example], limit: int) -> list[Example]:
    """The examples, of those for the prover the `limit` shortest of each statement that differ in more than white space (0: all)."""
    if not limit:
        return list(examples)
    of: dict[tuple[str, ...], list[Example]] = defaultdict(list)
    for example in examples:
        if example.role == "prover":
            of[example.parents].append(example)
    kept = {
        id(example)
        for members in of.values()
        for example in selection.distinct_shortest_by(members, lambda e: e.completion, limit)
    }
    return [example for example in examples if example.role != "prover" or id(example) in kept]


def train_model(
    context: Context,
    iteration: int,
    stage: str,
    start: Path,
    parent: str,
    examples: Sequence[Example],
    settings: configuration.Training,
    figures: Mapping[str, int],
) -> None:
    """Train the model in `start`, `parent` by its id if the campaign has it, into the iteration's own, and finish the
    stage. That no example is about a held-out statement is the caller's to see to (`Context.refuse_held_out`)."""
    from stp.lm.model import model_hash

    store = context.store
    out = store.folder / "models" / str(iteration)
    report = fit(context, iteration, stage, start, examples, out, settings)
    with store.transaction():
        add_model(context, iteration, model_hash(out), out, parent, len(examples), report)
        store.finish(
            iteration, stage, {"examples": len(examples), **figures, "loss": report.get("last_loss")}
        )


def _refreshed(context: Context, iteration: int) -> int:
    """The iteration whose end emptied the replay buffer, before `iteration`; 0: none."""
    sql = "select max(iteration) from stages where stage = 'refresh' and iteration < ?"
    return int(context.store.value(sql, iteration) or 0)


def mixed_in(context: Context, iteration: int, chosen: Sequence[Example]) -> list[Example]:
    """SFT examples to train on besides the chosen ones, drawn by the campaign's seed; for the prover alone where the mode
    makes no conjectures."""
    settings = context.config.select
    sft = [
        example_of(row)
        for row in context.store.rows("select * from examples where iteration = 0 order by id")
        if row["role"] == "prover" or context.config.mode == "stp"
    ]
    count = min(len(sft), round(settings.sft_share * len(chosen)))
    drawn = random.Random(context.seed("mix", iteration)).sample(sft, count)
    return (
        selection.weighed_to(drawn, settings.sft_mass * selection.mass(chosen))
        if settings.sft_mass
        else drawn
    )


def example_of(row: dict[str, Any]) -> Example:
    return Example(
        row["role"], row["prompt"], row["completion"], row["weight"], tuple(json.loads(row["parents"]))
    )
