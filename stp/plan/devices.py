"""What a GPU can do at most, from its maker's data sheet, and what decoding and training reach of it."""

from __future__ import annotations

from dataclasses import dataclass

from stp.errors import InputError
from stp.plan.shape import Shape


@dataclass(frozen=True)
class Device:
    """flops: of dense bfloat16 a second; bandwidth: bytes a second of its memory; memory: bytes."""

    name: str
    flops: float
    bandwidth: float
    memory: float
    note: str


DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        Device("h100", 989e12, 3.35e12, 80e9, "NVIDIA H100 SXM data sheet"),
        Device("h200", 989e12, 4.8e12, 141e9, "NVIDIA H200 SXM data sheet"),
        Device("a100", 312e12, 2.04e12, 80e9, "NVIDIA A100 80 GB SXM data sheet"),
        Device("l40s", 362e12, 0.864e12, 48e9, "NVIDIA L40S data sheet"),
        Device("rtx4090", 165e12, 1.01e12, 24e9, "NVIDIA Ada architecture white paper"),
        Device(
            "cpu", 1e11, 2e10, 8e9, "2 cores: fitted to the training of experiments/nano.toml, 1,000 tokens/s"
        ),
    )
}


def device(name: str) -> Device:
    if name.lower() not in DEVICES:
        raise InputError(
            f"stp knows no GPU {name!r}; it knows {', '.join(DEVICES)}. For another one, give the rates "
            "sampling_tokens_per_second and training_tokens_per_second (--rates FILE.toml)."
        )
    return DEVICES[name.lower()]


def decoding(
    shape: Shape, parameters: int, device: Device, *, gpus: int, batch: int, context: float, share: float
) -> float:
    """Tokens a second and GPU that decoding could reach, by the roofline: the longer of reading memory and computing.

    One step of `batch` sequences of `context` tokens each reads the weights (16 bits) and the KV cache once and
    computes 2 · parameters a sequence; both are split over `gpus`. Of the batch only as many sequences run at a time
    as the cache in `share` of the memory holds (at least one).
    """
    weights = 2.0 * parameters
    room = max(0.0, device.memory * share * gpus - weights)
    running = max(1.0, min(batch, room / (shape.kv_bytes * context)))
    reading = (weights + running * context * shape.kv_bytes) / (device.bandwidth * gpus)
    computing = 2.0 * parameters * running / (device.flops * gpus)
    return running / max(reading, computing) / gpus


def training(
    parameters: int, device: Device, *, utilisation: float, lora: bool, checkpointing: bool
) -> float:
    """Tokens a second and GPU of training: 6 FLOPs a parameter and token (2 forward, 4 backward; arXiv 2001.08361).

    LoRA computes no gradients of the base's weights (4), gradient checkpointing a second forward pass (+ 2).
    """
    each = (4 if lora else 6) + (2 if checkpointing else 0)
    return utilisation * device.flops / (each * parameters)
