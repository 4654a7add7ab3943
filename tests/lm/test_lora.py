from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
import torch

from stp.errors import ConfigError
from stp.lm import formats, loop, lora, model
from stp.lm.trainer import Training, evaluate_loss, train
from stp.records import Example

NATIVE = formats.load("stp")
EXAMPLES = [
    Example("prover", NATIVE.prover_prompt(f": {a} = {a}"), NATIVE.prover_completion("", "by rfl"))
    for a in range(5)
]
TRAINING = Training(lr=1e-2, warmup=2, epochs=30, lora_rank=4)


def test_a_missing_peft_is_one_sentence(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ConfigError, match=r'LoRA needs peft.*pip install "accelerate>=1\.0" "peft>=0\.15"'):
        train(small_model, EXAMPLES, tmp_path / "m", TRAINING)


def test_learns_and_saves_an_ordinary_model(small_model: Path, tmp_path: Path):
    pytest.importorskip("peft")
    report = train(small_model, EXAMPLES, tmp_path / "m", TRAINING)
    before = evaluate_loss(small_model, EXAMPLES)
    assert report.first_loss == pytest.approx(before, rel=1e-4)
    assert report.last_loss < before / 2
    assert evaluate_loss(tmp_path / "m", EXAMPLES) == pytest.approx(report.last_loss, rel=0.3)
    old, new = (dict(model.load(folder).named_parameters()) for folder in (small_model, tmp_path / "m"))
    assert old.keys() == new.keys()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    linear = {name for name in old if name.endswith("proj.weight")}
    assert changed == linear
    for name in changed:
        difference = (new[name] - old[name]).detach()
        assert torch.linalg.matrix_rank(difference, rtol=1e-3) <= 4


def test_merging_changes_no_logits(small_model: Path):
    pytest.importorskip("peft")
    adapted = lora.attach(model.load(small_model), 4, 0, seed=0)
    torch.manual_seed(0)
    for weight in loop.trained(adapted).values():
        torch.nn.init.normal_(weight, std=0.1)
    ids = torch.arange(10, 40).view(2, 15)
    with torch.no_grad():
        plain = model.load(small_model)(ids).logits
        before = adapted(ids).logits
        after = lora.merge(adapted)(ids).logits
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)
    assert float((before - plain).abs().max()) > 0.1


def test_a_base_kept_in_bfloat16_is_merged_in_full(small_model: Path, tmp_path: Path):
    """Only the matrices are trained; the base's own digits come back in the result."""
    pytest.importorskip("peft")
    half = dataclasses.replace(TRAINING, precision="bfloat16")
    model_in_training, _ = loop.prepare(small_model, half, torch.device("cpu"), loop.Alone())
    types = {weight.requires_grad: weight.dtype for weight in model_in_training.parameters()}
    assert types == {True: torch.float32, False: torch.bfloat16}
    report = train(small_model, EXAMPLES, tmp_path / "m", half)
    assert report.last_loss < report.first_loss / 2
    old, new = (dict(model.load(folder).named_parameters()) for folder in (small_model, tmp_path / "m"))
    assert all(torch.equal(old[name], new[name]) for name in old if not name.endswith("proj.weight"))


def test_the_matrices_depend_on_the_seed(small_model: Path):
    pytest.importorskip("peft")

    def drawn(seed: int) -> torch.Tensor:
        weights = loop.trained(lora.attach(model.load(small_model), 2, 0, seed))
        return torch.cat([weight.detach().flatten() for weight in weights.values()])

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
