"""Which statements and proofs train what: pure functions over plain values.

`choose`: seeds, and statements and proofs by pass rate and length; `elegancy` and `transport`: which conjectures train
the conjecturer, and with what weight; `mix`: how much other examples count; `adaptive`: which statements get more samples;
`watch`: whether the conjectures collapse.
"""

from stp.selection.adaptive import allot
from stp.selection.choose import (
    Attempted,
    ProofOf,
    SeedChoice,
    barely_provable,
    choose_seeds,
    choose_targets,
    conjecturer_worthy,
    correct_count,
    distinct_shortest,
    distinct_shortest_by,
    proof_weight,
    prover_worthy,
    replayed,
    resampled,
    retrain_worthy,
)
from stp.selection.cosine import novelty
from stp.selection.elegancy import Elegance, elegant
from stp.selection.mix import conjecturer_to, mass, weighed_to
from stp.selection.transport import exact_weights, greedy_weights
from stp.selection.watch import Kept, Watch, drift, observe

__all__ = [
    "Attempted",
    "Elegance",
    "Kept",
    "ProofOf",
    "SeedChoice",
    "Watch",
    "allot",
    "barely_provable",
    "choose_seeds",
    "choose_targets",
    "conjecturer_to",
    "conjecturer_worthy",
    "correct_count",
    "distinct_shortest",
    "distinct_shortest_by",
    "drift",
    "elegant",
    "exact_weights",
    "greedy_weights",
    "mass",
    "novelty",
    "observe",
    "proof_weight",
    "prover_worthy",
    "replayed",
    "resampled",
    "retrain_worthy",
    "weighed_to",
]
