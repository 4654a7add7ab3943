"""Weights of conjectures by optimal transport towards the unproved statements (STP paper, section 3.3).

Conjectures i = 1 … n, targets j with masses w_j / Σw, cost c_ij = 1 − cos(x_i, y_j). Sought is the plan P ≥ 0 with the
least Σ c_ij P_ij that moves all of every target's mass, Σ_i P_ij = w_j / Σw, and takes no conjecture more than `cap`
times, Σ_j P_ij ≤ cap / n. The weight of conjecture i is n Σ_j P_ij: between 0 and `cap`, 1 on average. Weight 0 drops
the conjecture. Near conjectures thus weigh much, and the cap keeps them diverse.

Both ways of solving it return one weight a conjecture, (n,), float64. All weights are 1 where there is nothing to
transport to (no target, or none with a weight above 0), and with a cap below 1, which no plan can keep. A row of zeros
has cosine 0 with everything.
"""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from stp.selection.cosine import Rows, blocks, unit

#: Mass, in units of a conjecture's mean weight, that is rounding.
TINY = 1e-9
#: Pivots of the network simplex before it is given up; 2,000 conjectures and 5,000 targets take fewer than 10⁴.
PIVOTS = 10**7
#: Costs (conjectures times targets) that are solved exactly at most; the solver holds several such matrices in float64,
#: 0.8 GB each.
LARGEST = 10**8


def exact_weights(
    conjectures: Rows, targets: Rows, target_weights: Rows | None = None, cap: float = 3.0
) -> NDArray[np.float64]:
    """The optimum, by POT's network simplex. Needs the whole (n, targets) matrix in float64, several times over: for
    some thousands of each.

    The inequality becomes an equality with one more target, of cost 0 and the mass that the caps leave over, cap − 1.
    Raises RuntimeError if the solver does not end, or beyond `LARGEST`.
    """
    n, masses = len(conjectures), _masses(len(conjectures), len(targets), target_weights, cap)
    if not len(masses):
        return np.ones(n)
    if n * len(targets) > LARGEST:
        raise RuntimeError(
            f"optimal transport: {n:,} conjectures and {len(targets):,} targets are too many for the exact solution"
        )
    import ot

    cost = np.zeros((n, len(targets) + 1))
    cost[:, :-1] = 1 - unit(conjectures, np.float64) @ unit(targets, np.float64).T
    plan, log = ot.emd(
        np.full(n, float(cap)), np.append(masses, n * (cap - 1)), cost, numItermax=PIVOTS, log=True
    )  # in units of 1 / n, so that rows sum to weights
    if log["warning"]:
        raise RuntimeError(f"optimal transport: {log['warning']}")
    weights: NDArray[np.float64] = np.clip(plan[:, :-1].sum(axis=1), 0, cap)
    return weights


def greedy_weights(
    conjectures: Rows,
    targets: Rows,
    target_weights: Rows | None = None,
    cap: float = 3.0,
    *,
    rng: random.Random,
) -> NDArray[np.float64]:
    """The paper's approximation: targets, in random order, give their mass to the nearest conjectures not yet full.

    A target of weight w has w portions of n / Σw (the last one may be a part) and gives one to each of its nearest
    conjectures, as in the released code, so that the weight 128 of a validation statement reaches 128 of them. Unlike
    the code's, no weight goes beyond the cap: what a conjecture has no room for goes to the next nearest, and a target
    that has come to the last conjecture begins again, so that Σ weights = n. Cosines are computed block by block.
    """
    n, masses = len(conjectures), _masses(len(conjectures), len(targets), target_weights, cap)
    weights = np.zeros(n)
    if not len(masses):
        return weights + 1
    portion = n / (len(targets) if target_weights is None else float(np.sum(target_weights)))
    order = list(range(len(targets)))
    rng.shuffle(order)
    full = np.zeros(n, bool)
    for places, cosines in blocks(conjectures, targets, order):
        for place, near in zip(places, cosines, strict=True):
            left = float(masses[place])
            passed: list[tuple[int, np.float32]] = []
            while left > TINY and not full.all():
                i = int(near.argmax())
                if near[i] == -np.inf:  # all have had their portion
                    for i, cosine in passed:
                        near[i] = cosine
                    passed.clear()
                    continue
                given = min(left, portion, cap - float(weights[i]))
                weights[i] += given
                left -= given
                if cap - weights[i] > TINY:
                    passed.append((i, near[i]))
                    near[i] = -np.inf
                else:
                    full[i] = True
                    cosines[:, i] = -np.inf
    return np.minimum(weights, cap)  # rounding


def _masses(n: int, m: int, target_weights: Rows | None, cap: float) -> NDArray[np.float64]:
    """The targets' masses, n in all; none where there is nothing to transport."""
    weights = np.ones(m) if target_weights is None else np.asarray(target_weights, np.float64)
    if weights.shape != (m,) or (weights < 0).any():
        raise ValueError(f"{m} targets need as many weights, none of them negative")
    total = weights.sum()
    return weights * (n / total) if n and total > 0 and cap >= 1 else np.zeros(0)
