"""The plan of a campaign for people: tables, of which the costs fit 80 columns."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from stp.plan.cost import FIGURES
from stp.store.schema import FINAL

_TITLES = {
    "conjectures": "conj.",
    "proofs": "proofs",
    "generated_tokens": "tokens\nsampled",
    "trained_tokens": "tokens\ntrained",
    "sampling_gpu_hours": "GPU h\nsampling",
    "training_gpu_hours": "GPU h\ntraining",
    "lean_core_hours": "core h\nLean",
    "hours": "wall\nclock",
}
#: Rounds that are shown of a long campaign: so many of its beginning, the middle and the last.
_BEGINNING = 2
_LONG = 6


def number(value: float) -> str:
    """Three digits and a factor: 3.58 M."""
    for factor, unit in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{unit}"
    return "–" if value == 0 else f"{value:.3g}"


def hours(value: float) -> str:
    """Of the clock: seconds, minutes, hours or days."""
    if value == 0:
        return "–"
    if value < 1 / 60:
        return f"{3600 * value:.2g} s"
    if value < 1:
        return f"{60 * value:.2g} min"
    return f"{value:.3g} h" if value < 48 else f"{value / 24:.3g} days"


def gigabytes(value: float) -> str:
    if value < 1e9:
        return f"{value / 1e6:.3g} MB"
    return f"{value / 1e9:,.3g} GB" if value < 1e12 else f"{value / 1e12:.3g} TB"


def show(report: dict[str, Any], console: Console, *, every: bool = False) -> None:
    """Print the plan. every: all rounds, not the first, the middle and the last."""
    model, machine = report["model"], report["machine"]
    console.print(
        f"{report['name']} ({report['mode']}, {report['iterations']} iterations): {model['name']}, "
        f"{number(model['parameters'])} parameters ({model['source']}: {model['note']})",
        highlight=False,
        markup=False,
    )
    console.print(
        f"{machine['gpu']}: {machine['sampling_gpus']} for sampling, {machine['training_gpus']} for training; "
        f"{machine['lean_workers']} Lean workers",
        highlight=False,
    )
    console.print(
        Group(
            _costs(report, every),
            _sources(report),
            _memory(report),
            _rates(report),
        )
    )


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 1),
    )


def _costs(report: dict[str, Any], every: bool) -> Table:
    view = _table("\nCost")
    view.add_column("", no_wrap=True)
    for figure in FIGURES:
        view.add_column(_TITLES[figure], justify="right", no_wrap=True)

    def add(name: str, row: dict[str, Any], **style: Any) -> None:
        cells = ((hours if figure == "hours" else number)(row[figure]) for figure in FIGURES)
        view.add_row(name, *(cell.replace(" days", "d").replace(" ", "") for cell in cells), **style)

    rounds = report["rounds"]
    last = sum(row["iteration"] <= FINAL for row in rounds) - 1
    shown = set(range(len(rounds)))
    if not every and len(rounds) > _LONG:
        shown = {*range(_BEGINNING + 1), last // 2, *range(last, len(rounds))}
    before = -1
    for i, row in enumerate(rounds):
        if i in shown:
            if i > before + 1:
                view.add_row("…")
            add(row["name"], row)
            before = i
    view.add_row()
    for row in report["stages"]:
        add(row["name"], row)
    add("total", {figure: report["total"][figure]["value"] for figure in FIGURES}, style="bold")
    return view


def _sources(report: dict[str, Any]) -> Table:
    view = _table("\nWhat the totals rest on")
    view.add_column("figure", no_wrap=True)
    view.add_column("rates, by source")
    for figure in FIGURES:
        view.add_row(_TITLES[figure].replace("\n", " "), _from(report["total"][figure]["rests_on"]))
    return view


def _from(sources: dict[str, list[str]]) -> str:
    return "; ".join(f"{source}: {', '.join(keys)}" for source, keys in sources.items())


def _memory(report: dict[str, Any]) -> Table:
    view = _table("\nMemory and disk")
    for title in ("where", "what", "size", "how"):
        view.add_column(
            title, justify="right" if title == "size" else "left", no_wrap=title in ("where", "size")
        )
    view.add_column("from")
    for where, lines in report["memory"].items():
        for i, line in enumerate(lines):
            view.add_row(
                "" if i else where,
                line["name"],
                gigabytes(line["bytes"]),
                escape(line["note"]),
                ", ".join(line["rests_on"]) or "recipe",
            )
    return view


def _rates(report: dict[str, Any]) -> Table:
    view = _table("\nRates")
    view.add_column("rate", no_wrap=True)
    view.add_column("value", justify="right")
    view.add_column("source", no_wrap=True)
    view.add_column("where from")
    for key, rate in sorted(report["rates"].items()):
        view.add_row(key, _value(rate["value"]), rate["source"], escape(rate["note"]))
    return view


def _value(value: Any) -> str:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, tuple):
        ends = [value[0], value[-1]] if len(value) > 2 else list(value)
        return " … ".join(f"{y:.3g} at {x:g}" for x, y in ends)
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"
