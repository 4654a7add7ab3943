"""The configuration: defaults, refusals, differences."""

from pathlib import Path

import pytest

from stp import config
from stp.errors import ConfigError, InputError


def test_an_unknown_key_is_refused_with_the_nearest_valid_one() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'iteratons'; the nearest valid one is 'iterations'"):
        config.parse({"iteratons": 3})
    with pytest.raises(ConfigError, match=r"'prove.sample'; the nearest valid one is 'prove.samples'"):
        config.parse({"prove": {"sample": 3}})


def test_a_value_out_of_range_is_refused_with_its_key() -> None:
    with pytest.raises(ConfigError, match=r"prove.samples = 0 is not valid"):
        config.parse({"prove": {"samples": 0}})
    with pytest.raises(ConfigError, match="mode = 'magic'"):
        config.parse({"mode": "magic"})


def test_broken_toml_and_missing_files_give_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "c.toml"
    broken.write_text("iterations = = 3")
    with pytest.raises(ConfigError, match="not valid TOML"):
        config.load(broken)
    with pytest.raises(InputError, match="cannot be read"):
        config.load(tmp_path / "absent.toml")


def test_defaults_are_the_papers() -> None:
    c = config.Config()
    assert (c.prove.samples, c.select.barely_provable, c.select.prover_below) == (32, 0.25, 0.5)
    assert (c.select.proofs_per_statement, c.select.replay, c.conjecture.trivial_lemma_share) == (16, 3, 0.5)
    assert (c.conjecture.lemma_cap, c.select.length_decay, c.select.time_decay) == (0.1, 0.001, 0.01)


def test_differences_name_what_changed_but_not_what_may() -> None:
    old = config.Config().model_dump(mode="json")
    new = config.parse({"iterations": 9, "prove": {"samples": 3}, "lean": {"workers": 1}}).model_dump(
        mode="json"
    )
    assert config.differences(old, new) == ["prove.samples: 32 there, 3 here"]


def test_the_shipped_demo_is_valid() -> None:
    from stp import paths

    assert config.load(paths.shipped("experiments/demo.toml")).mode == "stp"
