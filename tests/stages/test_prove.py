"""How many proofs are sampled of what: the budget, in every mode, and adaptive K. With the real Lean."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from written import attempts, conjecture, finish, statement

from stp import campaign
from stp.campaign import plan
from stp.config import parse
from stp.data.dataset import DataSet, Entry, save
from stp.errors import ConfigError
from stp.lean.pool import LeanPool
from stp.progress import Reporter
from stp.stages import prove
from stp.stages.context import Context

pytestmark = pytest.mark.lean

MODES = ("stp", "expert-iteration", "expert-iteration-vanilla", "sampling")


def drawn(context: Context, stage: str = "prove") -> dict[int, Counter[str]]:
    """Iteration → statement → samples."""
    found: dict[int, Counter[str]] = {}
    for row in context.store.rows(
        "select iteration, statement, count(*) as n from attempts where stage = ? group by 1, 2", stage
    ):
        found.setdefault(row["iteration"], Counter())[row["statement"]] = row["n"]
    return found


def totals(context: Context) -> list[int]:
    return [counter.total() for _, counter in sorted(drawn(context).items())]


# --- the budget -------------------------------------------------------------------------------------------


def answer(prompt: str, seed: int) -> str:
    """A conjecture by its number, or a proof: every third sample of those of even numbers is right."""
    if prompt.endswith("<conjecture>"):
        return f"(n : Nat) : n + {seed % 97} = {seed % 97} + n<end>"
    statement = prompt.removeprefix("<theorem>").removesuffix("<proof>")
    number = sum(map(ord, statement))
    return "by omega<end>" if number % 2 == 0 and seed % 3 == 0 else "by no<end>"


def run(context: Context) -> None:
    """The campaign, stage by stage, as `stp run` takes them."""
    for iteration, name, stage in plan(context.config, lambda i: prove.spent(context.store, i)):
        stage(context, iteration)
        assert context.store.finished(iteration, name), name


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("mode", MODES)
def test_the_budget_is_met_to_the_proof(make: Any, pool: LeanPool, mode: str, first: int) -> None:
    table = {
        "mode": mode,
        "iterations": 9,
        "seed": 5,
        "lean": {"header": pool.environment.header},
        "data": {"library": 0, "train": 0, "held_out": 0, "seeds": 8, "sets": ["mine"]},
        "model": {"base": "stp-nano", "context": 192},
        "sft": {"epochs": 0},
        "conjecture": {"per_iteration": 6, "screen_known": False, "screen_vacuous": False, "watch": False},
        "prove": {"samples": 3, "first": first, "budget": 53},
        "select": {"transport": "off"},
        "evaluate": {"samples": 2},
    }
    save(
        DataSet(
            "mine", tuple(Entry(f"s{i}", f"theorem s{i} (n : Nat) : n + {i} = {i} + n") for i in range(3, 9))
        )
    )
    context = make(table, pool=pool, answers=answer)
    run(context)
    found = totals(context)
    assert sum(found) == 53
    *full, last = found
    assert len(full) >= 1
    figures = {
        row["iteration"]: json.loads(row["figures"])
        for row in context.store.rows("select * from stages where stage = 'prove'")
    }
    for iteration, total in enumerate(full, 1):
        assert total == 3 * figures[iteration]["statements"], "an iteration before the last has all of K"
    targets = context.store.value(
        "select count(*) from allotments where iteration = ? and wave = 0", len(found)
    )
    assert last < 3 * targets, "the last one takes what is left"
    assert len(figures) == len(found) < 9
    # evaluations are not counted
    assert context.store.value("select count(*) from attempts where stage != 'prove'") == 0


def test_the_last_iteration_gives_each_statement_its_share_of_what_is_left(make: Any, pool: LeanPool) -> None:
    """Of 17, 10 are spent on two statements; the 7 that are left are 4 and 3."""
    context = make(
        {"lean": {"header": pool.environment.header}, "prove": {"samples": 5, "budget": 17}},
        pool=pool,
        answers=lambda prompt, seed: "by no<end>",
    )
    for id in ("a", "b"):
        statement(context, id, "(n : Nat) : n = 0")
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
    for iteration in (1, 2):
        prove.prove(context, iteration)
    assert sorted(drawn(context)[1].values()) == [5, 5]
    assert sorted(drawn(context)[2].values()) == [3, 4]
    assert prove.spent(context.store, 2) == 10 and prove.spent(context.store, 3) == 17
    assert (3, "prove") not in [
        (i, name) for i, name, _ in plan(context.config, lambda i: prove.spent(context.store, i))
    ]


def test_evaluations_do_not_count_as_spent(make: Any) -> None:
    context = make({})
    statement(context, "s", "(n : Nat) : n = n")
    attempts(context, "s", ["by x", None])
    attempts(context, "s", ["by x", None, None], stage="evaluate")
    assert prove.spent(context.store, 2) == 2 and prove.spent(context.store, 1) == 0


def test_a_budget_below_what_is_spent_is_refused(make: Any, lean: object) -> None:
    context = make({"prove": {"budget": 9}})
    statement(context, "s", "(n : Nat) : n = n")
    attempts(context, "s", ["by x"] * 5)
    context.store.close()
    with pytest.raises(
        ConfigError, match=r"has sampled 5 proofs already, more than prove\.budget = 4; raise it"
    ):
        campaign.run(parse({"prove": {"budget": 4}}), context.store.folder, Reporter(quiet=True))


# --- adaptive K -------------------------------------------------------------------------------------------

#: Four statements: proved by the first sample, by the fifth, by none.
RESTS = {
    "at once": "(n : Nat) : n + 1 = 1 + n",
    "late": "(n : Nat) : n + 2 = 2 + n",
    "never": "(n : Nat) : n + 3 = n",
    "nor this": "(n : Nat) : n + 4 = n",
}
#: And a conjecture.
STATED = "(n : Nat) : n + 5 = n"


def adaptive(make: Any, pool: LeanPool, **prove_: object) -> Context:
    texts = {
        RESTS["at once"]: ["by omega<end>"],
        RESTS["late"]: [*["by no<end>"] * 4, "by omega<end>"],
        RESTS["never"]: ["by no<end>"],
        RESTS["nor this"]: ["by no<end>"],
        STATED: ["by no<end>"],
    }
    # the table's texts begin again with every request, so they are given out by how many were asked for before
    asked: Counter[str] = Counter()

    def answers(prompt: str, seed: int) -> str:
        rest = prompt.removeprefix("<theorem>").removesuffix("<proof>")
        asked[rest] += 1
        return texts[rest][min(asked[rest], len(texts[rest])) - 1]

    context: Context = make(
        {"lean": {"header": pool.environment.header}, "prove": prove_}, pool=pool, answers=answers
    )
    for id, rest in RESTS.items():
        statement(context, id, rest)
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
    return context


def waves(context: Context) -> list[dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in context.store.rows("select * from allotments where iteration = 1 order by wave, statement"):
        found.setdefault(row["wave"], {})[row["statement"]] = row["samples"]
    return [given for _, given in sorted(found.items())]


def test_later_samples_go_to_what_is_not_proved(make: Any, pool: LeanPool) -> None:
    """K = 8 of four: 32. Two each first; then 24 in three parts of 8, to three statements, and to two when `late` has its
    proof, which it finds in the first part."""
    context = adaptive(make, pool, samples=8, first=2)
    prove.prove(context, 1)
    first, second, third, fourth = waves(context)
    assert first == dict.fromkeys(RESTS, 2)
    assert second["at once"] == 0 and sorted(second[s] for s in ("late", "never", "nor this")) == [2, 3, 3]
    proved_late = 2 + second["late"] == 5
    assert third["at once"] == 0
    assert (third["late"] == 0) == proved_late
    assert fourth["at once"] == fourth["late"] == 0 and fourth["never"] == fourth["nor this"] == 4
    assert drawn(context)[1].total() == 8 * 4
    assert drawn(context)[1]["at once"] == 2


def test_what_an_earlier_iteration_has_proved_gets_the_first_samples_only(make: Any, pool: LeanPool) -> None:
    """Tried again with the rest of the proved ones, without success this time: it is still no open statement."""
    context = adaptive(make, pool, samples=4, first=1, resample_proved=1.0)
    attempts(context, "never", ["by hard"], proved=["by hard"])
    finish(context, (1, "prove"))
    prove.prove(context, 2)
    given = drawn(context)[2]
    assert given["never"] == given["at once"] == 1
    assert given.total() == 4 * 4 and given["late"] > 4 and given["nor this"] > 4


def test_no_statement_gets_more_than_so_many_times_k(make: Any, pool: LeanPool) -> None:
    """At most 8 of each: the two without a proof cannot take 12 each, and the rest goes to the proved ones."""
    context = adaptive(make, pool, samples=6, first=2, most=1)
    prove.prove(context, 1)
    assert drawn(context)[1] == dict.fromkeys(RESTS, 6)


def test_conjectures_get_k_each(make: Any, pool: LeanPool) -> None:
    """Their pass rates decide what they train, so that K is the same for all."""
    context = adaptive(make, pool, samples=8, first=2)
    conjecture(context, "stated", STATED)
    prove.prove(context, 1)
    first, *later = waves(context)
    assert first == {**dict.fromkeys(RESTS, 2), "stated": 8}
    assert not any("stated" in given for given in later)
    assert drawn(context)[1].total() == 8 * 5 and drawn(context)[1]["stated"] == 8


def test_adaptive_k_keeps_to_the_budget(make: Any, pool: LeanPool) -> None:
    context = adaptive(make, pool, samples=8, first=2, budget=13)
    prove.prove(context, 1)
    first, *later = waves(context)
    assert first == dict.fromkeys(RESTS, 2)
    assert [sum(given.values()) for given in later] == [1, 2, 2]
    assert all(given["at once"] == 0 for given in later)
    assert drawn(context)[1].total() == 13


def test_a_wave_is_given_out_once(make: Any, pool: LeanPool) -> None:
    """Killed after any wave, the campaign goes on with what was written down."""
    context = adaptive(make, pool, samples=8, first=2)
    prove.prove(context, 1)
    before = waves(context), drawn(context)
    context.store.db.conn.execute("delete from stages")
    prove.prove(context, 1)
    assert (waves(context), drawn(context)) == before


def test_without_adaptive_k_all_get_the_same(make: Any, pool: LeanPool) -> None:
    context = adaptive(make, pool, samples=8)
    prove.prove(context, 1)
    assert waves(context) == [dict.fromkeys(RESTS, 8)]


# --- what is tried ----------------------------------------------------------------------------------------


def test_a_share_of_the_proved_ones_is_tried_again_and_no_refuted_one(make: Any, pool: LeanPool) -> None:
    for share, expected in ((0.0, {"open"}), (0.5, {"open", "proved"}), (1.0, {"open", "proved", "too"})):
        table = {
            "lean": {"header": pool.environment.header},
            "prove": {"samples": 1, "resample_proved": share},
        }
        context = make(table, pool=pool, answers=lambda prompt, seed: "by no<end>", name=f"share {share}")
        with context.store.transaction():
            context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
        for id in ("open", "proved", "too", "false"):
            statement(context, id, "(n : Nat) : n = n")
        for id in ("proved", "too"):
            attempts(context, id, ["by x"], proved=["by x"])
        row = {"statement": "false", "environment": context.environment, "proof": "by y", "iteration": 1}
        with context.store.transaction():
            context.store.add("refutations", [row])
        prove.prove(context, 2)
        tried = set(drawn(context)[2])
        assert len(tried) == len(expected) and tried - {"proved", "too"} == {"open"}
