"""pass@k against brute force and exact arithmetic, and whether its intervals cover."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from stp.evaluation import passk
from stp.evaluation.passk import CORRECT, FAILED, UNDECIDED


def exact(n: int, c: int, k: int) -> float:
    return float(1 - Fraction(math.comb(n - c, k), math.comb(n, k)))


def test_equals_the_share_of_all_subsets_that_hold_a_correct_sample() -> None:
    for n in range(1, 8):
        for c in range(n + 1):
            for k in range(1, n + 1):
                subsets = list(combinations([i < c for i in range(n)], k))
                assert passk.pass_at_k(n, c, k) == pytest.approx(
                    sum(map(any, subsets)) / len(subsets), abs=1e-14
                )


@pytest.mark.parametrize("n", [32, 3_200, 25_600, 100_000])
def test_equals_exact_arithmetic_for_many_samples(n: int) -> None:
    for c in {1, 2, 7, n // 100 + 1, n // 2, n - 1}:
        for k in {1, 8, n // 10, n // 2, n - 1, n}:
            assert passk.pass_at_k(n, c, k) == pytest.approx(exact(n, c, k), rel=1e-9)


def test_the_edges_are_exact() -> None:
    for n in (1, 17, 100_000):
        for k in (1, n // 2 + 1, n):
            assert passk.pass_at_k(n, 0, k) == 0.0
            assert passk.pass_at_k(n, n, k) == 1.0
            assert passk.pass_at_k(n, n - k + 1, k) == 1.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((4, 2, 5), "from 4 samples"),
        ((4, 5, 1), "5 of 4"),
        ((4, -1, 1), "-1 of 4"),
        ((4, 2, 0), "at least 1"),
    ],
)
def test_what_cannot_be_estimated_is_refused(arguments: tuple[int, int, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        passk.pass_at_k(*arguments)


def test_a_table_has_nan_where_there_are_too_few_samples() -> None:
    table = passk.pass_table([4, 2, 4], [1, 1, 1], [1, 4])
    assert table[:, 0] == pytest.approx([0.25, 0.5, 0.25])
    assert table[0, 1] == table[2, 1] == 1.0 and np.isnan(table[1, 1])


def test_the_curve_rises() -> None:
    curve = passk.pass_curve(500, 3, list(range(1, 501)))
    assert (np.diff(curve) >= 0).all() and curve[0] == pytest.approx(3 / 500) and curve[-1] == 1.0


def test_a_mean_leaves_out_what_is_not_known_and_its_interval_is_drawn_by_the_seed() -> None:
    values = np.array([[0.0, np.nan], [1.0, 0.5], [0.5, 0.5], [0.25, np.nan]])
    first, second = passk.mean_interval(values, seed=3)
    assert (first.value, first.statements) == (0.4375, 4)
    assert (second.value, second.low, second.high, second.statements) == (0.5, 0.5, 0.5, 2)
    assert first.low < first.value < first.high
    assert passk.mean_interval(values, seed=3) == [first, second]
    assert passk.mean_interval(values, seed=3, resamples=99) != passk.mean_interval(
        values, seed=4, resamples=99
    )
    (none,) = passk.mean_interval([[np.nan]])
    assert np.isnan(none.value) and none.statements == 0


def test_the_draws_do_not_depend_on_how_they_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random((30, 2))
    whole = passk.mean_interval(values, resamples=500)
    monkeypatch.setattr(passk, "_CHUNK", 100)
    for a, b in zip(passk.mean_interval(values, resamples=500), whole, strict=True):
        assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-12)


def test_the_interval_is_that_of_a_plain_bootstrap() -> None:
    values = np.random.default_rng(1).random((40, 1))
    (estimate,) = passk.mean_interval(values, resamples=20_000)
    rng = np.random.default_rng(99)
    means = [values[rng.integers(0, 40, 40)].mean() for _ in range(20_000)]
    assert (estimate.low, estimate.high) == pytest.approx(np.quantile(means, (0.025, 0.975)), abs=0.005)


def test_95_of_100_intervals_cover_the_truth() -> None:
    """Statements of a Beta(0.5, 2) difficulty, whose mean is 0.2; 64 samples of each of 150 statements."""
    rng = np.random.default_rng(7)
    truths = {
        1: 0.2,
        8: 1 - math.exp(math.lgamma(10) - math.lgamma(2) + math.lgamma(2.5) - math.lgamma(10.5)),
    }
    covered = dict.fromkeys(truths, 0)
    for _ in range(400):
        correct = rng.binomial(64, rng.beta(0.5, 2.0, 150))
        estimates = passk.mean_interval(passk.pass_table([64] * 150, correct, list(truths)), resamples=1_000)
        for (k, truth), estimate in zip(truths.items(), estimates, strict=True):
            covered[k] += estimate.low <= truth <= estimate.high
    print({k: count / 400 for k, count in covered.items()})
    assert all(0.915 <= count / 400 <= 0.98 for count in covered.values())


def test_a_paired_difference_is_surer_than_two_means() -> None:
    rng = np.random.default_rng(2)
    a = rng.random((200, 1))
    b = a + 0.05 + 0.01 * rng.standard_normal((200, 1))
    (paired,) = passk.difference(a, b)
    assert paired.value == pytest.approx((b - a).mean())
    assert 0.04 < paired.low < paired.value < paired.high < 0.06
    with pytest.raises(ValueError, match="same statements"):
        passk.difference(a, b[1:])


def test_blocks_are_cut_in_order_and_a_rest_is_no_block() -> None:
    outcomes = np.full((2, 7), FAILED)
    outcomes[0, 1] = outcomes[0, 2] = outcomes[1, 6] = CORRECT
    found = passk.blocks(outcomes, 2)
    assert found == passk.Blocks(pytest.approx(1 / 3), pytest.approx(np.std([0.5, 0.5, 0], ddof=1)), 3)
    assert passk.blocks(outcomes, 7) == passk.Blocks(1.0, None, 1)
    assert passk.blocks(outcomes, 8) is None


def test_a_block_counts_only_statements_that_it_decides() -> None:
    outcomes = np.array([[UNDECIDED, CORRECT, UNDECIDED, FAILED], [FAILED, FAILED, CORRECT, FAILED]])
    assert passk.blocks(outcomes, 2) == passk.Blocks(0.75, pytest.approx(np.std([0.5, 1.0], ddof=1)), 2)
    assert passk.blocks(np.full((1, 2), UNDECIDED), 2) is None


def test_blocks_and_the_estimator_have_one_expectation() -> None:
    rng = np.random.default_rng(4)
    rates = rng.beta(0.5, 2.0, 300)
    outcomes = (rng.random((300, 640)) < rates[:, None]).astype(np.int8)
    found = passk.blocks(outcomes, 8)
    table = passk.pass_table([640] * 300, outcomes.sum(axis=1), [8])
    assert found is not None and found.mean == pytest.approx(table.mean(), abs=0.005)


def test_a_curve_of_many_samples_has_few_points() -> None:
    assert passk.curve_ks(5) == [1, 2, 3, 4, 5]
    many = passk.curve_ks(100_000)
    assert len(many) <= 200 and many[0] == 1 and many[-1] == 100_000 and many == sorted(set(many))
