"""The statements of experiments/core/logic.toml: drawn alike everywhere, provable as Lean sees it, and nothing else."""

from __future__ import annotations

import importlib
import json
import random
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from stp.lean.pool import LeanPool
from stp.records import Check

CORE = Path(__file__).parent.parent / "experiments" / "core"

P, Q, R, S = "pqrs"


@pytest.fixture(scope="module")
def logic() -> Iterator[ModuleType]:
    sys.path.insert(0, str(CORE))
    try:
        yield importlib.import_module("logic")
    finally:
        sys.path.remove(str(CORE))
        sys.modules.pop("logic")


def rows(logic: ModuleType, out: Path, *options: str) -> list[dict[str, object]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["logic.py", str(out), *options])
        assert logic.main() == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_the_same_seed_makes_the_same_file_and_another_seed_another(
    logic: ModuleType, tmp_path: Path
) -> None:
    sizes = ("--sft", "30", "--train", "6", "--held-out", "4", "--heaviest", "20")
    found = rows(logic, tmp_path / "a", *sizes)
    assert found == rows(logic, tmp_path / "b", *sizes)
    others = rows(logic, tmp_path / "c", *sizes, "--seed", "2")
    assert {row["statement"] for row in others[-10:]}.isdisjoint(row["statement"] for row in found[-10:])
    splits = [row["split"] for row in found]
    assert splits.count("train") == 6 and splits.count("held_out") == 4 and splits.count("sft") >= 37
    assert all(("proof" in row) == (row["split"] == "sft") for row in found)
    learnt = {str(row["statement"]).partition(" ( ")[2] for row in found if row["split"] == "sft"}
    assert learnt.isdisjoint(str(row["statement"]).partition(" ( ")[2] for row in found[-10:])


@pytest.mark.parametrize(
    ("formula", "provable"),
    [
        (("→", ("→", ("→", ("∨", P, ("→", P, "False")), "False"), "False"), P), False),
        (("→", ("→", ("∨", P, ("→", P, "False")), "False"), "False"), True),  # ¬¬(p ∨ ¬p)
        (("∨", P, ("→", P, "False")), False),  # p ∨ ¬p
        (("→", ("→", ("→", P, Q), P), P), False),  # Peirce
        (("→", ("→", ("→", ("→", ("→", P, Q), P), P), Q), Q), True),
        (("→", ("→", ("→", P, "False"), "False"), P), False),  # ¬¬p → p
        (("→", ("∧", P, ("∨", Q, R)), ("∨", ("∧", P, Q), ("∧", P, R))), True),
        (("→", ("→", ("∧", P, Q), R), ("→", P, ("→", Q, R))), True),
        (("→", ("→", P, ("∨", Q, R)), ("∨", ("→", P, Q), ("→", P, R))), False),  # true classically alone
    ],
)
def test_what_is_provable_without_excluded_middle_is_proved_and_nothing_else(
    logic: ModuleType, formula: object, provable: bool
) -> None:
    assert bool(logic.proofs(formula, random.Random(1), 1)) == provable


@pytest.mark.lean
def test_lean_accepts_every_proof_and_those_of_what_is_to_be_proved(
    logic: ModuleType, pool: LeanPool
) -> None:
    rng = random.Random(5)
    hard = logic.large(rng, 20, 18, 10, 40, set())
    assert all(logic.weight(t) >= 8 for _, t in hard) and max(logic.weight(t) for _, t in hard) > 25
    for_lemmas = (
        ("→", ("∧", P, Q), ("∧", Q, P)),
        ("→", ("∨", P, Q), ("∨", Q, P)),
        ("→", P, ("→", ("→", P, "False"), "False")),
        ("→", ("→", P, Q), ("→", ("→", Q, "False"), ("→", P, "False"))),
        ("→", ("→", P, R), ("→", ("→", Q, S), ("→", ("∧", P, Q), ("∧", R, S)))),
        ("→", ("→", P, Q), ("→", ("∨", P, R), ("∨", Q, R))),
    )
    proved = [(f, logic.proofs(f, rng, 1)[0]) for f in for_lemmas] + logic.small(rng, 60, 9, 11) + hard
    jobs = [
        Check(name, f"theorem t {rest}", proof, forbid=(name,))
        for name, (rest, proof) in logic.LEMMAS.items()
    ]
    for f, t in proved:
        proof = logic.term(t, logic.called(f))
        jobs.append(Check(proof, f"theorem t {logic.statement(f)}", proof))
    assert [(job, verdict.detail) for job, verdict in pool.check(jobs) if not verdict.proved] == []
    # a lemma is put in by the look of a proof; where its type does not fit Lean refuses it
    by_lemma = []
    for f, t in proved:
        for variant in dict.fromkeys(logic.with_lemmas(t, rng) for _ in range(8)):
            proof = logic.term(variant, logic.called(f))
            by_lemma.append(Check(proof, f"theorem t {logic.statement(f)}", proof))
    used = {name for _, verdict in pool.check(by_lemma) for name in verdict.premises if verdict.proved}
    assert used >= set(logic.LEMMAS)


@pytest.mark.lean
def test_a_truth_table_refutes_what_is_false_and_nothing_else(pool: LeanPool) -> None:
    (refuter,) = tomllib.loads((CORE / "logic.toml").read_text())["data"]["refuters"]
    false = ("( p q r s : Prop ) ( a : p ∨ q ) ( b : r → s ) : p ∧ ¬ ( r ∧ ¬ s )", "( p q : Prop ) ( a : p ∨ q ) : q",
             "( p q r : Prop ) : p ∨ ( q → r )", "( p : Prop ) : p")  # fmt: skip
    true = (
        "( p q r s : Prop ) ( a : p ∨ q ) : ( r → q ∨ p ) ∨ s",
        "( p q : Prop ) : ( ( p → q ) → p ) → p",
        "( p : Prop ) : p → p",
    )
    jobs = [Check(rest, f"theorem t {rest}", refuter, negated=True) for rest in (*false, *true)]
    assert {job.id for job, verdict in pool.check(jobs) if verdict.proved} == set(false)
