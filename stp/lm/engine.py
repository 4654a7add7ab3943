"""What the decode loop runs on: `Llama` (`stp.lm.llama`) on a CPU, and here any causal model of transformers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import Cache as TransformersCache

from stp.errors import InputError
from stp.lm import model as models
from stp.lm.llama import Cache, Llama


class Engine(Protocol):
    """A model that decodes: prompts in, then one token a row and step."""

    context: int  # prompt and completion together, in tokens
    device: torch.device

    def new_cache(self, rows: int, width: int) -> Cache:
        """A cache of zeros: what is masked away must be finite."""
        ...

    def prefill(self, tokens: torch.Tensor) -> Cache:
        """Keys and values of `tokens` (prompts, width), right-padded with any token."""
        ...

    def step(self, cache: Cache, token: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        """Read one token a row, write its keys and values at its position; the next one's logits, (rows, vocabulary)
        in float32."""
        ...


def open_engine(folder: Path, dtype: str, device: torch.device, vocabulary: int) -> Engine:
    """The fastest that knows the model. `dtype` is a name of torch's, or "auto": the checkpoint's own."""
    config = models.read_config(folder)
    if device.type == "cpu" and dtype in ("float32", "bfloat16") and Llama.knows(config):
        return Llama(folder, getattr(torch, dtype), vocabulary)
    return CausalLM(folder, dtype, device, vocabulary)


class CausalLM:
    """Any decoder of transformers whose layers all attend to everything before.

    Attention gets its mask from here, and keys and values go to rows of our own cache: transformers' caches hold
    one length for a whole batch. Raises InputError for models with windows or states instead.
    """

    def __init__(self, folder: Path, dtype: str, device: torch.device, vocabulary: int) -> None:
        config = models.read_config(folder)
        kinds = set(config.get("layer_types") or ["full_attention"])
        windowed = config.get("sliding_window") and config.get("use_sliding_window", True)
        if kinds != {"full_attention"} or (windowed and "layer_types" not in config):
            raise InputError(
                f"The model in {folder} attends through windows ({', '.join(sorted(kinds))}); sample it with vLLM "
                '(sampler.kind = "vllm").'
            )
        self.model: Any = models.load(folder, str(device), dtype)
        text = self.model.config.get_text_config()
        self.context: int = text.max_position_embeddings
        self.device = device
        self.vocabulary = vocabulary
        self.layers: int = text.num_hidden_layers
        self.kv_heads: int = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
        self.size: int = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        self.dtype: torch.dtype = self.model.dtype

    def new_cache(self, rows: int, width: int) -> Cache:
        shape = (2, self.layers, rows, self.kv_heads, width, self.size)
        return torch.zeros(shape, dtype=self.dtype, device=self.device)

    @torch.inference_mode()
    def prefill(self, tokens: torch.Tensor) -> Cache:
        prompts, width = tokens.shape
        cache = self.new_cache(prompts, width)
        if width:
            every = torch.arange(width, device=self.device)
            mask = torch.full((width, width), -math.inf, dtype=self.dtype, device=self.device).triu(1)
            self._run(tokens, every.expand(prompts, -1), mask[None, None], _Rows(cache, None), last=True)
        return cache

    @torch.inference_mode()
    def step(self, cache: Cache, token: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        width = int(position.max()) + 1
        seen = torch.arange(width, device=self.device) <= position[:, None]
        mask = torch.zeros(seen.shape, dtype=self.dtype, device=self.device).masked_fill(~seen, -math.inf)
        rows = _Rows(cache[..., :width, :], position)
        logits = self._run(token[:, None], position[:, None], mask[:, None, None], rows)
        return logits[:, -1, : self.vocabulary].float()

    def _run(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        mask: torch.Tensor,
        rows: _Rows,
        last: bool = False,
    ) -> torch.Tensor:
        logits: torch.Tensor = self.model(
            input_ids=tokens,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=rows,
            use_cache=True,
            logits_to_keep=1 if last else 0,
        ).logits
        return logits


class _Rows(TransformersCache):
    """Our cache, as a model of transformers writes and reads it.

    cache: (2, layers, rows, key-value heads, width, size). position: (rows,) where each row's one new token goes;
    None: all of the width is new.
    """

    def __init__(self, cache: Cache, position: torch.Tensor | None) -> None:
        super().__init__(layers=[])
        self._cache = cache
        self._position = position
        self._index = torch.arange(cache.shape[2], device=cache.device)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = self._cache[:, layer_idx]
        if self._position is None:
            keys.copy_(key_states)
            values.copy_(value_states)
        else:
            keys[self._index, :, self._position] = key_states[:, :, 0]
            values[self._index, :, self._position] = value_states[:, :, 0]
        return keys, values

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return 0
