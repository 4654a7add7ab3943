"""Sampling, as the rest of the project sees it: requests in, samples out, in whatever order they finish.

    TransformersSampler   in this process, on CPU or GPU (`stp.lm.decode`)
    VLLMSampler           vLLM in this process (`stp.lm.vllm`)
    ServerSampler         an OpenAI-compatible server (`stp.lm.server`)

`open_sampler` chooses. This module imports none of torch, vllm and httpx.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from stp.lm.prompts import END

if TYPE_CHECKING:
    from stp.config import Sampler as Settings
    from stp.lm.decode import Decoder
    from stp.lm.formats import Chat

Dtype = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class SampleRequest:
    """One sample of `prompt` for each seed; a seed is a non-negative integer below 2^63.

    temperatures: one for each seed; none: that of `Sampling`.
    """

    prompt: str
    seeds: tuple[int, ...]
    temperatures: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.temperatures and len(self.temperatures) != len(self.seeds):
            raise ValueError(
                f"{len(self.seeds)} seeds need as many temperatures, not {len(self.temperatures)}"
            )

    def copies(self, sampling: Sampling) -> Iterator[tuple[int, int, float]]:
        """Number, seed and temperature of each sample."""
        temperatures = self.temperatures or (sampling.temperature,) * len(self.seeds)
        for copy, (seed, temperature) in enumerate(zip(self.seeds, temperatures, strict=True)):
            yield copy, seed, temperature


@dataclass(frozen=True)
class Sampling:
    """How to sample. `temperature` 0 takes the likeliest token; `top_p` 1 samples the model itself."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 128  # of the completion, its end token included
    stop: tuple[str, ...] = ()  # texts that end a sample, and are no part of it
    logprobs: bool = False

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.max_tokens < 1 or "" in self.stop:
            raise ValueError(f"not a way to sample: {self}")

    def before_stop(self, text: str) -> str:
        """What stands before the first stop text; all of `text` if there is none in it."""
        return text[
            : min((place for stop in self.stop if (place := text.find(stop)) >= 0), default=len(text))
        ]

    def no_room(self, request: int, copy: int) -> Sample:
        """The sample of a prompt that leaves no room in the context."""
        return Sample(request, copy, "", 0, True, () if self.logprobs else None)


@dataclass(frozen=True)
class Sample:
    """What the model wrote for copy `copy` of request `request` (places in `requests` and in its `seeds`)."""

    request: int
    copy: int
    text: str  # without end token or stop text; `Format.proof_of` and `Format.conjecture_of` read it
    tokens: int  # generated, those of the end included
    truncated: bool  # `max_tokens` or the context ran out before an end
    #: natural logarithms of the model's own probabilities (temperature 1, all tokens), one a token; None: not asked for
    logprobs: tuple[float, ...] | None = None


class Sampler(Protocol):
    """Anything that completes prompts. `close` frees what it holds; it samples no more then."""

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """One `Sample` for each seed of each request, as they finish.

        A sample depends on the model, its prompt, its seed, its temperature and `sampling` alone: not on the other
        requests. A prompt that leaves no room in the context gives empty truncated samples.
        """
        ...

    def close(self) -> None: ...


def open_sampler(
    settings: Settings, folder: Path | None, chat: Chat | None = None, context: int = 0
) -> Sampler:
    """The sampler that the configuration asks for, of the model in `folder` (None: a server alone has it).

    context: longest prompt and completion together, in tokens; 0: the model's own. Raises InputError if the model is
    missing or damaged, ConfigError, with the command to install it, if vLLM or httpx is asked for and missing.
    """
    kind = settings.kind
    if kind == "auto":
        kind = "vllm" if _gpu_with_vllm() else "transformers"
    if kind == "server":
        from stp.lm.server import ServerSampler

        return ServerSampler.of(settings, folder, chat)
    if folder is None:
        raise ValueError("a model without a folder is sampled by its server")
    if kind == "vllm":
        from stp.lm.vllm import VLLMSampler

        return VLLMSampler(
            folder,
            chat,
            dtype=settings.dtype,
            gpus=settings.gpus,
            gpu_memory=settings.gpu_memory,
            batch_size=settings.batch,
            context=context,
        )
    return TransformersSampler(folder, settings.batch, dtype=settings.dtype, chat=chat, context=context)


def _gpu_with_vllm() -> bool:
    import importlib.util

    import torch

    return torch.cuda.is_available() and importlib.util.find_spec("vllm") is not None


class TransformersSampler:
    """Samples from a checkpoint of transformers, in this process.

    `batch_size` rows are decoded together; `threads` sets torch's thread count for the whole process (None leaves
    it). dtype: of weights and what they multiply; auto is float32 on a CPU, the checkpoint's own on a GPU. bfloat16
    is faster on a CPU with instructions for it, and gives other samples. device: None is the GPU if there is one.
    Raises InputError if the model is missing or damaged, ConfigError if the CPU cannot do bfloat16.
    """

    def __init__(
        self,
        folder: Path,
        batch_size: int = 256,
        threads: int | None = None,
        dtype: Dtype = "auto",
        chat: Chat | None = None,
        device: str | None = None,
        context: int = 0,
    ) -> None:
        from stp.lm.decode import Decoder

        self._decoder: Decoder = Decoder(folder, batch_size, threads, dtype, chat, device, context)

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """See `Sampler.sample`."""
        return self._decoder.sample(requests, sampling)

    def close(self) -> None:
        """Free the weights."""
        self._decoder.close()


@dataclass(frozen=True)
class Gathered:
    """Requests whose samples have all been drawn, these in the order of the seeds, by place of the request."""

    seconds: float  # that the sampler has worked since the block before
    requests: dict[int, list[Sample]]


def gather(
    samples: Iterator[Sample], requests: Sequence[SampleRequest], every: int, seconds: float = 5.0
) -> Iterator[Gathered]:
    """Blocks of complete requests, of at least `every` samples, or of what there is after so many seconds.

    The last block, which may be empty, holds what is left.
    """
    partial: dict[int, dict[int, Sample]] = {}
    full: dict[int, list[Sample]] = {}
    count, worked, given = 0, 0.0, time.monotonic()
    while True:
        started = time.monotonic()
        sample = next(samples, None)
        now = time.monotonic()
        worked += now - started
        if sample is None:
            yield Gathered(worked, full)
            return
        drawn = partial.setdefault(sample.request, {})
        drawn[sample.copy] = sample
        if len(drawn) == len(requests[sample.request].seeds):
            full[sample.request] = [found for _, found in sorted(partial.pop(sample.request).items())]
            count += len(drawn)
            if count >= every or now - given >= seconds:
                yield Gathered(worked, full)
                full, count, worked, given = {}, 0, 0.0, time.monotonic()


class FakeSampler:
    """Answers from a function of prompt and seed, or from a table of texts by prompt; no model.

    A table's texts are taken in turn by the place of the seed in its request, and start again when they are
    used up. The texts are what a model of ours would write, so one without `<end>` is truncated. Its tokens
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
                body, end, _ = text.partition(END)
                yield Sample(number, copy, body, len(text), not end)

    def close(self) -> None:
        """Nothing is held."""
