"""`stp data split`, with the real Lean: three shares, equal statements together, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.config import parse
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.errors import ConfigError
from stp.stages import datasets


def stp(*arguments: object) -> tuple[int, str]:
    run = CliRunner().invoke(main, ["data", "split", *map(str, arguments)])
    return run.exit_code, run.output


@pytest.mark.lean
def test_a_share_is_set_aside_for_sft(lean: object, data_home: Path) -> None:
    entries = [Entry(f"s{i}", f"theorem s{i} (n : Nat) : n + {i} = {i} + n") for i in range(10)]
    twins = [Entry(f"t{i}", f"theorem t{i} (m : Nat) : m + {i} = {i} + m") for i in range(10)]
    dataset.save(DataSet("mine", (*entries, *twins)))
    code, said = stp("mine", "--held-out", 0.2, "--sft", 0.3, "--seed", 4, "--workers", 1)
    assert code == 0, said
    assert "(seed 4)" in said
    made = dataset.load("mine")
    assert made.splits() == Counter({"train": 10, "sft": 6, "held_out": 4})
    assert made.card["split"]["shares"] == {"train": 0.5, "sft": 0.3, "held_out": 0.2}
    of = {entry.name: entry.split for entry in made.entries}
    assert all(of[f"s{i}"] == of[f"t{i}"] for i in range(10)), "statements of one type are in one split"
    code, said = stp("mine", "--held-out", 0.5)
    assert code == 1 and "mine is split already (" in said and "a split is made once" in said
    # what is held out may be neither proved nor tried by tactics; the share for SFT may be
    assert len(datasets.for_sft(parse({"data": {"sft_sets": ["mine:sft"]}}))) == 6
    with pytest.raises(ConfigError, match=r"data\.sft_sets: mine:held_out/.* is held out"):
        datasets.for_sft(parse({"data": {"sft_sets": ["mine:held_out"]}}))


def test_shares_of_more_than_all_are_refused(data_home: Path) -> None:
    dataset.save(DataSet("mine", (Entry("s", "theorem s : True"),)))
    code, said = stp("mine", "--held-out", 0.6, "--sft", 0.5)
    assert code == 1
    assert said.startswith("stp: --held-out 0.6 and --sft 0.5 are more than all statements together")
    assert dataset.load("mine").splits() == {"": 1}
