"""The decode loop: a continuous batch over an `Engine`, one row for each sample in flight.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from stp.errors import ConfigError
from stp.lm import model as models
from stp.lm.engine import Engine, open_engine
from stp.lm.llama import Cache
from stp.lm.sampler import Sample, Sampling
from stp.lm.tokenizer import Codec

if TYPE_CHECKING:
    from stp.lm.formats import Chat
    from stp.lm.sampler import SampleRequest

#: Prompt tokens, padding included, that are prefilled at once: bounds the memory of activations (about 50 MB
#: for the default model) and is large enough for matrix products to run at full speed.
PREFILL_TOKENS = 4096
#: Tokens at a row's end that are read again when one of them may complete a stop text, beside the text's own length.
STOP_TAIL = 4


@dataclass(frozen=True)
class Copy:
    """A sample to be drawn."""

    request: int
    copy: int
    seed: int
    temperature: float


@dataclass
class Job:
    """All samples of one prompt."""

    tokens: list[int]
    copies: deque[Copy] = field(default_factory=deque)
    prefilled: Cache | None = None  # kept while some copies wait for a free row


@dataclass(frozen=True)
class Written:
    """A finished row."""

    copy: Copy
    ids: list[int]
    logprobs: tuple[float, ...] | None


def cpu_has_bfloat16() -> bool:
    """Whether this CPU has instructions for bfloat16, so that oneDNN multiplies in it."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Decoder:
    """See `stp.lm.sampler.TransformersSampler`, whose arguments these are."""

    def __init__(
        self,
        folder: Path,
        batch_size: int,
        threads: int | None,
        dtype: str,
        chat: Chat | None,
        device: str | None,
        context: int,
    ) -> None:
        if batch_size < 1:
            raise ValueError("batch_size must be positive")
        if threads is not None:
            torch.set_num_threads(threads)
        place = models.device(device)
        if place.type == "cpu":
            dtype = "float32" if dtype == "auto" else dtype
            if dtype == "float16" or (dtype == "bfloat16" and not cpu_has_bfloat16()):
                raise ConfigError(f"This CPU has no instructions for {dtype}; sample in float32.")
        self.batch_size = batch_size
        self.codec = Codec(folder, chat)
        # Ids beyond the tokenizer's have no text: the model must not spend probability on them.
        self.engine: Engine | None = open_engine(folder, dtype, place, self.codec.vocabulary)
        self.context = min(self.engine.context, context or self.engine.context)
        self._completing: dict[str, torch.Tensor] = {}

    def close(self) -> None:
        self.engine = None

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        if self.engine is None:
            raise ValueError("the sampler is closed")
        prompts = list(dict.fromkeys(request.prompt for request in requests))
        jobs = {prompt: Job(ids) for prompt, ids in zip(prompts, self.codec.prompts(prompts), strict=True)}
        for number, request in enumerate(requests):
            job = jobs[request.prompt]
            fits = 0 < len(job.tokens) < self.context
            for copy, seed, temperature in request.copies(sampling):
                if fits:
                    job.copies.append(Copy(number, copy, seed, temperature))
                else:
                    yield sampling.no_room(number, copy)
        # Longest first, so that rows of a batch are of similar length and memory is asked for at the start.
        waiting = deque(
            sorted((job for job in jobs.values() if job.copies), key=lambda job: -len(job.tokens))
        )
        if not waiting:
            return
        rows = min(self.batch_size, sum(len(job.copies) for job in waiting))
        width = min(len(waiting[0].tokens) + sampling.max_tokens, self.context)
        batch = Batch(self.engine, sampling, rows, width, self.context, self._ends(sampling.stop))
        while waiting or batch.rows:
            if waiting and (batch.free * 8 >= rows or not batch.rows):
                batch.admit(waiting)
            done = batch.step()
            if done:
                yield from self._samples(done, sampling)

    def _samples(self, done: list[Written], sampling: Sampling) -> Iterator[Sample]:
        texts = self.codec.texts([row.ids for row in done])
        for row, text in zip(done, texts, strict=True):
            kept = sampling.before_stop(text)
            ended = row.ids[-1] in self.codec.ends or len(kept) < len(text)
            yield Sample(
                row.copy.request,
                row.copy.copy,
                kept,
                len(row.ids),
                not ended,
                row.logprobs,
            )

    def _ends(self, stop: tuple[str, ...]) -> Ends:
        assert self.engine is not None
        device = self.engine.device
        end = torch.zeros(self.codec.vocabulary, dtype=torch.bool)
        end[[i for i in self.codec.ends if i < self.codec.vocabulary]] = True
        if not stop:
            return Ends(end.to(device), None, stop, self.codec)
        completing = torch.zeros(self.codec.vocabulary, dtype=torch.bool)
        for text in stop:
            if text not in self._completing:
                self._completing[text] = self._may_complete(text)
            completing |= self._completing[text]
        return Ends(end.to(device), completing.to(device), stop, self.codec)

    def _may_complete(self, stop: str) -> torch.Tensor:
        """The tokens with which a text can come to hold `stop`: those with its last character, or a part of one."""
        pieces = self.codec.tokenizer.decode_batch(
            [[i] for i in range(self.codec.vocabulary)], skip_special_tokens=False
        )
        return torch.tensor([stop[-1] in piece or "\ufffd" in piece for piece in pieces])


@dataclass(frozen=True)
class Ends:
    """What ends a row. end, completing: (vocabulary,) the tokens that end it, and those that may complete a stop text."""

    end: torch.Tensor
    completing: torch.Tensor | None
    stop: tuple[str, ...]
    codec: Codec

    def complete(self, ids: list[int]) -> bool:
        """Whether the row's last token has completed a stop text."""
        tail = max(len(stop.encode()) for stop in self.stop) + STOP_TAIL
        text = self.codec.tokenizer.decode(ids[-tail:], skip_special_tokens=False)
        return any(stop in text for stop in self.stop)


class Batch:
    """The rows in flight: the first `rows` entries of every tensor.

    cache: keys and values of each row's `position` first tokens; token, position: (rows,) the token to be
    read next and its place; count: (rows,) tokens generated; limit: (rows,) the most that may be;
    uniform: (rows, max_tokens) the row's random numbers; written: (rows, max_tokens) what it generated;
    scores: (rows, max_tokens) its log-probabilities, if asked for.
    """

    def __init__(
        self, engine: Engine, sampling: Sampling, capacity: int, width: int, context: int, ends: Ends
    ) -> None:
        steps = min(sampling.max_tokens, width)
        with torch.inference_mode():
            self.cache = engine.new_cache(capacity, width)
            self.state = torch.zeros(4, capacity, dtype=torch.long, device=engine.device)
            self.uniform = torch.zeros(capacity, steps, device=engine.device)
            self.temperature = torch.zeros(capacity, device=engine.device)
            self.written = torch.zeros(capacity, steps, dtype=torch.long, device=engine.device)
            self.scores = torch.zeros(capacity, steps if sampling.logprobs else 0, device=engine.device)
        self.engine, self.sampling, self.capacity = engine, sampling, capacity
        self.context, self.ends = context, ends
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
        device = self.engine.device
        while waiting and self.free:
            self._prefill(waiting)
            while waiting and self.free and (prefilled := waiting[0].prefilled) is not None:
                job = waiting[0]
                first = self.rows
                steps = self.uniform.shape[1]
                new = [job.copies.popleft() for _ in range(min(self.free, len(job.copies)))]
                uniform = np.empty((len(new), steps), dtype=np.float32)
                for row, copy in enumerate(new):
                    np.random.Generator(np.random.Philox(key=copy.seed)).random(
                        dtype=np.float32, out=uniform[row]
                    )
                self.copies += new
                self.uniform[first : self.rows] = torch.from_numpy(uniform).to(device)
                self.temperature[first : self.rows] = torch.tensor(
                    [c.temperature for c in new], device=device
                )
                length = len(job.tokens) - 1
                self.cache[:, :, first : self.rows, :, :length] = prefilled[:, :, None, :, :length]
                limit = min(self.sampling.max_tokens, self.context - len(job.tokens))
                entry = torch.tensor([job.tokens[-1], length, 0, limit], device=device)
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
        cache = self.engine.prefill(tokens.to(self.engine.device))
        for row, job in enumerate(jobs):
            job.prefilled = cache[:, :, row]

    @torch.inference_mode()
    def step(self) -> list[Written]:
        """Give every row its next token; remove the finished rows and return them with their tokens."""
        rows = self.rows
        token, position, count, limit = self.state[:, :rows]
        logits = self.engine.step(self.cache[:, :, :rows], token, position)
        index = torch.arange(rows, device=logits.device)
        chosen = choose(logits, self.uniform[index, count], self.temperature[:rows], self.sampling.top_p)
        self.written[index, count] = chosen
        if self.sampling.logprobs:
            self.scores[index, count] = torch.log_softmax(logits, -1)[index, chosen]
        token.copy_(chosen)
        position += 1
        count += 1
        ended = self.ends.end[chosen] | (count >= limit)
        if self.ends.completing is not None:
            for row in torch.nonzero(self.ends.completing[chosen] & ~ended).flatten().tolist():
                ended[row] = self.ends.complete(self.written[row, : int(count[row])].tolist())
        finished = torch.nonzero(ended).flatten().tolist()
        return self._remove(finished) if finished else []

    def _remove(self, finished: list[int]) -> list[Written]:
        lengths = self.state[2, finished].tolist()
        written = self.written[finished].tolist()
        scores = self.scores[finished].tolist() if self.sampling.logprobs else [None] * len(finished)
        done = [
            Written(self.copies[row], ids[:length], None if logs is None else tuple(logs[:length]))
            for row, ids, length, logs in zip(finished, written, lengths, scores, strict=True)
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
            for rows in (self.uniform, self.temperature, self.written, self.scores):
                rows[holes] = rows[movers]
        del self.copies[left:]
        return done


def choose(
    logits: torch.Tensor, uniform: torch.Tensor, temperature: torch.Tensor, top_p: float
) -> torch.Tensor:
    """The next token of each row: (rows, vocabulary) float32, (rows,) in [0, 1) and (rows,) to (rows,) ids.

    The token is the first at which the cumulative probability exceeds the uniform number; at temperature 0 it is the
    likeliest. `top_p` keeps the smallest set of likeliest tokens that holds this much probability (Holtzman et al.,
    arXiv 1904.09751).
    """
    greedy = temperature == 0
    if bool(greedy.all()):
        return logits.argmax(-1)
    probabilities = torch.softmax(logits / torch.where(greedy, 1, temperature)[:, None], -1)
    if top_p < 1:
        ordered, places = probabilities.sort(dim=-1, descending=True, stable=True)
        dropped = ordered.cumsum(-1) - ordered >= top_p
        probabilities = torch.zeros_like(probabilities).scatter_(-1, places, ordered.masked_fill(dropped, 0))
    cumulative = probabilities.cumsum(-1)
    total = cumulative[:, -1]
    # Rounding may lift the product to the total itself, which no token exceeds.
    threshold = torch.minimum(uniform * total, torch.nextafter(total, torch.zeros_like(total)))
    chosen = torch.searchsorted(cumulative, threshold[:, None], right=True)[:, 0]
    return torch.where(greedy, logits.argmax(-1), chosen) if bool(greedy.any()) else chosen
