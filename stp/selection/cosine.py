"""Cosines between two sets of embeddings, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Rows of numbers, of any floating type.
Rows = NDArray[np.floating[Any]]

#: Cosines in one block: 64 MB of float32.
BLOCK = 2**24


def unit(rows: Rows, dtype: type[np.floating[Any]] = np.float32) -> NDArray[Any]:
    """The rows with length one; a row of zeros stays as it is, so that its cosine with anything is 0."""
    rows = rows.astype(dtype)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def blocks(
    rows: Rows, others: Rows, order: Sequence[int]
) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
    """Places in `others`, in the given order, with their cosines to all rows, (places, rows)."""
    rows = unit(rows)
    step = max(1, BLOCK // max(1, len(rows)))
    for start in range(0, len(order), step):
        places = order[start : start + step]
        yield places, unit(others[places]) @ rows.T


def novelty(rows: Rows, known: Rows) -> NDArray[np.float32]:
    """1 − the cosine to the nearest known row, for each row, (rows,): 0 for what is known, 2 at most."""
    nearest = np.full(len(rows), -1, np.float32)
    for _, cosines in blocks(rows, known, range(len(known))):
        np.maximum(nearest, cosines.max(axis=0), out=nearest)
    return 1 - nearest
