"""Splits: made once, by seed, written down; and the guard that keeps held-out statements out of training."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stp import paths
from stp.data import check, dataset
from stp.data.dataset import DataSet, Entry
from stp.errors import CampaignError, InputError
from stp.lean.pool import LeanPool

#: Key of the card under which a split is written down.
CARD_KEY = "split"


def assign(keys: Mapping[str, str], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """A split for each name: `keys` gives each its type's key, and names of one key stay together.

    Keys are ordered by SHA-256 of seed and key and cut at the shares, so neither the order of the statements nor
    anything else about them matters. Raises InputError if the shares do not add up to 1.
    """
    if any(share < 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"The shares {dict(shares)} do not add up to 1.")
    ordered = sorted(set(keys.values()), key=lambda key: hashlib.sha256(f"{seed}\0{key}".encode()).digest())
    cuts: dict[str, str] = {}
    start = reached = 0.0
    for name, share in shares.items():
        reached += share * len(ordered)
        for key in ordered[round(start) : round(reached)]:
            cuts[key] = name
        start = reached
    return {name: cuts[key] for name, key in keys.items()}


def split(data: DataSet, keys: Mapping[str, str], shares: Mapping[str, float], seed: int) -> DataSet:
    """`data` with splits drawn by `assign` and written down in its card.

    keys: as in `assign`, for every statement. Raises InputError if it has splits already.
    """
    there = [name for name in data.splits() if name]
    if there:
        raise InputError(
            f"{data.name} is split already ({', '.join(there)}); a split is made once. For another one, import the data "
            "set under another name."
        )
    drawn = assign(keys, shares, seed)
    entries = tuple(replace(e, split=drawn[e.name]) for e in data.entries)
    record = {"seed": seed, "shares": dict(shares), "by": "SHA-256 of seed and type key"}
    return DataSet(data.name, entries, {**data.card, CARD_KEY: record})


def shipped(name: str) -> dict[str, Any] | None:
    """The split that stp ships for a data set of this name: `held_out`, a list of names, with how it was drawn."""
    place = paths.shipped("data/splits") / f"{name}.json"
    if not place.is_file():
        return None
    loaded: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return loaded


def with_shipped(data: DataSet) -> DataSet:
    """`data` under the split that stp ships for its name, if there is one and it has none of its own."""
    record = shipped(data.name)
    if record is None or any(e.split not in ("", "train") for e in data.entries):
        return data
    held = set(record["held_out"])
    entries = tuple(replace(e, split="held_out" if e.name in held else "train") for e in data.entries)
    about = {key: value for key, value in record.items() if key != "held_out"}
    return DataSet(data.name, entries, {**data.card, CARD_KEY: about})


# --- the guard --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guard:
    """Statements that must not be trained on, by the keys of their types: all the places where each is held out."""

    held: Mapping[str, tuple[str, ...]]

    def where(self, key: str) -> str | None:
        """`DATA:SPLIT/NAME` of a held-out statement of this type, if there is one."""
        return next(iter(self.held.get(key, ())), None)

    def without(self, labels: Container[str]) -> Guard:
        """The guard, less the types that are held out under these labels alone."""
        return Guard(
            {key: places for key, places in self.held.items() if any(place not in labels for place in places)}
        )

    def refuse(self, keys: Iterable[str]) -> None:
        """Raises CampaignError, with its name, for the first statement that is held out."""
        for key in keys:
            if where := self.where(key):
                raise CampaignError(
                    f"A training example is about the statement {where}, which is held out; nothing was trained. "
                    "Begin a new campaign, which leaves it out."
                )


def guard(
    pool: LeanPool,
    names: Sequence[str] | None = None,
    progress: Callable[[int, str], None] = lambda done, remark: None,
) -> Guard:
    """All statements of held-out splits of the data sets in the cache folder (`names`: of these), as the pool's
    environment reads them: under their own header, and without it, for the environment may have read it already. One that
    elaborates in neither way can be none that is trained on there. Raises CampaignError if Lean gives no answer."""
    held: dict[str, list[str]] = defaultdict(list)
    for name in dataset.installed() if names is None else names:
        if not set(dataset.card(name)["splits"]) & set(dataset.HELD_OUT):
            continue
        data = dataset.load(name)
        entries = dataset.held_out(data.entries)
        progress(0, name)
        for rows in (check.record(data, pool, only=entries), check.record_bare(data, pool, entries)):
            lost = [row for row in rows if row.outcome == "undecided"]
            if lost:
                raise CampaignError(
                    f"Lean gave no answer about the held-out statement {name}:{lost[0].name} ({lost[0].detail}); run the same command again."
                )
            for entry, found in zip(entries, rows, strict=True):
                place = label(name, entry)
                if found.key and place not in held[found.key]:
                    held[found.key].append(place)
    return Guard({key: tuple(places) for key, places in held.items()})


def label(name: str, entry: Entry) -> str:
    return f"{name}:{entry.split}/{entry.name}"
