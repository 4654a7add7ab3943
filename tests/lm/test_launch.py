"""Real processes, on the CPU: torchrun, gloo, FSDP2."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from trainings import EXAMPLES, TRAINING, Enough, names

from stp.errors import ConfigError, InputError
from stp.lm import model
from stp.lm.trainer import TrainProgress, TrainReport, train

#: With this limit some of the steps' gradients are clipped and others are not. AdamW alone would not notice if all of
#: them were too small.
CLIP = 9.0
ALONE = dataclasses.replace(TRAINING, piece_tokens=64, tokens_per_batch=200, checkpoint_minutes=60, clip=CLIP)
TWO = dataclasses.replace(ALONE, processes=2)


def difference(a: Path, b: Path) -> float:
    one, two = (dict(model.load(folder).named_parameters()) for folder in (a, b))
    return max(float((one[name] - two[name]).detach().abs().max()) for name in one)


@pytest.fixture(scope="module", params=[0, 4], ids=["full", "lora"])
def rank(request: pytest.FixtureRequest) -> int:
    if request.param:
        pytest.importorskip("peft")
    return int(request.param)


@pytest.fixture(scope="module")
def alone(small_model: Path, tmp_path_factory: pytest.TempPathFactory, rank: int) -> tuple[Path, TrainReport]:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("alone") / "m"
    return out, train(small_model, EXAMPLES, out, dataclasses.replace(ALONE, lora_rank=rank), None, "cpu")


def test_two_processes_make_the_model_of_one(
    small_model: Path, tmp_path: Path, rank: int, alone: tuple[Path, TrainReport]
):
    seen: list[TrainProgress] = []
    training = dataclasses.replace(TWO, lora_rank=rank, checkpoint_minutes=0)
    report = train(small_model, EXAMPLES, tmp_path / "two", training, seen.append, "cpu")
    one = alone[1]
    assert seen[-1].step == report.steps == one.steps and seen[-1].loss == report.last_loss
    assert report.tokens == one.tokens and report.tokens_per_second > 0
    assert report.first_loss == pytest.approx(one.first_loss, rel=1e-5)
    assert report.last_loss == pytest.approx(one.last_loss, rel=1e-4)
    assert difference(alone[0], tmp_path / "two") < 1e-5
    assert difference(alone[0], small_model) > 1e-3
    assert names(tmp_path) == ["two"]


def test_two_processes_go_on_where_they_were_stopped(
    small_model: Path, tmp_path: Path, rank: int, alone: tuple[Path, TrainReport]
):
    seen: list[TrainProgress] = []

    def stop(p: TrainProgress) -> None:
        seen.append(p)
        raise Enough

    training = dataclasses.replace(TWO, lora_rank=rank, checkpoint_minutes=0)
    with pytest.raises(Enough):
        train(small_model, EXAMPLES, tmp_path / "m", training, stop, "cpu")
    assert len(seen) == 1 and not (tmp_path / "m").exists()
    report = train(small_model, EXAMPLES, tmp_path / "m", training, None, "cpu")
    assert report.resumed_at >= seen[0].step
    assert difference(alone[0], tmp_path / "m") < 1e-5
    assert names(tmp_path) == ["m"]


def test_two_processes_in_bfloat16_and_packed(small_model: Path, tmp_path: Path):
    training = dataclasses.replace(TWO, precision="bfloat16", packing="pack", lr=1e-2, epochs=10)
    report = train(small_model, EXAMPLES, tmp_path / "m", training, None, "cpu")
    assert (report.precision, report.packing) == ("bfloat16", "pack")
    alone = train(small_model, EXAMPLES, tmp_path / "alone", dataclasses.replace(training, processes=1))
    assert report.first_loss == pytest.approx(alone.first_loss, rel=0.02)
    assert report.last_loss < report.first_loss / 2


def test_an_error_of_a_process_is_one_sentence(small_model: Path, tmp_path: Path):
    short = dataclasses.replace(TWO, context=3)
    with pytest.raises(InputError, match=r"^None of the 16 training examples has .*context\.$"):
        train(small_model, EXAMPLES, tmp_path / "m", short, None, "cpu")
    (tmp_path / ".m.training" / "job").rename(tmp_path / "job")
    assert "None of the 16" not in (tmp_path / "job" / "processes.log").read_text()  # no traceback of it


@pytest.mark.skipif(torch.cuda.device_count() > 63, reason="there are enough")
def test_too_few_gpus_are_one_sentence(small_model: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="GPU"):
        train(small_model, EXAMPLES, tmp_path / "m", dataclasses.replace(TWO, processes=64), None, "cuda")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
def test_processes_end_with_their_parent(small_model: Path, tmp_path: Path):
    code = (
        "import sys, dataclasses; from pathlib import Path; from stp.lm.trainer import train\n"
        "from test_launch import EXAMPLES, TWO\n"
        "train(Path(sys.argv[1]), EXAMPLES, Path(sys.argv[2]), dataclasses.replace(TWO, epochs=10**4),\n"
        "      lambda p: print(p.step, flush=True), 'cpu')"
    )
    command = [sys.executable, "-c", code, str(small_model), str(tmp_path / "m")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent) as running:
        assert running.stdout is not None and running.stdout.readline()
        workers = _mentioning(str(tmp_path))
        os.kill(running.pid, signal.SIGKILL)
    assert len(workers) >= 3  # torchrun and its two
    deadline = time.monotonic() + 60
    while (left := _mentioning(str(tmp_path))) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left


def _mentioning(text: str) -> list[int]:
    """torchrun and its processes, of a training whose job's path holds `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in line and "stp.lm.launch" in line:
            found.append(int(folder.name))
    return found
