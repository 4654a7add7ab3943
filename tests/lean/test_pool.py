"""What a bad job does to the workers, and what is left of them afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import stp
from stp.lean import toolchain
from stp.lean.pool import MAX_TEXT, Failure, LeanPool
from stp.records import Check, Verdict

pytestmark = pytest.mark.lean

FALSE = "theorem t : (1 : Nat) = 2"
GOOD = Check("good", "theorem t (a b : Nat) : a + b = b + a", "by omega")
#: Lean's runtime ends the whole process at this ("INTERNAL PANIC: Nat.pow exponent is too big").
PANIC = Check("panic", FALSE, "by\n  have h : (2 : Nat) ^ (2 ^ 80) = 1 := by omega\n  omega")
#: Work for the kernel, which takes long to notice that its heartbeats are spent.
SLOW = "by\n  have h : (List.range 10000000).foldl (· + ·) 0 = 1 := by decide +kernel\n  exact nomatch h"
#: The elaborator rewrites for ever.
ENDLESS = "by\n  have h : ∀ n : Nat, n = n + 0 := fun n => rfl\n  repeat rw [h 1]"


def children(parent: int) -> set[int]:
    """Processes whose parent is `parent`, zombies too."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.add(int(folder.name))
    return found


def running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until_gone(pids: set[int], seconds: float) -> set[int]:
    deadline = time.monotonic() + seconds
    while (left := {pid for pid in pids if running(pid)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def verdicts(pool: LeanPool, jobs: list[Check]) -> dict[str, Verdict]:
    found = list(pool.check(jobs))
    assert len(found) == len(jobs)
    return {job.id: verdict for job, verdict in found}


def test_lean_s_own_limit_is_a_decisive_timeout(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "heartbeats", 50)
    restarts = pool.restarts
    found = pool.check_one(Check("endless", FALSE, ENDLESS))
    assert (found.outcome, found.reason) == ("timeout", "heartbeats")
    assert found.decisive
    monkeypatch.undo()
    assert pool.check_one(GOOD).proved
    assert pool.restarts == restarts


def test_the_wall_clock_is_a_timeout_that_is_not_decisive(
    pool: LeanPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "timeout", 1.0)
    found = pool.check_one(Check("slow", FALSE, SLOW))
    assert (found.outcome, found.reason) == ("timeout", "wall_clock")
    assert not found.decisive
    monkeypatch.undo()
    assert pool.check_one(GOOD).proved


def test_a_job_that_kills_its_worker_is_told_from_one_that_fails(pool: LeanPool) -> None:
    """Its neighbours share its statement, so they stand in one queue behind one worker."""
    before = [Check(f"before {i}", FALSE, "rfl") for i in range(2)]
    after = [Check(f"after {i}", FALSE, "rfl") for i in range(2)]
    restarts = pool.restarts
    found = verdicts(pool, [*before, PANIC, *after, GOOD])
    assert found["panic"].outcome in ("infrastructure", "out_of_memory")
    assert not found["panic"].decisive
    assert pool.restarts - restarts >= 2  # the worker after the first try, and that after the retry
    for job in (*before, *after):
        assert (found[job.id].outcome, found[job.id].reason) == ("rejected", "error")
    assert found["good"].proved


def test_a_worker_killed_from_outside_costs_no_verdict(pool: LeanPool) -> None:
    jobs = [
        Check(str(i), f"theorem t (a b : Nat) : a + b + {i} = b + a + {i}", "by omega") for i in range(60)
    ]
    restarts = pool.restarts
    killer = threading.Timer(0.3, lambda: os.kill(pool.workers[0].pid, signal.SIGKILL))
    killer.start()
    found = verdicts(pool, jobs)
    killer.join()
    assert all(verdict.proved for verdict in found.values())
    pool.check_one(GOOD)
    assert verdicts(pool, [GOOD, Check("other", FALSE, "rfl")])["good"].proved
    assert pool.restarts > restarts


@pytest.mark.parametrize("proof", ["rfl\0", "\0", "\ud800", "rfl -- \udfff", "(" * (MAX_TEXT + 1)])
def test_texts_that_are_none_are_refused_unread(pool: LeanPool, proof: str) -> None:
    restarts = pool.restarts
    found = verdicts(pool, [Check("odd", "theorem t : 1 = 1", proof), GOOD])
    assert (found["odd"].outcome, found["odd"].reason) == ("rejected", "parse")
    assert found["good"].proved
    assert pool.restarts == restarts


def test_an_odd_statement_is_refused_unread(pool: LeanPool) -> None:
    assert not pool.check_one(Check("odd", "theorem t : 1 = 1\0", "rfl")).proved
    assert pool.statements(["theorem t : \ud800 = 1", "x" * (MAX_TEXT + 1)])[0] != "not asked"


def test_deep_nesting_does_no_lasting_harm(pool: LeanPool) -> None:
    depth = 300
    found = pool.check_one(Check("deep", FALSE, "(" * depth + "rfl" + ")" * depth))
    assert not found.proved
    assert pool.check_one(GOOD).proved


@pytest.mark.parametrize(
    "proof",
    [
        '(by exact "\\n{\\"id\\":1,\\"outcome\\":\\"proved\\"}\\n" : (1 : Nat) = 2)',
        'by\n  have h := "\n{"id": 1, "outcome": "proved", "reason": "", "detail": ""}\n"\n  rfl',
        '«\n{"id":1,"outcome":"proved"}\n»',
        'by fail "\n{\\"id\\":1,\\"outcome\\":\\"proved\\",\\"reason\\":\\"\\",\\"detail\\":\\"\\"}\n"',
        '{"id":1,"outcome":"proved","reason":"","detail":""}',
    ],
)
def test_text_that_imitates_an_answer_is_none(pool: LeanPool, proof: str) -> None:
    found = pool.check_one(Check("imitation", FALSE, proof))
    assert found.outcome == "rejected"
    assert pool.check_one(GOOD).proved


def test_an_answer_longer_than_a_pipe_comes_through(pool: LeanPool) -> None:
    """Linux gives a pipe 64 KiB, and the glue drops what does not fit."""
    (answer,) = pool.ask_all([{"op": "list", "module": "Std.Data.DTreeMap.Internal.Lemmas"}])
    assert not isinstance(answer, Failure), answer
    assert sum(map(len, answer["theorems"])) > 1 << 16


def test_an_answer_without_the_nonce_is_passed_over(pool: LeanPool) -> None:
    """Even with the nonce of another worker."""
    first, *others = pool.workers
    worker = others[0] if others else first
    worker._buffer = b'{"id": 1, "outcome": "proved"}\n' + b"0" * 32 + b' {"id": 1, "outcome": "proved"}\n'
    found = verdicts(pool, [Check(str(i), f"theorem t : (1 : Nat) = {i + 2}", "rfl") for i in range(4)])
    assert all(verdict.outcome == "rejected" for verdict in found.values())


def test_a_worker_is_small_and_gone_after_close(lean: toolchain.Toolchain) -> None:
    before = children(os.getpid())
    with LeanPool(lean, workers=1) as own:
        mine = children(os.getpid()) - before
        assert len(mine) == 1
        (worker,) = own.workers
        print(f"fresh: start {worker.start_seconds:.1f} s, resident {worker.resident_bytes() / 1e6:.0f} MB")
        assert 0 < worker.resident_bytes() < 2.0e9
        assert own.check_one(GOOD).proved
    assert children(os.getpid()) - before == set()


@pytest.mark.skipif(sys.platform != "linux", reason="a worker follows its parent on Linux only")
def test_nothing_is_left_after_the_parent_is_killed(lean: toolchain.Toolchain) -> None:
    script = textwrap.dedent(
        """
        import time
        from stp.lean import toolchain
        from stp.lean.pool import LeanPool
        pool = LeanPool(toolchain.find(), workers=1)
        print(*(worker.pid for worker in pool.workers), flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path(stp.__file__).parents[1]
    )
    try:
        assert parent.stdout is not None
        pids = {int(word) for word in parent.stdout.readline().split()}
        assert len(pids) == 1
        assert all(running(pid) for pid in pids)
    finally:
        parent.kill()
        parent.wait()
    assert wait_until_gone(pids, 5.0) == set()
