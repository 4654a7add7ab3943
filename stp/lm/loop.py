"""The training loop. Imported when a training begins: this module imports torch."""

from __future__ import annotations

import dataclasses
import math
import resource
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import torch

from stp.errors import ConfigError, InputError
from stp.lm import lora, packing
from stp.lm import model as models
from stp.lm.checkpoint import Checkpoint, Checkpoints, identity
from stp.lm.loss import keeps_apart, nll
from stp.lm.packing import Packing, Piece, Row
from stp.lm.tokenizer import Codec
from stp.lm.trainer import PROGRESS_SECONDS, Training, TrainProgress, TrainReport, rate
from stp.records import Example

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from stp.lm.formats import Chat

#: What `Training.piece_tokens = 0` stands for, by device. On a CPU small pieces stay nearer to its caches.
PIECE_TOKENS = {"cpu": 2048, "cuda": 16384}

#: The moments that AdamW keeps of each weight, by its names.
MOMENTS = ("exp_avg", "exp_avg_sq")


class Group(Protocol):
    """The processes that train together, seen from one of them."""

    rank: int
    size: int

    def shard(self, model: PreTrainedModel, precision: str) -> None:
        """Leave each process its part of the weights."""
        ...

    def sum(self, values: Sequence[float]) -> list[float]:
        """Over all processes."""
        ...

    def whole(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor of which this process may hold a part. All processes ask together."""
        ...

    def part(self, tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """What this process holds of `tensor`: as much as of `like`."""
        ...

    def stopping(self) -> bool:
        """Whether somebody outside wants the training to stop."""
        ...


class Alone:
    """A group of one."""

    rank, size = 0, 1

    def shard(self, model: PreTrainedModel, precision: str) -> None:
        """There is nobody to share with."""

    def sum(self, values: Sequence[float]) -> list[float]:
        return list(values)

    def whole(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor

    def part(self, tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        return tensor.to(like.device)

    def stopping(self) -> bool:
        return False


@dataclass(frozen=True)
class Plan:
    """A `Training` with its "auto" resolved for a device."""

    device: torch.device
    precision: Literal["float32", "bfloat16"]
    packing: Packing
    piece_tokens: int


def train(
    folder_in: Path,
    examples: Sequence[Example],
    out: Path,
    training: Training,
    progress: Callable[[TrainProgress], None] | None = None,
    device: str | None = None,
) -> TrainReport:
    """See `stp.lm.trainer.train`; in this process alone."""
    checkpoints = Checkpoints(out, identify(folder_in, examples, training))
    checkpoints.tidy()
    model, report = fit(folder_in, examples, checkpoints, training, progress, where(device), Alone())
    if training.lora_rank:
        weights = {name: weight.detach().cpu() for name, weight in trained(model).items()}
        del model
        model = rebuilt(folder_in, training, weights)
    publish(model, folder_in, out)
    checkpoints.clear()
    return report


def fit(
    folder_in: Path,
    examples: Sequence[Example],
    checkpoints: Checkpoints,
    training: Training,
    progress: Callable[[TrainProgress], None] | None,
    device: torch.device,
    group: Group,
) -> tuple[PreTrainedModel, TrainReport]:
    """All steps that the newest checkpoint leaves to do. Raises as `stp.lm.trainer.train`, and what `progress` does."""
    rows, skipped = read(folder_in, examples, training.chat, training.context)
    rows = [row for row in rows if row.weight > 0]
    if not rows:
        raise InputError(
            f"None of the {len(examples)} training examples has a positive weight and fits into the model's "
            "context."
        )
    steps = packing.steps(rows, training.tokens_per_batch, training.epochs, training.seed)
    model, plan = prepare(folder_in, training, device, group)
    weights = trained(model)
    optimizer = torch.optim.AdamW(
        weights.values(),
        lr=training.lr,
        betas=training.betas,
        weight_decay=training.weight_decay,
        fused=True,
    )
    newest = checkpoints.newest()
    done = newest.step if newest else 0
    first, loss = newest.losses if newest else (math.nan, math.nan)
    if newest:
        restore(newest, weights, optimizer, group)

    written = newest.step if newest else None

    def save() -> None:
        nonlocal written
        if written == done:
            return
        written = done
        state = _state(weights, optimizer, group, moments=done < len(steps))
        if group.rank == 0:
            checkpoints.write(done, (first, loss), state)
        else:
            for _ in state:  # gathering needs every process
                pass

    resumed, tokens, area = done, 0, 0
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    started = reported = saved = time.perf_counter()
    for step in steps[done:]:
        for settings in optimizer.param_groups:
            settings["lr"] = training.lr * rate(done, len(steps), training)
        shares = packing.shares(step, plan.piece_tokens, plan.packing, group.size)
        mass = sum(row.weight * row.learnt for row in step)
        part = _accumulate(model, shares[group.rank], mass, plan, group.size, (training.seed, done))
        now = time.perf_counter()
        due = group.rank == 0 and now - saved >= 60 * training.checkpoint_minutes
        loss, due_now, stop = group.sum([part, float(due), float(group.rank == 0 and group.stopping())])
        torch.nn.utils.clip_grad_norm_(weights.values(), training.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        first = loss if done == 1 else first
        tokens += sum(len(row.ids) for row in step)
        area += sum(packing.area(piece) for share in shares for piece in share)
        if due_now or stop:
            save()
            saved = time.perf_counter()
        if stop:
            raise Stopping
        now = time.perf_counter()
        if progress and (now - reported >= PROGRESS_SECONDS or done == len(steps)):
            reported = now
            try:
                progress(TrainProgress(done, len(steps), loss, tokens / (now - started)))
            except BaseException:
                save()
                raise
    seconds = time.perf_counter() - started
    if group.size > 1:
        save()  # the model is made of it, by somebody who has memory for the whole
    return model, TrainReport(
        steps=len(steps),
        examples=len(rows),
        skipped=skipped,
        tokens=sum(len(row.ids) for row in rows) * training.epochs,
        tokens_per_second=tokens / seconds,
        first_loss=first,
        last_loss=loss,
        seconds=seconds,
        resumed_at=resumed,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        precision=plan.precision,
        packing=plan.packing,
        padding=1 - tokens / area if area else 0.0,
        peak_memory=peak_memory(device),
    )


class Stopping(Exception):
    """The group was asked to stop; a checkpoint was written."""


def evaluate_loss(folder: Path, examples: Sequence[Example], chat: Chat | None) -> float:
    """See `stp.lm.trainer.evaluate_loss`."""
    rows, _ = read(folder, examples, chat)
    if not rows:
        raise InputError(f"None of the {len(examples)} examples fits into the model's context.")
    model = models.load(folder)
    total = 0.0
    with torch.inference_mode():
        for piece in packing.pieces(rows, PIECE_TOKENS["cpu"], "pad"):
            total += float(nll(model, piece)[0].sum())
    return total / sum(row.learnt for row in rows)


def identify(folder_in: Path, examples: Sequence[Example], training: Training) -> str:
    """The name of the training. How it is run is no part of it: a checkpoint serves other processes and devices."""
    settings = dataclasses.asdict(training)
    for key in ("processes", "checkpoint_minutes", "gradient_checkpointing", "piece_tokens"):
        del settings[key]
    return identity(models.model_hash(folder_in), examples, settings)


def where(device: str | None) -> torch.device:
    """The device of this name, by default the GPU if there is one. Raises ConfigError if it is not there."""
    found = models.device(device)
    if found.type not in PIECE_TOKENS:
        raise ConfigError(f"Training knows the devices cpu and cuda, not {device}.")
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"There is no GPU here to train on {device}.")
    return found


def read(
    folder: Path, examples: Sequence[Example], chat: Chat | None = None, context: int = 0
) -> tuple[list[Row], int]:
    """The examples that fit into the context, tokenised, and the number of those that do not.

    Prompt and completion are encoded apart, since the sampler sees a prompt without its completion.
    """
    longest = models.read_config(folder)["max_position_embeddings"]
    longest = min(context, longest) if context else longest
    for example in examples:
        if not example.weight >= 0 or not example.prompt or not example.completion:
            raise ValueError(f"an example needs a weight of at least 0, a prompt and a completion: {example}")
    codec = Codec(folder, chat)
    prompts = codec.prompts([example.prompt for example in examples])
    completions = codec.completions([example.completion for example in examples])
    rows = [
        Row(array("i", prompt + completion), len(prompt), example.weight)
        for example, prompt, completion in zip(examples, prompts, completions, strict=True)
        if prompt and len(prompt) + len(completion) <= longest
    ]
    return rows, len(examples) - len(rows)


def prepare(
    folder_in: Path, training: Training, device: torch.device, group: Group
) -> tuple[PreTrainedModel, Plan]:
    """The model, ready to train on the device, and the plan. Raises ConfigError if it cannot pack, or peft is missing."""
    precision = training.precision
    if precision == "auto":
        capable = device.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bfloat16" if capable else "float32"
    # Weights that do not change need no more digits than the products; FSDP wants one type for all.
    frozen = training.lora_rank and group.size == 1
    model = models.load(folder_in, "cpu", precision if frozen else "float32").train()
    pack = training.packing == "pack" or (training.packing == "auto" and device.type == "cuda")
    if pack and not keeps_apart(model):
        if training.packing == "pack":
            raise ConfigError(
                f"A {model.config.model_type} model mixes examples that stand on one line; "
                'set trainer.packing to "pad".'
            )
        pack = False
    if training.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if training.lora_rank:
        model = lora.attach(model, training.lora_rank, training.lora_alpha, training.seed)
    torch.nn.Module.to(model, device)
    group.shard(model, precision)
    limit = training.piece_tokens or PIECE_TOKENS[device.type]
    return model, Plan(device, precision, "pack" if pack else "pad", limit)


def trained(model: PreTrainedModel) -> dict[str, torch.nn.Parameter]:
    """The weights that change."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def rebuilt(folder_in: Path, training: Training, weights: dict[str, torch.Tensor]) -> PreTrainedModel:
    """The ordinary model, on the CPU in float32, that `weights` of `trained` make out of the base."""
    model = models.load(folder_in, "cpu", "float32")
    if training.lora_rank:
        model = lora.attach(model, training.lora_rank, training.lora_alpha, training.seed)
    with torch.no_grad():
        for name, weight in trained(model).items():
            weight.copy_(weights[name])
    return lora.merge(model) if training.lora_rank else model


def publish(model: PreTrainedModel, folder_in: Path, out: Path) -> None:
    """Write the model as the base was written: in the same type of number, with its tokenizer."""
    config = models.read_config(folder_in)
    stored = config.get("dtype") or config.get("torch_dtype") or "float32"
    torch.nn.Module.to(model, getattr(torch, stored))
    models.save(model, folder_in, out)


def restore(
    checkpoint: Checkpoint,
    weights: dict[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    group: Group,
) -> None:
    """Put the checkpoint's tensors into weights and optimizer. Raises InputError if it is damaged."""
    moments: dict[str, dict[str, torch.Tensor]] = {name: {} for name in weights}
    found = set()
    with torch.no_grad():
        for label, tensor in checkpoint.tensors():
            kind, name = label.split(":", 1)
            if name not in weights:
                raise checkpoint.damaged(f"there is no weight {name}")
            like = weights[name]
            if kind == "weight":
                like.copy_(group.part(tensor, like))
                found.add(name)
            else:
                moments[name][kind] = group.part(tensor, like)
    if missing := weights.keys() - found:
        raise checkpoint.damaged(f"{len(missing)} weights missing")
    if all(moments.values()):
        step = torch.tensor(float(checkpoint.step))
        state = {number: {"step": step.clone(), **kept} for number, kept in enumerate(moments.values())}
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _state(
    weights: dict[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer, group: Group, moments: bool
) -> Iterator[tuple[str, torch.Tensor]]:
    for name, weight in weights.items():
        yield f"weight:{name}", group.whole(weight)
        for kind in MOMENTS if moments else ():
            yield f"{kind}:{name}", group.whole(optimizer.state[weight][kind])


def _accumulate(
    model: PreTrainedModel, pieces: list[Piece], mass: float, plan: Plan, size: int, seed: tuple[int, int]
) -> float:
    """Add the gradient of the pieces' part of a step's loss to the model's; return that part.

    mass: sum of weight times completion tokens of the whole step. The loss is multiplied by `size` for the gradient,
    of which FSDP takes the mean over processes.
    """
    total = torch.zeros((), device=plan.device)
    devices = [plan.device] if plan.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        # Dropout, where an architecture has it, is the same in a training that went on.
        torch.manual_seed(hash(seed))
        for piece in pieces:
            try:
                with torch.autocast(plan.device.type, torch.bfloat16, enabled=plan.precision == "bfloat16"):
                    losses, weights = nll(model, piece)
                loss = (losses * weights).sum() / mass
                (loss * size).backward()  # type: ignore[no-untyped-call]
            except torch.OutOfMemoryError as error:
                raise ConfigError(
                    f"The GPU's memory does not suffice for pieces of {plan.piece_tokens} tokens; make "
                    "trainer.piece_tokens smaller, set trainer.gradient_checkpointing or trainer.lora_rank."
                ) from error
            total += loss.detach()
    return float(total)


def peak_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
