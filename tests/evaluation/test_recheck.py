"""Proofs from elsewhere before the real Lean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_evaluate_command import stp
from toy import ENTRIES

from stp.evaluation.recheck import Summary, recheck
from stp.evaluation.result import Row
from stp.evaluation.texts import Given
from stp.lean.pool import LeanPool

pytestmark = pytest.mark.lean

ADD = "theorem toy_0 (a b : Nat) : a + b = b + a := by\n  omega\n"


def judge(
    pool: LeanPool, *given: Given, against: bool = True
) -> tuple[list[tuple[str, str, str]], Summary, list[Row]]:
    summary = Summary()
    rows = list(recheck(given, pool, summary, ENTRIES if against else None))
    return [(row["name"], row["outcome"], row["reason"]) for row in rows], summary, rows


def text(code: str, name: str = "") -> Given:
    return Given(f"{name}.lean", name, text=code)


def test_proofs_are_cut_out_and_checked_against_the_data_set(pool: LeanPool) -> None:
    found, summary, rows = judge(
        pool,
        text(ADD, "toy_0"),
        text(ADD.replace("omega", "sorry"), "toy_0"),
        text(ADD.replace("omega", "nonsense_tactic"), "toy_0"),
        text("theorem toy_4 (n : Nat) : n * n = n := by\n  simp\n", "toy_4"),
        # what it states is true, and proved; but it is not the data set's statement
        text("theorem toy_4 (n : Nat) : n * n = n * n := rfl\n", "toy_4"),
        text("theorem toy_2 (n : Nat) : n = n + 0 := Eq.symm rfl", "toy_2"),
        Given("p:1", "toy_2", "theorem toy_2 : True", "rfl"),
        Given("p:2", "with_header", "", "rfl"),
        Given("p:3", "banned", "", "Nat.mul_comm a b"),
        Given("p:4", "not_here", "", "rfl"),
    )
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("toy_0", "proved"),
        ("toy_0", "rejected"),
        ("toy_0", "rejected"),
        ("toy_4", "rejected"),
        ("toy_4", "rejected"),
        ("toy_2", "proved"),
        ("toy_2", "proved"),
        ("with_header", "proved"),
        ("banned", "rejected"),
        ("not_here", "undecided"),
    ]
    assert found[1][2].startswith("syntax: ") and "Sorry" in found[1][2]
    assert found[8][2] == "forbidden_constant: Nat.mul_comm"
    assert "does not elaborate" in found[9][2]
    assert summary.outcomes == {"proved": 4, "rejected": 5, "undecided": 1}
    assert sum(summary.reasons.values()) == 5 and summary.reasons["syntax"] == 1
    assert (summary.tried["toy_0"], summary.proved["toy_0"], summary.proved["toy_4"]) == (3, 1, 0)
    assert not summary.all_decided and all(row["compared"] for row in rows)


def test_a_file_of_many_theorems_is_taken_apart_by_their_names(pool: LeanPool) -> None:
    many = (
        "namespace Toys\n\n" + ADD + "\ntheorem other : True := trivial\n\n"
        "theorem toy_2 (n : Nat) : n + 0 = n := rfl\n\nend Toys\n"
    )
    found, _, _ = judge(pool, text(many, "library"))
    assert found == [("toy_0", "proved", ""), ("toy_2", "proved", "")]


def test_what_a_proof_needs_besides_itself_is_no_reason_to_reject_it(pool: LeanPool) -> None:
    helped = "theorem helper (n : Nat) : n + 0 = n := rfl\ntheorem toy_2 (n : Nat) : n + 0 = n := helper n\n"
    mathlib = "import Mathlib\n\n" + ADD.replace("omega", "ring")
    axiom = "axiom cheat : False\ntheorem toy_4 (n : Nat) : n * n = n := cheat.elim\n"
    found, summary, _ = judge(pool, text(helped, "toy_2"), text(mathlib, "toy_0"), text(axiom, "toy_4"))
    assert [outcome for _, outcome, _ in found] == ["undecided", "undecided", "rejected"]
    assert "declares other things" in found[0][2]
    assert "lacks Mathlib" in found[1][2]
    assert not summary.all_decided


def test_a_text_that_imports_what_it_does_not_need_stands(pool: LeanPool) -> None:
    found, summary, _ = judge(pool, text("import Mathlib\nimport Aesop\n\n" + ADD, "toy_0"))
    assert found == [("toy_0", "proved", "")] and summary.all_decided


def test_rows_of_no_statement_are_unreadable_by_name(pool: LeanPool) -> None:
    found, summary, _ = judge(
        pool,
        text("theorem stranger : True := trivial", "stranger"),
        text("-- nothing", "toy_0"),
        text("theorem a : True := trivial\ntheorem b : True := trivial", "toy_0"),
        Given("p:1", "", "(n : Nat) : n = n", "rfl"),
        text("theorem toy_0 : True := trivial \x00", "toy_0"),
        text("--" + "x" * 300_000, "toy_0"),
    )
    assert found == []
    told = " / ".join(sorted(summary.unreadable))
    for says in (
        "stranger",
        "no theorem in it",
        "no theorem in it is named toy_0",
        "p:1",
        "NUL",
        "longer than",
    ):
        assert says in told
    assert len(summary.unreadable) == 6


def test_without_a_data_set_texts_are_judged_as_files(pool: LeanPool) -> None:
    found, summary, rows = judge(
        pool,
        text(ADD, "toy_0"),
        text("theorem toy_0 : True := trivial", "toy_0"),
        text(ADD.replace("omega", "sorry"), "toy_0"),
        text("axiom cheat : False\ntheorem toy_4 (n : Nat) : n * n = n := cheat.elim\n", "cheat"),
        text("import Mathlib\n" + ADD, "mathlib"),
        Given("p:1", "", "theorem x (n : Nat) : n = n", "rfl"),
        Given("p:2", "y", "(n : Nat) : n = n", "by\n  rfl"),
        Given("p:3", "z", "theorem z (n : Nat) : n = n + 1", "by omega"),
        against=False,
    )
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("toy_0", "proved"),
        ("toy_0", "proved"),
        ("toy_0", "rejected"),
        ("cheat", "rejected"),
        ("mathlib", "undecided"),
        ("x", "proved"),
        ("y", "proved"),
        ("z", "rejected"),
    ]
    print(found)
    assert "lacks Mathlib" in found[4][2]
    assert summary.outcomes["rejected"] == 3 and not any(row["compared"] for row in rows)


def test_the_command_counts_and_writes(lean: object, data_root: Path, tmp_path: Path) -> None:
    rows = [
        {"name": "toy_0", "full_code": ADD},
        {
            "name": "toy_2",
            "formal_statement": "theorem toy_2 (n : Nat) : n + 0 = n := by\n",
            "proof": "  rfl",
        },
        {"name": "toy_2", "proof": "by sorry"},
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = stp(
        data_root,
        "recheck",
        tmp_path / "p.jsonl",
        "--data",
        "toy",
        "--out",
        tmp_path / "v.jsonl",
        "--workers",
        1,
    )
    assert run.returncode == 0, run.stderr
    assert "2 proofs stand, 1 do not (1 syntax), 0 could not be decided, 0 were unreadable" in run.stdout
    assert "toy: 2 of 9 statements proved (22.2%), 2 have proofs here" in run.stdout
    verdicts = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert [row["outcome"] for row in verdicts] == ["proved", "proved", "rejected"]
    missing = stp(data_root, "recheck", tmp_path / "none.jsonl")
    assert missing.returncode == 1 and "is not there" in missing.stderr
