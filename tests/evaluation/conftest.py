"""A small data set in a folder of its own, and a small model that proves some of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy import RESTS, TOY

from stp.data import dataset


@pytest.fixture
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of data sets, which holds `toy`."""
    root = tmp_path / "data"
    monkeypatch.setattr(dataset, "folder", lambda name: root / name)
    dataset.save(TOY)
    return root


@pytest.fixture(scope="session")
def toy_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained for seconds on right and wrong proofs of the toy statements: it proves some of them now and then."""
    from stp.lm import formats, model, tokenizer, trainer
    from stp.records import Example

    native = formats.load("stp")
    folder = tmp_path_factory.mktemp("toy")
    proofs = ("by omega", "by simp", "rfl", "fun h => ⟨h.2, h.1⟩")
    tokenizer.train_tokenizer([*RESTS, *proofs] * 3, 320, folder / "tokenizer.json")
    config = model.ModelConfig(hidden=64, layers=2, heads=2, ffn=128, max_tokens=128, vocab_size=320)
    model.new_model(config, folder / "tokenizer.json", folder / "new", seed=1)
    examples = [
        Example("prover", native.prover_prompt(rest), native.prover_completion("", proof))
        for rest in RESTS
        for proof in proofs
    ]
    trainer.train(
        folder / "new", examples, folder / "toy-model", trainer.Training(lr=1e-2, warmup=5, epochs=12)
    )
    return folder / "toy-model"
