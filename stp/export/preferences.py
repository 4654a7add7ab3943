"""Pairs of a proved and a rejected proof of one statement, for training on preferences (DPO, arXiv 2305.18290)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tried:
    """A proof with what became of it."""

    id: str
    text: str
    outcome: str
    reason: str
    detail: str
    iteration: int


def pairs(proved: Sequence[Tried], rejected: Sequence[Tried], limit: int) -> list[tuple[Tried, Tried]]:
    """At most `limit` pairs (proved, rejected), no rejected one twice.

    The proved ones take turns, the shortest first. Each takes the rejected one nearest to it in length that is left,
    so that length, which says nothing about correctness, is not what is learnt. A rejected proof that equals a
    proved one up to white space is not paired. The order of the arguments does not matter.
    """
    good = sorted(proved, key=lambda p: (len(p.text), p.text))
    shapes = {_shape(p.text) for p in good}
    bad = sorted((p for p in rejected if _shape(p.text) not in shapes), key=lambda p: (len(p.text), p.text))
    found: list[tuple[Tried, Tried]] = []
    while good and bad and len(found) < limit:
        chosen = good[len(found) % len(good)]
        near = min(range(len(bad)), key=lambda i: (abs(len(bad[i].text) - len(chosen.text)), i))
        found.append((chosen, bad.pop(near)))
    return found


def _shape(text: str) -> str:
    return " ".join(text.split())
