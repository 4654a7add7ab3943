"""The state of a campaign: figures an iteration, as plain values and as a table."""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.table import Table

from stp.records import head_of
from stp.store import Store
from stp.store.schema import DATA_SET_SQL, FINAL


def status(store: Store) -> dict[str, Any]:
    """Everything `stp status` shows, read from the store alone (also while a run is writing it)."""
    config = store.config()
    environment = next(store.rows("select * from environments where id = ?", store.meta("environment")), None)
    stages = list(store.rows("select * from stages order by iteration, rowid"))
    clock: dict[int, dict[str, float]] = {}
    for row in store.rows(
        "select iteration, kind, sum(seconds) as seconds from clock group by iteration, kind"
    ):
        clock.setdefault(row["iteration"], {})[row["kind"]] = row["seconds"]
    begun = sorted({row["iteration"] for row in stages} | set(clock) | {0})
    iterations = [_iteration(store, i, stages, clock.get(i, {})) for i in begun]
    totals = {
        "verified_proofs": store.value("select count(*) from verdicts where outcome = 'proved'"),
        "statements_proved": store.value(
            "select count(distinct p.statement) from verdicts v join proofs p on p.id = v.proof where v.outcome = 'proved'"
        ),
        "proofs_checked": store.value("select count(*) from verdicts"),
        "conjectures": store.value("select count(*) from statements where source = 'conjecture'"),
        "undecided": store.value(
            "select count(*) from verdicts where outcome in ('timeout', 'out_of_memory', 'infrastructure') and reason != 'heartbeats'"
        ),
        "data_set": store.value(f"select count(*) from statements s where {DATA_SET_SQL}"),
        "data_set_proved": store.data_set_proved(2 * FINAL),
        "data_set_refuted": store.value("select count(*) from refutations where proof != ''"),
        "held_out": store.value("select count(*) from statements where split = 'held_out'"),
    }
    return {
        "name": config["name"],
        "mode": config["mode"],
        "environment": environment,
        "totals": totals,
        "disproved": _disproved(store),
        "iterations": iterations,
    }


def _disproved(store: Store) -> list[dict[str, Any]]:
    """The disproved statements of the data set, as Lean reads them, each with the proof of its negation."""
    return [
        {**row, "statement": head_of(row["statement"])}
        for row in store.rows(
            "select s.id, s.module, s.rest as statement, r.proof as proof_of_negation, r.iteration from refutations r "
            "join statements s on s.id = r.statement where r.proof != '' order by s.module, s.id"
        )
    ]


def _iteration(store: Store, i: int, stages: list[dict[str, Any]], clock: dict[str, float]) -> dict[str, Any]:
    figures = {row["stage"]: json.loads(row["figures"]) for row in stages if row["iteration"] == i}
    prove, held = figures.get("prove", {}), figures.get("evaluate", {})
    return {
        "iteration": i,
        "stages": [row["stage"] for row in stages if row["iteration"] == i],
        "statements": prove.get("statements"),
        "conjectures_sampled": figures.get("conjecture", {}).get("sampled"),
        "conjectures_kept": figures.get("screen", {}).get("kept", 0) if "screen" in figures else None,
        "proofs_tried": prove.get("tries"),
        "proofs_correct": prove.get("correct"),
        "undecided": prove.get("undecided"),
        "truncated": prove.get("truncated"),
        "statements_proved": prove.get("proved"),
        "pass_rate": prove["correct"] / prove["tries"] if prove.get("tries") else None,
        "data_set_proved": store.data_set_proved(i),
        "conjecturer_examples": figures.get("select", {}).get("conjecturer"),
        "prover_examples": figures.get("select", {}).get("prover"),
        "conjectures_screened": figures.get("screen"),
        "conjectures_selected": figures.get("select", {}).get("conjectures"),
        "watch": figures.get("watch"),
        "shortened": figures.get("shorten"),
        "held_out_pass_rate": held["correct"] / held["tries"] if held.get("tries") else None,
        "held_out_proved": held.get("proved"),
        "held_out_statements": held.get("statements"),
        "busy": {
            "sampler": prove.get("sampler_busy"),
            "lean": prove.get("lean_busy"),
        },
        "seconds": {kind: round(clock.get(kind, 0.0), 1) for kind in ("sampling", "lean", "training")},
    }


def table(report: dict[str, Any]) -> Table:
    """The table of `stp status`."""
    totals = report["totals"]
    view = Table(
        title=f"{report['name']} ({report['mode']})",
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
    )
    for title in (
        "iter",
        "state-\nments",
        "conj.\nkept",
        "proofs\ntried",
        "correct",
        "pass\nrate",
        "data set\nproved",
        "held-out\nproved",
        "held-out\nrate",
        "seconds: sample\n/ Lean / train",
    ):
        view.add_column(title, justify="right", no_wrap=True)
    for row in report["iterations"]:
        if not row["stages"]:
            continue
        held = (
            f"{row['held_out_proved']}/{row['held_out_statements']}"
            if row["held_out_proved"] is not None
            else "–"
        )
        kept = (
            f"{row['conjectures_kept']}/{row['conjectures_sampled']}"
            if row["conjectures_kept"] is not None
            else "–"
        )
        view.add_row(
            "final" if row["iteration"] > FINAL else str(row["iteration"]),
            _text(row["statements"]),
            kept,
            _text(row["proofs_tried"]),
            _text(row["proofs_correct"]),
            _percent(row["pass_rate"]),
            f"{row['data_set_proved']}/{totals['data_set']}",
            held,
            _percent(row["held_out_pass_rate"]),
            " / ".join(f"{row['seconds'][kind]:.0f}" for kind in ("sampling", "lean", "training")),
        )
    return view


def _text(value: Any) -> str:
    return "–" if value is None else f"{value:,}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
