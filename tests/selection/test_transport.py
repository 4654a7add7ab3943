"""Weights by optimal transport: by hand, and against a linear program solved by another library."""

import random

import numpy as np
import pytest
from scipy.optimize import linprog

from stp.selection import cosine, exact_weights, greedy_weights, novelty, transport

X, Y, Z = np.eye(3)


def rows(*vectors: object) -> np.ndarray:
    return np.array(vectors, float)


def greedy(*args: object, seed: int = 0, **options: object) -> np.ndarray:
    return greedy_weights(*args, rng=random.Random(seed), **options)  # type: ignore[arg-type]


BOTH = pytest.mark.parametrize("weights", [exact_weights, greedy])


@BOTH
def test_weight_follows_the_targets(weights):
    # Two of three targets point along X, at any length; nothing points along Z.
    found = weights(rows(X, 5 * Y, Z), rows(2 * X, X, Y))
    np.testing.assert_allclose(found, [2, 1, 0], atol=1e-9)


@BOTH
def test_what_is_beyond_the_cap_goes_to_the_next_nearest(weights):
    # All want the first; 3 · 1.5 of mass: 1.5 there, 1.5 to the second, nothing left of 3 for the opposite one.
    near = X + Y / 2
    np.testing.assert_allclose(weights(rows(X, near, -X), rows(X, X), cap=1.5), [1.5, 1.5, 0], atol=1e-9)
    np.testing.assert_allclose(weights(rows(X, near, -X), rows(X, X), cap=1.0), [1, 1, 1], atol=1e-9)


@BOTH
def test_targets_count_by_their_weight(weights):
    # n = 4, Σw = 4; Z has weight 0.
    found = weights(rows(X, Y, Z, -X), rows(X, Y, Z), np.array([1, 3, 0]), cap=4)
    if weights is exact_weights:
        np.testing.assert_allclose(found, [1, 3, 0, 0], atol=1e-9)
    else:  # a target of weight 3 gives to its three nearest: Y, and two of X, Z, -X at the same distance
        assert found[1] == pytest.approx(1) and found.sum() == pytest.approx(4)


def test_a_greedy_target_gives_portions_to_its_nearest():
    # One target of weight 2.5, Σw = 2.5, n = 5: portions 2, 2 and 1, from the nearest on.
    conjectures = rows(X, X + Y, X + 2 * Y, X + 4 * Y, Y)
    np.testing.assert_allclose(greedy(conjectures, rows(X), np.array([2.5])), [2, 2, 1, 0, 0])


def test_a_greedy_target_with_more_portions_than_conjectures_begins_again():
    # Σw = 4, n = 2: portions of 1/2, given to X, Y, X, Y. Were all four given to the nearest, it would be [2, 0].
    np.testing.assert_allclose(greedy(rows(X, Y), rows(X + Y / 2), np.array([4.0])), [1, 1])
    # Three and a half of 3.5: 4/7 to X, Y, X and what is left, half of one, to Y.
    np.testing.assert_allclose(greedy(rows(X, Y), rows(X + Y / 2), np.array([3.5])), [8 / 7, 6 / 7])


@BOTH
def test_nothing_to_transport_leaves_all_at_one(weights):
    two, none = rows(X, Y), np.zeros((0, 3))
    assert weights(two, none).tolist() == [1, 1]
    assert weights(two, rows(Z), np.zeros(1)).tolist() == [1, 1]
    assert weights(two, rows(X), cap=0.9).tolist() == [1, 1]
    assert weights(none, two).tolist() == []


@BOTH
def test_weights_must_fit_the_targets(weights):
    with pytest.raises(ValueError, match="2 targets need as many weights"):
        weights(rows(X), rows(X, Y), np.ones(3))
    with pytest.raises(ValueError, match="none of them negative"):
        weights(rows(X), rows(X, Y), np.array([2, -1]))


def test_a_row_of_zeros_has_cosine_0():
    # To target X: Y and the zero row cost 1, -X costs 2, and so stays at 0 in any optimum.
    found = exact_weights(rows(0 * X, -X, Y), rows(X), cap=1.5)
    np.testing.assert_allclose(found, [1.5, 0, 1.5], atol=1e-9)
    np.testing.assert_allclose(greedy(rows(0 * X, -X, Y), rows(X), cap=1.5), [1.5, 0, 1.5], atol=1e-9)


def brute_force(x: np.ndarray, y: np.ndarray, w: np.ndarray, cap: float) -> tuple[np.ndarray, np.ndarray]:
    """The weights and the costs c_ij, with scipy's linear program over all P_ij, inequality and all."""
    n, m = len(x), len(y)
    cost = np.array([[1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in y] for a in x])
    result = linprog(
        cost.ravel(),
        A_eq=np.kron(np.ones(n), np.eye(m)),
        b_eq=w / w.sum(),
        A_ub=np.kron(np.eye(n), np.ones(m)),
        b_ub=np.full(n, cap / n),
    )
    assert result.success
    return n * result.x.reshape(n, m).sum(axis=1), cost


@pytest.mark.parametrize("seed", range(12))
def test_exact_weights_are_those_of_the_linear_program(seed: int):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rng.integers(2, 9), 3)), rng.normal(size=(rng.integers(2, 12), 3))
    w, cap = rng.uniform(0.1, 2, len(y)), float(rng.choice([1, 1.3, 2, 3]))
    expected, _ = brute_force(x, y, w, cap)
    found = exact_weights(x, y, w, cap)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.max() <= cap and found.mean() == pytest.approx(1)


def test_a_solver_that_does_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(transport, "PIVOTS", 1)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="optimal transport: numItermax"):
        exact_weights(rng.normal(size=(20, 4)), rng.normal(size=(30, 4)))


def test_more_than_fits_into_memory_is_an_error_before_it_is_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transport, "LARGEST", 6)
    assert exact_weights(np.eye(2), np.eye(2)).mean() == pytest.approx(1)
    with pytest.raises(RuntimeError, match="3 conjectures and 3 targets are too many"):
        exact_weights(np.eye(3), np.eye(3))


def test_greedy_weights_sum_to_n_keep_the_cap_and_are_near_the_optimum():
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(10, 8))
    x = centres[rng.integers(10, size=60)] + 0.5 * rng.normal(size=(60, 8))
    y = centres[rng.integers(10, size=300)] + 0.5 * rng.normal(size=(300, 8))
    best, found = exact_weights(x, y), greedy(x, y)
    assert found.sum() == pytest.approx(60) and found.max() <= 3 and (found == 0).any()
    assert np.corrcoef(best, found)[0, 1] > 0.9
    assert greedy(x, y).tolist() == found.tolist()
    assert greedy(x, y, seed=1).tolist() != found.tolist()


def test_blocks_change_no_weight(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(2)
    x, y, w = rng.normal(size=(40, 6)), rng.normal(size=(100, 6)), rng.choice([1.0, 5.0], 100)
    whole, new = greedy(x, y, w, 1.5), novelty(x, y)
    monkeypatch.setattr(cosine, "BLOCK", 3 * len(x))
    np.testing.assert_allclose(greedy(x, y, w, 1.5), whole)
    np.testing.assert_allclose(novelty(x, y), new, atol=1e-6)


def test_no_block_is_larger_than_the_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cosine, "BLOCK", 100)
    shapes = [block.shape for _, block in cosine.blocks(np.ones((30, 2)), np.ones((10, 2)), range(10))]
    assert shapes == [(3, 30), (3, 30), (3, 30), (1, 30)]


def test_novelty_is_the_distance_to_the_nearest():
    found = novelty(rows(X, X + Y, -Z, 0 * X), rows(3 * X, Z))
    np.testing.assert_allclose(found, [0, 1 - 0.5**0.5, 1, 1], atol=1e-6)
    np.testing.assert_allclose(novelty(rows(-X), rows(X)), [2], atol=1e-6)
