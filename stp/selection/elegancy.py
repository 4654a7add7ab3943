"""Elegancy: conjectures whose proofs are short for what they state are dropped (STP paper, section 3.3)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Elegance:
    """A proved conjecture as the filter sees it; lengths in characters, `proof` that of its shortest correct one."""

    id: str
    statement: int
    proof: int
    lemma: str = ""

    @property
    def ratio(self) -> float:
        return self.proof / self.statement


def elegant(conjectures: Sequence[Elegance], drop: float = 0.2, by_lemma: bool = False) -> list[Elegance]:
    """The conjectures, in their order, without the share `drop` that has the lowest ratio proof / statement.

    Of n conjectures ⌊drop · n⌋ are dropped, so none of fewer than five at 0.2; of equal ratios the smaller id goes
    first. Paper: among all of them. by_lemma: the same within the conjectures of each lemma, the trivial one ("")
    included, as in the released code, which however keeps all that are equal to the last one kept.
    """
    groups: dict[str, list[Elegance]] = defaultdict(list)
    for conjecture in conjectures:
        groups[conjecture.lemma if by_lemma else ""].append(conjecture)
    dropped: set[str] = set()
    for group in groups.values():
        group.sort(key=lambda conjecture: (conjecture.ratio, conjecture.id))
        count = math.floor(drop * len(group) + 1e-9)  # 0.29 · 100 is 28.999999999999996
        dropped.update(conjecture.id for conjecture in group[:count])
    return [conjecture for conjecture in conjectures if conjecture.id not in dropped]
