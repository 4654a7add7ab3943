"""Sampling, as the rest of the project sees it: requests in, samples out, in whatever order they finish.

This module imports no torch; the work is done in `stp.lm.decode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from stp.lm.prompts import END

if TYPE_CHECKING:
    from stp.lm.decode import Decoder


@dataclass(frozen=True)
class SampleRequest:
    """One sample of `prompt` for each seed; a seed is a non-negative integer below 2^128."""

    prompt: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Sampling:
    """How to sample. `temperature` 0 takes the likeliest token; `top_p` 1 samples the model itself."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 128  # of the completion, `<end>` included

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.max_tokens < 1:
            raise ValueError(f"not a way to sample: {self}")


@dataclass(frozen=True)
class Sample:
    """What the model wrote for copy `copy` of request `request` (places in `requests` and in its `seeds`)."""

    request: int
    copy: int
    text: str  # ends with `<end>` unless truncated; `stp.lm.prompts.parse_completion` reads it
    tokens: int  # generated, `<end>` included
    truncated: bool  # `max_tokens` or the context ran out before `<end>`


class Sampler(Protocol):
    """Anything that completes prompts."""

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """One `Sample` for each seed of each request, as they finish.

        A sample depends on the model, its prompt, its seed and `sampling` alone: not on the other requests.
        A prompt that leaves no room in the context gives empty truncated samples.
        """
        ...


class TransformersSampler:
    """Samples from a Llama folder on the CPU.

    `batch_size` rows are decoded together; `threads` sets torch's thread count for the whole process (None
    leaves it). With `dtype` "bfloat16" weights and what they multiply are rounded: faster on a CPU with
    bfloat16 instructions, and other samples. Raises InputError if the model is missing or damaged,
    ConfigError if the CPU cannot do bfloat16.
    """

    def __init__(
        self,
        folder: Path,
        batch_size: int = 256,
        threads: int | None = None,
        dtype: Literal["float32", "bfloat16"] = "float32",
    ) -> None:
        from stp.lm.decode import Decoder

        self._decoder: Decoder = Decoder(folder, batch_size, threads, dtype)

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """See `Sampler.sample`."""
        return self._decoder.sample(requests, sampling)


class FakeSampler:
    """Answers from a function of prompt and seed, or from a table of texts by prompt; no model.

    A table's texts are taken in turn by the place of the seed in its request, and start again when they are
    used up. The texts are what a model would write, so one without `<end>` is truncated. Its tokens
    are its characters.
    """

    def __init__(self, answers: Mapping[str, Sequence[str]] | Callable[[str, int], str]) -> None:
        self._answers = answers

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """See `Sampler.sample`; `sampling` is ignored. Raises KeyError if the table lacks a prompt."""
        for number, request in enumerate(requests):
            for copy, seed in enumerate(request.seeds):
                if callable(self._answers):
                    text = self._answers(request.prompt, seed)
                else:
                    texts = self._answers[request.prompt]
                    text = texts[copy % len(texts)]
                yield Sample(number, copy, text, len(text), END not in text)
