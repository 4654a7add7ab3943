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
