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


def test_the_conjecturers_mass_is_a_share_of_the_provers() -> None:
    """The prover's 2 · 3 + 1 · 4 = 10; the conjecturer's 1 · 5 + 3 · 5 = 20 become 2.5, in the ratio of their weights."""
    examples = [
        Example("conjecturer", "p", "12345", 1.0),
        Example("prover", "p", "123", 2.0),
        Example("conjecturer", "q", "12345", 3.0),
        Example("prover", "q", "1234", 1.0),
    ]
    weighed = selection.conjecturer_to(examples, 0.25)
    assert [e.weight for e in weighed] == pytest.approx([0.125, 2.0, 0.375, 1.0])
    assert [(e.role, e.prompt, e.completion) for e in weighed] == [
        (e.role, e.prompt, e.completion) for e in examples
    ]


def test_without_a_ratio_or_a_role_they_stay_as_they_are() -> None:
    stated, proof = Example("conjecturer", "p", "x", 0.5), Example("prover", "p", "y", 0.25)
    for examples, ratio in (([stated, proof], 0.0), ([stated], 1.0), ([proof], 1.0), ([], 1.0)):
        assert selection.conjecturer_to(examples, ratio) == examples
