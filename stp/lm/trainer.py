"""Weighted fine-tuning on completions, and the seam `Trainer`.

The loss of a step is the weighted mean over its completion tokens

    sum_i w_i sum_t nll(i, t) / sum_i w_i n_i

where example i has weight w_i and n_i completion tokens; nothing is learnt from prompts. Both sums run over
the whole step, so how a step is cut into pieces and shared out to processes does not matter. The parts:

    packing.py      examples → steps → pieces, pure
    loss.py         the loss of a piece
    loop.py         the training itself
    lora.py         low-rank training
    checkpoint.py   going on after a kill
    launch.py       several processes

No torch is imported until it trains.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from stp.errors import InputError
from stp.files import check_absent, write_folder
from stp.records import Example

if TYPE_CHECKING:
    from stp.lm.formats import Chat

#: Least seconds between two calls of `progress`; the last step is always reported.
PROGRESS_SECONDS = 0.3


@dataclass(frozen=True)
class Training:
    """How to train; the defaults of `warmup`, `betas` and `weight_decay` are the paper's.

    The last block is the configuration's section `trainer`, and described there (`stp.config.Trainer`).
    """

    lr: float = 1e-3
    warmup: int = 20  # steps in which the rate rises linearly to `lr`
    epochs: int = 1
    tokens_per_batch: int = 8192  # of prompts and completions in a step, padding not counted
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up; cosine falls to a tenth of `lr`
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0  # of the gradient's norm
    seed: int = 0  # of the order of the examples, and of LoRA's matrices
    chat: Chat | None = None  # prompts are messages, put into the model's own chat template
    context: int = 0  # of prompt and completion, in tokens: longer examples are left out; 0: the model's own

    packing: Literal["auto", "pack", "pad"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    piece_tokens: int = 0
    lora_rank: int = 0
    lora_alpha: int = 0
    gradient_checkpointing: bool = False
    processes: int = 1
    checkpoint_minutes: float = 10.0


@dataclass(frozen=True)
class TrainProgress:
    step: int
    steps: int
    loss: float
    tokens_per_second: float


@dataclass(frozen=True)
class TrainReport:
    """What a training did. Losses are in nats a completion token."""

    steps: int
    examples: int  # of positive weight that fit; each is seen `epochs` times
    skipped: int  # longer than the context, or whose prompt holds special tokens of a chat
    tokens: int  # read in all epochs, prompts included, padding not
    tokens_per_second: float  # of this run, which may have gone on with an earlier one
    first_loss: float
    last_loss: float
    seconds: float  # of this run
    resumed_at: int = 0  # steps done by earlier runs
    device: str = ""
    precision: str = ""
    packing: str = ""
    padding: float = 0.0  # share of padding in what went through the model
    peak_memory: int = (
        0  # bytes: the GPU's, else the process's since it started; the largest of several processes
    )


class Trainer(Protocol):
    """Anything that turns a model folder and examples into a new model folder."""

    def train(
        self,
        folder_in: Path,
        examples: Sequence[Example],
        out: Path,
        training: Training,
        progress: Callable[[TrainProgress], None] | None = None,
    ) -> TrainReport:
        """See `train`, the real one."""
        ...


class TransformersTrainer:
    """The real trainer, `train`, as a `Trainer`."""

    def train(
        self,
        folder_in: Path,
        examples: Sequence[Example],
        out: Path,
        training: Training,
        progress: Callable[[TrainProgress], None] | None = None,
    ) -> TrainReport:
        """See `train`."""
        return train(folder_in, examples, out, training, progress)


class FakeTrainer:
    """Learns nothing: copies the folder."""

    def train(
        self,
        folder_in: Path,
        examples: Sequence[Example],
        out: Path,
        training: Training,
        progress: Callable[[TrainProgress], None] | None = None,
    ) -> TrainReport:
        """See `Trainer.train`. Raises InputError if `folder_in` does not exist or `out` does."""
        if not folder_in.is_dir():
            raise InputError(f"There is no model folder {folder_in}.")
        write_folder(out, lambda partial: shutil.copytree(folder_in, partial, dirs_exist_ok=True))
        return TrainReport(1, len(examples), 0, 0, 0.0, 0.0, 0.0, 0.0)


def train(
    folder_in: Path,
    examples: Sequence[Example],
    out: Path,
    training: Training,
    progress: Callable[[TrainProgress], None] | None = None,
    device: str | None = None,
) -> TrainReport:
    """Fine-tune the model in `folder_in` on `examples` and write it to `out`, completely or not at all.

    Examples of weight 0 are left out, as if they had not been given; those longer than the context are skipped and
    counted. AdamW, gradient clipping. The same arguments give the same weights on the same machine. device: "cpu",
    "cuda"; None is the GPU if there is one.

    A training that was killed, or in which `progress` raised, goes on where its last checkpoint was written
    (`stp.lm.checkpoint`) when it is called again with the same arguments, and ends with the same weights.

    Raises InputError if a folder is missing or damaged, if `out` exists or if no example is left; ConfigError if a
    package is missing or the memory does not suffice; ValueError if a weight is negative or a text is empty.
    """
    check_absent(out)
    if training.processes > 1:
        from stp.lm import launch

        return launch.train(folder_in, examples, out, training, progress, device)
    from stp.lm import loop

    return loop.train(folder_in, examples, out, training, progress, device)


def evaluate_loss(folder: Path, examples: Sequence[Example], chat: Chat | None = None) -> float:
    """Mean negative log-likelihood of a completion token, in nats, on the CPU; weights are ignored.

    Examples longer than the context are left out. Raises InputError if the model is missing or damaged, or no
    example is left.
    """
    from stp.lm import loop

    return loop.evaluate_loss(folder, examples, chat)


def rate(step: int, steps: int, training: Training) -> float:
    """The learning rate of `step` (from 0) as a part of `training.lr`.

    Linear warm-up, then constant, or half a cosine from 1 to 0.1. The warm-up takes at most half of the
    steps, so that short trainings reach the full rate too.
    """
    warmup = min(training.warmup, steps // 2)
    if step < warmup:
        return (step + 1) / warmup
    if training.schedule == "constant":
        return 1.0
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
