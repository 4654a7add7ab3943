"""A small training, and how to break it off; for several test modules, and processes that they start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stp.lm import formats
from stp.lm.trainer import Training, TrainProgress
from stp.records import Example

NATIVE = formats.load("stp")
EXAMPLES = [
    Example(
        "prover",
        NATIVE.prover_prompt(f": {a} + {b} = {a + b}"),
        NATIVE.prover_completion("", "by omega"),
        1 + a,
    )
    for a in range(4)
    for b in range(4)
]
TRAINING = Training(lr=1e-3, warmup=3, epochs=3, tokens_per_batch=60, checkpoint_minutes=0)


class Enough(Exception):
    pass


def stop_at(step: int) -> Callable[[TrainProgress], None]:
    def progress(p: TrainProgress) -> None:
        if p.step == step:
            raise Enough

    return progress


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
