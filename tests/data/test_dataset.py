from __future__ import annotations

from pathlib import Path

import pytest

from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.errors import InputError

ENTRIES = (
    Entry("a", "theorem a : 1 = 1", "test"),
    Entry("b", "theorem b (n : ℕ) : n = n", "train", header="open Nat"),
)


def test_saved_and_loaded_alike(data_home: Path) -> None:
    dataset.save(DataSet("mine", ENTRIES, {"licence": "MIT"}))
    loaded = dataset.load("mine")
    assert loaded.entries == ENTRIES and loaded.card["licence"] == "MIT"
    assert loaded.splits() == {"test": 1, "train": 1} and dataset.installed() == ["mine"]
    assert dataset.select("mine:test")[1] == [ENTRIES[0]]
    assert dataset.held_out(loaded.entries) == [ENTRIES[0]]


def test_nothing_is_replaced_unasked(data_home: Path) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    with pytest.raises(InputError, match="--force"):
        dataset.save(DataSet("mine", ENTRIES[:1]))
    assert len(dataset.load("mine").entries) == 2
    dataset.save(DataSet("mine", ENTRIES[:1]), replace=True)
    assert len(dataset.load("mine").entries) == 1 and dataset.installed() == ["mine"]


def test_what_was_found_out_stays_with_the_same_statements_only(data_home: Path) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    (data_home / "mine" / dataset.CHECKED).mkdir()
    dataset.save(
        DataSet("mine", tuple(Entry(e.name, e.statement, "held_out", e.header) for e in ENTRIES)),
        replace=True,
    )
    assert (data_home / "mine" / dataset.CHECKED).is_dir()
    dataset.save(DataSet("mine", ENTRIES[:1]), replace=True)
    assert not (data_home / "mine" / dataset.CHECKED).exists()


@pytest.mark.parametrize(
    "ask, word",
    [
        ("none", "There is no data set 'none'"),
        ("../x", "is not a name"),
        ("mine:dev", "its splits are: test .1., train .1."),
    ],
)
def test_what_is_not_there_is_one_sentence(data_home: Path, ask: str, word: str) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    with pytest.raises(InputError, match=word):
        dataset.select(ask)


def test_damage_is_one_sentence(data_home: Path) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    path = data_home / "mine" / dataset.STATEMENTS
    path.write_text(path.read_text() + '{"name": "c", "statement": 1}\n')
    with pytest.raises(InputError, match=r"damaged .line 3"):
        dataset.load("mine")


def test_two_statements_of_one_name_are_refused(data_home: Path) -> None:
    with pytest.raises(InputError, match="two statements are named 'a'"):
        dataset.save(DataSet("mine", (ENTRIES[0], ENTRIES[0])))
    assert dataset.installed() == []
