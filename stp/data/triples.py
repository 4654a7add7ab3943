"""Triples (lemma, theorem, theorem) of one file: what the conjecturer's supervised stage learns from.

In (L, A, B) the proofs of A and B both use L, and the three stand in one file of a library in that order (STP, arXiv
2502.00212, stage 1). Drawing them is a pure function over plain values; below it, the three places such values come from.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from stp.data.dataset import HELD_OUT, Entry
from stp.lean import library
from stp.lean.pool import LeanPool
from stp.records import Check, digest
from stp.store import Store

#: Triples that one lemma gives.
PER_LEMMA = 8


@dataclass(frozen=True)
class Theorem:
    """A theorem of a library with one of its proofs."""

    name: str  # as premises name it
    module: str  # the file it stands in; none: it belongs to no triple
    position: int  # grows within the file
    statement: str
    proof: str = ""
    premises: tuple[str, ...] = ()  # names of the theorems that the proof uses


@dataclass(frozen=True)
class Triple:
    """`lemma` is None for two neighbours of a file, which the trivial lemma stands for."""

    lemma: Theorem | None
    seed: Theorem
    theorem: Theorem

    def as_row(self) -> dict[str, Any]:
        return {
            "module": self.seed.module,
            "lemma": None if self.lemma is None else _shown(self.lemma, "name", "statement"),
            "seed": _shown(self.seed, "name", "statement", "proof"),
            "theorem": _shown(self.theorem, "name", "statement", "proof"),
        }


def draw(
    theorems: Sequence[Theorem],
    rng: random.Random,
    *,
    per_lemma: int = PER_LEMMA,
    neighbours: bool = True,
) -> list[Triple]:
    """The triples of these theorems in random order: at most `per_lemma` for each lemma, and one, without a lemma,
    for any two neighbours of a file if `neighbours`. They depend on the theorems, their order and `rng` alone."""
    by_name = {theorem.name: theorem for theorem in theorems}
    users: dict[str, list[Theorem]] = defaultdict(list)
    for theorem in theorems:
        for name in theorem.premises:
            lemma = by_name.get(name)
            if lemma and theorem.module == lemma.module != "" and lemma.position < theorem.position:
                users[name].append(theorem)
    found: list[Triple] = []
    for name, using in sorted(users.items()):
        using.sort(key=lambda theorem: theorem.position)
        pairs = [(a, b) for i, a in enumerate(using) for b in using[i + 1 :]]
        found += [Triple(by_name[name], a, b) for a, b in rng.sample(pairs, min(per_lemma, len(pairs)))]
    if neighbours:
        by_module: dict[str, list[Theorem]] = defaultdict(list)
        for theorem in theorems:
            if theorem.module:
                by_module[theorem.module].append(theorem)
        for members in by_module.values():
            members.sort(key=lambda theorem: theorem.position)
            found += [Triple(None, a, b) for a, b in pairwise(members)]
    rng.shuffle(found)
    return found


def _shown(theorem: Theorem, *keys: str) -> dict[str, Any]:
    row = asdict(theorem)
    return {key: row[key] for key in keys}


# --- where theorems come from ------------------------------------------------------------------------------


def trainable(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Entries that may be trained on: with a proof, and in no held-out split. A triple shows its theorems."""
    return (entry for entry in entries if entry.proof and entry.split not in HELD_OUT)


def of_entries(entries: Iterable[Entry]) -> list[Theorem]:
    """Entries of a data set as theorems; the file is what stands before the `:` of their source."""
    found = []
    for index, entry in enumerate(entries):
        module, position = _place(entry.source)
        found.append(
            Theorem(
                entry.name,
                module,
                index if position is None else position,
                entry.statement,
                entry.proof,
                entry.premises,
            )
        )
    return found


def _place(source: str) -> tuple[str, int | None]:
    if match := re.match(r"(.+?):(\d+)(?!\d)", source):
        return match[1], int(match[2])
    return source.partition(":")[0], None


def of_seeds(
    pool: LeanPool, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[Theorem], int]:
    """The seed library's theorems whose proofs stand, with the premises that Lean finds in them; and how many got
    no verdict (a lost worker, a time-out of the wall clock)."""
    seeds = library.seeds(pool)
    proved: dict[str, tuple[str, ...]] = {}
    undecided = 0
    jobs = [Check(seed.name, seed.head, seed.proof, forbid=(seed.name,)) for seed in seeds]
    for done, (job, verdict) in enumerate(pool.check(jobs), 1):
        if verdict.proved:
            proved[job.id] = verdict.premises
        undecided += not verdict.decisive
        progress(done, len(jobs))
    theorems = [
        Theorem(seed.name, seed.file, seed.position, seed.rest, seed.proof, proved[seed.name])
        for seed in seeds
        if seed.name in proved
    ]
    return theorems, undecided


def of_store(store: Store) -> dict[Theorem, str]:
    """The proved statements of a campaign that are set aside for its supervised stage, each with the shortest of
    its proofs that name a lemma, else the shortest → the statement's id. A data set's split counts as one file."""
    found: dict[str, Theorem] = {}
    for row in store.rows(
        "select s.id, s.rest, s.source, s.name, s.module, s.position, p.text, v.premises "
        "from statements s join proofs p on p.statement = s.id join verdicts v on v.proof = p.id "
        "where v.outcome = 'proved' and s.split = 'sft' "
        "order by s.source, s.module, s.position, v.premises = '[]', length(p.text), p.text"
    ):
        theorem = Theorem(
            row["name"],
            row["module"].partition("/")[0] if row["source"] == "data" else row["module"],
            int(row["position"]),
            row["rest"],
            row["text"],
            tuple(json.loads(row["premises"])),
        )
        found.setdefault(row["id"], theorem)
    return {theorem: identity for identity, theorem in found.items()}


def campaign_seed(store: Store) -> int:
    """The number that a campaign draws its own triples with (`Context.seed("triples")`)."""
    return int(digest(str(store.config()["seed"]), "triples"), 16) >> 1
