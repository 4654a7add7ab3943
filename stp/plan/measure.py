"""Rates of a finished or running campaign, read from its store alone.

What belongs to the data (statements, how many are proved) is taken only if the recipe names the same data, what belongs
to the model (speeds, lengths, what it proves) only if it names the same model and what belongs to Lean only if it
names the same Lean.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stp.config import Config
from stp.plan.rates import Points, Rate
from stp.report.status import status
from stp.store import Store
from stp.store.schema import FINAL

#: Shares of the database that texts of proofs take are counted apart: bytes of a text, twice (row and page slack).
_DATA = ("statements", "held_out", "proved", "sft_examples")
_MODEL = (
    "proof_tokens",
    "conjecture_tokens",
    "prover_prompt_tokens",
    "conjecturer_prompt_tokens",
    "conjectures_kept",
    "distinct_proofs",
    "prover_examples",
    "conjecturer_examples",
    "shorten_checks",
    "sampling_tokens_per_second",
    "training_tokens_per_second",
)


def measure(folder: Path, config: Config) -> dict[str, Rate]:
    """The rates that the campaign in `folder` shows and that hold for `config`; what it has no rows of is left out.

    Raises CampaignError if there is no campaign.
    """
    with Store.read(folder) as store:
        found = _all(store)
        theirs = store.config()
    ours = config.model_dump(mode="json")

    def same(section: str, *keys: str) -> bool:
        there = theirs[section]
        return all(ours[section].get(key) == there[key] for key in keys or there if key in there)

    drop: set[str] = set()
    if not same("data"):
        drop.update(_DATA)
    if not same("model"):
        drop.update((*_MODEL, "proved"))
    if not same("lean", "imports", "project"):
        drop.add("lean_seconds")
    return {key: Rate(value, "measured", folder.name) for key, value in found.items() if key not in drop}


def _all(store: Store) -> dict[str, float | Points]:
    found: dict[str, float | Points] = {}
    report = status(store)
    config = store.config()
    totals = report["totals"]
    rounds = [row for row in report["iterations"] if row["stages"] and row["iteration"] < FINAL]
    found["statements"] = float(totals["data_set"])
    found["held_out"] = float(totals["held_out"])
    if totals["data_set"] and rounds:
        found["proved"] = tuple(
            (float(row["iteration"]), row["data_set_proved"] / totals["data_set"]) for row in rounds
        )
    lengths = tuple(
        (float(row["iteration"] - 1), float(row["mean"]))
        for row in store.rows(
            "select iteration, avg(tokens) as mean from attempts where stage = 'prove' group by 1 order by 1"
        )
    )
    if lengths:
        found["proof_tokens"] = lengths
    _put(found, "conjecture_tokens", store.value("select avg(tokens) from conjectures"))
    _put(
        found,
        "conjectures_kept",
        store.value("select avg(screen = 'kept') from conjectures where screen is not null"),
    )
    _put(
        found,
        "distinct_proofs",
        store.value(
            "select cast(count(distinct iteration || stage || proof) as real) / count(*) from attempts"
        ),
    )
    _examples(found, store)
    _put(
        found,
        "lean_seconds",
        store.value("select avg(seconds) from verdicts where seconds > 0"),
    )
    _put(
        found,
        "shorten_checks",
        store.value(
            "select cast(sum(figures ->> 'checked') as real) / nullif(sum(figures ->> 'proofs'), 0) from stages "
            "where stage = 'shorten'"
        ),
    )
    _speeds(found, store, config)
    _disk(found, store)
    return found


def _put(found: dict[str, float | Points], key: str, value: Any) -> None:
    if value is not None:
        found[key] = float(value)


def _examples(found: dict[str, float | Points], store: Store) -> None:
    figures: dict[str, list[dict[str, Any]]] = {"select": [], "prove": [], "screen": [], "supervised": []}
    # only iterations whose examples are chosen
    for row in store.rows(
        "select stage, figures from stages where iteration in (select iteration from stages where stage = 'select') "
        "or stage = 'supervised'"
    ):
        figures.setdefault(row["stage"], []).append(json.loads(row["figures"]))

    def total(stage: str, key: str) -> int:
        return sum(int(f.get(key, 0)) for f in figures[stage])

    if attempted := total("prove", "statements"):
        found["prover_examples"] = total("select", "prover") / attempted
    if kept := total("screen", "kept"):
        found["conjecturer_examples"] = total("select", "conjecturer") / kept
    if figures["supervised"]:
        found["sft_examples"] = float(total("supervised", "examples"))


def _speeds(found: dict[str, float | Points], store: Store, config: dict[str, Any]) -> None:
    """Tokens a second and GPU, and the mean length of an example, which gives that of the prover's prompt."""
    sampled = store.value(
        "select coalesce((select sum(tokens) from attempts), 0) + coalesce((select sum(tokens) from conjectures), 0)"
    )
    spent = store.value("select sum(seconds) from clock where kind = 'sampling'")
    gpus = config.get("sampler", {}).get("gpus", 1)
    if sampled and spent:
        found["sampling_tokens_per_second"] = sampled / spent / gpus
    reports = [
        (row["train"], json.loads(row["report"]))
        for row in store.rows(
            "select m.report, s.stage is not null as train from models m left join stages s "
            "on s.iteration = m.iteration and s.stage = 'train' order by m.iteration"
        )
    ]
    trained = sum(r.get("tokens", 0) for _, r in reports)
    seconds = sum(r.get("seconds", 0.0) for _, r in reports)
    if trained and seconds:
        found["training_tokens_per_second"] = (
            trained / seconds / config.get("trainer", {}).get("processes", 1)
        )
    # those that are trained `train.epochs` times over their examples
    later = [r for train, r in reports if train and r.get("tokens") and r.get("examples")]
    if later and "proof_tokens" in found:
        each = sum(r["tokens"] for r in later) / sum(r["examples"] for r in later) / config["train"]["epochs"]
        proof = store.value("select avg(tokens) from attempts where stage = 'prove'")
        found["prover_prompt_tokens"] = max(0.0, each - proof)


def _disk(found: dict[str, float | Points], store: Store) -> None:
    """Bytes of the database a sample (texts of proofs left out), and a parameter's of a kept model."""
    samples = store.value("select count(*) from attempts")
    if samples:
        pages = store.value("pragma page_count") * store.value("pragma page_size")
        texts = store.value("select coalesce(sum(length(cast(text as blob))), 0) from proofs")
        found["database_bytes"] = max(1.0, (pages - texts) / samples)
