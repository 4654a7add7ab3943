"""Pairs of a proved and a rejected proof."""

import random

from stp.export.preferences import Tried, pairs


def tried(text: str, outcome: str = "rejected") -> Tried:
    return Tried(text, text, outcome, "error", "", 1)


GOOD = [tried("rfl", "proved"), tried("by simp_all", "proved")]
BAD = [tried(text) for text in ("h", "foo", "by omega x", "by exact nothing at all")]


def test_each_proved_one_is_paired_with_what_is_nearest_in_length() -> None:
    assert [(a.text, b.text) for a, b in pairs(GOOD, BAD, 2)] == [
        ("rfl", "foo"),
        ("by simp_all", "by omega x"),
    ]


def test_no_rejected_proof_comes_twice_and_there_are_no_more_than_asked_for() -> None:
    for limit in range(7):
        found = pairs(GOOD, BAD, limit)
        assert len(found) == min(limit, len(BAD))
        assert len({bad.id for _, bad in found}) == len(found)


def test_the_order_of_rows_does_not_matter() -> None:
    expected, rng = pairs(GOOD, BAD, 3), random.Random(1)
    for _ in range(10):
        assert pairs(rng.sample(GOOD, 2), rng.sample(BAD, 4), 3) == expected


def test_white_space_alone_is_no_preference() -> None:
    assert pairs([tried("by simp", "proved")], [tried("by\nsimp")], 3) == []
