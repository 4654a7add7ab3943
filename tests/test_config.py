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
    assert (c.select.inelegant, c.select.elegancy_by_lemma) == (0.2, False)
    assert (c.select.transport, c.select.transport_cap) == ("greedy", 3)
    assert (c.select.favoured_weight, c.select.favoured_from) == (128, 25)
    assert (c.retrain.on, c.retrain.at_most, c.retrain.conjectures) == (True, 0.25, True)
    assert (c.prove.resample_proved, c.select.start, c.conjecture.seeds) == (0.05, "previous", "data")
    assert (c.select.require_lemma, c.select.count_weight, c.refresh.at) == (True, "samples", "half")


def test_what_is_not_the_papers_is_off() -> None:
    c = config.Config()
    assert not (c.conjecture.screen_trivial or c.conjecture.screen_false)
    assert not (c.prove.disprove or c.prove.shorten or c.prove.first or c.prove.budget)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"prove": {"samples": 4, "first": 4}}, r"prove\.first = 4 leaves nothing of prove\.samples = 4"),
        (
            {"select": {"favoured": ["minif2f:valid"]}, "data": {"sets": ["leanworkbook"]}},
            r"select\.favoured names 'minif2f:valid', which is not in data\.sets",
        ),
        ({"iterations": 4, "refresh": {"at": 5}}, r"refresh\.at = 5 is beyond iterations = 4"),
        ({"refresh": {"at": "never"}}, r"refresh\.at = 'never' is not valid \(.*'half'.*integer"),
    ],
)
def test_keys_that_do_not_go_together_get_one_sentence(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.parse(table)


def chosen(c: config.Config) -> dict[str, object]:
    return {
        "samples": c.prove.samples,
        "resample": c.prove.resample_proved,
        "below": c.select.prover_below,
        "proofs": c.select.proofs_per_statement,
        "replay": c.select.replay,
        "start": c.select.start,
        "refresh": c.refresh_at,
        "retrain": c.retrain.on,
    }


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("stp", (32, 0.05, 0.5, 16, 3, "previous", 5, True)),
        ("expert-iteration", (64, 1.0, 1.0, 16, 0, "base", 0, False)),
        ("expert-iteration-vanilla", (64, 0.0, 1.0, 0, 0, "base", 0, False)),
        ("sampling", (32, 0.0, 0.5, 16, 3, "previous", 5, True)),
    ],
)
def test_a_mode_sets_what_the_file_says_nothing_of(mode: str, expected: tuple[object, ...]) -> None:
    table = {"mode": mode, "iterations": 10}
    assert tuple(chosen(config.parse(table)).values()) == expected
    # the sections of a file stay as they are
    said = config.parse({**table, "prove": {"samples": 7}, "select": {"start": "previous"}})
    changed = {**chosen(config.parse(table)), "samples": 7, "start": "previous"}
    assert chosen(said) == changed


def test_keys_of_the_file_come_before_those_of_the_mode() -> None:
    said = {
        "prove": {"samples": 5, "resample_proved": 0.5},
        "select": {"prover_below": 0.25, "proofs_per_statement": 2, "replay": 1, "start": "previous"},
        "refresh": {"at": 4},
        "retrain": {"on": True},
    }
    for mode in ("stp", "expert-iteration", "expert-iteration-vanilla", "sampling"):
        found = chosen(config.parse({"mode": mode, "iterations": 10, **said}))
        assert tuple(found.values()) == (5, 0.5, 0.25, 2, 1, "previous", 4, True)


def test_a_campaign_is_refreshed_half_way_if_it_is_long_enough() -> None:
    assert [config.parse({"iterations": n}).refresh_at for n in (3, 7, 8, 9, 48)] == [0, 0, 4, 4, 24]
    assert config.parse({"iterations": 48, "refresh": {"at": 0}}).refresh_at == 0
    assert config.parse({"iterations": 3, "refresh": {"at": 2}}).refresh_at == 2


def test_differences_name_what_changed_but_not_what_may() -> None:
    old = config.Config().model_dump(mode="json")
    new = config.parse({"iterations": 9, "prove": {"samples": 3}, "lean": {"workers": 1}}).model_dump(
        mode="json"
    )
    assert config.differences(old, new) == ["prove.samples: 32 there, 3 here"]


def test_the_shipped_demo_is_valid() -> None:
    from stp import paths

    assert config.load(paths.shipped("experiments/demo.toml")).mode == "stp"
