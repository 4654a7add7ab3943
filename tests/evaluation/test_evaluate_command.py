"""`stp eval` as a person runs it, with a real model, killed in the middle; and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from toy import DRIVER

from stp.errors import InputError, StpError
from stp.evaluation import EvaluationError, plan, plot, result
from stp.lm.model import model_hash

TIMEOUT = 240


def start(root: Path, *arguments: object, block: int = 8) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "STP_TEST_DATA": str(root), "STP_TEST_BLOCK": str(block)},
        cwd=root.parent,
    )


def stp(root: Path, *arguments: object, block: int = 1024) -> subprocess.CompletedProcess[str]:
    process = start(root, *arguments, block=block)
    out, err = process.communicate(timeout=TIMEOUT)
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def samples_in(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'evaluation.db'}?mode=ro", uri=True) as db:
            return int(db.execute("select count(*) from samples").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet


def outputs(folder: Path) -> tuple[dict[str, Any], bytes, bytes]:
    found = json.loads((folder / "result.json").read_text())
    del found["seconds"]
    return found, (folder / "statements.jsonl").read_bytes(), (folder / "pass_at_k.svg").read_bytes()


@pytest.mark.lean
def test_killed_and_resumed_it_ends_as_if_nothing_had_been(
    lean: object, data_root: Path, toy_model: Path, tmp_path: Path
) -> None:
    command = (
        "eval",
        "--model",
        toy_model,
        "--data",
        "toy",
        "--samples",
        24,
        "--max-tokens",
        24,
        "--workers",
        1,
    )
    whole = stp(data_root, *command, "--out", tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    killed = 0
    for enough in (20, 90):
        process = start(data_root, *command, "--out", tmp_path / "killed")
        deadline = time.monotonic() + TIMEOUT
        while samples_in(tmp_path / "killed") < enough and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert enough <= samples_in(tmp_path / "killed") < 8 * 24
        assert not (tmp_path / "killed" / "result.json").exists()
    assert killed == 2
    resumed = stp(data_root, *command, "--out", tmp_path / "killed", "--json", block=17)
    assert resumed.returncode == 0, resumed.stderr
    assert outputs(tmp_path / "killed") == outputs(tmp_path / "whole")
    assert resumed.stdout == (tmp_path / "killed" / "result.json").read_text()
    found = outputs(tmp_path / "whole")[0]
    assert found["proved"] > 0 and found["totals"]["samples"] == 8 * 24
    assert found["model"] == {"hash": model_hash(toy_model), "name": "toy-model", "path": "toy-model"}
    assert str(tmp_path) not in json.dumps(found)
    # what a person reads
    for told in ("toy-model on toy", "a part of Toys: what needs no Mathlib", "pass@k", "1 not evaluated"):
        assert told in whole.stdout
    assert "not evaluated: not_here: " in whole.stderr
    refused = stp(data_root, *command, "--out", tmp_path / "killed", "--temperature", "0.7")
    assert refused.returncode == 1 and "temperature: 1.0, now 0.7" in refused.stderr
    compared = stp(data_root, "compare", tmp_path / "whole", tmp_path / "killed", "--k", "1,8")
    assert compared.returncode == 0 and "8 statements in both" in compared.stdout
    merged = stp(data_root, "eval", "--merge", tmp_path / "whole", "--out", tmp_path / "merged")
    assert merged.returncode == 1 and "no shard" in merged.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--data", "toy"), "Name a model and a data set"),
        (("--model", "nowhere", "--data", "toy"), "There is no model nowhere"),
        (("--model", "{model}", "--data", "none"), "There is no data set 'none'"),
        (("--model", "{model}", "--data", "toy:train"), "no statements in a split 'train'"),
        (("--model", "{model}", "--data", "toy", "--k", "64"), "pass@64 needs at least 64 samples"),
        (("--model", "{model}", "--data", "toy", "--k", "one"), "no list of k"),
        (("--model", "{model}", "--data", "toy", "--shard", "5/4"), "is no shard"),
        (("--model", "{model}", "--data", "toy", "--shard", "10/10"), "Shard 10/10 of 9 statements is empty"),
        (("--merge",), "--out"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_lean_starts(
    arguments: tuple[str, ...], says: str, data_root: Path, toy_model: Path
) -> None:
    run = stp(data_root, "eval", *(text.format(model=toy_model) for text in arguments))
    assert (run.returncode, run.stdout) == (1, "")
    assert says in run.stderr
    assert not (data_root.parent / "evals").exists()


def test_models_are_found_by_folder_and_by_campaign(toy_model: Path, tmp_path: Path) -> None:
    place = tmp_path / "mine" / "models" / "3"
    place.parent.mkdir(parents=True)
    place.symlink_to(toy_model)
    assert plan.find_model(str(toy_model))[0].name == "toy-model"
    copy = tmp_path / "mine" / "models" / "4"
    copy.mkdir()
    for file in toy_model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    found, folder = plan.find_model(str(copy))
    assert (found.name, found.path, folder) == ("mine-4", "mine/models/4", copy)
    assert found.hash == model_hash(toy_model)
    with pytest.raises(InputError, match="neither a model's folder"):
        plan.find_model(str(tmp_path))


def test_the_newest_model_of_a_campaign(toy_model: Path, tmp_path: Path) -> None:
    from stp.config import Config
    from stp.store import Store

    with Store.create_or_open(tmp_path / "camp", Config()) as store:
        with pytest.raises(InputError, match="no model yet"):
            plan.find_model(str(tmp_path / "camp"))
        for number in (0, 2):
            copy = tmp_path / "camp" / "models" / str(number)
            copy.mkdir(parents=True)
            for file in toy_model.iterdir():
                (copy / file.name).write_bytes(file.read_bytes())
            with store.transaction():
                store.add(
                    "models",
                    [{"id": f"m{number}", "iteration": number, "folder": f"models/{number}", "parent": ""}],
                )
    found, _ = plan.find_model(str(tmp_path / "camp"))
    assert (found.name, found.path) == ("camp-2", "camp/models/2")


def test_the_curve_is_drawn_the_same_each_time_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [{"k": k, "value": k / 40, "low": k / 50, "high": k / 33} for k in range(1, 33)]
    found = {"curve": points, "interval": {"level": 0.95}}
    for name in ("a.svg", "b.svg"):
        plot.draw(tmp_path / name, found, "a model on a data set")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text() and text.rstrip().endswith("</svg>")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(StpError, match="pip install matplotlib"):
        plot.draw(tmp_path / "c.svg", found, "")
    assert not (tmp_path / "c.svg").exists()


def test_default_k_and_folder() -> None:
    assert plan.parse_ks(None, 100) == [1, 8, 32, 100]
    assert plan.parse_ks(None, 1) == [1]
    assert plan.parse_ks("8,1,8", 8) == [1, 8]
    made = plan.Plan(plan.Model("h", "m-3", "m/models/3"), "d", "test", "", None, (2, 4), 1.0, 1.0, 9, 0)
    assert plan.default_folder(made) == Path("evals/m-3-d-test-shard2of4")


def test_a_folder_without_a_result_is_no_side_of_a_comparison(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no result"):
        result.read(tmp_path)
