"""Sample proofs of statements and have Lean check them, the finished ones while others are still being sampled."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from stp.lean.stream import CheckStream
from stp.progress import Advance
from stp.records import Check, Verdict, digest, head_of, proof_id
from stp.stages.context import DECISIVE_SQL, Context

if TYPE_CHECKING:
    from stp.lm.sampler import Sample, SampleRequest

#: statement → copy → sample
Drawn: TypeAlias = "dict[str, dict[int, Sample]]"

#: Samples asked for at once: bounds what is held in memory; large, as the sampler's batch runs empty behind each.
SAMPLE_BLOCK = 1 << 17
#: Samples of complete statements, or verdicts, between two writes: what `kill -9` can cost.
WRITE_SAMPLES = 256


@dataclass
class Attempt:
    """So many proofs of each statement as `wanted` says, by the newest model of `model_iteration`. What is there is not
    made again."""

    context: Context
    iteration: int
    stage: str
    model_iteration: int
    wanted: Mapping[str, int]
    temperatures: Sequence[float]  # copies take them in turn
    top_p: float = 1.0
    logprobs: bool = False
    _forbidden: Mapping[str, tuple[str, ...]] = field(init=False)
    _known: dict[str, Check] = field(init=False)  # proofs that the stream has, or had
    _verdicts: list[tuple[str, Verdict]] = field(default_factory=list, init=False)  # not written yet
    _model: str = field(init=False)  # its id
    _told: tuple[float, float] = field(
        init=False
    )  # when time was last counted, and how long workers had been busy
    _sampling: float = field(default=0.0, init=False)  # seconds since then
    _done: int = field(default=0, init=False)  # samples written
    _checked: int = field(default=0, init=False)
    _proved: int = field(default=0, init=False)

    def run(self) -> None:
        """Raises Stopped if the user wants to stop, with everything that is finished written down."""
        context = self.context
        self._told = (time.monotonic(), context.pool.busy_seconds)
        have = self._have()
        missing = [s for s, samples in self.wanted.items() if len(have[s]) < samples]
        total = sum(self.wanted[s] - len(have[s]) for s in missing)
        self._forbidden = context.forbidden()
        self._known = self._unchecked()
        try:
            with CheckStream(context.pool) as checks, context.reporter.work("proving", total) as advance:
                checks.put(self._known.values())
                if missing:
                    self._sample(missing, have, checks, advance)
                for found in checks.rest():
                    self._take(found, advance)
                    context.stop.check()
        finally:
            with context.store.transaction():
                context.store.add_verdicts(self._verdicts, self.iteration)
                self._spend()

    def _spend(self) -> None:
        """Count the time since the last call. Inside a transaction: it is kept with what was done in it."""
        store, now, busy = self.context.store, time.monotonic(), self.context.pool.busy_seconds
        (then, busy_then), sampling = self._told, self._sampling
        for kind, seconds in (
            ("sampling", sampling),
            ("lean", now - then - sampling),
            ("checking", busy - busy_then),
        ):
            store.spend(self.iteration, self.stage, kind, seconds)
        self._told, self._sampling = (now, busy), 0.0

    # --- sampling ---------------------------------------------------------------------------------------

    def _have(self) -> dict[str, set[int]]:
        have: dict[str, set[int]] = defaultdict(set)
        for row in self.context.store.rows(
            "select statement, copy from attempts where iteration = ? and stage = ?",
            self.iteration,
            self.stage,
        ):
            have[row["statement"]].add(row["copy"])
        return have

    def _sample(
        self, missing: Sequence[str], have: dict[str, set[int]], checks: CheckStream, advance: Advance
    ) -> None:
        from stp.lm.sampler import Sampling, gather

        context = self.context
        self._model = str(context.model(self.model_iteration)["id"])
        rests = {row["id"]: row["rest"] for row in context.store.rows("select id, rest from statements")}
        sampling = Sampling(
            self.temperatures[0],
            self.top_p,
            context.config.prove.max_tokens,
            context.format.stop,
            self.logprobs,
        )
        with contextlib.closing(context.sampler(context.model_folder(self.model_iteration))) as sampler:
            for block in self._blocks(missing, have):
                statements = list(block)
                requests = [self._request(s, rests[s], block[s]) for s in statements]
                for found in gather(iter(sampler.sample(requests, sampling)), requests, WRITE_SAMPLES):
                    self._sampling += found.seconds
                    drawn = {
                        statements[number]: dict(zip(block[statements[number]], samples, strict=True))
                        for number, samples in found.requests.items()
                    }
                    self._write(drawn, rests, checks)
                    self._take(checks.ready(), advance)
                    context.stop.check()

    def _blocks(self, missing: Sequence[str], have: dict[str, set[int]]) -> Iterator[dict[str, list[int]]]:
        """The copies to be drawn of each statement, at most `SAMPLE_BLOCK` at once."""
        block: dict[str, list[int]] = {}
        size = 0
        for statement in missing:
            block[statement] = sorted(set(range(self.wanted[statement])) - have[statement])
            size += len(block[statement])
            if size >= SAMPLE_BLOCK:
                yield block
                block, size = {}, 0
        if block:
            yield block

    def _request(self, statement: str, rest: str, copies: Sequence[int]) -> SampleRequest:
        from stp.lm.sampler import SampleRequest

        context = self.context
        try:
            prompt = context.format.prover_prompt(rest)
        except (
            ValueError
        ):  # it holds a tag of the format: no model can be asked, and an empty prompt gives empty samples
            prompt = ""
        return SampleRequest(
            prompt,
            tuple(context.seed(self.stage, self.iteration, statement, c) for c in copies),
            tuple(self.temperatures[c % len(self.temperatures)] for c in copies),
        )

    def _write(self, full: Drawn, rests: dict[str, str], checks: CheckStream) -> None:
        """Keep the samples of these statements and have their proofs checked."""
        attempts: list[dict[str, Any]] = []
        rows: dict[str, dict[str, str]] = {}
        jobs: dict[str, Check] = {}
        for statement, drawn in full.items():
            for copy, sample in drawn.items():
                text = self.context.format.proof_of(rests[statement], sample.text, sample.truncated)
                proof = proof_id(statement, text) if text else None
                if text and proof:
                    rows[proof] = {"id": proof, "statement": statement, "text": text}
                    jobs[proof] = self._job(proof, statement, rests[statement], text)
                attempts.append(self._row(statement, copy, sample, proof))
        store = self.context.store
        with store.transaction():
            store.add("proofs", rows.values())
            store.add("attempts", attempts)
            self._spend()
        self._done += len(attempts)
        decided = self._decided(list(jobs))
        new = {p: job for p, job in jobs.items() if p not in decided and p not in self._known}
        self._known |= new
        checks.put(new.values())

    def _row(self, statement: str, copy: int, sample: Sample, proof: str | None) -> dict[str, Any]:
        return {
            "id": digest("attempt", str(self.iteration), self.stage, statement, str(copy)),
            "iteration": self.iteration,
            "stage": self.stage,
            "statement": statement,
            "copy": copy,
            "model": self._model,
            "proof": proof,
            "tokens": sample.tokens,
            "truncated": int(sample.truncated),
            "temperature": self.temperatures[copy % len(self.temperatures)],
            "logprob": None if sample.logprobs is None else sum(sample.logprobs),
        }

    # --- checking ---------------------------------------------------------------------------------------

    def _job(self, proof: str, statement: str, rest: str, text: str) -> Check:
        return Check(proof, head_of(rest), text, forbid=self._forbidden.get(statement, ()))

    def _unchecked(self) -> dict[str, Check]:
        """Checks of proofs that an earlier run has sampled and not decided."""
        return {
            row["id"]: self._job(row["id"], row["statement"], row["rest"], row["text"])
            for row in self.context.store.rows(
                "select distinct p.id, p.text, s.rest, s.id as statement from attempts a join proofs p on p.id = a.proof "
                "join statements s on s.id = p.statement left join verdicts v on v.proof = p.id and v.environment = ? "
                f"where a.iteration = ? and a.stage = ? and (v.outcome is null or not {DECISIVE_SQL}) order by s.id, p.id",
                self.context.environment,
                self.iteration,
                self.stage,
            )
        }

    def _decided(self, proofs: Sequence[str]) -> set[str]:
        """Those that have a verdict that counts, of an earlier iteration."""
        return {
            row["proof"]
            for row in self.context.store.rows_of(
                f"select v.proof from verdicts v where v.environment = ? and {DECISIVE_SQL} and v.proof in {{keys}}",
                proofs,
                self.context.environment,
            )
        }

    def _take(self, found: Sequence[tuple[Check, Verdict]], advance: Advance) -> None:
        """Keep verdicts, in blocks; those that are left are written when the run ends."""
        for job, verdict in found:
            self._verdicts.append((job.id, verdict))
            self._proved += verdict.proved
            if verdict.proved:
                self.context.announce(self.stage, job)
        self._checked += len(found)
        if len(self._verdicts) >= WRITE_SAMPLES:
            with self.context.store.transaction():
                self.context.store.add_verdicts(self._verdicts, self.iteration)
                self._spend()
            self._verdicts = []
        advance(self._done, f"{self._checked} checked, {self._proved} proved")


def busy(context: Context, iteration: int, stage: str) -> dict[str, float]:
    """Which share of a stage's time the sampler was at work, and of all Lean workers' time they were."""
    spent = {
        row["kind"]: float(row["seconds"])
        for row in context.store.rows(
            "select kind, seconds from clock where iteration = ? and stage = ?", iteration, stage
        )
    }
    wall = spent.get("sampling", 0.0) + spent.get("lean", 0.0)
    if not wall:
        return {"sampler_busy": 0.0, "lean_busy": 0.0}
    workers = context.config.lean.workers
    return {
        "sampler_busy": round(spent["sampling"] / wall, 4),
        "lean_busy": round(spent["checking"] / (workers * wall), 4),
    }
