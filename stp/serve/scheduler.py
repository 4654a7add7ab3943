"""The queue between requests and the pool: bounded, fair, and able to forget.

The pool takes all jobs of a call at once and cannot give them back. So they wait here, and a dispatcher for
each worker hands the pool a few at a time: a request that is dropped costs at most the unit in hand, and a
request for one check does not wait behind all of another's thousand.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from stp.errors import LeanError
from stp.records import Check, Environment, FileCheck, FileVerdict, Message, Verdict
from stp.serve.metrics import Metrics

log = logging.getLogger("stp.serve")

Job = Check | FileCheck
Answer = Verdict | FileVerdict

#: Checks of one statement that go to a worker together; it elaborates the statement once for them.
UNIT = 8
#: Weight of the newest check in the running mean of seconds a check: the last 50 or so count.
_NEWEST = 0.04
#: Seconds a check is assumed to take before any was measured, and the bounds of Retry-After.
_FIRST_GUESS, _RETRY_LEAST, _RETRY_MOST = 0.5, 1, 600


class Verifier(Protocol):
    """What the service needs of `LeanPool`."""

    environment: Environment
    timeout: float
    restarts: int

    @property
    def workers(self) -> Sequence[Any]: ...

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]: ...

    def files(self, jobs: Iterable[FileCheck]) -> Iterator[tuple[FileCheck, FileVerdict]]: ...


class QueueFull(Exception):
    """There is no room; in `retry_after` seconds there should be."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Ticket:
    """The jobs of one request on their way. All fields are guarded by the scheduler's lock."""

    def __init__(self, jobs: Sequence[Job], units: Iterable[list[int]], wake: Callable[[], object]) -> None:
        self.jobs = jobs
        self.answers: list[Answer | None] = [None] * len(jobs)
        self.left = len(jobs)
        self.units = deque(units)  # positions of `jobs`; not yet started
        self.started: dict[int, float] = {}  # position → monotonic seconds
        self.wake = wake

    @property
    def done(self) -> bool:
        return not self.left


class Scheduler:
    """Hands jobs to `verifier` from `workers` threads. `close` it after the verifier is closed.

    max_queue: checks that may wait, those in a worker's hands not counted.
    """

    def __init__(self, verifier: Verifier, *, workers: int, max_queue: int, metrics: Metrics) -> None:
        self.max_queue = max_queue
        self.fault = ""  # why the last unit got no answer from the pool; empty if it did
        self.queued = 0
        self.busy = 0
        self._verifier = verifier
        self._metrics = metrics
        self._mean = _FIRST_GUESS
        self._measured = False
        self._tickets: deque[Ticket] = deque()
        self._change = threading.Condition()
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, jobs: Sequence[Job], wake: Callable[[], object], *, alone: bool = False) -> Ticket:
        """Queue `jobs`, whose ids play no part; `wake` is called from a thread when all are answered.

        alone: hand them out one by one, so that `Ticket.started` is exact. Raises QueueFull.
        """
        jobs = [replace(job, id=str(i)) for i, job in enumerate(jobs)]  # answers find their place by it
        ticket = Ticket(jobs, _units(jobs, len(jobs) if alone else len(self._threads)), wake)
        with self._change:
            excess = self.queued + len(jobs) - self.max_queue
            if excess > 0:
                raise QueueFull(self._seconds_until(excess))
            if ticket.units:
                self.queued += len(jobs)
                self._tickets.append(ticket)
                self._change.notify_all()
        return ticket

    def drop(self, ticket: Ticket) -> int:
        """Forget what has not started; the number of those checks."""
        with self._change:
            forgotten = sum(len(unit) for unit in ticket.units)
            if ticket.units:
                ticket.units.clear()
                self._tickets.remove(ticket)
                self.queued -= forgotten
        return forgotten

    def expire(self, ticket: Ticket, timeout: float) -> None:
        """Answer those checks that have run for longer than `timeout`, their wait in the pool included."""
        with self._change:
            late = [i for i, since in ticket.started.items() if time.monotonic() - since >= timeout]
            for i in late:
                self._settle(ticket, i, timed_out(ticket.jobs[i], timeout))

    def close(self) -> None:
        """End the dispatchers. What waits is never answered."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    # --- the dispatchers ------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            ticket, unit = taken
            try:
                self._hand_over(ticket, unit)
            finally:
                with self._change:
                    self.busy -= 1

    def _take(self) -> tuple[Ticket, list[int]] | None:
        with self._change:
            while not self._tickets and not self._closed:
                self._change.wait()
            if self._closed:
                return None
            ticket = self._tickets.popleft()
            unit = ticket.units.popleft()
            if ticket.units:  # to the back: requests take turns
                self._tickets.append(ticket)
            self.queued -= len(unit)
            self.busy += 1
            now = time.monotonic()
            ticket.started.update((i, now) for i in unit)
            return ticket, unit

    def _hand_over(self, ticket: Ticket, unit: list[int]) -> None:
        left = set(unit)
        since = time.monotonic()
        fault = "the pool gave no answer"
        try:
            for job, answer in self._ask([ticket.jobs[i] for i in unit]):
                now = time.monotonic()
                self._metrics.checked(answer.outcome, isinstance(job, FileCheck), answer.seconds)
                with self._change:
                    self._measure(now - since)
                    self._settle(ticket, int(job.id), answer)
                left.discard(int(job.id))
                since = now
            self.fault = ""
        except LeanError as error:
            self.fault = fault = str(error)
        except Exception as error:  # a fault of ours: this unit has no verdict, the service goes on
            log.exception("a unit of checks failed")
            self.fault = fault = f"{type(error).__name__}: {error}"
        with self._change:
            for i in left:
                answer = undecided(ticket.jobs[i], fault)
                self._metrics.checked(answer.outcome, isinstance(ticket.jobs[i], FileCheck), 0.0)
                self._settle(ticket, i, answer)

    def _ask(self, jobs: list[Job]) -> Iterator[tuple[Job, Answer]]:
        if checks := [job for job in jobs if isinstance(job, Check)]:
            yield from self._verifier.check(checks)
        if files := [job for job in jobs if isinstance(job, FileCheck)]:
            yield from self._verifier.files(files)

    def _settle(self, ticket: Ticket, i: int, answer: Answer) -> None:
        ticket.started.pop(i, None)
        if ticket.answers[i] is None:  # else it has expired
            ticket.answers[i] = answer
            ticket.left -= 1
            if not ticket.left:
                with contextlib.suppress(RuntimeError):  # the loop that waited has been closed
                    ticket.wake()

    # --- the measured rate ----------------------------------------------------------------------------------

    def _measure(self, seconds: float) -> None:
        self._mean = self._mean + _NEWEST * (seconds - self._mean) if self._measured else seconds
        self._measured = True

    def _seconds_until(self, checks: int) -> int:
        """When so many of those that wait will have started."""
        seconds = math.ceil(checks * self._mean / len(self._threads))
        return min(max(seconds, _RETRY_LEAST), _RETRY_MOST)


def _units(jobs: Sequence[Job], parts: int) -> list[list[int]]:
    """Positions, those of one statement side by side, each statement in `parts` parts or more."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for i, job in enumerate(jobs):
        key = (job.header, job.statement) if isinstance(job, Check) else ("", str(i), "file")
        groups.setdefault(key, []).append(i)
    units: list[list[int]] = []
    for group in groups.values():
        size = min(UNIT, math.ceil(len(group) / parts))
        units.extend(group[k : k + size] for k in range(0, len(group), size))
    return units


def timed_out(job: Job, timeout: float) -> Answer:
    if isinstance(job, FileCheck):
        return FileVerdict("timeout", seconds=timeout)
    return Verdict("timeout", "wall_clock", f"no answer within {timeout:g} s of wall clock", seconds=timeout)


def undecided(job: Job, why: str) -> Answer:
    if isinstance(job, FileCheck):
        return FileVerdict("infrastructure", (Message("error", 1, 0, None, None, why),))
    return Verdict("infrastructure", "infrastructure", why)
