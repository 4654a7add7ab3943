"""`stp eval`, `compare`, `recheck`: what a model, or a file of proofs, is worth on a data set.

passk.py      pass@k, its interval, the paper's blocks: pure
plan.py       what is evaluated and how: model, data set, sampling
ledger.py     the evaluation's database
run.py        sample, check, try again
result.py     the figures, and the files that hold them
tables.py     the figures for people
plot.py       the curve
merge.py      shards into one evaluation
compare.py    two evaluations
texts.py      files of proofs from elsewhere, as rows
recheck.py    what Lean says of them
"""

from __future__ import annotations

from stp.errors import StpError


class EvaluationError(StpError):
    """An evaluation's folder is in use, belongs to another evaluation, is damaged or not finished."""
