"""How much examples count in the loss. Not in the paper, which mixes nothing in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stp.records import Example


def mass(examples: Iterable[Example]) -> float:
    """Sum of weight times characters of the completion: about what each counts in a loss that is weighted by the token."""
    return sum(example.weight * len(example.completion) for example in examples)


def weighed_to(examples: Sequence[Example], wanted: float) -> list[Example]:
    """The examples with their weights times one factor, so that their mass is `wanted`. As they are if they have none."""
    if not (own := mass(examples)):
        return list(examples)
    return [replace(example, weight=example.weight * wanted / own) for example in examples]


def conjecturer_to(examples: Sequence[Example], ratio: float) -> list[Example]:
    """The examples, the conjecturer's with their weights times one factor, so that their mass is `ratio` of the prover's.

    As they are if the ratio is 0, or one of the roles has no examples: nothing is to be weighed against.
    """
    stated = [example for example in examples if example.role == "conjecturer"]
    wanted = ratio * mass(example for example in examples if example.role == "prover")
    if not wanted:
        return list(examples)
    weighed = iter(weighed_to(stated, wanted))
    return [next(weighed) if example.role == "conjecturer" else example for example in examples]
