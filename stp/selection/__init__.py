"""Which statements and proofs train what: pure functions over plain values.

Places kept for what comes next: elegancy (drop the 20 % of conjectures with the lowest ratio of shortest proof
to statement) stands between `barely_provable` and `replay`; re-weighting by optimal transport sets the weight
of conjecturer examples, now 1; final retraining is a stage after the last iteration (docs/algorithm.md).
"""

from stp.selection.choose import (
    Attempted,
    ProofOf,
    SeedChoice,
    barely_provable,
    choose_seeds,
    conjecturer_worthy,
    distinct_shortest,
    proof_weight,
    prover_worthy,
    replayed,
)

__all__ = [
    "Attempted",
    "ProofOf",
    "SeedChoice",
    "barely_provable",
    "choose_seeds",
    "conjecturer_worthy",
    "distinct_shortest",
    "proof_weight",
    "prover_worthy",
    "replayed",
]
