"""Data sets in a campaign: what it proves, what it evaluates on, and what it must not train on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from stp.config import Config
from stp.data import check, dataset, splits
from stp.data.dataset import Entry
from stp.data.splits import Guard
from stp.errors import CampaignError, ConfigError
from stp.lean.pool import LeanPool
from stp.progress import Reporter


def to_prove(config: Config) -> list[tuple[str, Entry]]:
    """The statements of `data.sets`, each with its label `DATA:SPLIT/NAME`.

    Raises ConfigError, with a name, if one of them is held out: of `valid` it may be if the split is asked for.
    """
    return _trained_on("data.sets", config.data.sets)


def for_sft(config: Config) -> list[tuple[str, Entry]]:
    """The statements of `data.sft_sets`, likewise."""
    return _trained_on("data.sft_sets", config.data.sft_sets)


def _trained_on(key: str, specs: Sequence[str]) -> list[tuple[str, Entry]]:
    found: list[tuple[str, Entry]] = []
    for spec in specs:
        data, entries = dataset.select(spec)
        for entry in entries:
            if entry.split in dataset.HELD_OUT and not (entry.split == "valid" and spec.endswith(":valid")):
                raise ConfigError(
                    f"{key}: {splits.label(data.name, entry)} is held out and is never trained on; "
                    f"name a split to prove, for instance {data.name!r} with ':train'."
                )
            found.append((splits.label(data.name, entry), entry))
    return found


def to_evaluate(config: Config) -> list[tuple[str, Entry]]:
    """The statements of `data.held_out_sets`, labelled."""
    return [
        (splits.label(data.name, entry), entry)
        for data, entries in map(dataset.select, config.data.held_out_sets)
        for entry in entries
    ]


def shared_header(config: Config) -> str:
    """The header that the data sets' statements stand under; none, if there are none. Raises ConfigError if there are
    several."""
    labelled = (*to_prove(config), *for_sft(config), *to_evaluate(config))
    headers = {entry.header.strip(): label for label, entry in labelled}
    if len(headers) > 1:
        first, second, *_ = headers.values()
        raise ConfigError(
            f"data.sets: {first} and {second} stand under different headers; a campaign's statements share one."
        )
    return next(iter(headers), "")


def header(config: Config) -> str:
    """What the campaign's environment reads: the data sets' header, and the configuration's own."""
    return "\n".join(part for part in (shared_header(config), config.lean.header) if part)


def guard(config: Config, pool: LeanPool, reporter: Reporter) -> Guard:
    """Everything that is held out in the data sets at hand, but what `data.sets` asks for by name."""
    asked = {label for label, _ in (*to_prove(config), *for_sft(config))}
    with reporter.work("reading what is held out") as advance:
        return splits.guard(pool, progress=advance).without(asked)


def readable(
    labelled: Sequence[tuple[str, Entry]], pool: LeanPool, reporter: Reporter
) -> list[tuple[str, Entry, check.Checked]]:
    """Those that elaborate in the campaign's environment, which has read their header. Raises CampaignError if none does,
    or Lean gives no answer."""
    if not labelled:
        return []
    checked: dict[str, check.Checked] = {}
    for name, members in groupby(labelled, key=lambda item: item[0].partition(":")[0]):
        part = list(members)
        with reporter.work(f"reading {name}", len(part)) as advance:
            rows = check.record_bare(dataset.load(name), pool, [entry for _, entry in part], advance)
        checked |= {label: row for (label, _), row in zip(part, rows, strict=True)}
    lost = [label for label, row in checked.items() if row.outcome == "undecided"]
    if lost:
        raise CampaignError(
            f"Lean gave no answer about {lost[0]} ({len(lost)} in all); run the same command again."
        )
    good = [
        (label, entry, checked[label]) for label, entry in labelled if checked[label].outcome == "elaborates"
    ]
    if len(good) < len(labelled):
        first, row = next((label, row) for label, row in checked.items() if row.outcome == "fails")
        told = (
            f"{len(labelled) - len(good)} of {len(labelled)} statements of the data sets do not elaborate "
            f"({first}: {row.detail[:120]})"
        )
        if not good:
            raise CampaignError(f"{told}. See: stp data check NAME")
        reporter.say(told)
    return good
