"""Checks of proofs that come in while others are being made, with the real Lean."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from stp.errors import LeanError
from stp.lean.pool import LeanPool
from stp.lean.stream import CheckStream
from stp.records import Check, Verdict

pytestmark = pytest.mark.lean

GOOD = Check("good", "theorem t (a b : Nat) : a + b = b + a", "by omega")
BAD = Check("bad", "theorem t (a b : Nat) : a + b = b + a", "by rfl")
#: Long enough that others overtake it.
SLOW = Check(
    "slow", "theorem t : 0 = 0", "by (iterate 3000 (skip; have : 1 + 1 = 2 := by decide; clear this)); rfl"
)


def test_verdicts_come_while_others_are_put_in(pool: LeanPool):
    with CheckStream(pool) as stream:
        stream.put([GOOD])
        found = [next(f for f in stream.rest() if f)]
        assert stream.waiting == 0
        stream.put([BAD, GOOD])
        stream.put([])
        found += list(stream.rest())
        assert {(job.id, v.proved) for block in found for job, v in block} == {("good", True), ("bad", False)}
        assert sum(map(len, found)) == 3 and stream.ready() == []


def test_a_later_batch_need_not_wait_for_the_whole_of_an_earlier_one(pool: LeanPool):
    with CheckStream(pool) as stream:
        stream.put([SLOW])
        stream.put([GOOD])
        order = [job.id for block in stream.rest() for job, _ in block]
    assert order == ["good", "slow"]


def test_busy_workers_are_counted(pool: LeanPool):
    before, started = pool.busy_seconds, time.monotonic()
    with CheckStream(pool) as stream:
        stream.put([SLOW])
        assert sum(map(len, stream.rest())) == 1
    assert 0 < pool.busy_seconds - before <= 1.05 * (time.monotonic() - started)


class Broken:
    """A pool that fails, and one that never ends."""

    def __init__(self, error: Exception | None) -> None:
        self.error, self.begun = error, 0

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        for job in jobs:
            self.begun += 1
            if self.error:
                raise self.error
            time.sleep(0.05)
            yield job, Verdict("proved")


def test_a_fault_of_the_pool_reaches_who_takes():
    broken: Any = Broken(LeanError("no Lean"))
    with CheckStream(broken) as stream, pytest.raises(LeanError, match="no Lean"):
        stream.put([GOOD])
        list(stream.rest())


def test_what_is_left_on_leaving_is_dropped():
    endless: Any = Broken(None)
    with CheckStream(endless) as stream:
        stream.put([GOOD] * 1000)
        stream.put([GOOD] * 1000)
        next(f for f in stream.rest() if f)
    time.sleep(0.3)
    begun = endless.begun
    time.sleep(0.3)
    assert endless.begun == begun < 100
