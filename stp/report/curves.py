"""What campaigns have proved, against what they have spent: proofs, tokens, seconds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stp.store import Store
from stp.store.schema import DATA_SET_SQL

Cost = Literal["proofs", "tokens", "seconds"]


@dataclass(frozen=True)
class Point:
    """Where a campaign stands at the end of an iteration, all of it since the first."""

    iteration: int
    proofs: int  # sampled in `prove`
    tokens: int  # of these proofs and of conjectures
    #: of sampling, training and Lean's looks at conjectures by the clock, and of checks of proofs as their verdicts tell,
    #: shared out to the workers; no evaluation, no preparation
    seconds: float
    proved: int  # statements of the data set


@dataclass(frozen=True)
class Curve:
    """A campaign: its name, its seed, the size of its data set, and a point for each finished `prove`.

    within: points inside the iterations, as if the first sample of every statement had come first, then the second of each,
    and so on; samples of a statement are alike, so it might have been.
    """

    name: str
    seed: int
    statements: int
    points: tuple[Point, ...]
    within: tuple[Point, ...] = ()

    def at(self, cost: Cost, spent: float) -> float:
        """Statements proved when so much was spent; straight between two points, and nan beyond the last."""
        if spent > getattr(self.points[-1], cost) * (1 + 1e-9):
            return float("nan")
        known = sorted((*self.points, *self.within), key=lambda point: (point.proofs, point.iteration))
        xs = [float(getattr(point, cost)) for point in known]
        return float(np.interp(spent, xs, [point.proved for point in known]))


def curve(store: Store) -> Curve:
    """The curve of a campaign, also of one that is still running."""
    config = store.config()
    points = [Point(0, 0, 0, 0.0, store.data_set_proved(0))]
    within: list[Point] = []
    first = _first(store)
    done = [
        row["iteration"]
        for row in store.rows("select iteration from stages where stage = 'prove' order by 1")
    ]
    for i in done:
        proofs, tokens = next(
            (row["n"], row["tokens"])
            for row in store.rows(
                "select count(*) as n, coalesce(sum(tokens), 0) as tokens from attempts where stage = 'prove' and iteration = ?",
                i,
            )
        )
        asked = store.value("select coalesce(sum(tokens), 0) from conjectures where iteration = ?", i)
        seconds = store.value(
            "select coalesce(sum(seconds), 0) from clock where iteration = ? and stage != 'evaluate' "
            "and (kind in ('sampling', 'training') or kind = 'lean' and stage not in ('prove', 'shorten'))",
            i,
        )
        # as told by the verdicts, so that one from a cache costs what its check did
        checking = store.value(
            "select coalesce(sum(v.seconds), 0) from verdicts v join proofs p on p.id = v.proof "
            "join statements s on s.id = p.statement where v.iteration = ? and s.split != 'held_out'",
            i,
        )
        seconds += checking / config["lean"]["workers"]
        last = points[-1]
        within += _within(store, i, last, seconds, asked, first.get(i, {}))
        points.append(
            Point(
                i,
                last.proofs + proofs,
                last.tokens + tokens + asked,
                last.seconds + seconds,
                store.data_set_proved(i),
            )
        )
    total = store.value(f"select count(*) from statements s where {DATA_SET_SQL}")
    return Curve(str(config["name"]), int(config["seed"]), int(total), tuple(points), tuple(within))


def _first(store: Store) -> dict[int, Counter[int]]:
    """Iteration → copy → the statements of the data set whose first correct proof is that copy."""
    proved: dict[str, int] = {  # by whatever stage
        row["statement"]: row["iteration"]
        for row in store.rows(
            "select p.statement, min(v.iteration) as iteration from verdicts v join proofs p on p.id = v.proof "
            "where v.outcome = 'proved' group by p.statement"
        )
    }
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for row in store.rows(
        "select a.iteration, a.statement, min(a.copy) as copy from attempts a join verdicts v on v.proof = a.proof "
        "join statements s on s.id = a.statement "
        f"where a.stage = 'prove' and v.outcome = 'proved' and {DATA_SET_SQL} group by 1, 2"
    ):
        if proved[row["statement"]] == row["iteration"]:
            found[row["iteration"]][row["copy"]] += 1
    return found


def _within(
    store: Store, iteration: int, last: Point, seconds: float, asked: int, new: Mapping[int, int]
) -> list[Point]:
    """The points of an iteration behind each copy but the last; `last` is the one in front of it. new: see `_first`."""
    copies = list(
        store.rows(
            "select copy, count(*) as n, coalesce(sum(tokens), 0) as tokens from attempts "
            "where iteration = ? and stage = 'prove' group by copy order by copy",
            iteration,
        )
    )
    whole = sum(row["n"] for row in copies)
    found, proofs, tokens, proved = [], 0, 0, 0
    for row in copies[:-1]:
        proofs, tokens = proofs + row["n"], tokens + row["tokens"]
        proved += new.get(row["copy"], 0)
        found.append(
            Point(
                iteration,
                last.proofs + proofs,
                last.tokens + asked + tokens,
                last.seconds + seconds * proofs / whole,
                last.proved + proved,
            )
        )
    return found


def read(folders: Iterable[Path]) -> list[Curve]:
    """The curves of campaigns. Raises CampaignError for a folder without one."""
    found = []
    for folder in folders:
        with Store.read(folder) as store:
            found.append(curve(store))
    return found


@dataclass(frozen=True)
class Band:
    """The campaigns of one name, at the same spending: mean, and 95 % interval of the mean over seeds (Student's t)."""

    name: str
    seeds: int
    spent: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def bands(curves: Sequence[Curve], cost: Cost, steps: int = 60) -> list[Band]:
    """One band a name, in the order of names, as far as all its campaigns have come."""
    groups: dict[str, list[Curve]] = defaultdict(list)
    for one in curves:
        if len(one.points) > 1:
            groups[one.name].append(one)
    found = []
    for name, members in sorted(groups.items()):
        end = min(getattr(one.points[-1], cost) for one in members)
        spent = np.linspace(0, float(end), steps)
        values = np.array([[one.at(cost, x) for x in spent] for one in members])
        mean, half = interval(values)
        found.append(Band(name, len(members), spent, mean, mean - half, mean + half))
    return found


def interval(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean over the first axis, and half the width of its 95 % interval (Student's t; 0 of a single value)."""
    n = len(values)
    mean = values.mean(axis=0)
    if n < 2:
        return mean, np.zeros_like(mean)
    from scipy.special import stdtrit  # quantiles; it takes half a second to load

    return mean, stdtrit(n - 1, 0.975) * values.std(axis=0, ddof=1) / np.sqrt(n)


def draw(path: Path, curves: Sequence[Curve], costs: Sequence[Cost]) -> None:
    """Draw the bands side by side, one panel a cost. Raises StpError if matplotlib is not installed."""
    from stp import figures

    def paint(figure: Any) -> None:
        panels = figure.subplots(1, len(costs), squeeze=False, sharey=True)[0]
        for panel, cost in zip(panels, costs, strict=True):
            for band in bands(curves, cost):
                label = f"{band.name} ({band.seeds} seed{'s' if band.seeds > 1 else ''})"
                (line,) = panel.plot(band.spent, band.mean, label=label)
                if band.seeds > 1:
                    panel.fill_between(
                        band.spent, band.low, band.high, alpha=0.2, linewidth=0, color=line.get_color()
                    )
            panel.set_xlabel(
                {"proofs": "proofs generated", "tokens": "tokens generated", "seconds": "seconds"}[cost]
            )
            panel.set_xlim(left=0)
            panel.grid(alpha=0.3)
        panels[0].set_ylim(bottom=0)  # shared; a wide interval may reach below
        panels[0].set_ylabel("statements of the data set proved")
        panels[0].legend(loc="lower right", frameon=False)

    figures.draw(path, (4.6 * len(costs), 3.4), paint)
