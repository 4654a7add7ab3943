"""Conjectures that no proof is sampled of, statements found false, proofs made shorter: the stages, with the real Lean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from written import attempts, conjecture, finish, statement

from stp.data.splits import Guard
from stp.lean.pool import LeanPool
from stp.lean.shorten import WHOLE
from stp.lm import bases
from stp.records import StatementInfo, head_of, proof_id
from stp.report.status import status
from stp.selection import Watch
from stp.stages import disprove, screen, select, shorten, standing, watch
from stp.stages.conjecture import lemmas_and_proofs
from stp.stages.context import Context

pytestmark = pytest.mark.lean

#: Conjectures, named after what becomes of them with every screen on.
STATED = {
    "hard": "(a b : Nat) (h : a * a = 2 * (b * b)) : b = 0",
    "again": "(x y : Nat) (h : x * x = 2 * (y * y)) : y = 0",
    "library": "(a b : Nat) : a + b = b + a",
    "campaign": "(a b : Nat) (h : a * a = 3 * (b * b)) : b = 0",
    "held out": "(a b : Nat) (h : a * a = 5 * (b * b)) : b = 0",
    "vacuous": "(n : Nat) (h : n < n) : n = 3",
    "trivial": "(a b : Nat) (h : 2 * a < 2 * b + 1) : a ≤ b",
    "false": "(n : Nat) : n * n ≤ 3 * n",
    "broken": ": foo = 1",
    "nothing": None,
    "cut": None,
}


def sampled(make: Any, pool: LeanPool, **switches: object) -> Context:
    context: Context = make(
        {"lean": {"header": pool.environment.header}, "conjecture": switches}, pool=pool, name=str(switches)
    )
    (old, held) = pool.statements([head_of(STATED[id] or "") for id in ("campaign", "held out")])
    assert isinstance(old, StatementInfo) and isinstance(held, StatementInfo)
    statement(context, "known", STATED["campaign"] or "", key=old.key)
    context.guard = Guard({held.key: ("bench:test/five",)})
    with context.store.transaction():
        context.store.add(
            "conjectures",
            [
                {"id": id, "iteration": 1, "copy": copy, "rest": rest, "lemma": "", "truncated": id == "cut"}
                for copy, (id, rest) in enumerate(STATED.items())
            ],
        )
    return context


def fates(context: Context) -> dict[str, str]:
    return {row["id"]: row["screen"] for row in context.store.rows("select id, screen from conjectures")}


def test_every_screen_drops_its_own_and_says_on_what_evidence(make: Any, pool: LeanPool) -> None:
    context = sampled(make, pool, screen_trivial=True, screen_false=True)
    screen.screen(context, 1)
    assert fates(context) == {
        "hard": "kept",
        "again": "repeated",
        "library": "known",
        "campaign": "known",
        "held out": "known",
        "vacuous": "vacuous",
        "trivial": "trivial",
        "false": "false",
        "broken": "does_not_elaborate",
        "nothing": "empty",
        "cut": "truncated",
    }
    told = {row["id"]: row["detail"] for row in context.store.rows("select id, detail from conjectures")}
    assert "Nat.add_comm" in told["library"].split(", ")
    assert told["campaign"] == "train" and told["held out"] == "bench:test/five"
    # of several tactics the first in their order, whichever Lean has answered first
    assert (told["vacuous"], told["trivial"]) == ("by intros; omega", "by omega")
    assert "decide" in told["false"]
    assert "foo" in told["broken"]
    figures = json.loads(context.store.value("select figures from stages where stage = 'screen'"))
    assert sum(figures.values()) == len(STATED) and figures["kept"] == 1 and figures["known"] == 3
    # only what is kept is a statement
    (row,) = context.store.rows("select * from statements where source = 'conjecture'")
    assert row["rest"] == STATED["hard"]
    linked = context.store.rows("select id from conjectures where statement = ?", row["id"])
    assert {row["id"] for row in linked} <= {"hard", "again"}


@pytest.mark.parametrize(
    ("switch", "dropped"),
    [
        ("screen_known", "library"),
        ("screen_vacuous", "vacuous"),
        ("screen_trivial", "trivial"),
        ("screen_false", "false"),
    ],
)
def test_every_screen_is_a_switch(make: Any, pool: LeanPool, switch: str, dropped: str) -> None:
    switches = dict.fromkeys(("screen_known", "screen_vacuous", "screen_trivial", "screen_false"), False)
    context = sampled(make, pool, **{**switches, switch: True})
    screen.screen(context, 1)
    named = {"library": "known"}
    for id in ("library", "vacuous", "trivial", "false"):
        fate = fates(context)[id]
        if id == dropped:
            assert fate == named.get(id, id)
        else:
            # one tactic proves a vacuous statement as well, and one of the library
            assert fate == "kept" or (switch, id, fate) in {
                ("screen_trivial", "vacuous", "trivial"),
                ("screen_trivial", "library", "trivial"),
            }
    assert fates(context)["campaign"] == fates(context)["held out"] == "known"


# --- false statements of the data set ---------------------------------------------------------------------


def test_open_statements_that_are_false_are_found_and_left_alone(make: Any, pool: LeanPool) -> None:
    context = make({"lean": {"header": pool.environment.header}}, pool=pool)
    for id, rest in (
        ("false", "(n : Nat) : n * n ≤ 3 * n"),
        ("hard", "(a b : Nat) (h : a * a = 2 * (b * b)) : b = 0"),
        ("proved", "(n : Nat) : n = n"),
    ):
        statement(context, id, rest)
    attempts(context, "proved", ["rfl"], proved=["rfl"])
    conjecture(context, "stated", "(n : Nat) : n = 4")
    disprove.disprove(context, 1)
    rows = {row["statement"]: row for row in context.store.rows("select * from refutations")}
    assert {id: row["proof"] != "" for id, row in rows.items()} == {"false": True, "hard": False}
    assert all(row["iteration"] == 1 and row["environment"] == context.environment for row in rows.values())
    assert "decide" in rows["false"]["proof"]
    assert standing.unproved(context, 1) == ["false", "hard", "proved"]
    assert standing.unproved(context, 2) == ["hard"]
    figures = json.loads(context.store.value("select figures from stages where stage = 'disprove'"))
    assert figures == {"statements": 2, "refuted": 1}
    report = status(context.store)
    assert report["totals"]["data_set_refuted"] == 1
    (told,) = report["disproved"]
    assert told["statement"] == "theorem t (n : Nat) : n * n ≤ 3 * n"
    assert told["proof_of_negation"] == rows["false"]["proof"]


# --- shorter proofs ---------------------------------------------------------------------------------------

LONG = "by\n  have h : 0 = 0 := rfl\n  simp only [Nat.add_comm]\n  omega"


def test_of_what_trains_the_prover_the_shortest_proof_is_made_shorter(make: Any, pool: LeanPool) -> None:
    header = pool.environment.header
    table = {"lean": {"header": header}, "select": {"transport": "off"}, "prove": {"shorten": True}}
    context = make(table, pool=pool)
    statement(context, "s", "(a b : Nat) : a + b + 0 = b + a")
    longer = LONG.replace("  omega", "  have h : 1 = 1 := rfl\n  omega")
    attempts(context, "s", [longer, LONG, None, None, None], proved=[longer, LONG])
    statement(context, "easy", "(a b : Nat) : a + b = b + a")
    attempts(context, "easy", [LONG], proved=[LONG])
    shorten.shorten(context, 1)
    (row,) = context.store.rows(
        "select h.source, p.text, p.statement, v.outcome from shortenings h join proofs p on p.id = h.proof "
        "join verdicts v on v.proof = h.proof"
    )
    assert row["source"] == proof_id("s", LONG)
    assert (row["statement"], row["outcome"]) == ("s", "proved")
    assert "have" not in row["text"] and len(row["text"]) < len(LONG)
    figures = json.loads(context.store.value("select figures from stages where stage = 'shorten'"))
    assert (figures["proofs"], figures["shorter"]) == (1, 1)
    assert figures["characters"] == len(LONG) - len(row["text"])
    select.select(context, 1)
    shown = {row["completion"] for row in context.store.rows("select completion from examples")}
    assert f"{row['text']}<end>" in shown


def test_without_tactics_a_proof_loses_steps_and_stays_of_its_kind(make: Any, pool: LeanPool) -> None:
    switches = {"shorten": True, "shorten_by_tactics": False}
    context = make({"lean": {"header": pool.environment.header}, "prove": switches}, pool=pool)
    statement(context, "s", "(p q : Prop) (h : p ∧ q) : q ∧ p")
    attempts(context, "s", ["⟨((h.2)), h.1⟩", "no", "no"], proved=["⟨((h.2)), h.1⟩"])
    statement(context, "t", "(a b : Nat) : a + b + 0 = b + a")
    attempts(context, "t", [LONG, "no", "no"], proved=[LONG])
    shorten.shorten(context, 1)
    texts = {row["text"] for row in context.store.rows("select text from proofs")}
    assert not texts & set(WHOLE) and any("omega" in text for text in texts - {LONG})


def test_conjectures_are_made_from_what_was_sampled_not_from_what_shortening_tried(
    make: Any, pool: LeanPool
) -> None:
    context = make({"lean": {"header": pool.environment.header}, "prove": {"shorten": True}}, pool=pool)
    rest = "(f : Nat → Nat) (h0 : f 0 = 0) (h : ∀ n, f (n + 1) = f n) (n : Nat) : f n = 0"
    long = (
        "by\n  have a : 0 = 0 := rfl\n  have b : 1 = 1 := rfl\n"
        "  induction n with\n  | zero => exact h0\n  | succ n ih => rw [h, ih]"
    )
    statement(context, "s", rest)
    attempts(context, "s", [long, None, None], proved=[long])
    shorten.shorten(context, 1)
    accepted = {
        row["text"]
        for row in context.store.rows(
            "select p.text from proofs p join verdicts v on v.proof = p.id where v.outcome = 'proved'"
        )
    }
    (short,) = (
        row["text"]
        for row in context.store.rows("select text from proofs p join shortenings h on h.proof = p.id")
    )
    assert len(accepted - {long, short}) >= 1, "what was accepted on the way"
    assert lemmas_and_proofs(context)[1]["s", ""] == (rest, long)


# --- the collapse watch -----------------------------------------------------------------------------------


def test_the_watch_takes_figures_and_warns(make: Any, pool: LeanPool) -> None:
    context = make({"lean": {"header": pool.environment.header}}, pool=pool)
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
    bases.copy_model(bases.find("stp-nano"), context.store.folder / "models" / "0")
    for place in range(20):
        lemma = "Nat.add_comm" if place < 15 else ""
        conjecture(context, f"c{place}", f"(a b : Nat) : a + b + {place} = b + a", lemma=lemma)
    statement(context, "there", "(a b : Nat) : a + b + 0 = b + a")
    watch.watch(context, 1)
    figures = json.loads(context.store.value("select figures from stages where stage = 'watch'"))
    assert (figures["kept"], figures["elaborated"], figures["binders"]) == (20, 20, 2)
    assert (figures["lemma"], figures["lemma_share"], figures["distinct_share"]) == ("Nat.add_comm", 0.75, 1)
    assert figures["effective_lemmas"] == pytest.approx(1)
    assert 0 < figures["novelty_median"] < 0.5
    assert figures["warnings"] == ["75% of the conjectures kept come from one lemma, Nat.add_comm"]
    # twice as long in a later iteration: compared with the first
    for place in range(20):
        rest = f"(a b c : Nat) (h : a * b = {place}) (i : b * c = a) : a + b + c + {place} = b + a"
        conjecture(context, f"d{place}", rest, iteration=2)
    finish(context, (1, "prove"))
    watch.watch(context, 2)
    figures = json.loads(
        context.store.value("select figures from stages where stage = 'watch' and iteration = 2")
    )
    assert any("characters" in warning for warning in figures["warnings"])


def test_an_iteration_from_before_types_were_kept_is_watched_and_compared_with(
    make: Any, pool: LeanPool
) -> None:
    """Its figures lack the newer ones, and its conjectures their types: a repeated one has that of its statement."""
    context = make({"lean": {"header": pool.environment.header}}, pool=pool)
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
        old = {**vars(Watch(20, 20, 0.2, 0.2, 9.0, 1.0, 1.0, "", 0.0, None, 1.0)), "warnings": []}
        context.store.finish(1, "watch", {k: v for k, v in old.items() if k not in ("known_share", "lemmas")})
    bases.copy_model(bases.find("stp-nano"), context.store.folder / "models" / "0")
    conjecture(context, "c", "(a b : Nat) : a + b + 7 = b + 7 + a", iteration=2)
    row = {"iteration": 2, "copy": 1, "rest": "(a b : Nat) : a + b + 7 = b + 7 + a", "screen": "repeated"}
    with context.store.transaction():
        again = {**row, "id": "old", "statement": "c"}
        context.store.add("conjectures", [again, {**again, "id": "new", "key": "c"}])
    watch.watch(context, 2)
    figures = json.loads(
        context.store.value("select figures from stages where stage = 'watch' and iteration = 2")
    )
    assert (figures["elaborated"], figures["distinct_share"]) == (3, pytest.approx(1 / 3))
    assert figures["warnings"] == []


def test_the_watch_sees_repetition_in_what_was_dropped(make: Any, pool: LeanPool) -> None:
    """Twenty times a theorem of the library, ten times one statement, and one that Lean gave no answer on."""
    context = make({"lean": {"header": pool.environment.header}}, pool=pool)
    stated = ["(a b : Nat) : a + b = b + a"] * 20 + ["(a b : Nat) : a + b + 7 = b + 7 + a"] * 10
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])
        rows = [
            {"id": f"c{i}", "iteration": 1, "copy": i, "rest": r, "lemma": ""} for i, r in enumerate(stated)
        ]
        context.store.add("conjectures", [*rows, {**rows[0], "id": "lost", "screen": "undecided"}])
    bases.copy_model(bases.find("stp-nano"), context.store.folder / "models" / "0")
    screen.screen(context, 1)
    watch.watch(context, 1)
    figures = json.loads(context.store.value("select figures from stages where stage = 'watch'"))
    assert (figures["kept"], figures["elaborated"]) == (1, 30)
    assert figures["distinct_share"] == pytest.approx(2 / 30)
    assert figures["known_share"] == pytest.approx(20 / 30)
    assert figures["warnings"] == ["67% of the conjectures that elaborate are known statements"]


def test_a_domains_own_counterexamples_refute_what_small_numbers_do_not(make: Any, pool: LeanPool) -> None:
    heads = {
        "involution": head_of("(f : Nat → Nat) (h : ∀ a : Nat, f (f a) = a) : ∀ a : Nat, f a = a"),
        "true": head_of("(f : Nat → Nat) (h : ∀ a : Nat, f a = a) : ∀ a : Nat, f (f a) = a"),
    }
    swap = "by intro h; have := @h (fun a => if a = 0 then 1 else if a = 1 then 0 else a) (by grind) 0; simp at this"
    table = {"lean": {"header": pool.environment.header}, "data": {"refuters": ["by simp", swap]}}
    assert disprove.refute(make(table, pool=pool, name="with"), heads) == {"involution": swap}
    table["data"] = {}
    assert disprove.refute(make(table, pool=pool, name="without"), heads) == {}
