"""Bytes: of a GPU in training and in sampling, of the host, of the disk. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stp.config import Config
from stp.plan.cost import Phase, total
from stp.plan.devices import device
from stp.plan.rates import Rate
from stp.plan.shape import Model

#: Bytes of a layer's activations a token and unit of width that backward needs, attention scores recomputed as
#: FlashAttention does (arXiv 2205.05198, section 4.1: 34 s·b·h bytes in 16 bits).
ACTIVATION = 34
#: Tokens that go through the model at once where `trainer.piece_tokens` is 0, on a GPU and on a CPU.
PIECE_TOKENS = (16_384, 2_048)
#: Bytes of Lean text a token: 146 characters of a statement make about 60 tokens, and symbols take several bytes.
TEXT_BYTES = 3
#: Phases that end with a model, which is kept.
MAKING_MODEL = ("supervised", "train", "refresh", "retrain")


@dataclass(frozen=True)
class Bytes:
    """One line of the memory's table. rests_on: rates, besides the model's shape."""

    name: str
    bytes: float
    note: str
    rests_on: tuple[str, ...] = ()


def training(config: Config, model: Model, gpu: str) -> list[Bytes]:
    """What one GPU holds while training, weights in float32 and activations in bfloat16.

    Full fine-tuning: weights, gradients and Adam's two moments, 16 bytes a parameter, sharded over the processes
    (FSDP2), and the weights of the layer at work whole. LoRA: the base's weights, in the precision of the products on
    one GPU, and 16 bytes a weight of the adapter.
    """
    shape, settings = model.shape, config.trainer
    share = 1 / settings.processes
    lora = shape.lora_parameters(settings.lora_rank)
    trained = lora or model.parameters
    each = _loaded(config, gpu)
    lines = [Bytes("weights", (each * model.parameters + 4 * lora) * share, f"{each} bytes a parameter")]
    lines.append(
        Bytes("gradients, Adam", 12 * trained * share, f"4 + 8 bytes for {trained / 1e6:,.0f} M parameters")
    )
    if settings.processes > 1:
        gathered = max(shape.layer_parameters, shape.vocabulary * shape.hidden)
        lines.append(Bytes("gathered layer", 4 * gathered, "FSDP2: the largest one, whole"))
    tokens = settings.piece_tokens or PIECE_TOKENS[gpu == "cpu"]
    layer = ACTIVATION * shape.hidden * tokens
    if settings.gradient_checkpointing:
        kept, note = (
            2 * shape.hidden * tokens * shape.layers + layer,
            "2 bytes · width a layer, and one layer whole",
        )
    else:
        kept, note = layer * shape.layers, f"{ACTIVATION} bytes · width a layer"
    lines.append(Bytes("activations", kept, f"{note}; {tokens:,} tokens at once"))
    lines.append(
        Bytes(
            "logits",
            2 * 4 * tokens * shape.vocabulary,
            "and their gradient, float32, if all tokens are learnt",
        )
    )
    return lines


def _loaded(config: Config, gpu: str) -> int:
    """Bytes a parameter with which a training loads the base: what is frozen on a single GPU may be 16 bits."""
    frozen = config.trainer.lora_rank and config.trainer.processes == 1
    return 2 if frozen and gpu != "cpu" and config.trainer.precision != "float32" else 4


def sampling(config: Config, model: Model, gpu: str) -> list[Bytes]:
    """What one GPU holds while sampling in 16 bits. Prompts that samples share are counted for each of them."""
    settings, shape = config.sampler, model.shape
    weights = 2 * model.parameters / settings.gpus
    room = max(0.0, device(gpu).memory * settings.gpu_memory - weights)
    each = shape.kv_bytes * config.model.context / settings.gpus
    fits = int(room // each)
    return [
        Bytes("weights", weights, "2 bytes a parameter"),
        Bytes(
            "KV cache of the batch",
            settings.batch * each,
            f"{settings.batch} × {config.model.context:,} tokens × {shape.kv_bytes / 1e3:,.0f} kB",
        ),
        Bytes(
            "room for a KV cache", room, f"{fits:,} sequences of {config.model.context:,} tokens at a time"
        ),
    ]


def host(config: Config, model: Model, rates: Mapping[str, Rate]) -> list[Bytes]:
    """Memory of the Lean processes, spare ones included, and of trainings, each process of which reads the whole model."""
    count = config.lean.workers + config.lean.spares
    each, shared = rates["lean_worker_gb"].number, rates["lean_shared_gb"].number
    lines = [Bytes("Lean workers", 1e9 * each * count, f"{count} × {each:g} GB", ("lean_worker_gb",))]
    if shared:
        lines.append(Bytes("shared by them", 1e9 * shared, "Mathlib, mapped once", ("lean_shared_gb",)))
    loaded = _loaded(config, str(rates["gpu"].value)) * model.parameters
    processes = config.trainer.processes
    lines.append(
        Bytes(
            "training begins",
            processes * loaded,
            f"{processes} × {loaded / 1e9:,.3g} GB, the model",
            ("gpu",),
        )
    )
    return lines


def disk(config: Config, model: Model, rates: Mapping[str, Rate], phases: Sequence[Phase]) -> list[Bytes]:
    """What the campaign's folder holds at its end, and the checkpoint of a training under way."""
    whole = total(list(phases))
    each = rates["saved_bytes_per_parameter"].number * model.parameters
    models = sum(phase.name in MAKING_MODEL for phase in phases)
    trained = model.shape.lora_parameters(config.trainer.lora_rank) or model.parameters
    texts = (
        TEXT_BYTES
        * rates["completion_tokens"].at(config.iterations)
        * whole.proofs
        * rates["distinct_proofs"].number
    )
    rows = rates["database_bytes"].number * whole.proofs
    return [
        Bytes(
            "models",
            models * each,
            f"{models} × {each / 1e9:,.3g} GB, all are kept",
            ("saved_bytes_per_parameter",),
        ),
        Bytes("checkpoints", 24 * trained, "two of weights and Adam's moments, while training"),
        Bytes(
            "database",
            rows + texts,
            f"{rates['database_bytes'].number:,.0f} bytes a sample, {TEXT_BYTES} a token of a new proof",
            ("database_bytes", "distinct_proofs", "completion_tokens"),
        ),
    ]
