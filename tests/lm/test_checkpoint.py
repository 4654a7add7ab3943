from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from trainings import EXAMPLES, TRAINING, Enough, names, stop_at

from stp.errors import InputError
from stp.lm import checkpoint, loop, model
from stp.lm.checkpoint import Checkpoints
from stp.lm.trainer import train


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PROGRESS_SECONDS", 0)


@pytest.mark.parametrize("rank", [0, 4])
def test_goes_on_in_the_middle_of_an_epoch(small_model: Path, tmp_path: Path, rank: int):
    """Stopped twice, once without a checkpoint at that step: the same bits as in one go."""
    if rank:
        pytest.importorskip("peft")
    training = dataclasses.replace(TRAINING, lora_rank=rank)
    whole = train(small_model, EXAMPLES, tmp_path / "whole", training)
    assert whole.steps > 8
    for minutes, step in ((0.0, 2), (60.0, 7)):
        with pytest.raises(Enough):
            train(
                small_model,
                EXAMPLES,
                tmp_path / "parts",
                dataclasses.replace(training, checkpoint_minutes=minutes),
                stop_at(step),
            )
        assert not (tmp_path / "parts").exists()
        assert names(tmp_path / ".parts.training") == [f"step-{step:08d}"]
    report = train(small_model, EXAMPLES, tmp_path / "parts", training)
    assert report.resumed_at == 7 and report.steps == whole.steps and report.tokens == whole.tokens
    assert (report.first_loss, report.last_loss) == (whole.first_loss, whole.last_loss)
    assert model.model_hash(tmp_path / "parts") == model.model_hash(tmp_path / "whole")
    assert names(tmp_path) == ["parts", "whole"]


def test_survives_kill_9(small_model: Path, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from stp.lm import loop; from stp.lm.trainer import train\n"
        "from trainings import EXAMPLES, TRAINING\n"
        "loop.PROGRESS_SECONDS = 0\n"
        "train(Path(sys.argv[1]), EXAMPLES, Path(sys.argv[2]), TRAINING, lambda p: print(p.step, flush=True))"
    )
    steps: list[int] = []
    for goal in (2, 6):
        command = [sys.executable, "-c", code, str(small_model), str(tmp_path / "killed")]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
        ) as running:
            assert running.stdout is not None
            for line in running.stdout:
                steps.append(int(line))
                if steps[-1] >= goal:
                    os.kill(running.pid, signal.SIGKILL)
                    break
        assert running.returncode == -signal.SIGKILL
        assert not (tmp_path / "killed").exists()
    report = train(small_model, EXAMPLES, tmp_path / "killed", TRAINING)
    assert report.resumed_at >= 6 and steps[2] > 2  # the second process did not begin anew
    train(small_model, EXAMPLES, tmp_path / "whole", TRAINING)
    assert model.model_hash(tmp_path / "killed") == model.model_hash(tmp_path / "whole")
    assert names(tmp_path) == ["killed", "whole"]


@pytest.mark.parametrize("other", ["examples", "settings", "model"])
def test_a_checkpoint_of_something_else_is_replaced(small_model: Path, tmp_path: Path, other: str):
    with pytest.raises(Enough):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING, stop_at(3))
    examples, training, base = EXAMPLES, TRAINING, small_model
    if other == "examples":
        examples = [dataclasses.replace(EXAMPLES[0], weight=9.0), *EXAMPLES[1:]]
    elif other == "settings":
        training = dataclasses.replace(TRAINING, lr=2e-3)
    else:
        base = small_model.with_name("plain")
    seen: list[list[str]] = []
    report = train(
        base, examples, tmp_path / "m", training, lambda _: seen.append(names(tmp_path / ".m.training"))
    )
    assert report.resumed_at == 0
    assert seen[:2] == [["step-00000001"], ["step-00000002"]]


def test_stopped_after_the_last_step(small_model: Path, tmp_path: Path):
    """Nothing is left to do but to write the model."""
    whole = train(small_model, EXAMPLES, tmp_path / "whole", TRAINING)
    with pytest.raises(Enough):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING, stop_at(whole.steps))
    report = train(small_model, EXAMPLES, tmp_path / "m", TRAINING)
    assert report.resumed_at == report.steps and report.tokens_per_second == 0
    assert (report.first_loss, report.last_loss) == (whole.first_loss, whole.last_loss)
    assert model.model_hash(tmp_path / "m") == model.model_hash(tmp_path / "whole")


def test_how_it_is_run_may_change(small_model: Path, tmp_path: Path):
    with pytest.raises(Enough):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING, stop_at(3))
    changed = dataclasses.replace(
        TRAINING, gradient_checkpointing=True, piece_tokens=50, checkpoint_minutes=5
    )
    assert train(small_model, EXAMPLES, tmp_path / "m", changed).resumed_at == 3


def tensors(*values: float) -> Iterator[tuple[str, torch.Tensor]]:
    return ((f"weight:{n}", torch.full((3,), value)) for n, value in enumerate(values))


def test_a_checkpoint_is_complete_or_absent(tmp_path: Path):
    def breaks() -> Iterator[tuple[str, torch.Tensor]]:
        yield from tensors(1.0)
        assert names(there.folder) == [".step-00000002.partial", "step-00000001"]
        raise KeyboardInterrupt

    there = Checkpoints(tmp_path / "m", "me")
    there.write(1, (2.5, 1.5), tensors(0.5))
    with pytest.raises(KeyboardInterrupt):
        there.write(2, (2.5, 0.5), breaks())
    newest = there.newest()
    assert newest is not None and (newest.step, newest.losses) == (1, (2.5, 1.5))
    assert [(name, tensor.tolist()) for name, tensor in newest.tensors()] == [("weight:0", [0.5] * 3)]
    assert Checkpoints(tmp_path / "m", "other").newest() is None


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path):
    there = Checkpoints(tmp_path / "m", "me")
    there.write(1, (0.0, 0.0), tensors(1.0))
    (there.folder / "step-00000001").rename(tmp_path / "kept")
    there.write(2, (0.0, 0.0), tensors(2.0))
    (tmp_path / "kept").rename(there.folder / "step-00000001")  # killed before the older one went
    (there.folder / ".step-00000003.partial").mkdir()
    (there.folder / ".step-00000000.gone").mkdir()
    there.tidy()
    assert names(there.folder) == ["step-00000002"]


def test_large_states_are_cut_into_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checkpoint, "FILE_BYTES", 30)
    there = Checkpoints(tmp_path / "m", "me")
    there.write(1, (0.0, 0.0), tensors(1.0, 2.0, 3.0, 4.0, 5.0))
    newest = there.newest()
    assert newest is not None and len(list(newest.folder.glob("*.safetensors"))) == 3
    assert [tensor[0].item() for _, tensor in newest.tensors()] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_damaged_checkpoint_is_one_sentence(small_model: Path, tmp_path: Path):
    with pytest.raises(Enough):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING, stop_at(3))
    file = next((tmp_path / ".m.training").glob("*/*.safetensors"))
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"is damaged .*; remove .*training to train from the start"):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING)
