"""Collapse watch on cases worked out by hand."""

import math
from dataclasses import replace

import pytest

from stp.selection import Kept, Watch, drift, observe

#: An ordinary iteration.
USUAL = observe(
    [Kept(40, 2, 6, f"lemma{i}") for i in range(10)] + [Kept(40, 2, 6)] * 10,
    [0.2] * 20,
    [str(i) for i in range(40)] + ["0"] * 10,
)


def test_figures_of_an_iteration():
    kept = [Kept(10, 1, 3, "b"), Kept(30, 4, 5, "a"), Kept(20, 2, 9, "b"), Kept(40, 3, 4)]
    found = observe(kept, [0.1, 0.3, 0.2, 0.8], ["p", "q", "p", "p", "r"], known=1)
    assert found.kept == 4 and found.elaborated == 5
    assert found.novelty_mean == pytest.approx(0.35) and found.novelty_median == pytest.approx(0.25)
    assert (found.characters, found.binders, found.constants) == (25, 2.5, 4.5)
    assert (found.lemma, found.lemma_share) == ("b", 0.5)
    assert list(found.lemmas.items()) == [("b", 0.5), ("a", 0.25)]  # a quarter was made from the trivial one
    # Shares 2/3 and 1/3 of those with a lemma: exp(H) = 3 / 2^(2/3).
    assert found.effective_lemmas == pytest.approx(3 / 2 ** (2 / 3))
    assert found.distinct_share == pytest.approx(3 / 5) and found.known_share == pytest.approx(1 / 5)


def test_equally_frequent_lemmas_all_count():
    found = observe([Kept(1, 1, 1, name) for name in "dcba"], [], [])
    assert found.effective_lemmas == pytest.approx(4) and found.lemma == "a"


def test_what_is_not_there_has_no_figure():
    found = observe([], [], [])
    assert found == Watch(0, 0, None, None, None, None, None, "", None, None, None)
    assert observe([Kept(5, 1, 1)], [], []).lemma_share == 0
    assert drift([USUAL], found) == [] and drift([found], USUAL) == []


def test_an_iteration_like_the_first_ones_says_nothing():
    assert drift([USUAL] * 3, USUAL) == []
    assert drift([], USUAL) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"novelty_median": 0.09}, ["novelty fell to 0.09, from 0.2 at first (medians)"]),
        ({"novelty_median": 0.101}, []),
        ({"characters": 61.0}, ["conjectures have 61 characters, 40 at first (medians)"]),
        ({"characters": 60.0}, []),
        ({"characters": 19.0}, ["conjectures have 19 characters, 40 at first (medians)"]),
        ({"characters": 20.0}, []),
        ({"binders": 3.5}, ["conjectures have 3.5 binders, 2 at first (medians)"]),
        ({"binders": 3.0}, []),
        ({"constants": 10.0}, ["conjectures have 10 constants, 6 at first (medians)"]),
        ({"distinct_share": 0.39}, ["39% of the conjectures that elaborate are distinct, 80% at first"]),
        ({"distinct_share": 0.41}, []),
        ({"known_share": 0.51}, ["51% of the conjectures that elaborate are known statements"]),
        ({"known_share": 0.5}, []),
        (
            {"lemma": "Nat.add_comm", "lemma_share": 0.31},
            ["31% of the conjectures kept come from one lemma, Nat.add_comm"],
        ),
        ({"lemma_share": 0.3}, []),
    ],
)
def test_each_drift_is_said_with_its_figure(changes: dict[str, object], said: list[str]):
    assert drift([USUAL], replace(USUAL, **changes)) == said  # type: ignore[arg-type]


def test_shares_of_before_known_ones_were_counted_are_not_compared_with():
    """They took every dropped conjecture for a type of its own."""
    before = replace(USUAL, distinct_share=1.0, known_share=None)
    now = replace(USUAL, distinct_share=0.45)
    assert drift([before] * 3, now) == [] and len(drift([replace(before, known_share=0.1)] * 3, now)) == 1


def test_compares_with_the_median_of_the_first_three():
    first = [replace(USUAL, characters=value) for value in (40.0, 1000.0, 44.0)]
    later = [replace(USUAL, characters=500.0)] * 5
    assert drift(first + later, replace(USUAL, characters=66.0)) == []
    assert drift(first + later, replace(USUAL, characters=67.0)) == [
        "conjectures have 67 characters, 44 at first (medians)"
    ]


def test_one_binder_instead_of_none_is_no_drift():
    assert drift([replace(USUAL, binders=0.0)], replace(USUAL, binders=1.0)) == []


def test_of_few_conjectures_nothing_is_said():
    odd = replace(USUAL, characters=400.0, novelty_median=0.0, lemma_share=1.0, distinct_share=0.01)
    assert len(drift([USUAL], odd)) == 4
    assert len(drift([USUAL], replace(odd, kept=19))) == 1  # many elaborate, all alike
    assert drift([USUAL], replace(odd, kept=19, elaborated=19)) == []
    few = replace(USUAL, kept=19, characters=1.0)
    assert len(drift([few, USUAL], replace(USUAL, characters=61.0))) == 1
    assert math.isclose(USUAL.distinct_share or 0, 0.8)
