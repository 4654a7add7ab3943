"""Selection as in STP (arXiv 2502.00212, section 3), on plain values."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class ProofOf:
    """A correct proof: its text, the seconds its check took, the library theorems in its term."""

    text: str
    seconds: float
    theorems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempted:
    """A statement after its samples were checked. `tries` counts samples with a decisive verdict."""

    id: str
    tries: int
    correct: int
    proofs: tuple[ProofOf, ...] = ()
    lemma: str = ""  # the lemma a conjecture was asked to use; empty for the trivial one

    @property
    def rate(self) -> float:
        return self.correct / self.tries if self.tries else 0.0


@dataclass(frozen=True)
class SeedChoice:
    """What a conjecture is made from; an empty lemma is the trivial one."""

    statement: str
    lemma: str


def barely_provable(correct: int, tries: int, threshold: float = 0.25) -> bool:
    """Whether the pass rate lies in (0, threshold] (paper: 1/4)."""
    return tries > 0 and 0 < correct / tries <= threshold


def conjecturer_worthy(conjecture: Attempted, *, threshold: float = 0.25, require_lemma: bool = True) -> bool:
    """Whether a conjecture trains the conjecturer: barely provable, and its lemma in the term of one of its
    correct proofs. A conjecture made from the trivial lemma has none to use."""
    if not barely_provable(conjecture.correct, conjecture.tries, threshold):
        return False
    if not require_lemma or not conjecture.lemma:
        return True
    return any(conjecture.lemma in proof.theorems for proof in conjecture.proofs)


def prover_worthy(statement: Attempted, below: float = 0.5) -> bool:
    """Whether a statement's proofs train the prover: proved, with a pass rate below 1/2 (paper); 1: at any rate."""
    return statement.correct > 0 and (statement.rate < below or below >= 1)


def retrain_worthy(statement: Attempted, from_data: bool, at_most: float = 0.25) -> bool:
    """Whether a statement's proofs take part in the final retraining: proved, with a pass rate of at most 1/4 (paper);
    statements of the data set at any rate (released code)."""
    return statement.correct > 0 and (from_data or statement.rate <= at_most)


def distinct_shortest(proofs: Iterable[ProofOf], limit: int = 16) -> list[ProofOf]:
    """At most `limit` proofs (0: all), distinct up to white space, the shortest first (paper: at most 16 in the final
    retraining and in optimised expert iteration; the released code draws them there, here chance has no part)."""
    return distinct_shortest_by(proofs, lambda proof: proof.text, limit)


def distinct_shortest_by(items: Iterable[Item], text: Callable[[Item], str], limit: int) -> list[Item]:
    """The same of whatever has a text."""
    kept: dict[str, Item] = {}
    for item in sorted(items, key=lambda item: (len(text(item)), text(item))):
        kept.setdefault(" ".join(text(item).split()), item)
    return list(kept.values())[: limit or None]


def proof_weight(
    proof: ProofOf, correct: int, *, length_decay: float = 0.001, time_decay: float = 0.01
) -> float:
    """exp(-0.001 length) · exp(-0.01 seconds) / #correct (paper, section 3.3; length in characters, as in the released
    code). correct: `correct_count`."""
    return math.exp(-length_decay * len(proof.text)) * math.exp(-time_decay * proof.seconds) / max(1, correct)


def correct_count(statement: Attempted, count: Literal["samples", "proofs", "off"] = "samples") -> int:
    """#correct of `proof_weight`: the statement's correct samples of the iteration, of which several may be one proof, so
    that what is found more often counts less in all; or its distinct proofs, so that statements count alike whatever their
    pass rate (as in the released code, which counts those of its whole buffer); or 1, so that each proof counts alike."""
    if count == "samples":
        return statement.correct
    return len(distinct_shortest(statement.proofs, 0)) if count == "proofs" else 1


def resampled(proved: Iterable[str], share: float, rng: random.Random) -> list[str]:
    """Of n proved statements the round(share · n) that are tried again, in order of their ids (released code: a share of
    0.05; halves are rounded to even numbers)."""
    among = sorted(proved)
    return sorted(rng.sample(among, round(share * len(among))))


def replayed(by_iteration: Mapping[int, Sequence[str]], iteration: int, last: int = 3) -> list[str]:
    """What the replay buffer (paper, section 3.3: three iterations) holds in `iteration`: the ids of the last `last`
    iterations (0: of all), each once, the newest first."""
    seen: dict[str, None] = {}
    for i in range(iteration, iteration - last if last else min(by_iteration, default=0) - 1, -1):
        for item in by_iteration.get(i, ()):
            seen.setdefault(item)
    return list(seen)


def choose_seeds(
    proved: Mapping[str, Sequence[str]],
    count: int,
    rng: random.Random,
    *,
    trivial_share: float = 0.5,
    lemma_cap: float = 0.1,
) -> list[SeedChoice]:
    """`count` pairs (statement, lemma) to make conjectures from (paper, section 3.2).

    proved: statement → lemmas that one of its correct proofs uses. A seed gets the trivial lemma with
    probability `trivial_share` (or when its proofs use none); no other lemma is given to more than
    `lemma_cap * count` seeds; pairs are distinct as long as the cap allows enough distinct ones, and then come
    again (the paper drops repeated ones and goes without; here the model samples another conjecture from the same prompt).
    So the trivial lemma's share is less than `trivial_share` where more conjectures are wanted than there are statements, each
    of which has it once, and more where the other lemmas are at the cap.
    """
    statements = sorted(proved)
    if not statements or count <= 0:
        return []
    cap = max(1, math.floor(lemma_cap * count))
    used: Counter[str] = Counter()
    chosen: list[SeedChoice] = []
    seen: set[SeedChoice] = set()
    while len(chosen) < count:
        rng.shuffle(statements)
        before = len(chosen)
        for statement in statements:
            lemmas = sorted(lemma for lemma in proved[statement] if used[lemma] < cap)
            lemma = "" if not lemmas or rng.random() < trivial_share else rng.choice(lemmas)
            if SeedChoice(statement, lemma) in seen:
                unseen = [other for other in ("", *lemmas) if SeedChoice(statement, other) not in seen]
                if not unseen:
                    continue
                lemma = rng.choice(unseen)
            if lemma:
                used[lemma] += 1
            seen.add(SeedChoice(statement, lemma))
            chosen.append(SeedChoice(statement, lemma))
            if len(chosen) == count:
                break
        if len(chosen) == before:
            seen.clear()
    return chosen


def choose_targets(unproved: Sequence[str], count: int, share: float, rng: random.Random) -> list[str | None]:
    """For each of `count` conjectures an unproved statement to start from, or None.

    `share` of them, rounded, have one; each statement comes as often as another, give or take one.
    """
    wanted = round(share * count) if unproved else 0
    chosen: list[str | None] = []
    while len(chosen) < wanted:
        chosen += rng.sample(sorted(unproved), min(len(unproved), wanted - len(chosen)))
    chosen += [None] * (count - wanted)
    rng.shuffle(chosen)
    return chosen
