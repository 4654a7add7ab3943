"""Rows of a campaign, written down as a test wants them, and a trainer that keeps what it was given."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from stp.lm.model import model_hash
from stp.lm.trainer import FakeTrainer, Training, TrainProgress, TrainReport
from stp.records import Environment, Example, Verdict, proof_id
from stp.stages.context import Context

ENVIRONMENT = Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000)


class Learning(FakeTrainer):
    """Learns nothing, but remembers what it was to learn: (the model it began from, examples, settings)."""

    def __init__(self) -> None:
        self.given: list[tuple[str, list[Example], Training]] = []

    def train(
        self,
        folder_in: Path,
        examples: Sequence[Example],
        out: Path,
        training: Training,
        progress: Callable[[TrainProgress], None] | None = None,
    ) -> TrainReport:
        self.given.append((model_hash(folder_in), list(examples), training))
        return super().train(folder_in, examples, out, training, progress)


def statement(
    context: Context, id: str, rest: str, *, split: str = "train", source: str = "data", **more: object
) -> None:
    """A statement; its key is its id."""
    row = {"id": id, "rest": rest, "key": id, "split": split, "source": source, "iteration": 0, **more}
    with context.store.transaction():
        context.store.add("statements", [{"name": "", "module": "", "position": 0, **row}])


def conjecture(
    context: Context, id: str, rest: str, *, lemma: str = "", seed: str = "", iteration: int = 1
) -> None:
    """A conjecture that the screen has kept: what was sampled, and the statement."""
    statement(context, id, rest, source="conjecture", lemma=lemma, seed=seed, iteration=iteration)
    with context.store.transaction():
        context.store.add(
            "conjectures",
            [
                {
                    "id": f"asked {id}",
                    "iteration": iteration,
                    "copy": 0,
                    "seed": seed,
                    "lemma": lemma,
                    "prompt": f"<lemma>asked for {id}<conjecture>",
                    "rest": rest,
                    "screen": "kept",
                    "statement": id,
                }
            ],
        )


def attempts(
    context: Context,
    id: str,
    proofs: Sequence[str | None],
    *,
    proved: Sequence[str] = (),
    theorems: Sequence[str] = (),
    seconds: float = 0.0,
    iteration: int = 1,
    stage: str = "prove",
) -> None:
    """Samples for a statement, with the verdicts on them: those in `proved` are right and use `theorems`."""
    store = context.store
    with store.transaction():
        for copy, text in enumerate(proofs):
            proof = None if text is None else proof_id(id, text)
            store.add("proofs", [{"id": proof, "statement": id, "text": text}] if proof else [])
            store.add(
                "attempts",
                [
                    {
                        "id": f"{iteration} {stage} {id} {copy}",
                        "iteration": iteration,
                        "stage": stage,
                        "statement": id,
                        "copy": copy,
                        "proof": proof,
                        "tokens": 1,
                    }
                ],
            )
            if proof:
                right = text in proved
                verdict = Verdict(
                    "proved" if right else "rejected",
                    theorems=tuple(theorems) if right else (),
                    premises=tuple(theorems) if right else (),
                    seconds=seconds,
                )
                store.add_verdicts([(proof, verdict)], iteration)


def finish(context: Context, *stages: tuple[int, str]) -> None:
    with context.store.transaction():
        for iteration, stage in stages:
            context.store.finish(iteration, stage, {})


def example(context: Context, iteration: int, role: str, completion: str, statement: str = "") -> None:
    """A training example that an earlier stage has made."""
    with context.store.transaction():
        context.store.add(
            "examples",
            [
                {
                    "id": f"{iteration} {role} {completion}",
                    "iteration": iteration,
                    "role": role,
                    "prompt": "<theorem>p<proof>",
                    "completion": completion,
                    "weight": 1.0,
                    "statement": statement,
                    "proof": "",
                    "parents": json.dumps([statement] if statement else []),
                }
            ],
        )
