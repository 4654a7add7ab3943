"""Make the experiment's page from the campaigns and evaluations that are there: figures, tables, and their numbers.

What stands in README.md outside the marked parts is written by hand.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stp import jsonl
from stp.config import MODE_DEFAULTS
from stp.evaluation import passk, result
from stp.evaluation.compare import title
from stp.files import whole
from stp.records import digest
from stp.report import curves
from stp.report.curves import Curve, Point
from stp.store import Store
from stp.store.schema import FINAL

HERE = Path(__file__).parent
#: Arms in the first figure; the others are compared with `stp` in the table.
MAIN = ("stp", "expert-iteration", "expert-iteration-vanilla", "sampling")
#: pass@k is shown for these.
KS = (1, 8, 32)
#: The arm that says what the starting model proves, with seeds that no other arm has; no rival.
START = "start"
#: Added to its seeds.
OTHER_SEEDS = 100
#: The statements (s) that arms are compared on.
TO_PROVE = "s.split = 'train' and s.source = 'data'"


@dataclass(frozen=True)
class Run:
    """A campaign whose budget is spent: all that the page needs of it, also where its folder is no more."""

    name: str
    seed: int
    budget: int
    config: str  # digest of its configuration without name, seed, and where the model lies
    start: str  # digest of its first model and of its statements
    curve: Curve
    proved: frozenset[str]  # statements to prove with a correct proof, by id
    screened: dict[str, int]
    selected: dict[str, int]
    with_lemma: int
    evaluations: dict[
        str, dict[str, tuple[int, int]]
    ]  # data set → statement → samples with a verdict, correct ones
    # older records lack these:
    aimed: int | None = None  # proofs that were tried on statements to prove, not on conjectures
    settings: dict[str, Any] | None = None  # the configuration that `config` is the digest of
    environment: str | None = None  # of the checks, by its id
    steps: int | None = None  # of training, in all rounds
    sft: int | None = None  # SFT examples that these rounds read besides what was found

    def row(self) -> dict[str, Any]:
        row = {key: value for key, value in vars(self).items() if key != "curve"}
        points = [list(vars(point).values()) for point in self.curve.points]
        within = [list(vars(point).values()) for point in self.curve.within]
        return row | {
            "proved": sorted(self.proved),
            "statements": self.curve.statements,
            "points": points,
            "within": within,
        }

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Run:
        points, within = (tuple(Point(*point) for point in row.pop(key)) for key in ("points", "within"))
        curve = Curve(row["name"], row["seed"], row.pop("statements"), points, within)
        evaluations = {
            data: {name: (n, c) for name, (n, c) in of.items()} for data, of in row.pop("evaluations").items()
        }
        return cls(**row | {"proved": frozenset(row["proved"])}, curve=curve, evaluations=evaluations)


def arms() -> dict[str, dict[str, Any]]:
    """What each arm changes, by its name."""
    loaded: dict[str, dict[str, Any]] = tomllib.loads((HERE / "arms.toml").read_text())["arms"]
    return loaded


def make(out: Path, here: Path, base: str, budget: int) -> None:
    """Write the figure, the numbers (JSON) and the tables of README.md from the campaigns in `out` that have this budget, and from
    those that were recorded before, on whatever machine: BASE.jsonl, a line a campaign, which those in `out` are added to."""
    runs = _with_recorded([run for run in _runs(out) if run.budget == budget], here / f"{base}.jsonl")
    if not runs:
        print(f"no finished campaign in {out}")
        return
    figures = [run.curve for run in runs if run.name in MAIN]
    if not figures:
        print(f"none of {', '.join(MAIN)} is finished in {out}")
        return
    curves.draw(here / f"{base}.svg", figures, ("proofs", "tokens", "seconds"))
    by_arm = _arms(runs)
    evaluations = _evaluations(runs)
    numbers = {
        "statements": min(run.curve.statements for run in runs),
        "start": len(_starting(runs)),
        "arms": by_arm,
        "evaluations": evaluations,
    }
    (here / f"{base}.json").write_text(json.dumps(numbers, indent=1, allow_nan=False) + "\n")
    readme = here / "README.md"
    text = readme.read_text() if readme.exists() else ""
    for name, table in (
        (f"{base}-arms", f"![statements proved]({base}.svg)\n\n{_arms_table(by_arm)}\n\n{_limit(runs)}"),
        (f"{base}-evaluations", _evaluations_table(evaluations)),
        (f"{base}-conjectures", _conjectures_table(runs)),
        ("summary", _summary(here)),
    ):
        text = _put(text, name, table)
    readme.write_text(text)


def _with_recorded(runs: Sequence[Run], path: Path) -> list[Run]:
    """The runs and those recorded in the file, which is written anew; one that is there again replaces its record. Raises
    SystemExit if they are not of one experiment."""
    recorded = (
        [Run.of_row(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
    )
    by = {(run.name, run.seed): run for run in (*recorded, *runs)}
    found = [by[key] for key in sorted(by)]
    own = {"mode", *(key for changes in (*arms().values(), *MODE_DEFAULTS.values()) for key in changes)}
    for what, kinds in (
        ("has another budget", {run.budget: run for run in found}),
        ("begins with another model or other statements", {run.start: run for run in found}),
        (
            "was checked in another environment",
            {run.environment: run for run in found if run.environment is not None},
        ),
        (
            "differs in settings that no arm changes",
            {_common(run.settings, own): run for run in found if run.settings is not None},
        ),
        *(
            (
                f"is configured otherwise than other seeds of {name}",
                {run.config: run for run in found if run.name == name},
            )
            for name in sorted({run.name for run in found})
        ),
    ):
        if len(kinds) > 1:
            first, other = list(kinds.values())[:2]
            raise SystemExit(
                f"{other.name}, seed {other.seed}, {what} ({first.name}, seed {first.seed}). To begin the table anew remove "
                f"{path}; else leave that campaign out."
            )
    if found:
        with whole(path) as file:
            file.writelines(f"{jsonl.line(run.row())}\n" for run in found)
    return found


def _put(text: str, name: str, table: str) -> str:
    """Replace what stands between the marks of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text:
        return text
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)


def evaluation(folder: str, budget: int, data: str) -> str:
    """Where the evaluation of a campaign's last model lies, from where campaigns are; the budget is in the name since behind a
    raised one there is another model."""
    return f"evals/{folder}-{budget}-{data.replace(':', '-')}"


# --- what the campaigns say -------------------------------------------------------------------------------


def _runs(out: Path) -> list[Run]:
    """The campaigns whose budget is spent."""
    found = []
    for database in sorted(out.glob("*/campaign.db")):
        folder = database.parent
        with Store.read(folder) as store:
            config = store.config()
            curve = curves.curve(store)
            budget = config["prove"]["budget"]
            if not config["iterations"]:
                continue
            if curve.points[-1].proofs < budget:
                print(f"not finished, left out: {folder} ({curve.points[-1].proofs:,} of {budget:,} proofs)")
                continue
            if curve.points[-1].proofs != budget:
                raise SystemExit(f"{folder}: {curve.points[-1].proofs} proofs, not {budget}")
            ids = [
                row["id"] for row in store.rows("select id from statements where iteration = 0 order by 1")
            ]
            settings = _settings(config)
            found.append(
                Run(
                    curve.name,
                    curve.seed,
                    budget,
                    digest(json.dumps(settings, sort_keys=True)),
                    digest(store.value("select id from models where iteration = 0"), *ids),
                    curve,
                    frozenset(proved(store)),
                    **_conjectures(store),
                    evaluations=_evaluated(
                        out,
                        folder.name,
                        budget,
                        store.value("select id from models order by iteration desc limit 1"),
                    ),
                    aimed=store.value(
                        "select count(*) from attempts a join statements s on s.id = a.statement "
                        f"where a.stage = 'prove' and {TO_PROVE}"
                    ),
                    settings=settings,
                    environment=store.meta("environment"),
                    steps=store.value(
                        "select coalesce(sum(json_extract(report, '$.steps')), 0) from models where iteration between 1 and ?",
                        FINAL,
                    ),
                    sft=store.value(
                        "select coalesce(sum(json_extract(figures, '$.sft')), 0) from stages where stage = 'train'"
                    ),
                )
            )
    return found


#: Keys that records of before do not have, and what they were then.
SINCE: dict[tuple[str, str], Any] = {
    ("select", "count_weight"): "samples",
    ("prove", "shorten_by_tactics"): True,
}


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same in all seeds of an arm, wherever the model to start from lies."""
    as_before = [
        f"{section}.{key}" for (section, key), was in SINCE.items() if config[section].get(key) == was
    ]
    return _without(config, ["name", "seed", "model.base", *as_before])


def _common(settings: Mapping[str, Any], own: Iterable[str]) -> str:
    """A digest of what is the same in all arms: the settings without the arms' own keys."""
    return digest(json.dumps(_without(settings, own), sort_keys=True))


def _without(table: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The table without these keys, `KEY` or `SECTION.KEY`."""
    gone = set(keys)
    return {
        name: {key: v for key, v in value.items() if f"{name}.{key}" not in gone}
        if isinstance(value, dict)
        else value
        for name, value in table.items()
        if name not in gone
    }


def _evaluated(out: Path, folder: str, budget: int, model: str) -> dict[str, dict[str, tuple[int, int]]]:
    """The evaluations of the campaign's last model; one of another model, of a campaign that was there before, is told and left
    out."""
    found = {}
    for path in sorted(out.glob(f"{evaluation(folder, budget, '*')}/{result.RESULT}")):
        report = result.read(path.parent)
        if report.result["model"]["hash"] != model:
            print(f"of another model than {folder}'s last, left out; remove it: {path.parent}")
            continue
        found[title(report.result)] = {row["name"]: (row["n"], row["c"]) for row in report.statements}
    return found


def proved(store: Store) -> set[str]:
    """The statements to prove with a correct proof; theorems of the library that an arm may prove besides do not count."""
    rows = store.rows(
        "select distinct s.id from statements s join proofs p on p.statement = s.id "
        f"join verdicts v on v.proof = p.id where v.outcome = 'proved' and {TO_PROVE}"
    )
    return {row["id"] for row in rows}


def _conjectures(store: Store) -> dict[str, Any]:
    screened = dict(store.db.conn.execute("select screen, count(*) from conjectures group by 1").fetchall())
    selected = dict(
        store.db.conn.execute(
            "select selected, count(distinct statement) from conjectures where selected is not null group by 1"
        ).fetchall()
    )
    with_lemma = store.value("select count(*) from conjectures where lemma != ''")
    return {"screened": screened, "selected": selected, "with_lemma": with_lemma}


def _arms(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """An arm each: proved at the end, and beyond what the starting model proves (`_starting`); how many times as many of
    these STP proves, over the seeds that both have; and the paired difference from STP."""
    by = {(run.name, run.seed): run for run in runs}
    seeds: dict[str, list[int]] = defaultdict(list)
    for name, seed in sorted(by):
        if name != START:
            seeds[name].append(seed)
    starting = _starting(runs)
    rows = []
    for name in sorted(seeds, key=lambda n: (n not in MAIN, MAIN.index(n) if n in MAIN else 0, n)):
        mine = [by[name, seed] for seed in seeds[name]]
        paired = [(run, by["stp", run.seed]) for run in mine if name != "stp" and ("stp", run.seed) in by]
        theirs = sum(len(run.proved - starting) for run, _ in paired)
        rows.append(
            {
                "name": name,
                "seeds": seeds[name],
                "proofs": mine[0].curve.points[-1].proofs,
                "aimed": _mean(run.aimed for run in mine if run.aimed is not None),
                "tokens": _mean(run.curve.points[-1].tokens for run in mine),
                "seconds": _mean(run.curve.points[-1].seconds for run in mine),
                "proved": _mean(len(run.proved) for run in mine),
                "rounds": _mean(run.curve.points[-1].iteration for run in mine),
                "beyond": _mean(len(run.proved - starting) for run in mine) if starting else None,
                # the aim: above 0 where STP proves more than twice as many
                "stp_minus_twice": _mean(
                    len(stp.proved - starting) - 2 * len(run.proved - starting) for run, stp in paired
                )
                if starting
                else None,
                "steps": _mean(run.steps for run in mine if run.steps is not None),
                "sft": _mean(run.sft for run in mine if run.sft is not None),
                "stp_times": sum(len(stp.proved - starting) for _, stp in paired) / theirs
                if starting and theirs
                else None,
                "minus_stp": _mean(len(run.proved) - len(stp.proved) for run, stp in paired),
                "examples": _mean(run.selected.get("trains", 0) for run in mine),
            }
        )
    return rows


def _starting(runs: Sequence[Run]) -> set[str]:
    """What the starting model alone proves under some seed of the arm `start`, none of whose samples any other arm draws."""
    return {id for run in runs if run.name == START for id in run.proved}


def _mean(values: Iterable[float]) -> dict[str, Any] | None:
    """Mean and half the width of its 95 % interval over seeds (Student's t; none of one seed)."""
    found = np.array(list(values), float)
    if not len(found):
        return None
    mean, half = curves.interval(found[:, None])
    return {
        "mean": float(mean[0]),
        "half": float(half[0]) if len(found) > 1 else None,
        "n": len(found),
    }


def _evaluations(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """pass@k of every arm on every data set, the mean over seeds, and the mean paired difference from `stp`; all of them over
    the statements of which every arm has k samples with a verdict, so that none gains by what Lean cannot decide."""
    rows = []
    for label in sorted({data for run in runs for data in run.evaluations}):
        by = {(run.name, run.seed): run.evaluations[label] for run in runs if label in run.evaluations}
        tables = _tables(by)
        for name in sorted({name for name, _ in by}, key=lambda n: (n not in MAIN, n)):
            seeds = sorted(seed for n, seed in by if n == name)
            row: dict[str, Any] = {"data": label, "name": name, "seeds": seeds}
            for i, k in enumerate(KS):
                row[f"statements@{k}"] = len(tables[i][name, seeds[0]])
                row[f"pass@{k}"] = _mean(100 * tables[i][name, seed].mean() for seed in seeds)
                row[f"stp - this @{k}"] = _mean(
                    100 * (tables[i]["stp", seed].mean() - tables[i][name, seed].mean())
                    for seed in seeds
                    if name != "stp" and ("stp", seed) in by
                )
            rows.append(row)
    return rows


def _tables(
    by: Mapping[tuple[str, int], Mapping[str, tuple[int, int]]],
) -> list[dict[tuple[str, int], np.ndarray[Any, Any]]]:
    """For each k: arm and seed → pass@k of the statements of which all of them have k samples with a verdict."""
    names = list(next(iter(by.values())))
    counts = {}
    for key, of in by.items():
        if set(of) != set(names):
            raise SystemExit(f"{key}: evaluated on other statements than the first arm")
        counts[key] = passk.pass_table(*zip(*(of[name] for name in names), strict=True), KS)
    enough = ~np.isnan(np.stack(list(counts.values()))).any(axis=0)
    return [{key: table[enough[:, i], i] for key, table in counts.items()} for i in range(len(KS))]


# --- tables -----------------------------------------------------------------------------------------------


def _text(value: Mapping[str, Any] | None, form: str = ".0f") -> str:
    if value is None:
        return "–"
    spread = f" ± {value['half']:{form}}" if value["n"] > 1 else ""
    return f"{value['mean']:{form}}{spread}".replace("-", "−")


def _of_some(arm: Mapping[str, Any], figure: str) -> str:
    """A mean that older records lack, with the number of seeds that have it where some do not."""
    if not (value := arm[figure]):
        return "–"
    return f"{value['mean']:,.0f}" + (f" (of {value['n']})" if value["n"] < len(arm["seeds"]) else "")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _arms_table(arms: Sequence[Mapping[str, Any]]) -> str:
    columns: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "arm": lambda arm: arm["name"],
        "seeds": lambda arm: str(len(arm["seeds"])),
        "rounds": lambda arm: f"{arm['rounds']['mean']:.1f}",
        "proofs on statements to prove": lambda arm: _of_some(arm, "aimed"),
        "tokens (M)": lambda arm: f"{arm['tokens']['mean'] / 1e6:.2f}",
        "minutes": lambda arm: f"{arm['seconds']['mean'] / 60:.1f}",
        "steps of training": lambda arm: _of_some(arm, "steps"),
        "SFT examples read": lambda arm: _of_some(arm, "sft"),
        "proved": lambda arm: _text(arm["proved"]),
        "minus stp": lambda arm: _text(arm["minus_stp"]),
        "beyond the start": lambda arm: _text(arm["beyond"]),
        "stp: times as many": lambda arm: "–" if arm["stp_times"] is None else f"{arm['stp_times']:.2f}",
        "stp minus twice this": lambda arm: _text(arm["stp_minus_twice"]),
        "conjectures that train": lambda arm: _text(arm["examples"]),
    }
    cells = {title: [show(arm) for arm in arms] for title, show in columns.items()}
    cells = {title: told for title, told in cells.items() if set(told) != {"–"}}  # older records lack some
    return _table(list(cells), zip(*cells.values(), strict=True))


def _limit(runs: Sequence[Run]) -> str:
    """How far any arm got: what no arm proved under any seed bounds what arms can differ by."""
    starting = _starting(runs)
    seeds = sum(run.name == START for run in runs)
    anyone = {id for run in runs for id in run.proved}
    total = min(run.curve.statements for run in runs)
    return (
        f"Of {total:,} statements the starting model proves {len(starting):,} with {seeds} other seed{'s' * (seeds != 1)}, and all "
        f"{len(runs)} campaigns together {len(anyone):,}: {len(anyone - starting):,} beyond the start."
    )


def _evaluations_table(rows: Sequence[Mapping[str, Any]]) -> str:
    titles = (
        "data",
        "statements",
        "arm",
        "seeds",
        *(f"pass@{k}" for k in KS),
        *(f"stp minus this, @{k}" for k in KS),
    )
    return _table(
        titles,
        (
            (
                row["data"],
                " / ".join(dict.fromkeys(str(row[f"statements@{k}"]) for k in KS)),
                row["name"],
                str(len(row["seeds"])),
                *(_text(row[f"pass@{k}"], ".1f") for k in KS),
                *(_text(row[f"stp - this @{k}"], ".1f") for k in KS),
            )
            for row in rows
        ),
    )


def _summary(here: Path) -> str:
    """The main arms of all domains side by side: statements beyond the start, and pass@k with the smallest and the largest k on
    the first held-out data, means without their intervals."""
    rows = []
    for path in sorted(here.glob("*.json")):
        numbers = json.loads(path.read_text())
        beyond = {arm["name"]: arm["beyond"] for arm in numbers["arms"]}
        first = next((row["data"] for row in numbers["evaluations"]), None)
        passed = {
            row["name"]: " / ".join(f"{row[f'pass@{k}']['mean']:.1f}" for k in (KS[0], KS[-1]))
            for row in numbers["evaluations"]
            if row["data"] == first
        }
        rows.append(
            [
                path.stem,
                f"{numbers['statements']:,}",
                f"{numbers['start']:,}",
                *(_text(beyond.get(name)) for name in MAIN),
                *(passed.get(name, "–") for name in MAIN),
            ]
        )
    return _table(
        (
            "domain",
            "to prove",
            "proved by the start",
            *(f"beyond: {name}" for name in MAIN),
            *(f"held out, @{KS[0]} / @{KS[-1]}: {name}" for name in MAIN),
        ),
        rows,
    )


def _conjectures_table(runs: Sequence[Run]) -> str:
    """What became of the conjectures of each arm that makes some: shares of those sampled, and of those kept."""
    by: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.screened:
            by[run.name].append(run)
    fates = ("does_not_elaborate", "known", "repeated", "vacuous", "trivial", "false", "kept")
    ends = ("unproved", "too easy", "lemma unused", "inelegant", "far", "trains")
    rows = []
    for name, mine in by.items():
        sampled = sum(sum(run.screened.values()) for run in mine)
        kept = sum(run.screened.get("kept", 0) for run in mine)
        rows.append(
            [
                name,
                f"{sampled / len(mine):,.0f}",
                f"{100 * sum(r.with_lemma for r in mine) / sampled:.1f} %",
            ]
            + [f"{100 * sum(r.screened.get(f, 0) for r in mine) / max(1, sampled):.1f} %" for f in fates]
            + [f"{100 * sum(r.selected.get(e, 0) for r in mine) / max(1, kept):.1f} %" for e in ends]
        )
    return _table(
        (
            "arm",
            "sampled",
            "with a lemma",
            *(f.replace("_", " ") for f in fates),
            *(f"of kept: {e}" for e in ends),
        ),
        rows,
    )
