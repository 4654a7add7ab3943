"""Weighted fine-tuning on completions, and the seam `Trainer`.

The loss of a step is the weighted mean over its completion tokens

    sum_i w_i sum_t nll(i, t) / sum_i w_i n_i

where example i has weight w_i and n_i completion tokens; nothing is learnt from prompts. Both sums run over
the whole step, so how a step is cut into pieces does not matter. No torch is imported until it trains.
"""

from __future__ import annotations

import math
import random
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from stp.errors import InputError
from stp.files import check_absent, write_folder
from stp.lm import model as models
from stp.lm.tokenizer import TOKENIZER_FILE, load_tokenizer
from stp.records import Example

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM

#: Padded tokens that go through the model at once. A step's gradient is summed over such pieces: it bounds
#: the memory of activations and keeps them nearer to the CPU's caches.
PIECE_TOKENS = 2048

#: Least seconds between two calls of `progress`; the last step is always reported.
PROGRESS_SECONDS = 0.3


@dataclass(frozen=True)
class Training:
    """How to train; the defaults of `warmup`, `betas` and `weight_decay` are the paper's."""

    lr: float = 1e-3
    warmup: int = 20  # steps in which the rate rises linearly to `lr`
    epochs: int = 1
    tokens_per_batch: int = 8192  # of prompts and completions in a step, padding not counted
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up; cosine falls to a tenth of `lr`
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0  # of the gradient's norm
    seed: int = 0  # of the order of the examples
    precision: Literal["float32", "bfloat16"] = "float32"  # of matrix products; weights stay float32


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
    skipped: int  # longer than the context
    tokens: int  # read in all epochs, prompts included, padding not
    tokens_per_second: float
    first_loss: float
    last_loss: float
    seconds: float


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


@dataclass(frozen=True)
class Row:
    """A tokenised example. The model learns `ids[start:]` from what stands before."""

    ids: list[int]
    start: int
    weight: float

    @property
    def learnt(self) -> int:
        return len(self.ids) - self.start


def train(
    folder_in: Path,
    examples: Sequence[Example],
    out: Path,
    training: Training,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainReport:
    """Fine-tune the model in `folder_in` on `examples` and write it to `out`, completely or not at all.

    Examples of weight 0 are left out, as if they had not been given; those longer than the model's context
    are skipped and counted. AdamW, gradient clipping. The same arguments give the same weights on the same
    machine. Raises InputError if a folder is missing or damaged, if `out` exists or if no example is left;
    ValueError if a weight is negative or a text is empty.
    """
    import torch

    check_absent(out)
    rows, skipped = _rows(folder_in, examples)
    rows = [row for row in rows if row.weight > 0]
    if not rows:
        raise InputError(
            f"None of the {len(examples)} training examples has a positive weight and fits into the model's "
            "context."
        )
    order = random.Random(training.seed)
    steps = [step for _ in range(training.epochs) for step in _steps(rows, training.tokens_per_batch, order)]
    model = models.load(folder_in).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=training.lr, betas=training.betas, weight_decay=training.weight_decay
    )
    started = reported = time.perf_counter()
    tokens, first, loss = 0, math.nan, math.nan
    for number, step in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = training.lr * rate(number, len(steps), training)
        loss = _accumulate(model, step, training.precision)
        torch.nn.utils.clip_grad_norm_(model.parameters(), training.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += sum(len(row.ids) for row in step)
        first = loss if number == 0 else first
        now = time.perf_counter()
        if progress and (now - reported >= PROGRESS_SECONDS or number + 1 == len(steps)):
            reported = now
            progress(TrainProgress(number + 1, len(steps), loss, tokens / (now - started)))
    seconds = time.perf_counter() - started
    models.save(model, folder_in / TOKENIZER_FILE, out)
    return TrainReport(len(steps), len(rows), skipped, tokens, tokens / seconds, first, loss, seconds)


def evaluate_loss(folder: Path, examples: Sequence[Example]) -> float:
    """Mean negative log-likelihood of a completion token, in nats; weights are ignored.

    Examples longer than the context are left out. Raises InputError if the model is missing or damaged, or no
    example is left.
    """
    import torch

    rows, _ = _rows(folder, examples)
    if not rows:
        raise InputError(f"None of the {len(examples)} examples fits into the model's context.")
    model = models.load(folder)
    total = 0.0
    with torch.inference_mode():
        for piece in _pieces(rows):
            total += float(_nll(model, piece)[0].sum())
    return total / sum(row.learnt for row in rows)


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


def _rows(folder: Path, examples: Sequence[Example]) -> tuple[list[Row], int]:
    """The examples that fit into the context, tokenised, and the number of those that do not.

    Prompt and completion are encoded apart, since the sampler sees a prompt without its completion.
    """
    context = models.read_config(folder)["max_position_embeddings"]
    tokenizer = load_tokenizer(folder)
    prompts = tokenizer.encode_batch_fast([example.prompt for example in examples])
    completions = tokenizer.encode_batch_fast([example.completion for example in examples])
    rows, skipped = [], 0
    for example, prompt, completion in zip(examples, prompts, completions, strict=True):
        if not example.weight >= 0 or not prompt.ids or not completion.ids:
            raise ValueError(f"an example needs a weight of at least 0, a prompt and a completion: {example}")
        ids = prompt.ids + completion.ids
        if len(ids) > context:
            skipped += 1
        else:
            rows.append(Row(ids, len(prompt.ids), example.weight))
    return rows, skipped


def _steps(rows: Sequence[Row], tokens: int, order: random.Random) -> Iterable[list[Row]]:
    """One epoch: the rows in random order, cut into steps of at most `tokens` tokens (at least one row)."""
    shuffled = list(rows)
    order.shuffle(shuffled)
    step: list[Row] = []
    size = 0
    for row in shuffled:
        if step and size + len(row.ids) > tokens:
            yield step
            step, size = [], 0
        step.append(row)
        size += len(row.ids)
    yield step


def _pieces(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """The rows, shortest first, cut into pieces of at most `PIECE_TOKENS` padded tokens, or one row."""
    piece: list[Row] = []
    for row in sorted(rows, key=lambda row: len(row.ids)):
        if piece and len(row.ids) * (len(piece) + 1) > PIECE_TOKENS:
            yield piece
            piece = []
        piece.append(row)
    if piece:
        yield piece


def _accumulate(model: LlamaForCausalLM, step: list[Row], precision: str) -> float:
    """Add the gradient of the step's loss to the model's; return the loss."""
    import torch

    whole = sum(row.weight * row.learnt for row in step)
    total = 0.0
    for piece in _pieces(step):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            nll, weights = _nll(model, piece)
        loss = (nll * weights).sum() / whole
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    return total


def _nll(model: LlamaForCausalLM, piece: list[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """Negative log-likelihood and example weight of each completion token of the piece, both (tokens,).

    Rows are padded on the right, where causal attention needs no mask. Logits are computed for completion
    tokens only: with a small model the head is a tenth of the work.
    """
    import torch

    width = max(len(row.ids) for row in piece)
    ids = torch.zeros(len(piece), width, dtype=torch.long)
    for number, row in enumerate(piece):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
    places = [(n, t) for n, row in enumerate(piece) for t in range(row.start, len(row.ids))]
    who, where = torch.tensor(places).T
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[who, where - 1]
    logits = model.lm_head(hidden).float()
    nll = torch.nn.functional.cross_entropy(logits, ids[who, where], reduction="none")
    return nll, torch.tensor([row.weight for row in piece])[who]
