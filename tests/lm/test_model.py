from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from stp.errors import ConfigError, InputError
from stp.lm import model

TINY = model.ModelConfig(hidden=32, layers=1, heads=2, ffn=64, max_tokens=64, vocab_size=300)


def test_default_model_has_four_to_five_million_parameters(tmp_path: Path, tokenizer_file: Path):
    model.new_model(model.ModelConfig(), tokenizer_file, tmp_path / "m", 0)
    count = model.parameters(tmp_path / "m")
    assert 4e6 < count < 5e6
    assert count == sum(weight.numel() for weight in model.load(tmp_path / "m").parameters())


def test_hash_names_the_seed_and_the_files(tmp_path: Path, tokenizer_file: Path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        model.new_model(TINY, tokenizer_file, tmp_path / name, seed)
    a, b, c = (model.model_hash(tmp_path / name) for name in "abc")
    assert a == b != c and len(a) == 16
    with (tmp_path / "a" / "tokenizer.json").open("a") as file:
        file.write("\n")
    assert model.model_hash(tmp_path / "a") != a


def test_saved_model_is_loaded_again(tmp_path: Path, small_model: Path):
    model.save(model.load(small_model), small_model, tmp_path / "copy")
    assert model.model_hash(tmp_path / "copy") == model.model_hash(small_model)


def test_failed_save_leaves_nothing_and_can_be_repeated(
    tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
):
    llama = model.load(small_model)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", fail)  # after the weights, before the tokenizer
        with pytest.raises(OSError, match="disk full"):
            model.save(llama, small_model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".m.partial").mkdir()  # as a killed process leaves it
    (tmp_path / ".m.partial" / "rubbish").touch()
    model.save(llama, small_model, tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert not (tmp_path / "m" / "rubbish").exists()


def test_a_model_is_never_overwritten(tmp_path: Path, tokenizer_file: Path):
    model.new_model(TINY, tokenizer_file, tmp_path / "m", 0)
    with pytest.raises(InputError, match="exists already"):
        model.new_model(TINY, tokenizer_file, tmp_path / "m", 0)


@pytest.mark.parametrize("use", [model.load, model.model_hash, model.parameters])
def test_missing_and_incomplete_folders(tmp_path: Path, tokenizer_file: Path, use):
    with pytest.raises(InputError, match="no model folder"):
        use(tmp_path / "m")
    model.new_model(TINY, tokenizer_file, tmp_path / "m", 0)
    (tmp_path / "m" / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"model\.safetensors missing"):
        use(tmp_path / "m")


@pytest.mark.parametrize("use", [model.load, model.parameters])
def test_cut_weights_are_damage(tmp_path: Path, tokenizer_file: Path, use):
    model.new_model(TINY, tokenizer_file, tmp_path / "m", 0)
    weights = tmp_path / "m" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="damaged"):
        use(tmp_path / "m")


@pytest.mark.parametrize("change", [{"vocab_size": 280}, {"heads": 3}, {"heads": 4, "kv_heads": 3}])
def test_impossible_shapes_are_refused(tmp_path: Path, tokenizer_file: Path, change: dict[str, int]):
    with pytest.raises(ConfigError):
        model.new_model(dataclasses.replace(TINY, **change), tokenizer_file, tmp_path / "m", 0)
