"""The commands as a person meets them: answers, refusals, exit statuses, no tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TIMEOUT = 240


def stp(
    *arguments: object, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "stp", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **(env or {})},
        cwd=cwd,
    )
    assert "Traceback" not in run.stderr
    return run


def test_every_command_has_help() -> None:
    from stp.cli import main
    from stp.commands.lean import lean

    for group in (main, lean):
        for name, command in group.commands.items():
            assert command.help, f"{name} has no help"


def test_help_does_not_import_torch() -> None:
    code = "import sys; from stp.cli import main; main(['--help'], standalone_mode=False); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=TIMEOUT).returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        ["lean", "doctor"],
        ["verify", "x.jsonl"],
        ["screen", "x.jsonl"],
        ["run", "c.toml"],
        ["lean", "extract", "--out", "o"],
    ],
)
def test_without_lean_every_command_names_the_one_that_installs_it(
    command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "x.jsonl").write_text("")
    (tmp_path / "c.toml").write_text("")
    run = stp(*command, env={"STP_HOME": str(tmp_path / "empty"), "STP_LAKE_PROJECT": ""}, cwd=tmp_path)
    assert run.returncode == 1
    assert "stp lean install" in run.stderr
    assert not (tmp_path / "campaigns").exists()


def test_a_lake_project_that_is_none_is_refused(tmp_path: Path) -> None:
    run = stp("lean", "doctor", env={"STP_LAKE_PROJECT": str(tmp_path)})
    assert run.returncode == 1
    assert "no lakefile" in run.stderr


def test_bad_configurations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[prove]\nsample = 3\n")
    run = stp("run", tmp_path / "c.toml", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert "nearest valid one is 'prove.samples'" in run.stderr
    assert stp("run", tmp_path / "none.toml").returncode == 1


def test_status_and_export_of_no_campaign(tmp_path: Path) -> None:
    for command in ("status", "export"):
        run = stp(command, tmp_path)
        assert run.returncode == 1
        assert "There is no campaign" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_there(tmp_path: Path) -> None:
    there = tmp_path / "there.jsonl"
    there.write_text("")
    for arguments in (["verify"], ["screen"], ["screen", there, "--against"]):
        run = stp(*arguments, tmp_path / "none.jsonl")
        assert run.returncode == 1
        assert "none.jsonl is not there" in run.stderr


@pytest.mark.lean
def test_verify_goes_on_after_broken_lines_and_lists_them(lean: object, tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "statement": "theorem t (a b : Nat) : a + b = b + a", "proof": "by omega"}',
        "{broken",
        '{"id": "b", "statement": "theorem t (p : Prop) : p", "proof": "sorry"}',
        '{"id": "c", "statement": "theorem t : foo = 1", "proof": "rfl"}',
        '["a list"]',
        '{"id": 7, "statement": "theorem t : twice 2 = 4", "proof": "rfl", "header": "def twice (n : Nat) := n + n"}',
        '{"statement": "theorem t (a b : Nat) : a + b = b + a", "proof": "Nat.add_comm a b", "forbid": ["Nat.add_comm"]}',
        '{"id": "d", "proof": "rfl"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    run = stp("verify", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl", "--workers", 1)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert run.stdout == (tmp_path / "out.jsonl").read_text()
    assert [(row["id"], row["outcome"]) for row in rows] == [
        ("a", "proved"),
        ("b", "rejected"),
        ("c", "rejected"),
        (7, "proved"),
        (7, "rejected"),
    ]
    assert all(set(row) == {"id", "outcome", "reason", "axioms", "seconds"} for row in rows)
    assert rows[1]["reason"].startswith("syntax")
    assert rows[4]["reason"] == "forbidden_constant: Nat.add_comm"
    assert run.returncode == 1
    for told in (
        "line 2: not JSON",
        "line 5: not a JSON object",
        'line 8: "statement" is missing',
        "c: Unknown identifier `foo`",
    ):
        assert told in run.stderr


@pytest.mark.lean
def test_verify_exits_0_when_all_were_checked_whatever_the_outcomes(lean: object, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"id": 1, "statement": "theorem t (p : Prop) : p", "proof": "by simp"}\n'
    )
    run = stp("verify", tmp_path / "in.jsonl", "--workers", 1)
    assert run.returncode == 0
    assert json.loads(run.stdout)["outcome"] == "rejected"
    brief = stp("verify", tmp_path / "in.jsonl", "--workers", 1, "--brief")
    assert brief.returncode == 0
    assert [json.loads(run.stdout)["reason"][:7] for run in (run, brief)] == ["error: ", "error"]


@pytest.mark.lean
def test_screen_says_what_is_wrong_with_statements_and_on_what_evidence(lean: object, tmp_path: Path) -> None:
    lines = [
        '{"id": "hard", "statement": "theorem t (a b : Nat) (h : a * a = 2 * (b * b)) : b = 0"}',
        "{broken",
        '{"id": "bad", "statement": "theorem t : foo = 1"}',
        '{"id": "library", "statement": "theorem t (x y : Nat) : x + y = y + x"}',
        '{"id": "old", "statement": "theorem t (x y : Nat) (h : x * x = 3 * (y * y)) : y = 0"}',
        '{"id": "twice", "statement": "theorem u : ∀ a b : Nat, a * a = 2 * (b * b) → b = 0"}',
        '{"id": "\\ud800", "statement": "theorem t (n : Nat) (h : n < n) : n = 3"}',
        '{"statement": "theorem t (a b : Nat) (h : 2 * a < 2 * b + 1) : a ≤ b"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "old.jsonl").write_text(
        '{"statement": "theorem x (a b : Nat) (h : a * a = 3 * (b * b)) : b = 0", "proof": "unread"}\n'
        '{"statement": "theorem t : bar"}\n{"proof": "rfl"}\n'
    )
    old = tmp_path / "old.jsonl"
    run = stp(
        *("screen", tmp_path / "in.jsonl", "--against", old, "--out", tmp_path / "out.jsonl", "--workers", 1)
    )
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert run.stdout == (tmp_path / "out.jsonl").read_text()
    assert all(set(row) == {"id", "verdict", "evidence", "findings"} for row in rows)
    assert [(row["id"], row["verdict"], row["evidence"]) for row in rows] == [
        ("hard", "ok", ""),
        ("bad", "malformed", "Unknown identifier `foo`"),
        ("library", "known", "library: Nat.add_comm, Seed.add_comm_nat"),
        ("old", "known", f"{old}: 1"),
        ("twice", "known", "file: hard"),
        ("\ud800", "vacuous", "by intros; omega"),
        (8, "trivial", "by omega"),
    ]
    assert rows[3]["findings"] == [{"verdict": "known", "source": str(old), "evidence": "1"}]
    assert run.returncode == 1
    for told in (
        "3 known, 1 malformed, 1 ok, 1 trivial, 1 vacuous",
        "stp: not screened: line 2: not JSON",
        f'stp: not screened: {old}: line 3: "statement" is missing',
        f"stp: not compared with: {old}: 2: Unknown identifier `bar`",
    ):
        assert told in run.stderr


@pytest.mark.lean
def test_screen_exits_0_when_all_were_screened_and_shows_all_findings_if_asked(
    lean: object, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"id": 1, "statement": "theorem t : foo"}\n'
        '{"id": 2, "statement": "theorem t (n : Nat) (h : n < n) : n = 3"}\n'
    )
    run = stp("screen", tmp_path / "in.jsonl", "--all", "--workers", 1)
    assert run.returncode == 0, run.stderr
    malformed, vacuous = map(json.loads, run.stdout.splitlines())
    assert malformed["verdict"] == "malformed"
    assert [finding["verdict"] for finding in vacuous["findings"]] == ["vacuous", "trivial"]


@pytest.mark.lean
def test_doctor_proves_and_refutes_from_any_folder(lean: object, tmp_path: Path) -> None:
    run = stp("lean", "doctor", "--json", cwd=tmp_path)
    report = json.loads(run.stdout)
    assert run.returncode == 0 and report["ok"]
    assert report["lean"] == "embedded" and report["version"].startswith("4.")
    assert len(report["commit"]) == 40
    assert report["proves"].endswith("proved") and report["refutes"].endswith("rejected")


@pytest.mark.lean
def test_extract_writes_statements_that_read_back(lean: object, tmp_path: Path) -> None:
    out = tmp_path / "theorems.jsonl"
    assert (
        stp(
            "lean", "extract", "--out", out, "--limit", 40, "--prefix", "Init.Data.Nat", "--workers", 1
        ).returncode
        == 0
    )
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) >= 20
    assert all(
        row["module"].startswith("Init.Data.Nat") and row["statement"].startswith("theorem t") for row in rows
    )
    assert all(row["forbid"] == [row["name"]] for row in rows)  # as a data set: to prove without its name
