from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stp.lm import model, tokenizer

STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
)


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.train_tokenizer(
        [*STATEMENTS, "by omega", "by simp [Nat.add_comm]", "fun h => ⟨h.2, h.1⟩"] * 3, 300, file
    )
    return file


@pytest.fixture(scope="session")
def small_model(tokenizer_file: Path) -> Path:
    """Untrained, hidden 64, 2 layers, context 96; weights enlarged so that its distributions are not flat."""
    config = model.ModelConfig(
        hidden=64, layers=2, heads=4, kv_heads=2, ffn=128, max_tokens=96, vocab_size=300
    )
    out = tokenizer_file.parent / "model"
    plain = tokenizer_file.parent / "plain"
    model.new_model(config, tokenizer_file, plain, seed=1)
    llama = model.load(plain)
    random = torch.Generator().manual_seed(1)
    for weight in llama.parameters():
        if weight.dim() == 2:
            weight.data *= 5
        else:
            weight.data.uniform_(0.5, 1.5, generator=random)
    model.save(llama, plain, out)
    return out
