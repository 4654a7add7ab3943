"""A Llama that only decodes: the transformers checkpoint, with its products fused, and a static cache.

RMSNorm, rotary positions, grouped-query attention and SwiGLU as in transformers' LlamaForCausalLM, whose
logits it reproduces (see tests); about as much Python a step as torch calls. CPU only: other models, and GPUs,
go through `stp.lm.engine`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch.nn import functional as F

from stp.errors import InputError
from stp.lm.model import read_config, weight_files

#: Keys and values: (2, layers, rows, key-value heads, positions, head size).
Cache: TypeAlias = torch.Tensor

Linear: TypeAlias = Callable[[torch.Tensor], torch.Tensor]


class Llama:
    """The model in `folder`, with weights in `dtype`; all but the products with them is float32.

    Only the first `vocabulary` tokens get logits. Raises InputError if the folder is missing or damaged, or
    holds a Llama with biases or scaled rotary positions, which this module does not know.
    """

    def __init__(self, folder: Path, dtype: torch.dtype, vocabulary: int) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        config = read_config(folder)
        if not self.knows(config):
            raise InputError(f"The model in {folder} is none that stp's own decoder knows.")
        try:
            weights = {name: w for file in weight_files(folder) for name, w in load_file(file).items()}
        except SafetensorError as error:
            raise InputError(f"The model in {folder} is damaged: {error}.") from error
        rope = config.get("rope_parameters") or {}
        self._dtype = dtype
        self.device = torch.device("cpu")
        self.context: int = config["max_position_embeddings"]
        self.heads: int = config["num_attention_heads"]
        self.kv_heads: int = config.get("num_key_value_heads") or self.heads
        self.size: int = config.get("head_dim") or config["hidden_size"] // self.heads
        self.ffn: int = config["intermediate_size"]
        self.epsilon: float = config["rms_norm_eps"]
        self.layers: list[tuple[Linear, Linear, Linear, Linear]] = []
        with torch.inference_mode():
            weights = {name: weight.float() for name, weight in weights.items()}
            self.embedding = weights["model.embed_tokens.weight"]
            for number in range(config["num_hidden_layers"]):
                self.layers.append(self._layer(weights, f"model.layers.{number}."))
            head = weights.get("lm_head.weight", self.embedding)[:vocabulary]
            self.head = linear(head * weights["model.norm.weight"], dtype)
            theta = rope.get("rope_theta") or config.get("rope_theta") or 10000.0
            frequency = theta ** (-torch.arange(0, self.size, 2, dtype=torch.float32) / self.size)
            angle = torch.outer(torch.arange(self.context, dtype=torch.float32), frequency)
            self.cosine = torch.cat((angle.cos(), angle.cos()), -1)
            self.sine = torch.cat((-angle.sin(), angle.sin()), -1)  # signed, for `_rotate`

    @staticmethod
    def knows(config: dict[str, Any]) -> bool:
        """Whether a checkpoint with this `config.json` is one that this module computes rightly."""
        rope = config.get("rope_parameters") or {}
        return (
            config.get("model_type") == "llama"
            and rope.get("rope_type", "default") == "default"
            and not config.get("rope_scaling")
            and not config.get("attention_bias")
            and not config.get("mlp_bias")
            and config.get("hidden_act") == "silu"
            and "quantization_config" not in config
        )

    def _layer(self, weights: dict[str, torch.Tensor], name: str) -> tuple[Linear, Linear, Linear, Linear]:
        """The layer's products, with the norms' gains and the attention's scale folded into the weights."""
        attention, ffn = f"{name}self_attn.", f"{name}mlp."
        query = weights[f"{attention}q_proj.weight"] / math.sqrt(self.size)
        key, value = weights[f"{attention}k_proj.weight"], weights[f"{attention}v_proj.weight"]
        gate, up = weights[f"{ffn}gate_proj.weight"], weights[f"{ffn}up_proj.weight"]
        before, after = (weights[f"{name}{norm}_layernorm.weight"] for norm in ("input", "post_attention"))
        return (
            linear(torch.cat((query, key, value)) * before, self._dtype),
            linear(weights[f"{attention}o_proj.weight"], self._dtype),
            linear(torch.cat((gate, up)) * after, self._dtype),
            linear(weights[f"{ffn}down_proj.weight"], self._dtype),
        )

    def new_cache(self, rows: int, width: int) -> Cache:
        """A cache of zeros: what is masked away must be finite. Memory is taken as it is written to."""
        return torch.zeros(2, len(self.layers), rows, self.kv_heads, width, self.size)

    def prefill(self, tokens: torch.Tensor) -> Cache:
        """Keys and values of `tokens` (prompts, width), right-padded with any token.

        Attention is causal, so padding changes nothing to its left; the cache of padding is meaningless.
        """
        prompts, width = tokens.shape
        cache = self.new_cache(prompts, width)
        if not width:
            return cache
        cosine, sine = (table[:width].repeat(prompts, 1)[:, None] for table in (self.cosine, self.sine))

        def attend(layer: int, heads: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
            # (prompts * width, heads, size) to (prompts, heads, width, size)
            heads = heads.view(prompts, width, -1, self.size).transpose(1, 2)
            cache[0, layer] = heads[:, self.heads :]
            cache[1, layer] = value.view(prompts, width, -1, self.size).transpose(1, 2)
            key, value = cache[:, layer]
            mixed = F.scaled_dot_product_attention(
                heads[:, : self.heads], key, value, is_causal=True, scale=1.0, enable_gqa=True
            )
            return mixed.transpose(1, 2).reshape(prompts * width, -1)

        self._run(tokens.reshape(-1), cosine, sine, attend)
        return cache

    def step(self, cache: Cache, token: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        """Read one token a row and return the next one's logits, (rows, vocabulary) in float32.

        token, position: (rows,). The token's keys and values are written to the cache at its position; those
        before it must be there.
        """
        rows = len(token)
        width = int(position.max()) + 1
        used = cache[..., :width, :]
        index = torch.arange(rows)
        bias = torch.where(torch.arange(width) <= position[:, None], 0.0, -math.inf)[:, None, None]

        def attend(layer: int, heads: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
            cache[0, layer, index, :, position] = heads[:, self.heads :]
            cache[1, layer, index, :, position] = value
            query = heads[:, : self.heads].view(rows, self.kv_heads, -1, self.size)
            scores = query @ used[0, layer].transpose(-1, -2) + bias
            return (torch.softmax(scores, -1) @ used[1, layer]).view(rows, -1)

        stream = self._run(token, self.cosine[position][:, None], self.sine[position][:, None], attend)
        return self.head(self._norm(stream))

    def _run(
        self,
        tokens: torch.Tensor,
        cosine: torch.Tensor,
        sine: torch.Tensor,
        attend: Callable[[int, torch.Tensor, torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        """The residual stream after the last layer, (tokens, hidden).

        attend: layer, rotated queries and keys (tokens, heads + key-value heads, size), values (tokens,
        key-value heads, size) to the mixed values (tokens, heads * size).
        """
        stream = self.embedding[tokens]
        for number, (qkv, out, gate_up, down) in enumerate(self.layers):
            heads = qkv(self._norm(stream)).view(len(tokens), -1, self.size)
            rotated, value = heads[:, : -self.kv_heads], heads[:, -self.kv_heads :]
            rotated = rotated * cosine + rotated.roll(self.size // 2, -1) * sine
            stream = stream + out(attend(number, rotated, value))
            inner = gate_up(self._norm(stream))
            stream = stream + down(F.silu(inner[:, : self.ffn]) * inner[:, self.ffn :])
        return stream

    def _norm(self, stream: torch.Tensor) -> torch.Tensor:
        """RMSNorm without its gain, which is in the weights that follow."""
        return F.rms_norm(stream, stream.shape[-1:], eps=self.epsilon)


def linear(weight: torch.Tensor, dtype: torch.dtype) -> Linear:
    """Multiplication by the transpose of `weight` (out, in), packed once for oneDNN where torch has it.

    These are the operators that torch.compile uses for frozen weights. They are half as fast again as
    `F.linear` in float32 on two cores of an AMD EPYC, and a row's result does not depend on the other rows.
    """
    weight = weight.to(dtype).contiguous()
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return lambda rows: F.linear(rows.to(dtype), weight).float()
    packed = torch.ops.mkldnn._reorder_linear_weight(weight)
    pointwise = torch.ops.mkldnn._linear_pointwise.default
    return lambda rows: pointwise(rows.to(dtype).contiguous(), packed, None, "none", [], "").float()
