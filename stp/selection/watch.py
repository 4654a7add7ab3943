"""Collapse watch: what an iteration's conjectures look like, and sentences when that has drifted. Not in the paper.

Conjecturers that are rewarded for hard statements are reported to collapse into artificially complex ones (SGS, arXiv
2604.20209), and any generator trained on its own outputs may come to repeat itself. Both show in these figures before
they show in what is proved. The thresholds are not tuned: they are far from what iterations differ by from one to the
next, and a warning changes nothing but the reader's mind.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

#: With fewer conjectures a single one moves a share by more than 5 %, and nothing is said.
FEWEST = 20
#: So many first iterations are what later ones are compared with: their median forgives one odd one.
FIRST = 3
#: Novelty, complexity or share of distinct types below this times the first ones': half of it is gone.
FALL = 0.5
#: A median of characters, binders or constants above this times the first ones': half as long again.
RISE = 1.5
#: One lemma in more of the kept conjectures than this. Seeds give none to more than a tenth (`lemma_cap`).
LEMMA_SHARE = 0.3
#: More than this of what Lean could read were statements of the campaign, of its library or held out: most of the samples
#: repeat what is there.
KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class Kept:
    """A conjecture that passed the screen: the length of its statement, its binders, the distinct constants in its
    type, and the lemma it was made from; empty for the trivial one."""

    characters: int
    binders: int
    constants: int
    lemma: str = ""


@dataclass(frozen=True)
class Watch:
    """One iteration's figures; None where there is nothing to take them of."""

    kept: int
    elaborated: int  # sampled conjectures that Lean could read
    novelty_mean: float | None
    novelty_median: float | None
    characters: float | None  # medians
    binders: float | None
    constants: float | None
    lemma: str  # the most frequent one but the trivial
    lemma_share: float | None  # of the kept conjectures
    effective_lemmas: float | None  # exp of the entropy, in nats, of the lemmas but the trivial
    distinct_share: float | None  # distinct types / elaborated
    known_share: float | None = None  # of types that were there before the iteration / elaborated
    lemmas: Mapping[str, float] = field(
        default_factory=dict
    )  # share of the kept conjectures made from each lemma but the trivial, the most frequent first


def observe(kept: Sequence[Kept], novelties: Sequence[float], types: Sequence[str], known: int = 0) -> Watch:
    """The figures of one iteration.

    novelties: of the kept conjectures, `cosine.novelty`; empty where there are no embeddings. types: that of every
    sampled conjecture that elaborated (its hash will do), repetitions and dropped ones included. known: how many of
    those were dropped as known.
    """
    lemmas = Counter(conjecture.lemma for conjecture in kept if conjecture.lemma)
    ordered = sorted(lemmas.items(), key=lambda item: (-item[1], item[0]))
    lemma, count = ordered[0] if ordered else ("", 0)
    values = [float(value) for value in novelties]
    return Watch(
        kept=len(kept),
        elaborated=len(types),
        novelty_mean=fmean(values) if values else None,
        novelty_median=median(values) if values else None,
        characters=median(c.characters for c in kept) if kept else None,
        binders=median(c.binders for c in kept) if kept else None,
        constants=median(c.constants for c in kept) if kept else None,
        lemma=lemma,
        lemma_share=count / len(kept) if kept else None,
        effective_lemmas=_effective(list(lemmas.values())) if lemmas else None,
        distinct_share=len(set(types)) / len(types) if types else None,
        known_share=known / len(types) if types else None,
        lemmas={name: times / len(kept) for name, times in ordered},
    )


def drift(history: Sequence[Watch], now: Watch) -> list[str]:
    """Sentences, with the figures, on what has drifted from the median of the first iterations in `history` (oldest
    first, `now` not among them). Figures of fewer than 20 conjectures neither warn nor are compared with."""
    said = []
    if (pair := _compared(history, now, "novelty_median")) and pair[1] < FALL * pair[0]:
        said.append(f"novelty fell to {pair[1]:.2g}, from {pair[0]:.2g} at first (medians)")
    for name in ("characters", "binders", "constants"):
        pair = _compared(history, now, name)
        if pair and (pair[1] > RISE * max(pair[0], 1) or pair[1] < FALL * pair[0]):
            said.append(f"conjectures have {pair[1]:g} {name}, {pair[0]:g} at first (medians)")
    # of before the share of known ones was taken, each type that was dropped counted as one of its own
    alike = [w for w in history if w.known_share is not None]
    if (pair := _compared(alike, now, "distinct_share", "elaborated")) and pair[1] < FALL * pair[0]:
        said.append(f"{pair[1]:.0%} of the conjectures that elaborate are distinct, {pair[0]:.0%} at first")
    if now.elaborated >= FEWEST and now.known_share is not None and now.known_share > KNOWN_SHARE:
        said.append(f"{now.known_share:.0%} of the conjectures that elaborate are known statements")
    if now.kept >= FEWEST and now.lemma_share is not None and now.lemma_share > LEMMA_SHARE:
        said.append(f"{now.lemma_share:.0%} of the conjectures kept come from one lemma, {now.lemma}")
    return said


def _compared(
    history: Sequence[Watch], now: Watch, figure: str, size: str = "kept"
) -> tuple[float, float] | None:
    """The figure at first and now; None where it is missing or of too few."""

    def value(w: Watch) -> float | None:
        return getattr(w, figure) if getattr(w, size) >= FEWEST else None

    first = [v for w in history if (v := value(w)) is not None][:FIRST]
    current = value(now)
    return (median(first), current) if first and current is not None else None


def _effective(counts: Sequence[int]) -> float:
    total = sum(counts)
    return math.exp(-sum(count / total * math.log(count / total) for count in counts))
