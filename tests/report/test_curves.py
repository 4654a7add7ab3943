"""`stp plot`: what campaigns proved against what they spent, from stores of a few rows."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.config import parse
from stp.errors import StpError
from stp.records import Environment, Verdict
from stp.report import curves
from stp.report.curves import Curve, Point
from stp.store import Store

ENVIRONMENT = Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000)


def campaign(folder: Path, name: str = "arm", seed: int = 1, workers: int = 2) -> Path:
    """Two iterations and a third under way, on four statements, one of which the preparation has proved.

    Iteration 1: 3 samples of 10 tokens, 5 tokens of conjectures, 3 s of a screen, 6 s of sampling, 2 s of checks, s1 proved. Iteration 2: 2
    samples of 20 tokens, 4 s of training, 1 s of checks, a conjecture proved and s1 again.
    """
    config = parse({"name": name, "seed": seed, "lean": {"workers": workers}})
    with Store.create_or_open(folder, config) as store:
        store.set_environment(ENVIRONMENT)
        with store.transaction():
            store.add(
                "statements",
                [
                    *(
                        {"id": f"s{i}", "rest": "", "key": f"s{i}", "source": "data", "split": "train"}
                        for i in range(4)
                    ),
                    {"id": "c", "rest": "", "key": "c", "source": "conjecture", "split": "train"},
                    {"id": "seed", "rest": "", "key": "seed", "source": "seed", "split": "sft"},
                    {"id": "h", "rest": "", "key": "h", "source": "data", "split": "held_out"},
                ],
            )
            for statement, iteration, outcome, seconds in (
                ("s0", 0, "proved", 50.0),
                ("seed", 0, "proved", 50.0),
                ("s1", 1, "proved", 0.5),
                ("s2", 1, "rejected", 1.5),
                ("h", 1, "proved", 100.0),
                ("c", 2, "proved", 0.25),
                ("s1", 2, "proved", 0.75),
                ("s2", 3, "proved", 9.0),
            ):
                proof = f"{statement} {iteration}"
                store.add("proofs", [{"id": proof, "statement": statement, "text": "by x"}])
                store.add_verdicts([(proof, Verdict(outcome, seconds=seconds))], iteration)
            for iteration, stage, count, tokens in (
                (1, "prove", 3, 10),
                (1, "evaluate", 7, 99),
                (2, "prove", 2, 20),
                (3, "prove", 1, 8),
            ):
                rows = [
                    {
                        "id": f"{iteration} {stage} {i}",
                        "iteration": iteration,
                        "stage": stage,
                        "statement": "s0",
                        "copy": i,
                        "tokens": tokens,
                    }
                    for i in range(count)
                ]
                store.add("attempts", rows)
            store.add("conjectures", [{"id": "asked", "iteration": 1, "copy": 0, "tokens": 5}])
            for iteration, stage, kind, seconds in (
                (0, "supervised", "training", 500.0),
                (1, "screen", "lean", 3.0),
                (1, "prove", "sampling", 6.0),
                (1, "prove", "lean", 30.0),  # waiting; the checks themselves are in the verdicts
                (1, "prove", "checking", 30.0),
                (1, "evaluate", "sampling", 70.0),
                (2, "train", "training", 4.0),
            ):
                store.spend(iteration, stage, kind, seconds)
            store.finish(1, "prove", {})
            store.finish(2, "prove", {})
    return folder


def test_a_point_is_all_that_was_spent_and_proved_up_to_it(tmp_path: Path) -> None:
    (curve,) = curves.read([campaign(tmp_path / "c")])
    assert (curve.name, curve.seed, curve.statements) == ("arm", 1, 4)
    assert curve.points == (
        Point(0, 0, 0, 0.0, 1),
        Point(1, 3, 35, 3 + 6 + 2 / 2, 2),
        Point(2, 5, 75, 3 + 6 + 2 / 2 + 4 + 1 / 2, 2),
    )


def test_checks_are_shared_out_to_the_workers(tmp_path: Path) -> None:
    (curve,) = curves.read([campaign(tmp_path / "c", workers=1)])
    assert [point.seconds for point in curve.points] == [0, 11, 16]


def test_inside_an_iteration_samples_count_as_if_they_came_copy_by_copy(tmp_path: Path) -> None:
    """Of two copies of s1 and s2: the first proves s1, the second s2, and s1 again, which counts once."""
    with Store.create_or_open(tmp_path / "c", parse({})) as store:
        store.set_environment(ENVIRONMENT)
        with store.transaction():
            for statement, copy, outcome in (("s1", 0, "proved"), ("s2", 0, "rejected"), ("s1", 1, "proved"), ("s2", 1, "proved")):  # fmt: skip
                store.add("statements", [{"id": statement, "rest": "", "key": statement, "source": "data", "split": "train"}])  # fmt: skip
                proof = f"{statement} {copy}"
                store.add("proofs", [{"id": proof, "statement": statement, "text": "by x"}])
                store.add_verdicts([(proof, Verdict(outcome, seconds=1.0))], 1)
                attempt = {
                    "id": proof,
                    "iteration": 1,
                    "stage": "prove",
                    "statement": statement,
                    "copy": copy,
                }
                store.add("attempts", [{**attempt, "tokens": 10 + copy, "proof": proof}])
            store.add("conjectures", [{"id": "asked", "iteration": 1, "copy": 0, "tokens": 5}])
            store.finish(1, "prove", {})
    (curve,) = curves.read([tmp_path / "c"])
    assert curve.points == (Point(0, 0, 0, 0.0, 0), Point(1, 4, 47, 2.0, 2))
    assert curve.within == (Point(1, 2, 25, 1.0, 1),)
    assert [curve.at("proofs", x) for x in (1, 2, 3, 4)] == [0.5, 1, 1.5, 2]


def test_between_iterations_it_is_straight_and_beyond_the_last_unknown() -> None:
    curve = Curve("a", 1, 9, (Point(0, 0, 0, 0.0, 1), Point(1, 10, 40, 2.0, 5), Point(2, 30, 60, 9.0, 6)))
    assert [curve.at("proofs", x) for x in (0, 5, 10, 20, 30)] == [1, 3, 5, 5.5, 6]
    assert curve.at("tokens", 20) == 3 and curve.at("seconds", 1) == 3
    assert np.isnan(curve.at("proofs", 31))


def line(name: str, seed: int, end: int, proved: int) -> Curve:
    return Curve(name, seed, 99, (Point(0, 0, 0, 0.0, 0), Point(1, end, end, float(end), proved)))


def test_the_interval_of_three_seeds_is_students() -> None:
    """10, 12, 17: mean 13, standard deviation √13, and t = 4.303 with two degrees of freedom (2.0227 with 39)."""
    mean, half = curves.interval(np.array([[10.0], [12.0], [17.0]]))
    assert mean[0] == 13
    assert half[0] == pytest.approx(4.3026527 * (13 / 3) ** 0.5)
    # two: 12.706 · |a − b| / 2
    assert curves.interval(np.array([[1.0], [4.0]]))[1][0] == pytest.approx(12.7062047 * 1.5)
    assert curves.interval(np.array([[7.0]]))[1][0] == 0
    many = np.arange(40.0)[:, None]
    assert curves.interval(many)[1][0] == pytest.approx(2.0226909 * many.std(ddof=1) / 40**0.5)


def test_a_band_goes_as_far_as_all_its_seeds() -> None:
    found = curves.bands([line("b", 1, 10, 10), line("b", 2, 20, 40), line("a", 1, 8, 2)], "proofs", steps=3)
    assert [(band.name, band.seeds, list(band.spent)) for band in found] == [
        ("a", 1, [0, 4, 8]),
        ("b", 2, [0, 5, 10]),
    ]
    alone, both = found
    assert list(alone.mean) == list(alone.low) == list(alone.high) == [0, 1, 2]
    # at 10 proofs 10 and 20
    assert list(both.mean) == [0, 7.5, 15]
    assert both.high[2] == pytest.approx(15 + 12.7062047 * 5)
    assert both.low[2] == pytest.approx(15 - 12.7062047 * 5)


def test_a_campaign_that_has_proved_nothing_yet_is_left_out() -> None:
    assert curves.bands([Curve("a", 1, 9, (Point(0, 0, 0, 0.0, 0),))], "proofs") == []


def test_the_command_writes_a_figure_and_the_same_one_again(tmp_path: Path) -> None:
    folders = [str(campaign(tmp_path / f"c{seed}", seed=seed)) for seed in (1, 2)]
    folders.append(str(campaign(tmp_path / "other", name="other")))
    texts = []
    for place in ("one.svg", "two.svg"):
        run = CliRunner().invoke(
            main, ["plot", *folders, "--out", str(tmp_path / place), "--against", "proofs"]
        )
        assert run.exit_code == 0, run.output
        assert run.output.strip() == str(tmp_path / place)
        texts.append((tmp_path / place).read_text())
    assert texts[0].startswith("<?xml") and "<svg" in texts[0]
    assert texts[0] == texts[1]


def test_the_command_prints_the_numbers(tmp_path: Path) -> None:
    folder = campaign(tmp_path / "c")
    run = CliRunner().invoke(main, ["plot", str(folder), "--json"])
    (found,) = json.loads(run.output)
    assert (found["name"], found["statements"]) == ("arm", 4)
    assert [point["proofs"] for point in found["points"]] == [0, 3, 5]
    absent = CliRunner().invoke(main, ["plot", str(tmp_path / "absent")])
    assert absent.exit_code == 1
    assert absent.output.startswith("stp: There is no campaign in") and len(absent.output.splitlines()) == 1


def test_without_matplotlib_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        StpError, match=r"curves\.svg is not drawn, .* install it with: pip install matplotlib"
    ):
        curves.draw(tmp_path / "curves.svg", [line("a", 1, 8, 2)], ["proofs"])
    run = CliRunner().invoke(main, ["plot", str(campaign(tmp_path / "c")), "--out", str(tmp_path / "x.svg")])
    assert run.exit_code == 1
    assert run.output.startswith("stp: x.svg is not drawn") and len(run.output.splitlines()) == 1
    assert not (tmp_path / "x.svg").exists()
