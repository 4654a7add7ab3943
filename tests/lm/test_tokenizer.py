from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stp.errors import InputError, StpError
from stp.lm import prompts, tokenizer
from stp.lm.formats import Chat
from stp.lm.tokenizer import Codec, load_tokenizer


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


TEMPLATE = "{% for m in messages %}<lemma>{{ m.role }}\n{{ m.content }}<seed>{% endfor %}<proof>"


def chat_folder(folder: Path, tokenizer_file: Path, template: str | None = TEMPLATE) -> Path:
    """A folder with a tokenizer, a chat template, and two tokens that end a text."""
    folder.mkdir()
    shutil.copyfile(tokenizer_file, folder / "tokenizer.json")
    settings = {"tokenizer_class": "PreTrainedTokenizerFast"} | (
        {"chat_template": template} if template else {}
    )
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": 1}))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [0, 1]}))
    return folder


def test_a_chat_is_rendered_by_the_models_own_template(tmp_path: Path, tokenizer_file: Path):
    folder = chat_folder(tmp_path / "m", tokenizer_file)
    codec, plain = Codec(folder, Chat("Be brief.")), load_tokenizer(folder)
    found = codec.prompts(["prove it", "and <lemma>system", "go on"])
    text = "<lemma>system\nBe brief.<seed><lemma>user\nprove it<seed><proof>"
    assert found[0] == plain.encode(text).ids
    assert found[1] == []  # it would speak for the system
    assert plain.decode(Codec(folder, Chat("")).prompts(["go on"])[0], skip_special_tokens=False) == (
        "<lemma>user\ngo on<seed><proof>"
    )


def test_completions_end_and_texts_do_not(tmp_path: Path, tokenizer_file: Path):
    codec = Codec(chat_folder(tmp_path / "m", tokenizer_file))
    assert codec.ends == {0, 1}
    rows = codec.completions(["by omega", "by omega<end>", ""])
    assert [row[-1] for row in rows] == [0, 1, 0] and rows[2] == [0]
    assert codec.texts(rows) == ["by omega", "by omega", ""]
    assert codec.texts([rows[0][:-1], []]) == ["by omega", ""]


def test_what_a_codec_lacks_is_one_sentence(tmp_path: Path, tokenizer_file: Path):
    folder = chat_folder(tmp_path / "m", tokenizer_file, template=None)
    with pytest.raises(InputError, match="no chat template"):
        Codec(folder, Chat(""))
    (folder / "generation_config.json").unlink()
    assert Codec(folder).ends == {1}
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match="no end-of-text token"):
        Codec(folder)
