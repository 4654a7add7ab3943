"""Which SFT examples are mixed into a round of training, and what they weigh."""

from __future__ import annotations

from typing import Any

import pytest
from written import example

from stp.records import Example
from stp.stages import learn
from stp.stages.context import Context

#: What a round has found: three examples, 8 characters of weight.
CHOSEN = [Example("prover", f"p{i}", "four", weight, ()) for i, weight in enumerate((1.0, 0.75, 0.25))]


def sft(make: Any, *, name: str = "campaign", **table: Any) -> Context:
    """A campaign with four SFT examples for the prover, four for the conjecturer, and one that is of a round."""
    context: Context = make(table, name=name)
    for number in range(4):
        example(context, 0, "prover", f"proof {number}")
        example(context, 0, "conjecturer", f"stated {number}")
    example(context, 1, "prover", "of a round")
    return context


@pytest.mark.parametrize("mode", ["stp", "expert-iteration", "expert-iteration-vanilla"])
def test_a_role_that_the_mode_does_not_play_is_not_trained(make: Any, mode: str) -> None:
    context = sft(make, mode=mode, select={"sft_share": 9.0})
    drawn = learn.mixed_in(context, 1, CHOSEN)
    expected = {"prover": 4, "conjecturer": 4} if mode == "stp" else {"prover": 4}
    assert {role: sum(e.role == role for e in drawn) for role in {e.role for e in drawn}} == expected
    assert "of a round" not in {e.completion for e in drawn}


@pytest.mark.parametrize(("share", "number"), [(0.0, 0), (1.0, 3), (2.0, 6), (5.0, 8)])
def test_their_number_is_a_share_of_the_rounds(make: Any, share: float, number: int) -> None:
    drawn = learn.mixed_in(sft(make, select={"sft_share": share}), 1, CHOSEN)
    assert len(drawn) == number
    assert all(e.weight == 1 for e in drawn), "without sft_mass they weigh what they weigh"


def test_their_mass_is_a_multiple_of_the_rounds(make: Any) -> None:
    """8 times 1.5, whatever their number and length."""
    for share in (1.0, 2.0):
        context = sft(make, select={"sft_share": share, "sft_mass": 1.5}, name=f"share {share}")
        drawn = learn.mixed_in(context, 1, CHOSEN)
        assert len({e.weight for e in drawn}) == 1
        assert sum(e.weight * len(e.completion) for e in drawn) == pytest.approx(12)


def test_another_iteration_draws_others(make: Any) -> None:
    context = sft(make, select={"sft_share": 1.0})
    drawn = [{e.completion for e in learn.mixed_in(context, iteration, CHOSEN)} for iteration in range(1, 9)]
    assert learn.mixed_in(context, 1, CHOSEN) == learn.mixed_in(context, 1, CHOSEN)
    assert len({frozenset(d) for d in drawn}) > 1
