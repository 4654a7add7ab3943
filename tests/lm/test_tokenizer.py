from __future__ import annotations

from pathlib import Path

import pytest

from stp.errors import InputError, StpError
from stp.lm import prompts, tokenizer


@pytest.mark.parametrize(
    "text",
    [
        "(n : Nat) : ∀ m, ⟨n, m⟩ ∈ s",
        "by\n\tsimp  \n\n  omega ",
        " leading",
        "",
        "é e\u0301 \u00a0\r\n 🙂 \x00",
        "don't 12345 h₁.2",
    ],
)
def test_every_text_round_trips(tokenizer_file: Path, text: str):
    loaded = tokenizer.load_tokenizer(tokenizer_file)
    assert loaded.decode(loaded.encode(text).ids, skip_special_tokens=False) == text


def test_notations_are_read_as_what_they_stand_for(tokenizer_file: Path):
    loaded = tokenizer.load_tokenizer(tokenizer_file)
    assert loaded.encode("(f : ℕ → ℤ) (q : ℚ)").ids == loaded.encode("(f : Nat → Int) (q : Rat)").ids


def test_special_tokens_are_single_and_round_trip(tokenizer_file: Path):
    loaded = tokenizer.load_tokenizer(tokenizer_file)
    text = "".join(prompts.SPECIAL_TOKENS)
    ids = loaded.encode(text).ids
    assert ids == list(range(len(prompts.SPECIAL_TOKENS)))
    assert loaded.decode(ids, skip_special_tokens=False) == text


def test_training_is_deterministic(tmp_path: Path):
    texts = [f"theorem foo{i} : {i} + {i % 7} ≤ {i * i}" for i in range(500)]
    for name in ("a", "b"):
        tokenizer.train_tokenizer(iter(texts), 400, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert tokenizer.load_tokenizer(tmp_path / "a").get_vocab_size() == 400


def test_special_tokens_are_not_learnt_from(tmp_path: Path):
    tokenizer.train_tokenizer(["a<theorem>b<proof>c"] * 9, 300, tmp_path / "t")
    assert "theorem" not in tokenizer.load_tokenizer(tmp_path / "t").get_vocab()


def test_missing_or_foreign_tokenizer_is_one_sentence(tmp_path: Path):
    with pytest.raises(InputError, match="no tokenizer"):
        tokenizer.load_tokenizer(tmp_path / "none")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="not a tokenizer"):
        tokenizer.load_tokenizer(tmp_path)
    with pytest.raises(StpError, match="at least 263"):
        tokenizer.train_tokenizer([], 200, tmp_path / "t")
