"""Adaptive K: by hand, and on simulated pass rates."""

import random
from collections.abc import Mapping

import numpy as np
import pytest

from stp.selection import allot


def given(first: Mapping[str, tuple[int, int]], budget: int, **options: object) -> dict[str, int]:
    return allot(first, budget, random.Random(0), **options)  # type: ignore[arg-type]


def test_what_is_proved_gets_no_more():
    assert given({"a": (4, 0), "b": (4, 1), "c": (4, 0)}, 10) == {"a": 5, "b": 0, "c": 5}


def test_a_rate_up_to_the_threshold_stays():
    first = {"never": (8, 0), "quarter": (8, 2), "more": (8, 3)}
    assert given(first, 6, threshold=0.25) == {"never": 3, "quarter": 3, "more": 0}


def test_a_statement_without_a_decided_sample_counts_as_unproved():
    assert given({"a": (0, 0), "b": (4, 4)}, 3) == {"a": 3, "b": 0}


def test_no_statement_goes_beyond_most_while_others_have_room():
    # `a` has room for 2, `b` for 6: 2 and 6 of 8, and of 11 the other 3 go to the proved ones, as far as most allows.
    first = {"a": (8, 0), "b": (4, 0), "c": (8, 8), "d": (9, 1)}
    assert given(first, 8, most=10) == {"a": 2, "b": 6, "c": 0, "d": 0}
    assert given(first, 11, most=10) == {"a": 2, "b": 6, "c": 2, "d": 1}


def test_what_nobody_has_room_for_goes_to_all():
    assert given({"a": (8, 0), "b": (8, 8)}, 10, most=10) == {"a": 5, "b": 5}
    assert given({"a": (12, 0)}, 3, most=10) == {"a": 3}
    assert given({"a": (8, 8), "b": (8, 8)}, 4) == {"a": 2, "b": 2}


def test_chance_decides_who_gets_what_does_not_divide():
    first = {id: (4, 0) for id in "abcdefgh"}
    results = [allot(first, 12, random.Random(seed)) for seed in range(20)]
    assert all(sorted(result.values()) == [1, 1, 1, 1, 2, 2, 2, 2] for result in results)
    assert len({tuple(result.items()) for result in results}) > 10
    assert allot(first, 12, random.Random(3)) == results[3]
    assert allot(dict(reversed(first.items())), 12, random.Random(3)) == results[3]


def test_nothing_is_given_to_nobody():
    assert given({}, 10) == {}
    assert given({"a": (1, 0)}, 0) == {"a": 0}


@pytest.mark.parametrize("seed", range(20))
def test_the_budget_is_spent_to_the_sample(seed: int):
    rng = random.Random(seed)
    first = {}
    for number in range(rng.randint(1, 40)):
        tries = rng.randint(0, 16)
        first[str(number)] = (tries, rng.randint(0, tries) if rng.random() < 0.5 else 0)
    budget, most = rng.randint(0, 600), rng.choice([None, 4, 16, 20])
    found = allot(first, budget, rng, threshold=rng.choice([0.0, 0.25]), most=most)
    assert sum(found.values()) == budget and min(found.values()) >= 0 and found.keys() == first.keys()


def proved(rates: np.ndarray, k0: int, k: int, parts: int, threshold: float, seed: int) -> int:
    """Statements proved with k samples each on average: k0 for each, the rest as `allot` says, in equal parts."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    tries, correct = np.full(len(rates), k0), rng.binomial(k0, rates)
    for _ in range(parts):
        first = {str(i): (int(t), int(c)) for i, (t, c) in enumerate(zip(tries, correct, strict=True))}
        more = allot(first, len(rates) * (k - k0) // parts, chance, threshold=threshold)
        extra = np.array([more[str(i)] for i in range(len(rates))])
        tries, correct = tries + extra, correct + rng.binomial(extra, rates)
    assert tries.sum() == len(rates) * k
    return int((correct > 0).sum())


@pytest.mark.parametrize(("a", "b"), [(0.3, 1), (0.5, 5)])
def test_proves_more_than_the_same_number_of_samples_for_each(a: float, b: float):
    """2,400 statements with rates from Beta(a, b), K = 32 on average. Uniform is a threshold that all stay under."""
    means = {}
    for name, parts, threshold in [
        ("uniform", 1, 1.0),
        ("band", 1, 0.25),
        ("unproved", 1, 0.0),
        ("parts", 3, 0.0),
    ]:
        runs = []
        for seed in range(5):
            rates = np.random.default_rng(100 + seed).beta(a, b, 2400)
            runs.append(proved(rates, 8, 32, parts, threshold, seed) / 2400)
        means[name] = float(np.mean(runs))
    gain = {name: mean - means["uniform"] for name, mean in means.items()}
    assert gain["unproved"] > 0.04  # 5 percentage points, measured
    assert gain["unproved"] > 2 * gain["band"] > 0
    assert gain["parts"] > gain["unproved"] + 0.01
