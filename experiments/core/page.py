"""Make the experiment's page from the campaigns and evaluations that are there: figures, tables, and their numbers.

What stands in README.md outside the marked parts is written by hand.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stp.evaluation import result
from stp.evaluation.compare import compare, title
from stp.evaluation.result import Report
from stp.report import curves
from stp.store import Store

#: Arms in the first figure; the others are compared with `stp` in the table.
MAIN = ("stp", "expert-iteration", "expert-iteration-vanilla", "sampling")


def make(out: Path, here: Path, base: str) -> None:
    """Write the figure, the numbers (JSON) and the tables of README.md from the campaigns in `out`."""
    runs = _runs(out)
    if not runs:
        print(f"no finished campaign in {out}")
        return
    figures = [run["curve"] for run in runs if run["name"] in MAIN]
    curves.draw(here / f"{base}.svg", figures, ("proofs", "tokens", "seconds"))
    arms = _arms(runs)
    evaluations = _evaluations(out, runs)
    numbers = {
        "arms": arms,
        "evaluations": evaluations,
        "runs": [
            {key: value for key, value in run.items() if key not in ("curve", "proved")}
            | {"points": [vars(point) for point in run["curve"].points]}
            for run in runs
        ],
    }
    (here / f"{base}.json").write_text(json.dumps(numbers, indent=1) + "\n")
    readme = here / "README.md"
    text = readme.read_text() if readme.exists() else ""
    for name, table in (
        ("arms", f"![statements proved]({base}.svg)\n\n{_arms_table(arms)}\n\n{_limit(runs)}"),
        ("evaluations", _evaluations_table(evaluations)),
        ("conjectures", _conjectures_table(runs)),
    ):
        text = _put(text, f"{base}-{name}", table)
    readme.write_text(text)


def _put(text: str, name: str, table: str) -> str:
    """Replace what stands between the marks of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text:
        return text
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)


# --- what the campaigns say -------------------------------------------------------------------------------


def _runs(out: Path) -> list[dict[str, Any]]:
    """The campaigns whose budget is spent."""
    found = []
    for folder in sorted(out.glob("*/campaign.db")):
        with Store.read(folder.parent) as store:
            config = store.config()
            curve = curves.curve(store)
            budget = config["prove"]["budget"]
            if not config["iterations"]:
                continue
            if curve.points[-1].proofs < budget:
                print(
                    f"not finished, left out: {folder.parent} ({curve.points[-1].proofs:,} of {budget:,} proofs)"
                )
                continue
            if curve.points[-1].proofs != budget:
                raise SystemExit(f"{folder.parent}: {curve.points[-1].proofs} proofs, not {budget}")
            found.append(
                {
                    "name": curve.name,
                    "seed": curve.seed,
                    "folder": folder.parent.name,
                    "curve": curve,
                    "statements": curve.statements,
                    "proved": _proved(store),
                    **_conjectures(store),
                }
            )
    return found


def _proved(store: Store) -> set[str]:
    """The statements to prove with a correct proof; theorems of the library that an arm may prove besides do not count."""
    rows = store.rows(
        "select distinct s.id from statements s join proofs p on p.statement = s.id "
        "join verdicts v on v.proof = p.id where v.outcome = 'proved' and s.split = 'train' and s.source = 'data'"
    )
    return {row["id"] for row in rows}


def _conjectures(store: Store) -> dict[str, Any]:
    screened = dict(store.db.conn.execute("select screen, count(*) from conjectures group by 1").fetchall())
    selected = dict(
        store.db.conn.execute(
            "select selected, count(distinct statement) from conjectures where selected is not null group by 1"
        ).fetchall()
    )
    return {"screened": screened, "selected": selected}


def _arms(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An arm each: proved at the end, and beyond what the starting model proves (`_starting`); how many times as many of
    these STP proves, and the paired difference from STP."""
    by = {(run["name"], run["seed"]): run for run in runs}
    seeds: dict[str, list[int]] = defaultdict(list)
    for name, seed in sorted(by):
        seeds[name].append(seed)
    starting = _starting(runs)
    rows = []
    for name in sorted(seeds, key=lambda n: (n not in MAIN, MAIN.index(n) if n in MAIN else 0, n)):
        mine = [by[name, seed] for seed in seeds[name]]
        rows.append(
            {
                "name": name,
                "seeds": seeds[name],
                "proofs": mine[0]["curve"].points[-1].proofs,
                "tokens": _mean(run["curve"].points[-1].tokens for run in mine),
                "seconds": _mean(run["curve"].points[-1].seconds for run in mine),
                "proved": _mean(len(run["proved"]) for run in mine),
                "rounds": _mean(run["curve"].points[-1].iteration for run in mine),
                "beyond": _mean(len(run["proved"] - starting) for run in mine) if starting else None,
                "stp_times": _mean(
                    len(by["stp", run["seed"]]["proved"] - starting) / max(1, len(run["proved"] - starting))
                    for run in mine
                    if starting and ("stp", run["seed"]) in by and name not in ("stp", "sampling")
                ),
                "minus_stp": _mean(
                    len(run["proved"]) - len(by["stp", run["seed"]]["proved"])
                    for run in mine
                    if ("stp", run["seed"]) in by and name != "stp"
                ),
                "examples": _mean(run["selected"].get("trains", 0) for run in mine),
            }
        )
    return rows


def _starting(runs: Sequence[Mapping[str, Any]]) -> set[str]:
    """What the starting model alone proves under some seed."""
    return {id for run in runs if run["name"] == "sampling" for id in run["proved"]}


def _mean(values: Iterable[float]) -> dict[str, float] | None:
    """Mean and half the width of its 95 % interval over seeds (Student's t; none of one seed)."""
    found = np.array(list(values), float)
    if not len(found):
        return None
    mean, half = curves.interval(found[:, None])
    return {
        "mean": float(mean[0]),
        "half": float(half[0]) if len(found) > 1 else float("nan"),
        "n": len(found),
    }


def _evaluations(out: Path, runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """pass@k of every arm on every data set, the mean over seeds, and the mean paired difference from `stp`."""
    reports: dict[str, dict[tuple[str, int], Report]] = defaultdict(dict)
    for run in runs:
        for folder in out.glob(f"evals/{run['folder']}-*/result.json"):
            report = result.read(folder.parent)
            reports[title(report.result)][run["name"], run["seed"]] = report
    rows = []
    for label, by in sorted(reports.items()):
        for name in sorted({name for name, _ in by}, key=lambda n: (n not in MAIN, n)):
            mine = {seed: report for (n, seed), report in by.items() if n == name}
            row: dict[str, Any] = {"data": label, "name": name, "seeds": sorted(mine)}
            for k in (1, 8, 32):
                row[f"pass@{k}"] = _mean(100 * _at(report.result, k) for report in mine.values())
                row[f"stp - this @{k}"] = _mean(
                    100
                    * next(
                        p["difference"]["value"] for p in compare(report, by["stp", seed], [k])["pass_at_k"]
                    )
                    for seed, report in mine.items()
                    if name != "stp" and ("stp", seed) in by
                )
            rows.append(row)
    return rows


def _at(result: Mapping[str, Any], k: int) -> float:
    return float(next(row["value"] for row in result["pass_at_k"] if row["k"] == k))


# --- tables -----------------------------------------------------------------------------------------------


def _text(value: Mapping[str, float] | None, form: str = ".0f") -> str:
    if value is None:
        return "–"
    spread = f" ± {value['half']:{form}}" if value["n"] > 1 else ""
    return f"{value['mean']:{form}}{spread}".replace("-", "−")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _arms_table(arms: Sequence[Mapping[str, Any]]) -> str:
    columns: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "arm": lambda arm: arm["name"],
        "seeds": lambda arm: str(len(arm["seeds"])),
        "rounds": lambda arm: f"{arm['rounds']['mean']:.1f}",
        "tokens (M)": lambda arm: f"{arm['tokens']['mean'] / 1e6:.2f}",
        "minutes": lambda arm: f"{arm['seconds']['mean'] / 60:.1f}",
        "proved": lambda arm: _text(arm["proved"]),
        "minus stp": lambda arm: _text(arm["minus_stp"]),
        "beyond the start": lambda arm: _text(arm["beyond"]),
        "stp: times as many": lambda arm: _text(arm["stp_times"], ".2f"),
        "conjectures that train": lambda arm: _text(arm["examples"]),
    }
    return _table(list(columns), ([show(arm) for show in columns.values()] for arm in arms))


def _limit(runs: Sequence[Mapping[str, Any]]) -> str:
    """How far any arm got: what no arm proved under any seed bounds what arms can differ by."""
    starting = _starting(runs)
    anyone = {id for run in runs for id in run["proved"]}
    total = min(run["statements"] for run in runs)
    return (
        f"Of {total:,} statements the starting model proves {len(starting):,} under some seed of `sampling`, and all "
        f"{len(runs)} campaigns together {len(anyone):,}: {len(anyone - starting):,} beyond the start."
    )


def _evaluations_table(rows: Sequence[Mapping[str, Any]]) -> str:
    titles = ("data", "arm", "seeds", "pass@1", "pass@8", "pass@32", "stp minus this, pass@32")
    return _table(
        titles,
        (
            (
                row["data"],
                row["name"],
                str(len(row["seeds"])),
                *(_text(row[f"pass@{k}"], ".1f") for k in (1, 8, 32)),
                _text(row["stp - this @32"], ".1f"),
            )
            for row in rows
        ),
    )


def _conjectures_table(runs: Sequence[Mapping[str, Any]]) -> str:
    """What became of the conjectures of each arm that makes some: shares of those sampled, and of those kept."""
    by: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        if run["screened"]:
            by[run["name"]].append(run)
    fates = ("does_not_elaborate", "known", "repeated", "vacuous", "trivial", "false", "kept")
    ends = ("unproved", "too easy", "lemma unused", "inelegant", "far", "trains")
    rows = []
    for name, mine in by.items():
        sampled = sum(sum(run["screened"].values()) for run in mine)
        kept = sum(run["screened"].get("kept", 0) for run in mine)
        rows.append(
            [name, f"{sampled / len(mine):,.0f}"]
            + [f"{100 * sum(r['screened'].get(f, 0) for r in mine) / max(1, sampled):.1f} %" for f in fates]
            + [f"{100 * sum(r['selected'].get(e, 0) for r in mine) / max(1, kept):.1f} %" for e in ends]
        )
    return _table(
        ("arm", "sampled", *(f.replace("_", " ") for f in fates), *(f"of kept: {e}" for e in ends)), rows
    )
