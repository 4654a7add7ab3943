"""The shape of a language model as far as its cost depends on it: parameters, KV cache, activations."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from stp import paths
from stp.config import Config
from stp.config import Model as ModelSection
from stp.errors import ConfigError, InputError

_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([KMBT]?)", re.IGNORECASE)
_FACTOR = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True)
class Shape:
    """A decoder of the Llama family (Llama, Qwen2, Qwen3): gated feed-forward of width `ffn`, grouped-query attention."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocabulary: int
    tied: bool = False  # one matrix for embedding and output

    @property
    def layer_parameters(self) -> int:
        """Weights of one layer; norms and biases, a thousandth of them, are left out."""
        attention = self.hidden * self.head_dim * 2 * (self.heads + self.kv_heads)
        return attention + 3 * self.hidden * self.ffn

    @property
    def parameters(self) -> int:
        return self.layers * self.layer_parameters + self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def kv_bytes(self) -> int:
        """Bytes of KV cache a token, in 16 bits."""
        return 2 * self.layers * self.kv_heads * self.head_dim * 2

    def lora_parameters(self, rank: int) -> int:
        """Trained weights of LoRA on all linear maps of the layers: rank · (inputs + outputs) each."""
        query, key = self.heads * self.head_dim, self.kv_heads * self.head_dim
        ends = 2 * (self.hidden + query) + 2 * (self.hidden + key) + 3 * (self.hidden + self.ffn)
        return self.layers * rank * ends


@dataclass(frozen=True)
class Known:
    shape: Shape
    note: str


_QWEN3_8B = Shape(36, 4096, 32, 8, 128, 12288, 151936)
_DEEPSEEK_7B = Shape(30, 4096, 32, 32, 128, 11008, 102400)

#: Published provers by the last part of their name, in lower case.
KNOWN: dict[str, Known] = {
    "deepseek-prover-v1.5-base": Known(_DEEPSEEK_7B, "config.json of models trained from it"),
    "deepseek-prover-v1.5-sft": Known(
        _DEEPSEEK_7B, "that of DeepSeek-Prover-V1.5-Base, from which it is trained"
    ),
    "deepseek-prover-v1.5-rl": Known(
        _DEEPSEEK_7B, "that of DeepSeek-Prover-V1.5-Base, from which it is trained"
    ),
    "stp_model_lean_0320": Known(_DEEPSEEK_7B, "that of its base, DeepSeek-Prover-V1.5-SFT"),
    "goedel-prover-sft": Known(_DEEPSEEK_7B, "its config.json"),
    "goedel-prover-v2-8b": Known(_QWEN3_8B, "that of its base, Qwen3-8B; its own config.json was not seen"),
    "kimina-prover-distill-8b": Known(
        _QWEN3_8B, "that of its base, Qwen3-8B; its own config.json was not seen"
    ),
    "qwen3-8b": Known(_QWEN3_8B, "its config.json"),
}


@dataclass(frozen=True)
class Model:
    """The model of a campaign. parameters: of the model itself, or as given; source: recipe, default or given."""

    name: str
    shape: Shape
    parameters: int
    source: str
    note: str


def of(config: Config, given: str = "") -> Model:
    """The model that the configuration names; `given` (as in "7B") overrules its number of parameters.

    Raises InputError if neither tells how large it is.
    """
    count = _parse(given) if given else 0
    base = config.model.base
    if not base:
        shape = _scratch(config.model)
        return Model(
            "from scratch", shape, count or shape.parameters, "given" if count else "recipe", "[model]"
        )
    for folder in (Path(base), paths.shipped("data/models") / base):
        if (folder / "config.json").is_file():
            shape = _read(folder / "config.json")
            note = f"config.json of {base}"
            return Model(base, shape, count or shape.parameters, "given" if count else "recipe", note)
    known = KNOWN.get(base.rsplit("/", 1)[-1].lower())
    if known:
        return Model(
            base, known.shape, count or known.shape.parameters, "given" if count else "default", known.note
        )
    if not count:
        raise InputError(
            f"stp does not know how large {base} is and finds no config.json of it; say so, for instance: --parameters 7B"
        )
    near = min(KNOWN, key=lambda name: abs(KNOWN[name].shape.parameters - count))
    return Model(base, KNOWN[near].shape, count, "given", f"layers and heads as in {near}, the nearest known")


def _parse(text: str) -> int:
    match = _COUNT.fullmatch(text.strip())
    if not match or not float(match[1]):
        raise InputError(f"--parameters {text!r} is no number of parameters; write it like 7B or 135M.")
    return round(float(match[1]) * _FACTOR[match[2].upper()])


def _scratch(section: ModelSection) -> Shape:
    """As `stp.stages.prepare` makes it: one key-value head, tied embeddings, ffn next to 8/3 hidden."""
    ffn = -(-section.hidden * 8 // 3 // 64) * 64
    return Shape(
        section.layers,
        section.hidden,
        section.heads,
        1,
        section.hidden // section.heads,
        ffn,
        section.vocabulary,
        True,
    )


def _read(path: Path) -> Shape:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        heads, hidden = int(found["num_attention_heads"]), int(found["hidden_size"])
        return Shape(
            int(found["num_hidden_layers"]),
            hidden,
            heads,
            int(found.get("num_key_value_heads") or heads),
            int(found.get("head_dim") or hidden // heads),
            int(found["intermediate_size"]),
            int(found["vocab_size"]),
            bool(found.get("tie_word_embeddings", False)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} does not describe a model of the Llama family ({type(error).__name__}: {error}); "
            "say how large it is with --parameters, under another base."
        ) from error
