"""How much examples count beside each other."""

import pytest

from stp import selection
from stp.records import Example


def test_mass_is_weight_times_characters() -> None:
    examples = [Example("prover", "p", "four", 0.5), Example("conjecturer", "prompt", "seven..", 2.0)]
    assert selection.mass(examples) == 0.5 * 4 + 2.0 * 7
    assert selection.mass([]) == 0


def test_weights_keep_their_ratios_and_the_mass_is_what_is_wanted() -> None:
    examples = [Example("prover", "p", "four", 1.0), Example("prover", "q", "sixsix", 3.0)]
    weighed = selection.weighed_to(examples, 11.0)
    assert [example.weight for example in weighed] == [pytest.approx(0.5), pytest.approx(1.5)]
    assert selection.mass(weighed) == pytest.approx(11.0)
    assert [example.completion for example in weighed] == ["four", "sixsix"]


def test_what_has_no_mass_stays_as_it_is() -> None:
    assert selection.weighed_to([], 5.0) == []
    assert selection.weighed_to([Example("prover", "p", "x", 0.0)], 5.0) == [Example("prover", "p", "x", 0.0)]
