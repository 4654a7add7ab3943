"""The plan of a campaign as plain values: what `stp plan --json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stp.config import Config
from stp.plan import cost, defaults, memory, shape
from stp.plan.measure import measure
from stp.plan.rates import Rate, load
from stp.plan.shape import Model


def plan(
    config: Config, *, rates: Path | None = None, measured: Path | None = None, parameters: str = ""
) -> dict[str, Any]:
    """The plan of `config`. rates: a TOML file; measured: a campaign's folder; parameters: as in "7B".

    Raises ConfigError, InputError or CampaignError with one sentence.
    """
    known: dict[str, Rate] = {}
    if measured:
        known.update(measure(measured, config))
    if rates:
        known.update(load(rates))
    model = shape.of(config, parameters)
    return report(config, model, defaults.of(config, model, known))


def report(config: Config, model: Model, rates: Mapping[str, Rate]) -> dict[str, Any]:
    """The same with every rate at hand. `total` says of each figure which rates it rests on."""
    phases = cost.phases(config, rates)
    whole = cost.total(phases)
    gpu = str(rates["gpu"].value)
    return {
        "name": config.name,
        "mode": config.mode,
        "iterations": config.iterations,
        "model": {
            "name": model.name,
            "parameters": model.parameters,
            "source": model.source,
            "note": model.note,
            **asdict(model.shape),
        },
        "machine": {
            "gpu": gpu,
            "sampling_gpus": config.sampler.gpus,
            "training_gpus": config.trainer.processes,
            "lean_workers": config.lean.workers,
        },
        "rates": {
            key: {"value": rate.value, "source": rate.source, "note": rate.note}
            for key, rate in rates.items()
        },
        "total": {
            figure: {"value": getattr(whole, figure), "rests_on": _sources(cost.RESTS_ON[figure], rates)}
            for figure in cost.FIGURES
        },
        "stages": [asdict(phase) for phase in cost.by_stage(phases)],
        "rounds": [asdict(phase) for phase in cost.by_iteration(phases)],
        "phases": [asdict(phase) for phase in phases],
        "memory": {
            "training, a GPU": _bytes(memory.training(config, model, gpu), rates, model),
            "sampling, a GPU": _bytes(memory.sampling(config, model, gpu), rates, model),
            "host": _bytes(memory.host(config, model, rates), rates, None),
            "disk": _bytes(memory.disk(config, model, rates, phases), rates, model),
        },
    }


def _sources(keys: Sequence[str], rates: Mapping[str, Rate]) -> dict[str, list[str]]:
    """Source → the rates among `keys` that come from it."""
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(rates[key].source, []).append(key)
    return found


def _bytes(lines: list[memory.Bytes], rates: Mapping[str, Rate], model: Model | None) -> list[dict[str, Any]]:
    rows = []
    for line in lines:
        sources = _sources(line.rests_on, rates)
        if model is not None:
            sources.setdefault(model.source, []).append("parameters")
        rows.append({"name": line.name, "bytes": line.bytes, "note": line.note, "rests_on": sources})
    return rows
