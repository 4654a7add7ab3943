from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stp.errors import ConfigError, InputError
from stp.lm import bases, formats, model
from stp.lm.tokenizer import load_tokenizer


def test_finds_folders_and_what_is_shipped(small_model: Path):
    assert bases.find(str(small_model)) == small_model
    nano = bases.find("stp-nano")
    assert model.parameters(nano) < 10_000_000 and sum(f.stat().st_size for f in nano.iterdir()) < 24e6
    assert "stp-nano" in bases.shipped()


@pytest.mark.parametrize("name", ["absent", "no/such/folder", "absent.gguf", "../x"])
def test_what_is_not_there_is_one_sentence(name: str):
    with pytest.raises(InputError, match=r"There is no (model|file) .*absent|no/such|x"):
        bases.find(name)


def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"nobody/nothing cannot be fetched .*\(.*\); name a folder"):
        bases.find("nobody/nothing")


def test_a_file_that_is_no_gguf_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("gguf")
    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    (tmp_path / "m.gguf").write_bytes(b"GGUF nonsense" * 10)
    with pytest.raises(InputError, match="cannot be read as a model"):
        bases.find(str(tmp_path / "m.gguf"))
    assert not list((tmp_path / "home").rglob("*.json"))


def test_the_shipped_model_says_what_it_was_trained_on():
    keys = bases.trained_on(bases.find("stp-nano"))
    assert len(keys) > 3000 and all(len(key) == 16 for key in keys)


def test_a_model_says_how_it_is_asked(small_model: Path, tmp_path: Path):
    assert bases.format_of(small_model).name == "stp"  # its tokenizer has the tags
    assert bases.format_of(small_model, "chat").name == "chat"
    bases.link(small_model, tmp_path / "linked", "goedel-prover-v2")
    linked = bases.format_of(tmp_path / "linked")
    assert linked.prover_prompt(": 1 = 1") == formats.load("goedel-prover-v2").prover_prompt(": 1 = 1")
    shutil.copytree(small_model, tmp_path / "other")
    text = (tmp_path / "other" / "tokenizer.json").read_text().replace("<conjecture>", "<else>")
    (tmp_path / "other" / "tokenizer.json").write_text(text)
    with pytest.raises(ConfigError, match="name a format"):
        bases.format_of(tmp_path / "other")


def test_links_and_copies_are_the_same_model(small_model: Path, tmp_path: Path):
    bases.link(small_model, tmp_path / "link", "stp")
    bases.copy_model(tmp_path / "link", tmp_path / "copy")
    shutil.rmtree(tmp_path / "link")
    assert model.model_hash(tmp_path / "copy") == model.model_hash(small_model)
    assert load_tokenizer(tmp_path / "copy").get_vocab_size() <= 300
    assert not any(file.is_symlink() for file in (tmp_path / "copy").iterdir())
    with pytest.raises(InputError, match="exists already"):
        bases.copy_model(small_model, tmp_path / "copy")
