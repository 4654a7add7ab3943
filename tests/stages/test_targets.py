"""What conjectures are made from: proofs that were sampled, and the hypotheses of unproved statements."""

from __future__ import annotations

from typing import Any

import pytest
from written import attempts, finish, statement

from stp.records import Verdict, proof_id
from stp.stages.conjecture import conjecture, lemmas_and_proofs
from stp.stages.context import Context
from stp.stages.select import select

OPEN = "(n : Nat) (h : 0 < n) : n ^ 2 = 7"
GIVEN = "(n : Nat) (h : 0 < n) :"


def model(context: Context) -> None:
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])


def campaign(make: Any, share: float) -> Context:
    """A proved statement, one that is open, one that is open and assumes nothing; and three conjectures to be made."""
    context: Context = make(
        {
            "conjecture": {"targets": share, "per_iteration": 3},
            "select": {"transport": "off", "inelegant": 0.0},
        },
        answers=lambda prompt, seed: " n ≠ 0<end>" if prompt.endswith(GIVEN) else ": 1 = 1<end>",
    )
    model(context)
    statement(context, "proved", "(n : Nat) : n = n")
    attempts(context, "proved", ["rfl"], proved=["rfl"], iteration=0)
    statement(context, "open", OPEN)
    statement(context, "bare", ": 2 ^ 2 = 5")
    return context


@pytest.mark.parametrize(("share", "aimed"), [(0.0, 0), (0.34, 1), (1.0, 3)])
def test_a_share_of_the_conjectures_begin_with_an_open_statements_hypotheses(
    make: Any, share: float, aimed: int
) -> None:
    context = campaign(make, share)
    conjecture(context, 1)
    rows = list(context.store.rows("select target, prompt, rest from conjectures"))
    assert sorted(row["rest"] for row in rows) == sorted(
        [f"{GIVEN} n ≠ 0"] * aimed + [": 1 = 1"] * (3 - aimed)
    )
    assert [row["target"] for row in rows if GIVEN in row["rest"]] == ["open"] * aimed
    assert all(row["prompt"].endswith("<conjecture>") for row in rows)


def test_what_was_given_is_not_learnt(make: Any) -> None:
    context = campaign(make, 1.0)
    conjecture(context, 1)
    row = next(iter(context.store.rows("select * from conjectures order by copy")))
    statement(context, "c", row["rest"], source="conjecture", iteration=1)
    with context.store.transaction():
        context.store.add("conjectures", [{**row, "screen": "kept", "statement": "c"}], replace=True)
    attempts(context, "c", ["by omega", "by no", None, None], proved=["by omega"])
    select(context, 1)
    (example,) = context.store.rows("select prompt, completion from examples where role = 'conjecturer'")
    assert example["prompt"] == row["prompt"] + GIVEN
    assert example["completion"] == " n ≠ 0<end>"


def test_a_proved_statement_is_no_target(make: Any) -> None:
    context = campaign(make, 1.0)
    attempts(context, "open", ["by hard"], proved=["by hard"], iteration=1)
    finish(context, (1, "prove"))
    conjecture(context, 2)
    assert {row["target"] for row in context.store.rows("select target from conjectures")} == {""}


def test_a_proof_that_only_shortening_made_is_not_shown(make: Any) -> None:
    """Until a model samples it as well."""
    context: Context = make({})
    statement(context, "s", "(n : Nat) : n + 0 = n")
    long, short = "by intros; simp", "by simp"
    attempts(context, "s", [long], proved=[long])
    made = proof_id("s", short)
    with context.store.transaction():
        context.store.add("proofs", [{"id": made, "statement": "s", "text": short}])
        context.store.add_verdicts([(made, Verdict("proved"))], 1)
        context.store.add("shortenings", [{"proof": made, "source": proof_id("s", long), "iteration": 1}])
    assert lemmas_and_proofs(context)[1]["s", ""] == ("(n : Nat) : n + 0 = n", long)
    attempts(context, "s", [short], proved=[short], iteration=2)
    assert lemmas_and_proofs(context)[1]["s", ""] == ("(n : Nat) : n + 0 = n", short)
