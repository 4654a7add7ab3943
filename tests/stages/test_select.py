"""What becomes of conjectures, and which examples an iteration makes, on a campaign of a few rows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from written import attempts, conjecture, statement

from stp.data.dataset import DataSet, Entry, save
from stp.lm import embeddings, prompts
from stp.progress import Reporter
from stp.records import Verdict, proof_id
from stp.selection import transport
from stp.stages.context import Context
from stp.stages.select import select

#: Directions of embeddings: of the conjectures `near`, `second`, … and of the open statements.
EAST, NORTH, WEST = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)
TABLE: dict[str, Any] = {"select": {"length_decay": 0.0, "time_decay": 0.0, "inelegant": 0.2}}


@pytest.fixture(autouse=True)
def directions(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, float]]:
    """Embeddings as the test wants them: by what a statement's text ends with."""
    known: dict[str, tuple[float, float]] = {}

    def embed(folder: Path, texts: Sequence[str], cache: Path | None = None, **_: object) -> Any:
        return np.array([known[text.removesuffix("<proof>").split()[-1]] for text in texts], np.float32)

    monkeypatch.setattr(embeddings, "embed", embed)
    return known


def model(context: Context) -> None:
    with context.store.transaction():
        context.store.add("models", [{"id": "m", "iteration": 0, "folder": "models/0"}])


def fates(context: Context) -> dict[str, tuple[str, float]]:
    return {
        row["statement"]: (row["selected"], row["weight"])
        for row in context.store.rows("select statement, selected, weight from conjectures")
    }


def examples(context: Context, role: str) -> dict[str, float]:
    """Statement → the weights of its examples, all together."""
    return {
        row["statement"]: row["weight"]
        for row in context.store.rows(
            "select statement, sum(weight) as weight from examples where role = ? group by 1", role
        )
    }


def figures(context: Context) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        context.store.value("select figures from stages where stage = 'select'")
    )
    return found


def barely(
    context: Context, id: str, *, lemma: str = "", uses: Sequence[str] = (), proof: str = "by x"
) -> None:
    """A conjecture that one of four samples proves."""
    conjecture(context, id, f"(n : Nat) : {id}", lemma=lemma)
    attempts(context, id, [proof, "by no", None, None], proved=[proof], theorems=uses)


def open_statement(context: Context, id: str, module: str = "") -> None:
    statement(context, id, f"(n : Nat) : {id}", module=module)
    attempts(context, id, ["by no"])


def select_of_three(context: Context, directions: dict[str, Any]) -> None:
    """Of three conjectures the first lies where the one open statement does."""
    model(context)
    open_statement(context, "open")
    for id in ("near", "second", "third"):
        barely(context, id)
    directions |= {"open": EAST, "near": EAST, "second": NORTH, "third": WEST}
    select(context, 1)


def test_every_conjecture_is_told_what_became_of_it(make: Any, directions: dict[str, Any]) -> None:
    context = make(TABLE)
    model(context)
    open_statement(context, "open")
    conjecture(context, "hopeless", "(n : Nat) : hopeless")
    attempts(context, "hopeless", ["by no", "by never", None])
    conjecture(context, "easy", "(n : Nat) : easy")
    attempts(context, "easy", ["by x", "by no", "by never"], proved=["by x"])  # 1/3
    barely(context, "unused", lemma="Nat.foo", uses=["Nat.bar"])
    # of five that are left one is dropped for the shortest proof by the length of its statement
    barely(context, "short", lemma="Nat.foo", uses=["Nat.foo"], proof="rfl")
    for id in ("near", "second", "third", "fourth"):
        barely(context, id)
    # one target, of all the mass: 4. The nearest takes the cap, the next one what is left
    directions |= {"open": EAST, "near": EAST, "second": (1, 0.1), "third": NORTH, "fourth": WEST}
    select(context, 1)
    assert fates(context) == {
        "hopeless": ("unproved", 0),
        "easy": ("too easy", 0),
        "unused": ("lemma unused", 0),
        "short": ("inelegant", 0),
        "near": ("trains", 3),
        "second": ("trains", 1),
        "third": ("far", 0),
        "fourth": ("far", 0),
    }
    # the weights of transport are those of the examples
    assert examples(context, "conjecturer") == {"near": 3, "second": 1}
    # and the prover learns from all that less than half of the tries proved, divided by the correct ones
    assert examples(context, "prover") == dict.fromkeys(
        ("easy", "unused", "short", "near", "second", "third", "fourth"), 1
    )


def test_a_statement_that_this_iteration_proved_is_no_target(make: Any, directions: dict[str, Any]) -> None:
    context = make({"select": {**TABLE["select"], "transport_cap": 2.0}})
    model(context)
    open_statement(context, "open")
    statement(context, "done", "(n : Nat) : done")
    attempts(context, "done", ["by x", None], proved=["by x"])
    for id in ("near", "second"):
        barely(context, id)
    directions |= {"open": EAST, "done": WEST, "near": EAST, "second": WEST}
    select(context, 1)
    assert fates(context) == {"near": ("trains", 2), "second": ("far", 0)}


@pytest.mark.parametrize("transport", ["off", "greedy", "exact"])
def test_transport_is_a_switch(make: Any, directions: dict[str, Any], transport: str) -> None:
    context = make({"select": {**TABLE["select"], "transport": transport}})
    select_of_three(context, directions)
    weights = {id: weight for id, (_, weight) in fates(context).items()}
    off = transport == "off"
    assert weights == pytest.approx(
        {"near": 1, "second": 1, "third": 1} if off else {"near": 3, "second": 0, "third": 0}
    )
    assert figures(context)["transport"] == transport


def test_what_cannot_be_solved_exactly_is_solved_greedily_and_said(
    make: Any, directions: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(transport, "LARGEST", 2)
    context = make({"select": {**TABLE["select"], "transport": "exact"}})
    context.reporter = Reporter()
    select_of_three(context, directions)
    assert {id: weight for id, (_, weight) in fates(context).items()} == {"near": 3, "second": 0, "third": 0}
    assert figures(context)["transport"] == "greedy"
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "3 conjectures and 1 targets are too many for the exact solution; greedily in this iteration" in said
    )


@pytest.mark.parametrize(("count", "weight"), [("samples", 1 / 3), ("proofs", 1 / 2), ("off", 1.0)])
def test_how_a_proof_is_weighed_by_the_number_of_correct_ones(make: Any, count: str, weight: float) -> None:
    """Three correct samples of eight, two of them the same proof."""
    context = make({"select": {**TABLE["select"], "count_weight": count, "transport": "off"}})
    statement(context, "s", "(n : Nat) : s")
    attempts(context, "s", ["by x", "by x", "by y", *5 * [None]], proved=["by x", "by y"])
    select(context, 1)
    weights = [row["weight"] for row in context.store.rows("select weight from examples")]
    assert weights == pytest.approx([weight, weight])


def test_without_an_open_statement_all_weigh_the_same(make: Any) -> None:
    context = make(TABLE)
    model(context)
    for id in ("near", "second"):
        barely(context, id)
    select(context, 1)
    assert fates(context) == {"near": ("trains", 1), "second": ("trains", 1)}


def test_an_unused_lemma_may_count_as_the_trivial_one(make: Any) -> None:
    table = {"select": {**TABLE["select"], "unused_lemma": "trivial", "transport": "off"}}
    context = make(table)
    statement(context, "seed", "(n : Nat) : seed")
    attempts(context, "seed", ["by long seed", "by seed"], proved=["by long seed", "by seed"])
    conjecture(context, "unused", "(n : Nat) : unused", lemma="Nat.foo", seed="seed")
    attempts(context, "unused", ["by x", None, None, None], proved=["by x"], theorems=["Nat.bar"])
    conjecture(context, "used", "(n : Nat) : used", lemma="Nat.foo", seed="seed")
    attempts(context, "used", ["by x", None, None, None], proved=["by x"], theorems=["Nat.foo"])
    select(context, 1)
    assert fates(context) == {"unused": ("trains", 1), "used": ("trains", 1)}
    asked = {
        row["statement"]: row["prompt"]
        for row in context.store.rows("select * from examples where role = 'conjecturer'")
    }
    assert asked == {
        "unused": f"<lemma>{prompts.TRIVIAL_LEMMA}<seed>(n : Nat) : seed<proof>by seed<conjecture>",
        "used": "<lemma>asked for used<conjecture>",
    }


def test_elegancy_may_be_taken_lemma_by_lemma(make: Any) -> None:
    """Two of the lemma `a`, two of `b`, a half is dropped: the lowest ratio of each, not the two lowest."""
    proofs = {"one": "x" * 9, "two": "x" * 8, "three": "x" * 3, "four": "x" * 2}
    for by_lemma, dropped in ((False, {"three", "four"}), (True, {"two", "four"})):
        settings = {"inelegant": 0.5, "elegancy_by_lemma": by_lemma, "transport": "off"}
        context = make({"select": settings}, name=f"by lemma {by_lemma}")
        for place, (id, proof) in enumerate(proofs.items()):
            lemma = "ab"[place // 2]
            conjecture(context, id, "(n : Nat) : n = n", lemma=lemma)
            attempts(context, id, [proof, None, None, None], proved=[proof], theorems=[lemma])
        select(context, 1)
        assert {id for id, (fate, _) in fates(context).items() if fate == "inelegant"} == dropped


@pytest.mark.parametrize(
    ("iteration", "weights"),
    [
        # masses 2 and 2, portions 2: the nearest takes its cap of 3, the next one what is left
        (24, {"near": 3, "second": 1, "third": 0, "fourth": 0}),
        # masses 3 and 1, portions 1: the favoured one reaches the three nearest
        (25, {"near": 2, "second": 1, "third": 1, "fourth": 0}),
    ],
)
def test_favoured_statements_weigh_more_from_their_iteration_on(
    make: Any, directions: dict[str, Any], iteration: int, weights: dict[str, float]
) -> None:
    save(
        DataSet(
            "bench",
            (
                Entry("a", "theorem a (n : Nat) : n = n", "valid"),
                Entry("b", "theorem b (n : Nat) : n + 0 = n", "train"),
            ),
        )
    )
    settings = {**TABLE["select"], "inelegant": 0.0, "favoured": ["bench:valid"], "favoured_weight": 3.0}
    context = make({"select": settings, "data": {"sets": ["bench:train", "bench:valid"]}})
    model(context)
    open_statement(context, "favoured", "bench:valid/a")
    open_statement(context, "plain", "bench:train/b")
    for id in ("near", "second", "third", "fourth"):
        conjecture(context, id, f"(n : Nat) : {id}", iteration=iteration)
        attempts(context, id, ["by x", None, None, None], proved=["by x"], iteration=iteration)
    directions |= {"favoured": EAST, "plain": EAST, "near": EAST, "second": (1, 0.1), "third": (1, 0.2)}
    directions["fourth"] = WEST
    select(context, iteration)
    assert {id: weight for id, (_, weight) in fates(context).items()} == weights


def test_of_a_type_that_was_stated_twice_the_first_one_trains(make: Any) -> None:
    """The lemma that its proof was looked at for is that of the statement."""
    context = make({"select": {"transport": "off"}})
    barely(context, "used", lemma="Nat.foo", uses=["Nat.foo"])
    repeated = {
        "id": "a",
        "iteration": 1,
        "copy": 9,
        "lemma": "Nat.bar",
        "prompt": "<lemma>other<conjecture>",
    }
    with context.store.transaction():
        context.store.add("conjectures", [{**repeated, "screen": "repeated", "statement": "used"}])
    select(context, 1)
    (row,) = context.store.rows("select prompt from examples where role = 'conjecturer'")
    assert row["prompt"] == "<lemma>asked for used<conjecture>"
    fates = context.store.rows("select id, selected from conjectures")
    assert {row["id"]: row["selected"] for row in fates} == {"asked used": "trains", "a": None}


def shortened(context: Context, id: str, long: str, short: str) -> None:
    """As the stage `shorten` writes it: the short proof uses no lemma."""
    proof, source = proof_id(id, short), proof_id(id, long)
    with context.store.transaction():
        context.store.add("proofs", [{"id": proof, "statement": id, "text": short}])
        context.store.add_verdicts([(proof, Verdict("proved"))], 1)
        context.store.add("shortenings", [{"proof": proof, "source": source, "iteration": 1}])


@pytest.mark.parametrize("shorten", [True, False])
def test_of_the_long_and_the_shortened_proof_the_cap_keeps_the_short_one(make: Any, shorten: bool) -> None:
    select_ = {"transport": "off", "proofs_per_statement": 1, "length_decay": 0.1}
    context = make({"select": select_, "prove": {"shorten": shorten}})
    statement(context, "s", "(n : Nat) : n = n")
    attempts(context, "s", ["by long", None, None, None], proved=["by long"])
    shortened(context, "s", "by long", "rfl")
    select(context, 1)
    (row,) = context.store.rows("select completion, weight from examples")
    expected = ("rfl<end>", -0.3) if shorten else ("by long<end>", -0.7)
    assert (row["completion"], row["weight"]) == (expected[0], pytest.approx(math.exp(expected[1])))


def test_conjectures_are_judged_by_the_proofs_that_were_sampled(make: Any) -> None:
    """Not by shorter ones, which use no lemma any more and are all alike in elegancy."""
    context = make({"select": {"transport": "off", "inelegant": 0.5}, "prove": {"shorten": True}})
    for id, long in (("first", "by Nat.foo longer"), ("second", "by Nat.foo")):
        barely(context, id, lemma="Nat.foo", uses=["Nat.foo"], proof=long)
        shortened(context, id, long, "rfl")
    select(context, 1)
    assert fates(context) == {"first": ("trains", 1), "second": ("inelegant", 0)}


def test_what_is_held_out_makes_no_example(make: Any) -> None:
    context = make({"select": {"transport": "off"}})
    for id, split in (("kept", "train"), ("held", "held_out")):
        statement(context, id, f"(n : Nat) : {id}", split=split)
        attempts(context, id, ["by x", None, None], proved=["by x"])
    select(context, 1)
    assert set(examples(context, "prover")) == {"kept"}


def test_selecting_again_changes_nothing(make: Any, directions: dict[str, Any]) -> None:
    """As after a kill between the rows and their end."""
    context = make(TABLE)
    model(context)
    for place in range(4):
        open_statement(context, f"open{place}")
        directions[f"open{place}"] = (1.0, 0.3 * place)
    for place in range(7):
        barely(context, f"c{place}")
        directions[f"c{place}"] = (1.0, 0.2 * place)
    select(context, 1)
    before = fates(context), list(context.store.rows("select * from examples order by id"))
    assert any(weight not in (0, 1) for _, weight in before[0].values())
    context.store.db.conn.execute("delete from stages")
    select(context, 1)
    assert (fates(context), list(context.store.rows("select * from examples order by id"))) == before
