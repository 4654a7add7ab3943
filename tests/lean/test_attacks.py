"""The suites of `stp lean selftest`: no attack is accepted, no good proof refused, and the runner would notice."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from stp.errors import InputError
from stp.lean import library, selftest
from stp.lean.pool import LeanPool
from stp.lean.selftest import Attack, Good
from stp.records import Check, Verdict

FALSE = "theorem t : (1 : Nat) = 2"


# --- the suites, without Lean -----------------------------------------------------------------------------


def test_there_are_many_attacks_of_every_family() -> None:
    found = selftest.attacks()
    assert len(found) >= 1300
    families = Counter(attack.hole for attack in found)
    assert set(families) == {
        "axioms",
        "code",
        "commands",
        "compiler",
        "forbidden",
        "holes",
        "limits",
        "meaning",
        "names",
        "options",
        "recursion",
        "statements",
        "text",
        "unsafe",
    }
    assert min(families.values()) >= 25


def test_no_attack_is_there_twice() -> None:
    found = selftest.attacks()
    assert len({attack.name for attack in found}) == len(found)
    assert len({(a.statement, a.proof, a.header, a.forbid) for a in found}) == len(found)


def test_every_word_that_a_hole_is_known_by_occurs() -> None:
    text = "\n".join(f"{a.header}\n{a.statement}\n{a.proof}" for a in selftest.attacks())
    for word in (
        *("sorry", "admit", "sorryAx", "apply?", "exact?", "stop", "warn.sorry", "#guard_msgs (drop all)"),
        *("axiom", "native_decide", "ofReduceBool", "trustCompiler", "#print axioms", "local notation"),
        *("macro", "infix", "instance", "#exit", "variable", "namespace", "autoImplicit", "set_option"),
        *("debug.skipKernelTC", "run_cmd", "run_tac", "by_elab", "elab", "simproc", "initialize", "#eval"),
        *("implemented_by", "extern", "unsafe", "opaque", "partial", "unsafeCast", "IO.FS.writeFile"),
        *("Task.spawn", "maxHeartbeats 0", "maxRecDepth", "prelude", "import", "where", "let rec"),
        *("termination_by", "decreasing_by", "csimp", "«stp target»", "lcProof", "unif_hint", "notation"),
    ):
        assert word in text, word


def test_generated_attacks_are_reproducible_and_different() -> None:
    found = selftest.generated(1, 500)
    assert found == selftest.generated(1, 800)[:500]
    assert len({(attack.statement, attack.proof) for attack in found}) == 500
    assert not {a.proof for a in found} >= {a.proof for a in selftest.generated(2, 500)}
    assert sum("sorryAx" in attack.proof for attack in found) > 50


def test_a_broken_file_of_attacks_is_named(tmp_path: Path) -> None:
    for text in ("[[attack", "x = 1", "[[attack]]\nname = 'x'", "[[attack]]\nnonsense = 'x'"):
        (tmp_path / "a.toml").write_text(text)
        with pytest.raises(InputError, match=r"a\.toml"):
            selftest.read(tmp_path / "a.toml")


def test_canaries_are_attacks_of_the_suite_and_good_ones() -> None:
    found = selftest.canaries()
    written = {attack.name: attack.check() for attack in selftest.attacks()}
    hostile = [canary.check for canary in found if not canary.proved]
    assert [check.id for check in hostile] == list(selftest.CANARIES)
    assert all(written[check.id] == check for check in hostile)
    assert sum(canary.proved for canary in found) == 2


def test_canaries_are_read_without_a_model_or_a_table() -> None:
    import subprocess

    code = (
        "import sys; from stp.lean.selftest import canaries; canaries(); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'rich', 'click', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_lost_worker_is_neither_a_refusal_nor_an_acceptance() -> None:
    class Lost:
        def check(self, jobs: list[Check]) -> list[tuple[Check, Verdict]]:
            return [(job, Verdict("infrastructure", "infrastructure", "gone")) for job in jobs]

    report = selftest.judge(Lost(), [Attack("a", "holes", FALSE, "rfl")], [Good("g", "f", FALSE, "rfl")])  # type: ignore[arg-type]
    assert (report.accepted, report.refused) == ([], [])
    assert [name for name, _ in report.undecided] == ["a", "g"]
    assert (report.attacks[0].undecided, report.good[0].undecided) == (1, 1)
    assert "2 undecided" in selftest.last_line(report)


# --- asked of the real Lean -------------------------------------------------------------------------------


@pytest.mark.lean
def test_no_attack_is_accepted(pool: LeanPool) -> None:
    report = selftest.judge(pool, selftest.attacks(), [])
    print(f"{sum(row.cases for row in report.attacks)} attacks in {report.attack_seconds:.0f} s")
    assert [attack.name for attack, _ in report.accepted] == []
    assert [name for name, _ in report.undecided] == []


@pytest.mark.lean
def test_attacks_are_refused_for_their_reasons(pool: LeanPool) -> None:
    suite = {attack.name: attack for attack in selftest.attacks() if attack.reasons}
    other = [
        (job.id, verdict.reason, verdict.detail)
        for job, verdict in pool.check([attack.check() for attack in suite.values()])
        if verdict.reason not in suite[job.id].reasons and not verdict.proved
    ]
    assert other == []


@pytest.mark.lean
def test_the_means_of_forbidden_proofs_are_at_fault_alone(pool: LeanPool) -> None:
    """Without the ban the proof stands: else the attack would say nothing about bans."""
    banned = [a for a in selftest.attacks() if a.hole == "forbidden" and "forbidden_constant" in a.reasons]
    jobs = [Check(a.name, a.statement, a.proof, a.header) for a in banned]
    assert [(job.id, v.detail) for job, v in pool.check(jobs) if not v.proved] == []


@pytest.mark.lean
def test_no_generated_attack_is_accepted(pool: LeanPool) -> None:
    report = selftest.judge(pool, selftest.generated(7, 1000), [])
    print(f"1,000 generated attacks in {report.attack_seconds:.0f} s")
    assert [(a.statement, a.proof) for a, _ in report.accepted] == []
    assert len(report.undecided) <= 5


@pytest.mark.lean
def test_good_proofs_are_cut_out_under_their_own_names(pool: LeanPool) -> None:
    found = selftest.good(pool)
    seeds = [item for item in found if item.file == "seeds"]
    own = [item for item in found if item.file != "seeds"]
    assert len(seeds) >= 300 and len(own) >= 100
    assert all(item.forbid == (item.name,) for item in seeds)
    assert all(item.forbid == () and item.statement.startswith(f"theorem {item.name}") for item in own)


@pytest.mark.lean
def test_no_good_proof_is_refused(pool: LeanPool) -> None:
    report = selftest.judge(pool, [], selftest.good(pool))
    print(f"{sum(row.cases for row in report.good)} good proofs in {report.good_seconds:.0f} s")
    assert [(item.name, verdict.reason, verdict.detail) for item, verdict in report.refused] == []
    assert report.undecided == []


@pytest.mark.lean
def test_canaries_come_out_as_they_should(pool: LeanPool) -> None:
    expected = {canary.check.id: canary.proved for canary in selftest.canaries()}
    found = {job.id: v.proved for job, v in pool.check([canary.check for canary in selftest.canaries()])}
    assert found == expected


@pytest.mark.lean
def test_the_runner_notices_what_is_wrong(pool: LeanPool) -> None:
    provable = Attack("provable", "holes", "theorem t : (1 : Nat) = 1", "rfl")
    harmless = Attack("harmless", "holes", FALSE, "rfl")
    wrong = Good("wrong", "a", FALSE, "rfl")
    right = Good("right", "a", "theorem right : (1 : Nat) = 1", "rfl")
    steps: list[tuple[int, int]] = []
    report = selftest.judge(
        pool, [provable, harmless], [wrong, right], lambda done, total: steps.append((done, total))
    )
    assert not report.ok
    assert [attack for attack, _ in report.accepted] == [provable]
    assert [item for item, _ in report.refused] == [wrong]
    assert [vars(row) for row in report.attacks] == [
        {"name": "holes", "cases": 2, "accepted": 1, "refused": 1, "undecided": 0}
    ]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert selftest.last_line(report).startswith("FAILED: 1 of 2 attacks accepted, 1 of 2 good proofs")
    assert any("ACCEPTED provable" in line for line in selftest.faults(report))
    assert any("REFUSED wrong" in line for line in selftest.faults(report))
    assert json.loads(json.dumps(selftest.as_json(report)))["accepted"][0]["name"] == "provable"


@pytest.mark.lean
def test_cut_tells_which_file_does_not_parse(pool: LeanPool, tmp_path: Path) -> None:
    from stp.errors import LeanError

    (tmp_path / "broken.lean").write_text("theorem a : True := trivial\ntheorem (\n")
    with pytest.raises(LeanError, match=r"broken\.lean"):
        library.cut(pool, [tmp_path / "broken.lean"])


@pytest.mark.lean
def test_the_command_runs_a_sample(pool: LeanPool) -> None:
    import subprocess

    command = [
        sys.executable,
        "-m",
        "stp",
        "lean",
        "selftest",
        "--quick",
        "--generated",
        "20",
        "--workers",
        "1",
    ]
    run = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=600)
    assert "Traceback" not in run.stderr
    report = json.loads(run.stdout)
    assert run.returncode == (0 if report["ok"] else 1)
    assert report["accepted"] == [] and report["refused"] == []
    assert sum(row["cases"] for row in report["attacks"]) >= 100
    assert sum(row["cases"] for row in report["good"]) >= 30
