"""Sample proofs of every statement and have them checked; whatever is there already is not made again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from stp.data.check import Checked, check
from stp.errors import InputError
from stp.evaluation import EvaluationError
from stp.evaluation.ledger import Ledger
from stp.evaluation.plan import Plan, Selection
from stp.lean.pool import LeanPool
from stp.lean.stream import CheckStream
from stp.lm.formats import Format
from stp.lm.sampler import Sample, Sampler, SampleRequest, Sampling, gather
from stp.progress import Advance, Reporter, StopFlag
from stp.records import Check, Verdict, head_of, proof_id

#: Samples written together: what `kill -9` can cost, beside those of statements that are half drawn and the verdicts
#: of a few seconds.
SAMPLE_BLOCK = 512
#: Statements asked of Lean together.
STATEMENT_BLOCK = 256
#: Verdicts, or seconds, between two writes.
VERDICT_BLOCK, VERDICT_SECONDS = 64, 2.0
#: Further passes over what got no verdict, within one run.
RETRIES = 2


@dataclass
class Evaluator:
    """An evaluation at work. `sampler` makes the sampler, and is not asked if nothing is to be sampled."""

    format: Format
    plan: Plan
    selection: Selection
    samples: int
    ledger: Ledger
    pool: LeanPool
    sampler: Callable[[], Sampler]
    reporter: Reporter = field(default_factory=Reporter)
    stop: StopFlag = field(default_factory=StopFlag)

    def run(self) -> dict[int, str]:
        """Bring the ledger to `samples` checked samples of each statement.

        Returns, by place, the statements of which Lean could not say whether they elaborate; with what else got no
        verdict they are tried again by the next run. Raises InputError if no statement elaborates.
        """
        self.ledger.set_environment(self.pool.environment)
        unread = self._read_statements()
        with self.ledger.transaction():
            self.ledger.put("samples", str(self.samples))
        self._sample_and_check()
        for _ in range(RETRIES):
            if not (waiting := self.ledger.undecided(self.samples)):
                break
            with self.reporter.work("checking again", len(waiting)) as advance:
                self._check(waiting, advance)
            self.stop.check()
        return unread

    # --- statements -------------------------------------------------------------------------------------

    def _read_statements(self) -> dict[int, str]:
        started = time.monotonic()
        with self.reporter.work("reading statements", len(self.selection.places)) as advance:
            lost = self._ask(advance)
        self.ledger.spend("lean", time.monotonic() - started)
        faults = self.ledger.rows("select place, fault from statements where fault is not null limit 1")
        if self.ledger.rows("select 1 from statements where fault is null limit 1"):
            return lost
        if lost:
            raise EvaluationError(
                f"Lean gave no answer about any statement of {self.plan.title} ({next(iter(lost.values()))}); "
                "run the same command again."
            )
        self.ledger.discard()  # or the folder would be bound to an environment that is of no use
        place, fault = faults[0]
        raise InputError(
            f"None of the {len(self.selection.places)} statements of {self.plan.title} elaborates in this environment "
            f"({self.selection.entries[place].name}: {fault}); see what it lacks with: "
            f"stp data check {self.plan.data} --lean embedded"
        )

    def _ask(self, advance: Advance) -> dict[int, str]:
        """Ask Lean about the statements that are not known yet; those about which it says nothing come back."""
        known = {row[0] for row in self.ledger.rows("select place from statements")}
        waiting = [place for place in self.selection.places if place not in known]
        lost: dict[int, str] = {}
        for start in range(0, len(waiting), STATEMENT_BLOCK):
            self.stop.check()
            block = waiting[start : start + STATEMENT_BLOCK]
            found = dict(
                zip(block, check([self.selection.entries[p] for p in block], self.pool), strict=True)
            )
            lost |= {place: row.detail for place, row in found.items() if row.outcome == "undecided"}
            self.ledger.add_statements(
                (place, row.key, row.rest, self._fault(row))
                for place, row in found.items()
                if place not in lost
            )
            advance(len(known) + start + len(block), "")
        return lost

    def _fault(self, row: Checked) -> str | None:
        """Why a statement is not evaluated, on one line; None if it is."""
        if row.outcome != "elaborates":
            return row.detail or "it does not elaborate"
        try:
            self.format.prover_prompt(row.rest)
        except ValueError as error:
            return str(error)
        return None

    # --- samples ----------------------------------------------------------------------------------------

    def _sample_and_check(self) -> None:
        """Sample, and have the finished samples checked while others are still being sampled."""
        targets = self.ledger.rows(
            "select place, key, rest from statements where fault is null order by place"
        )
        have = self.ledger.sampled()
        total = len(targets) * self.samples
        drawn = sum(min(have.get(place, 0), self.samples) for place, _, _ in targets)
        draws = [d for block in blocks(targets, have, self.samples, SAMPLE_BLOCK) for d in block]
        left = self.ledger.undecided(self.samples)
        tried = set(left)
        verdicts = _Verdicts(self.ledger)
        with CheckStream(self.pool) as checks, self.reporter.work("sampling", total) as advance:
            try:
                checks.put(self._jobs(left))
                if draws:
                    with contextlib.closing(self.sampler()) as sampler:
                        for proofs, count in self._sample(sampler, draws):
                            drawn += count
                            advance(drawn, "")
                            new = [p for p in proofs if p not in tried and not self.ledger.decided(p)]
                            tried.update(new)
                            checks.put(self._jobs(new))
                            verdicts.add(checks.ready())
                            self.stop.check()
                for found in checks.rest():
                    verdicts.add(found)
                    self.stop.check()
            finally:
                verdicts.close()

    def _sample(self, sampler: Sampler, draws: Sequence[Draw]) -> Iterator[tuple[list[str], int]]:
        """Draw and write samples; the proofs among those just written, each once, and how many samples they are.

        A statement's copies are numbered without a gap at any moment: a draw waits for those before it.
        """
        sampling = Sampling(self.plan.temperature, self.plan.top_p, self.plan.max_tokens, self.format.stop)
        requests = [
            SampleRequest(
                self.format.prover_prompt(draw.rest),
                tuple(self.plan.sample_seed(draw.key, copy) for copy in draw.copies),
            )
            for draw in draws
        ]
        before = {
            number: number - 1
            for number in range(1, len(draws))
            if draws[number].place == draws[number - 1].place
        }
        waiting: dict[int, list[Sample]] = {}
        written: set[int] = set()
        for block in gather(iter(sampler.sample(requests, sampling)), requests, SAMPLE_BLOCK):
            self.ledger.spend("sampling", block.seconds)
            waiting |= block.requests
            rows: list[dict[str, object]] = []
            proofs: dict[str, dict[str, object]] = {}
            for number in sorted(waiting):
                if number in before and before[number] not in written:
                    continue
                written.add(number)
                draw = draws[number]
                for sample in waiting.pop(number):
                    text = self.format.proof_of(draw.rest, sample.text, sample.truncated)
                    proof = proof_id(self.selection.entries[draw.place].name, text) if text else None
                    if proof:
                        proofs[proof] = {"id": proof, "statement": draw.place, "text": text}
                    rows.append(_row(draw, sample, proof))
            with self.ledger.transaction():
                self.ledger.add("proofs", proofs.values())
                self.ledger.add("samples", rows)
            yield list(proofs), len(rows)

    # --- checks -----------------------------------------------------------------------------------------

    def _check(self, proofs: Sequence[str], advance: Advance) -> None:
        """Have the proofs checked; verdicts are written as they come, a few at a time."""
        verdicts = _Verdicts(self.ledger)
        try:
            for done, found in enumerate(self.pool.check(self._jobs(proofs)), 1):
                verdicts.add([found])
                advance(done, "")
                self.stop.check()
        finally:
            verdicts.close()

    def _jobs(self, proofs: Sequence[str]) -> Iterator[Check]:
        for proof in proofs:
            ((text, place, rest),) = self.ledger.rows(
                "select p.text, p.statement, t.rest from proofs p join statements t on t.place = p.statement where p.id = ?",
                (proof,),
            )
            entry = self.selection.entries[place]
            yield Check(proof, head_of(rest), text, entry.header, entry.forbid)


class _Verdicts:
    """Verdicts on their way into the ledger, written a few at a time; and the time until the last of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rows: list[tuple[str, Verdict]] = []
        self._started = self._written = time.monotonic()

    def add(self, found: Sequence[tuple[Check, Verdict]]) -> None:
        self._rows += [(job.id, verdict) for job, verdict in found]
        if len(self._rows) >= VERDICT_BLOCK or time.monotonic() - self._written > VERDICT_SECONDS:
            self._write()

    def close(self) -> None:
        """Write the rest."""
        self._write()
        self._ledger.spend("lean", time.monotonic() - self._started)

    def _write(self) -> None:
        self._ledger.add_verdicts(self._rows)
        self._rows, self._written = [], time.monotonic()


@dataclass(frozen=True)
class Draw:
    """Copies of one statement that are to be sampled."""

    place: int
    key: str
    rest: str
    copies: range


def blocks(
    targets: Sequence[tuple[int, str, str]], have: dict[int, int], samples: int, size: int
) -> Iterator[list[Draw]]:
    """What is missing to `samples` copies of each target, in blocks of at most `size` samples; a statement with more
    copies than that is cut."""
    block: list[Draw] = []
    room = size
    for place, key, rest in targets:
        first = have.get(place, 0)
        while first < samples:
            last = min(samples, first + room)
            block.append(Draw(place, key, rest, range(first, last)))
            room -= last - first
            first = last
            if room == 0:
                yield block
                block, room = [], size
    if block:
        yield block


def _row(draw: Draw, sample: Sample, proof: str | None) -> dict[str, object]:
    return {
        "statement": draw.place,
        "copy": draw.copies[sample.copy],
        "proof": proof,
        "tokens": sample.tokens,
        "truncated": int(sample.truncated),
    }
