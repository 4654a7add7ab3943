"""The decode loop: a continuous batch over `stp.lm.llama`, one row for each sample in flight.

A row joins the batch with its prompt's keys and values already in the cache, and leaves it with its last
token: its place is taken by the last row, so that no step works on finished rows, and new rows are appended
when an eighth of the batch is free. All prompts are prefilled once and their cache is copied to every row
of the same prompt.

A row's randomness is a Philox stream keyed by its seed (Salmon et al., SC 2011), one uniform number a token,
turned into a token by inverting the cumulative distribution. So a sample cannot depend on its neighbours, up
to the rounding of matrix products of other shapes; with oneDNN's kernels there is none (see tests).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from stp.errors import ConfigError
from stp.lm.llama import Cache, Llama
from stp.lm.prompts import END
from stp.lm.sampler import Sample, SampleRequest, Sampling
from stp.lm.tokenizer import load_tokenizer

#: Prompt tokens, padding included, that are prefilled at once: bounds the memory of activations (about 50 MB
#: for the default model) and is large enough for matrix products to run at full speed.
PREFILL_TOKENS = 4096


@dataclass(frozen=True)
class Copy:
    """A sample to be drawn."""

    request: int
    copy: int
    seed: int


@dataclass
class Job:
    """All samples of one prompt."""

    tokens: list[int]
    copies: deque[Copy]
    prefilled: Cache | None = None  # kept while some copies wait for a free row


class Decoder:
    """See `stp.lm.sampler.TransformersSampler`, whose arguments these are."""

    def __init__(self, folder: Path, batch_size: int, threads: int | None, dtype: str) -> None:
        if batch_size < 1:
            raise ValueError("batch_size must be positive")
        if threads is not None:
            torch.set_num_threads(threads)
        if dtype == "bfloat16" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
            raise ConfigError("This CPU has no instructions for bfloat16; sample in float32.")
        self.batch_size = batch_size
        self.tokenizer = load_tokenizer(folder)
        self.end = self.tokenizer.encode(END).ids[0]
        # Ids beyond the tokenizer's have no text: the model must not spend probability on them.
        self.llama = Llama(folder, getattr(torch, dtype), self.tokenizer.get_vocab_size())

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        context = self.llama.context
        jobs: dict[str, Job] = {}
        prompts = list(dict.fromkeys(request.prompt for request in requests))
        for prompt, encoding in zip(prompts, self.tokenizer.encode_batch_fast(prompts), strict=True):
            jobs[prompt] = Job(encoding.ids, deque())
        for number, request in enumerate(requests):
            job = jobs[request.prompt]
            fits = 0 < len(job.tokens) < context
            for copy, seed in enumerate(request.seeds):
                if fits:
                    job.copies.append(Copy(number, copy, seed))
                else:
                    yield Sample(number, copy, "", 0, True)
        # Longest first, so that rows of a batch are of similar length and memory is asked for at the start.
        waiting = deque(
            sorted((job for job in jobs.values() if job.copies), key=lambda job: -len(job.tokens))
        )
        if not waiting:
            return
        rows = min(self.batch_size, sum(len(job.copies) for job in waiting))
        width = min(len(waiting[0].tokens) + sampling.max_tokens, context)
        batch = Batch(self.llama, sampling, rows, width, self.end)
        while waiting or batch.rows:
            if waiting and (batch.free * 8 >= rows or not batch.rows):
                batch.admit(waiting)
            done = batch.step()
            texts = self.tokenizer.decode_batch([ids for _, ids in done], skip_special_tokens=False)
            for (drawn, ids), text in zip(done, texts, strict=True):
                yield Sample(drawn.request, drawn.copy, text, len(ids), ids[-1] != self.end)


class Batch:
    """The rows in flight: the first `rows` entries of every tensor.

    cache: keys and values of each row's `position` first tokens; token, position: (rows,) the token to be
    read next and its place; count: (rows,) tokens generated; limit: (rows,) the most that may be;
    uniform: (rows, max_tokens) the row's random numbers; written: (rows, max_tokens) what it generated.
    """

    def __init__(self, llama: Llama, sampling: Sampling, capacity: int, width: int, end: int) -> None:
        with torch.inference_mode():
            self.cache = llama.new_cache(capacity, width)
            self.state = torch.zeros(4, capacity, dtype=torch.long)
            self.uniform = torch.zeros(capacity, min(sampling.max_tokens, width))
            self.written = torch.zeros(capacity, self.uniform.shape[1], dtype=torch.long)
        self.llama, self.sampling, self.capacity, self.width, self.end = llama, sampling, capacity, width, end
        self.copies: list[Copy] = []

    @property
    def rows(self) -> int:
        return len(self.copies)

    @property
    def free(self) -> int:
        return self.capacity - len(self.copies)

    @torch.inference_mode()
    def admit(self, waiting: deque[Job]) -> None:
        """Fill the free rows with copies from the head of `waiting`; jobs that are wholly in are removed."""
        while waiting and self.free:
            self._prefill(waiting)
            while waiting and self.free and (prefilled := waiting[0].prefilled) is not None:
                job = waiting[0]
                first = self.rows
                while job.copies and self.free:
                    copy = job.copies.popleft()
                    generator = np.random.Generator(np.random.Philox(key=copy.seed))
                    self.uniform[self.rows] = torch.from_numpy(
                        generator.random(self.uniform.shape[1], dtype=np.float32)
                    )
                    self.copies.append(copy)
                length = len(job.tokens) - 1
                self.cache[:, :, first : self.rows, :, :length] = prefilled[:, :, None, :, :length]
                limit = min(self.sampling.max_tokens, self.llama.context - len(job.tokens))
                entry = torch.tensor([job.tokens[-1], length, 0, limit])
                self.state[:, first : self.rows] = entry[:, None]
                if not job.copies:
                    waiting.popleft()

    def _prefill(self, waiting: deque[Job]) -> None:
        """Run the next prompts through the model, as many as can get a row now.

        The prompt's last token is left to the first decode step, which then needs no case of its own.
        """
        jobs: list[Job] = []
        room = self.free
        for job in waiting:
            if room <= 0 or (len(jobs) + 1) * len(waiting[0].tokens) > max(PREFILL_TOKENS, len(job.tokens)):
                break
            room -= len(job.copies)
            if job.prefilled is None:
                jobs.append(job)
        if not jobs:
            return
        tokens = torch.zeros(len(jobs), max(len(job.tokens) for job in jobs) - 1, dtype=torch.long)
        for row, job in enumerate(jobs):
            tokens[row, : len(job.tokens) - 1] = torch.tensor(job.tokens[:-1])
        cache = self.llama.prefill(tokens)
        for row, job in enumerate(jobs):
            job.prefilled = cache[:, :, row]

    @torch.inference_mode()
    def step(self) -> list[tuple[Copy, list[int]]]:
        """Give every row its next token; remove the finished rows and return them with their tokens."""
        rows = self.rows
        token, position, count, limit = self.state[:, :rows]
        logits = self.llama.step(self.cache[:, :, :rows], token, position)
        index = torch.arange(rows)
        chosen = choose(logits, self.uniform[index, count], self.sampling)
        self.written[index, count] = chosen
        token.copy_(chosen)
        position += 1
        count += 1
        finished = torch.nonzero((chosen == self.end) | (count >= limit)).flatten()
        return self._remove(finished.tolist()) if len(finished) else []

    def _remove(self, finished: list[int]) -> list[tuple[Copy, list[int]]]:
        lengths = self.state[2, finished].tolist()
        written = self.written[finished].tolist()
        done = [
            (self.copies[row], ids[:length])
            for row, ids, length in zip(finished, written, lengths, strict=True)
        ]
        left = self.rows - len(finished)
        gone = set(finished)
        holes = [row for row in finished if row < left]
        movers = [row for row in range(left, self.rows) if row not in gone]
        if holes:
            used = int(self.state[1, movers].max())
            for hole, mover in zip(holes, movers, strict=True):
                self.copies[hole] = self.copies[mover]
                self.cache[:, :, hole, :, :used] = self.cache[:, :, mover, :, :used]
            self.state[:, holes] = self.state[:, movers]
            self.uniform[holes] = self.uniform[movers]
            self.written[holes] = self.written[movers]
        del self.copies[left:]
        return done


def choose(logits: torch.Tensor, uniform: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """The next token of each row: (rows, vocabulary) float32 and (rows,) in [0, 1) to (rows,) ids.

    The token is the first at which the cumulative probability exceeds the uniform number. `top_p` keeps the
    smallest set of likeliest tokens that holds this much probability (Holtzman et al., arXiv 1904.09751).
    """
    if sampling.temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits / sampling.temperature, -1)
    if sampling.top_p < 1:
        ordered, places = probabilities.sort(dim=-1, descending=True, stable=True)
        dropped = ordered.cumsum(-1) - ordered >= sampling.top_p
        probabilities = torch.zeros_like(probabilities).scatter_(-1, places, ordered.masked_fill(dropped, 0))
    cumulative = probabilities.cumsum(-1)
    total = cumulative[:, -1]
    # Rounding may lift the product to the total itself, which no token exceeds.
    threshold = torch.minimum(uniform * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulative, threshold[:, None], right=True)[:, 0]
