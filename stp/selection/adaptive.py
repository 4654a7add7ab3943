"""Adaptive K: samples go to the statements that are still without a proof. Not in the paper."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence


def allot(
    first: Mapping[str, tuple[int, int]],
    budget: int,
    rng: random.Random,
    *,
    threshold: float = 0.0,
    most: int | None = None,
) -> dict[str, int]:
    """How many more samples each statement gets, `budget` in all, to the sample, if there is any statement.

    first: statement → (tries, correct ones among them) so far. Statements with a pass rate above `threshold` have had
    enough; the others share the budget equally, none beyond `most` tries in all, chance giving out what does not
    divide. What is left over goes to those that had had enough, up to `most` too, and at last to all.

    Why equally: statements without success after the same number of tries are alike to any prior on their rates, and
    each further sample of one of them is worth less than the one before. Why the threshold 0: on simulated rates,
    sharing with those that are barely provable as well loses about half of the gain in statements proved, or more
    (tests/selection/test_adaptive.py). Dividing the budget and calling again with the new counts gains again: in every
    part, those that have been proved leave.
    """
    order = sorted(first)
    rng.shuffle(order)
    uncertain = [id for id in order if first[id][1] <= threshold * first[id][0]]
    enough = [id for id in order if first[id][1] > threshold * first[id][0]]
    given = dict.fromkeys(first, 0)
    for ids, limit in ((uncertain, most), (enough, most), (order, None)):
        room = {id: budget if limit is None else max(0, limit - first[id][0]) for id in ids}
        for id, extra in _share(budget, ids, room).items():
            given[id] += extra
            budget -= extra
    return given


def _share(budget: int, ids: Sequence[str], room: Mapping[str, int]) -> dict[str, int]:
    """The budget in equal parts, as far as there is room; what does not divide goes to the first ones."""
    given = dict.fromkeys(ids, 0)
    open_ = [id for id in ids if room[id]]
    while budget and open_:
        each, rest = divmod(budget, len(open_))
        for place, id in enumerate(open_):
            extra = min(each + (place < rest), room[id] - given[id])
            given[id] += extra
            budget -= extra
        open_ = [id for id in open_ if given[id] < room[id]]
    return given
