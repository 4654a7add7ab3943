from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from stp.lm import embeddings, model
from stp.lm.tokenizer import Codec

TEXTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
    ": 1 = 1",
)


def test_is_the_mean_of_the_last_hidden_states(small_model: Path):
    found = embeddings.embed(small_model, TEXTS)
    assert found.shape == (4, 64) and found.dtype == np.float32
    reference = model.load(small_model)
    for text, row in zip(TEXTS, found, strict=True):
        ids = torch.tensor(Codec(small_model).prompts([text]))
        with torch.inference_mode():
            states = reference(ids, output_hidden_states=True).hidden_states[-1][0]
        np.testing.assert_allclose(row, states.mean(0).numpy(), atol=1e-4)


def test_does_not_depend_on_the_batch(small_model: Path, monkeypatch: pytest.MonkeyPatch):
    texts = [f"{text} ∧ {n} = {n}" for n in range(10) for text in TEXTS]
    together = embeddings.embed(small_model, texts)
    monkeypatch.setitem(embeddings.PIECE_TOKENS, "cpu", 1)
    monkeypatch.setattr(embeddings, "BLOCK", 7)
    np.testing.assert_allclose(embeddings.embed(small_model, texts[::-1])[::-1], together, atol=1e-4)


def test_the_cache_is_the_models_own(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / "other"
    llama = model.load(small_model)
    for weight in llama.parameters():
        weight.data *= 1.1
    model.save(llama, small_model, other)
    cache = tmp_path / "embeddings.db"
    told: list[int] = []
    first = embeddings.embed(small_model, TEXTS[:3], cache, progress=told.append)
    assert told == [3]
    assert not np.allclose(embeddings.embed(other, TEXTS[:3], cache), first)
    assert np.array_equal(
        embeddings.embed(small_model, [*TEXTS, TEXTS[0]], cache)[[0, 1, 2, 4]], first[[0, 1, 2, 0]]
    )

    def fail(*_: object) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(model, "load", fail)
    assert np.array_equal(embeddings.embed(small_model, TEXTS[:3], cache), first)
    with pytest.raises(AssertionError):
        embeddings.embed(small_model, ["new"], cache)


def test_long_and_empty_texts(small_model: Path):
    long = "x " * 500
    found = embeddings.embed(small_model, [long, "", "x " * 400])
    assert np.allclose(found[0], found[2], atol=1e-5) and np.abs(found[0]).sum() > 0
    assert not found[1].any()
    assert embeddings.embed(small_model, []).shape[0] == 0
