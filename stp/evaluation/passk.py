"""pass@k and how sure it is: pure functions over counts.

Throughout, a statement has `n` samples of which `c` are correct. Chen et al., arXiv 2107.03374, section 2.1:

    pass@k = 1 − C(n−c, k) / C(n, k),

the chance that k of the n samples, drawn without putting back, hold a correct one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Resamples of the statements, and the share of them between the interval's ends (Efron and Tibshirani, 1993,
#: section 13.3: a percentile interval of 95 % wants at least 1,000).
RESAMPLES = 10_000
LEVEL = 0.95
#: Weights held at once: 32 MB.
_CHUNK = 4_000_000

#: What a sample came to, in the arrays that `blocks` takes.
FAILED, CORRECT, UNDECIDED = 0, 1, 2


@dataclass(frozen=True)
class Estimate:
    """A mean over statements and its interval. `statements` are those that it is over."""

    value: float
    low: float
    high: float
    statements: int


@dataclass(frozen=True)
class Blocks:
    """Mean and standard deviation (n − 1 in the denominator; None for a single block) over `blocks` blocks."""

    mean: float
    std: float | None
    blocks: int


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate for one statement; exactly 0 if c = 0, exactly 1 if n − c < k.

    Raises ValueError unless 0 ≤ c ≤ n and 1 ≤ k ≤ n.
    """
    return float(pass_curve(n, c, [k])[0])


def pass_curve(n: int, c: int, ks: Sequence[int]) -> Floats:
    """`pass_at_k` for each of `ks`: array [len(ks)].

    C(n−c, k) / C(n, k) = Π_{i<k} (1 − c/(n−i)), summed as logarithms, so that nothing overflows and a small pass@k
    keeps its digits. Raises ValueError as `pass_at_k` does.
    """
    if not 0 <= c <= n:
        raise ValueError(f"{c} of {n} samples cannot be correct")
    for k in ks:
        if k < 1:
            raise ValueError(f"pass@{k}: k must be at least 1")
        if k > n:
            raise ValueError(f"pass@{k} cannot be estimated from {n} samples; k must not exceed the samples")
    wanted = np.asarray(ks, dtype=np.int64)
    if c == 0 or not len(wanted):
        return np.zeros(len(wanted))
    sure = n - c < wanted
    most = int(wanted[~sure].max(initial=0))
    logs = np.cumsum(np.log1p(-c / (n - np.arange(most, dtype=np.float64))))
    found = np.ones(len(wanted))
    found[~sure] = -np.expm1(logs[wanted[~sure] - 1])
    return found


def pass_table(n: ArrayLike, c: ArrayLike, ks: Sequence[int]) -> Floats:
    """pass@k of statements with `n` and `c` (arrays [m]): array [m, len(ks)], NaN where k > n."""
    counts = np.stack([np.asarray(n, dtype=np.int64), np.asarray(c, dtype=np.int64)], axis=1)
    kinds, which = np.unique(counts, axis=0, return_inverse=True)
    rows = np.full((len(kinds), len(ks)), np.nan)
    for row, (samples, correct) in zip(rows, kinds.tolist(), strict=True):
        fits = [i for i, k in enumerate(ks) if k <= samples]
        row[fits] = pass_curve(samples, correct, [ks[i] for i in fits])
    return rows[which.reshape(-1)]


def mean_interval(
    values: ArrayLike, *, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> list[Estimate]:
    """For each column of `values` ([m, K]) its mean over the rows and a percentile bootstrap interval.

    The m rows are drawn m times with putting back, the same draws for all columns; NaN leaves a row out of its
    column's means. A column without any number gives NaN. Raises ValueError if there is no row.
    """
    table = np.asarray(values, dtype=np.float64)
    m = len(table)
    if m == 0:
        raise ValueError("a mean over no statements")
    there = ~np.isnan(table)
    filled, weights = np.where(there, table, 0.0), there.astype(np.float64)
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, table.shape[1]))
    step = max(1, _CHUNK // m)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, m, (rows, m)) + m * np.arange(rows)[:, None]
        times = np.bincount(drawn.reshape(-1), minlength=rows * m).reshape(rows, m).astype(np.float64)
        means[start : start + rows] = _ratio(times @ filled, times @ weights)
    value = _ratio(filled.sum(axis=0), weights.sum(axis=0))
    tail = (1 - level) / 2
    estimates = []
    for column in range(table.shape[1]):
        known = means[:, column][~np.isnan(means[:, column])]
        low, high = np.quantile(known, (tail, 1 - tail)) if len(known) else (np.nan, np.nan)
        estimates.append(Estimate(float(value[column]), float(low), float(high), int(there[:, column].sum())))
    return estimates


def difference(
    a: ArrayLike, b: ArrayLike, *, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> list[Estimate]:
    """b − a for each column of two tables [m, K] over the same statements, row by row: the paired difference."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError("a paired difference needs the same statements on both sides")
    return mean_interval(second - first, seed=seed, resamples=resamples, level=level)


def blocks(outcomes: NDArray[Any], k: int) -> Blocks | None:
    """The STP paper's figure: the samples in their order are cut into disjoint blocks of k, and a block's figure is
    the share of statements proved within it. What is left over at the end is no block.

    outcomes: [m, n] of FAILED, CORRECT, UNDECIDED. A statement counts in a block if one of its samples there is
    correct or all are decided. None if there is no block that decides anything.
    """
    m, n = outcomes.shape
    if k < 1 or n // k == 0:
        return None
    cut = outcomes[:, : n // k * k].reshape(m, n // k, k)
    proved = (cut == CORRECT).any(axis=2)
    counts = proved | ~(cut == UNDECIDED).any(axis=2)
    shares = _ratio(proved.sum(axis=0).astype(np.float64), counts.sum(axis=0).astype(np.float64))
    shares = shares[~np.isnan(shares)]
    if not len(shares):
        return None
    std = float(shares.std(ddof=1)) if len(shares) > 1 else None
    return Blocks(float(shares.mean()), std, len(shares))


def curve_ks(samples: int, most: int = 200) -> list[int]:
    """1 … `samples`, or at most about `most` of them, evenly apart on a logarithmic axis."""
    if samples <= most:
        return list(range(1, samples + 1))
    return [int(k) for k in np.unique(np.round(np.geomspace(1, samples, most)).astype(np.int64))]


def _ratio(over: Floats, under: Floats) -> Floats:
    """over / under, NaN where `under` is 0."""
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
