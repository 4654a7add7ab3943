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
from typing import Any

import heed
import pytest

import stp
from stp.errors import LeanError
from stp.lean import selftest, toolchain
from stp.lean.pool import MAX_TEXT, Failure, LeanPool
from stp.records import Check, FileCheck, FileVerdict, Verdict

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


def test_a_job_may_have_a_shorter_time_of_its_own(pool: LeanPool) -> None:
    started = time.monotonic()
    found = verdicts(pool, [Check("short", FALSE, SLOW, timeout=0.5), GOOD])
    assert (found["short"].outcome, found["short"].reason) == ("timeout", "wall_clock")
    assert found["good"].proved
    assert time.monotonic() - started < 40


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
    with LeanPool(lean, workers=1, spares=0) as own:
        mine = children(os.getpid()) - before
        assert len(mine) == 1
        (worker,) = own.workers
        print(f"fresh: start {worker.start_seconds:.1f} s, resident {worker.resident_bytes() / 1e6:.0f} MB")
        assert 0 < worker.resident_bytes() < 1.5e9
        assert own.check_one(GOOD).proved
    assert children(os.getpid()) - before == set()


def test_a_pool_closed_in_the_middle_of_a_job_ends_without_a_word(
    lean: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    pool = LeanPool(lean, workers=2, spares=0)
    told: list[LeanError] = []

    def ask() -> None:
        try:
            list(pool.check([Check(str(i), FALSE, SLOW, timeout=30.0 + i) for i in range(2)]))
        except LeanError as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(1.0)
    started = time.monotonic()
    pool.close()
    asking.join(timeout=10)
    assert not raised and len(told) == 1 and time.monotonic() - started < 10


def test_a_spare_takes_the_place_of_a_worker_that_ends(
    lean: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stp.lean.pool.SPARE_AFTER", 0.0)
    with LeanPool(lean, workers=1) as own:
        deadline = time.monotonic() + 60
        while len(own.workers) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        pids = {worker.pid for worker in own.workers}
        assert len(pids) == 2
        assert own.check_one(GOOD).proved
        time.sleep(2)  # the spare answers its canaries
        own.check_one(PANIC)
        assert own.restarts >= 1
        assert own.check_one(GOOD).proved
    assert wait_until_gone(pids, 5.0) == set()


def test_a_worker_that_outgrows_its_memory_is_stopped_in_the_middle_of_a_job(
    lean: toolchain.Toolchain,
) -> None:
    hungry = "by\n  have h : (List.replicate 3000000 1).length = 2 := by decide +kernel\n  exact nomatch h"
    with LeanPool(lean, workers=1, spares=0, memory=1.35e9) as own:
        found = own.check_one(Check("hungry", FALSE, hungry))
        assert found.outcome == "out_of_memory", found
        assert not found.decisive
        assert own.check_one(GOOD).proved


@pytest.mark.parametrize("proved", [True, False])
def test_a_canary_that_fails_stops_all_checking(
    lean: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch, proved: bool
) -> None:
    """As if the checker accepted an attack, and as if it refused everything."""
    proof = "by omega" if proved else "rfl"
    dead = selftest.Canary(Check("the canary", GOOD.statement, proof), not proved)
    monkeypatch.setattr(selftest, "canaries", lambda: [dead])
    with pytest.raises(LeanError, match=r"'the canary'.*stp lean selftest"):
        LeanPool(lean, workers=1)


def test_canaries_are_asked_again_on_the_way(
    lean: toolchain.Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stp.lean.pool.CANARY_EVERY", 5)
    with LeanPool(lean, workers=1, spares=0) as own:
        own._canaries = [selftest.Canary(Check("late", GOOD.statement, "by omega"), False)]
        jobs = [Check(str(i), f"theorem t : {i} = {i}", "rfl") for i in range(20)]
        with pytest.raises(LeanError, match="accepted a known attack"):
            list(own.check(jobs))
        with pytest.raises(LeanError, match="accepted a known attack"):
            own.check_one(GOOD)


def test_equal_jobs_are_checked_once(pool: LeanPool) -> None:
    asked = sum(worker.asked for worker in pool.workers)
    found = verdicts(pool, [Check(str(i), "theorem t : 12345 = 12345", "rfl") for i in range(50)])
    assert all(verdict.proved for verdict in found.values())
    assert sum(worker.asked for worker in pool.workers) - asked <= 1 + len(selftest.canaries()) * 2


def test_several_threads_may_ask_at_once(pool: LeanPool) -> None:
    found: dict[int, bool] = {}

    def ask(k: int) -> None:
        jobs = [Check(f"{k} {i}", f"theorem t : {i} = {k}", "rfl") for i in range(20)]
        found[k] = all(v.proved == (job.id == f"{k} {k}") for job, v in pool.check(jobs))

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(4), True)


def test_brief_verdicts_leave_out_the_text_of_errors(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Check("one", FALSE, "by omega")
    assert pool.check_one(job).detail
    monkeypatch.setattr(pool, "brief", True)
    found = pool.check_one(job)
    assert (found.outcome, found.reason, found.detail) == ("rejected", "error", "")


def test_verdicts_are_kept_for_the_same_environment_alone(lean: toolchain.Toolchain, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.db"
    bad = Check("bad", FALSE, "rfl")
    own_name = Check("own", GOOD.statement, "Nat.add_comm a b", forbid=("Nat.add_comm",))
    for run in range(2):
        with LeanPool(lean, workers=1, spares=0, canaries=False, cache=path) as own:
            found = verdicts(own, [GOOD, bad, own_name, Check("same", GOOD.statement, "Nat.add_comm a b")])
            assert found["good"].proved and found["same"].proved
            assert found["bad"].reason == "error" and found["own"].reason == "forbidden_constant"
            assert own.workers[0].asked == (4 if run == 0 else 0)
    with LeanPool(lean, workers=1, spares=0, canaries=False, cache=path, heartbeats=19_999) as own:
        assert own.check_one(GOOD).proved
        assert own.workers[0].asked == 1
    path.write_bytes(b"no database")
    with LeanPool(lean, workers=1, spares=0, canaries=False, cache=path) as own:
        assert own.check_one(GOOD).proved


@pytest.mark.skipif(sys.platform != "linux", reason="a worker follows its parent on Linux only")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_after_a_signal(lean: toolchain.Toolchain, number: int) -> None:
    script = textwrap.dedent(
        """
        from stp.lean import toolchain
        from stp.lean.pool import LeanPool
        from stp.records import Check
        with LeanPool(toolchain.find(), workers=1, spares=0) as pool:
            print(*(worker.pid for worker in pool.workers), flush=True)
            while True:
                list(pool.check([Check(str(i), f"theorem t : {i} = {i + 1}", "by omega") for i in range(50)]))
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(stp.__file__).parents[1],
        preexec_fn=heed.signals,
    )
    try:
        assert parent.stdout is not None
        pids = {int(word) for word in parent.stdout.readline().split()}
        assert all(running(pid) for pid in pids) and pids
        parent.send_signal(number)
        assert parent.wait(timeout=20) != 0
    finally:
        parent.kill()
        parent.wait()
    assert wait_until_gone(pids, 5.0) == set()


# --- whole files --------------------------------------------------------------------------------------------


def file(pool: LeanPool, text: str, **more: Any) -> FileVerdict:
    ((_, found),) = pool.files([FileCheck("one", text, **more)])
    return found


def test_a_file_of_theorems_and_definitions_is_proved(pool: LeanPool) -> None:
    found = file(
        pool,
        "import Std\nset_option maxHeartbeats 400000\nopen Nat\n\ndef twice (n : Nat) : Nat := n + n\n\n"
        "/-- A lemma. -/\ntheorem helper (n : Nat) : twice n = 2 * n := by\n  unfold twice\n  omega\n\n"
        "namespace A\nvariable (m : Nat)\ntheorem main (h : m = twice 3) : m = 6 := by rw [h, helper]\nend A\n",
    )
    assert (found.outcome, found.messages) == ("proved", ())
    assert found.theorems == ("helper", "A.main")


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("theorem a : 1 = 1 := rfl\ntheorem b : 1 = 2 := by\n  omega", 3, "omega"),
        ("import Mathlib\ntheorem a : 1 = 1 := rfl", 1, "unknown module Mathlib"),
        ("axiom lie : False\ntheorem a : 1 = 2 := lie.elim", 1, "not admitted"),
        ("theorem a : 1 = 2 := sorryAx _ true", 1, "sorryAx"),
        ("theorem a : 1 = 2 := by sorry", 1, "not admitted"),
        ("def a : False := sorryAx _ true\ntheorem b : 1 = 2 := a.elim", 1, "sorryAx"),
        ("theorem Nat.add_comm : 1 = 2 := sorryAx _ true", 1, "already been declared"),
        ("protected theorem Nat.add_comm : 1 = 2 := sorryAx _ true", 1, "already been declared"),
        ("private theorem Nat.add_comm : 1 = 2 := sorryAx _ true", 1, "not admitted"),
        ("theorem a : 1 = 1 := rfl\n#eval 1", 2, "not admitted"),
        (
            "def evil : Nat := 0\ntheorem a (x : Nat) (h : x = 3) : 3 = x := by simp (maxSteps := evil) [h]",
            2,
            "not admitted",
        ),
        ('macro "cheat" : tactic => `(tactic| sorry)\ntheorem a : 1 = 2 := by cheat', 1, "not admitted"),
        ("set_option debug.skipKernelTC true\ntheorem a : 1 = 1 := rfl", 1, "not admitted"),
        ("instance : Add Nat := ⟨fun _ _ => 0⟩\ntheorem a : 1 + 1 = 0 := rfl", 1, "not admitted"),
        ("theorem a : 1 = ", 1, "unexpected end of input"),
        ("def f : Nat := 3", 1, "no theorem"),
        ("", 1, "no theorem"),
        ("\0", 1, "Unicode"),
        # the theorem is A.foo, whatever stands before it
        (
            "def foo : 1 = 1 := rfl\nnamespace A in section in theorem foo : 1 = 2 := sorryAx _ true",
            2,
            "not admitted",
        ),
        (
            "def foo : 1 = 1 := rfl\nnamespace A in\nsection in\ntheorem foo : 1 = 2 := sorryAx _ true\nend A",
            2,
            "not admitted",
        ),
        ("open Nat in open List in\ntheorem foo : 1 = 2 := sorryAx _ true", 1, "sorryAx"),
        ("theorem foo : 1 = 2 := by decide +native.«_@».«_hyg»", 1, "not admitted"),
        (
            "theorem X.Bool : True := trivial\nwhere default : Bool := true\nopen X\n"
            "theorem a : 1 + 1 = 2 := by simp (decide := .default)",
            2,
            "type expected",
        ),
    ],
)
def test_a_file_with_a_fault_is_rejected_where_it_stands(
    pool: LeanPool, text: str, line: int, part: str
) -> None:
    found = file(pool, text)
    assert found.outcome == "rejected", found
    assert any(m.severity == "error" and m.line == line and part in m.text for m in found.messages), found


def test_a_file_leaves_nothing_behind(pool: LeanPool) -> None:
    for _ in range(2):  # either worker
        assert file(pool, "theorem mine : 3 = 3 := rfl").outcome == "proved"
    assert pool.check_one(Check("one", "theorem t : 3 = 3", "mine")).reason == "error"
    assert (
        file(
            pool, "theorem other (a b : Nat) : a + b = b + a := Nat.add_comm a b", forbid=("Nat.add_comm",)
        ).outcome
        == "rejected"
    )


def test_known_statements_are_found_up_to_the_names_of_variables(pool: LeanPool) -> None:
    found = pool.known(
        [
            "theorem t (x y : Nat) : x + y = y + x",
            "theorem t.{v} (β : Type v) (l : List β) : l ++ [] = l",
            "theorem t (x y : Nat) : x + y = y + x + 0",
            "theorem t : nonsense",
            "theorem t : \0",
        ]
    )
    assert "Nat.add_comm" in found[0] and "List.append_nil" in found[1]
    assert found[2] == ()
    assert "nonsense" in found[3] and "Unicode" in found[4]


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
