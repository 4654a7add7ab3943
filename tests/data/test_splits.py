"""Splits by seed, the shipped one among them, and the guard against training on what is held out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from at_hand import BENCHMARKS, REASON

from stp import config as configuration
from stp.data import check, dataset, importers, splits
from stp.data.dataset import DataSet, Entry
from stp.errors import CampaignError, ConfigError, InputError
from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings
from stp.records import StatementInfo
from stp.stages import datasets

ENTRIES = (
    Entry("comm", "theorem comm (a b : Nat) : a + b = b + a", "test"),
    Entry("hard", "theorem hard (x : ℕ) (h : Odd x) : x ≠ 2", "held_out", check.compat_header()),
    Entry("free", "theorem free (a : Nat) : a = a", "train"),
    Entry("real", "theorem real (x : ℝ) : x = x", "test"),
)


def test_a_split_depends_on_seed_and_types_alone() -> None:
    keys = {f"n{i}": f"k{i // 2}" for i in range(400)}  # two names a type
    shares = {"train": 0.75, "held_out": 0.25}
    drawn = splits.assign(keys, shares, 1)
    assert Counter(drawn.values()) == {"train": 300, "held_out": 100}
    assert all(drawn[f"n{i}"] == drawn[f"n{i + 1}"] for i in range(0, 400, 2))
    assert splits.assign(dict(reversed(keys.items())), shares, 1) == drawn
    other = splits.assign(keys, shares, 2)
    assert sum(other[name] != drawn[name] for name in keys) > 50
    with pytest.raises(InputError, match="do not add up to 1"):
        splits.assign(keys, {"train": 0.5}, 1)


def test_a_split_is_made_once_and_written_down(data_home: Path) -> None:
    data = DataSet("mine", tuple(Entry(str(i), f"theorem t : {i} = {i}") for i in range(20)))
    made = splits.split(data, {str(i): str(i) for i in range(20)}, {"train": 0.8, "held_out": 0.2}, 7)
    assert made.splits() in ({"train": 16, "held_out": 4}, {"held_out": 4, "train": 16})
    assert made.card["split"]["seed"] == 7
    dataset.save(made)
    with pytest.raises(InputError, match="split already"):
        splits.split(dataset.load("mine"), {}, {"train": 1.0}, 8)


def test_the_guard_knows_statements_up_to_renaming(core_pool: LeanPool, data_home: Path) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    guard = splits.guard(core_pool)
    infos = core_pool.statements(["theorem other (n m : Nat) : n + m = m + n", "theorem t (x : Nat) : x = x"])
    renamed, free = (info.key for info in infos)  # type: ignore[union-attr]
    (odd,) = core_pool.statements(["theorem t (k : Nat) (hk : Odd k) : k ≠ 2"], check.compat_header())
    assert guard.where(renamed) == "mine:test/comm"
    assert guard.where(odd.key) == "mine:held_out/hard"  # type: ignore[union-attr]
    assert guard.where(free) is None and len(guard.held) == 2
    with pytest.raises(CampaignError, match="mine:test/comm, which is held out"):
        guard.refuse([free, renamed])
    guard.refuse([free])


def test_what_was_found_is_written_down_and_taken_from_there(
    core_pool: LeanPool, data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset.save(DataSet("mine", ENTRIES))
    data = dataset.load("mine")
    rows = check.record(data, core_pool)
    assert [row.outcome for row in rows] == ["elaborates", "elaborates", "elaborates", "fails"]
    assert rows[0].rest == " (a b : Nat) : a + b = b + a" and "ℝ" in rows[3].detail
    assert check.environments("mine")[core_pool.environment.id]["elaborate"] == 3
    monkeypatch.setattr(LeanPool, "statements", None)  # is not asked again
    assert check.record(data, core_pool) == rows


def _config(**data: object) -> configuration.Config:
    return configuration.parse({"data": data})


def test_held_out_splits_are_refused_by_name(data_home: Path) -> None:
    dataset.save(DataSet("mine", (*ENTRIES, Entry("v", "theorem v : 1 = 1", "valid"))))
    with pytest.raises(ConfigError, match="mine:test/comm is held out"):
        datasets.to_prove(_config(sets=["mine"]))
    with pytest.raises(ConfigError, match="mine:held_out/hard is held out"):
        datasets.to_prove(_config(sets=["mine:held_out"]))
    assert [label for label, _ in datasets.to_prove(_config(sets=["mine:train", "mine:valid"]))] == [
        "mine:train/free",
        "mine:valid/v",
    ]
    with pytest.raises(ConfigError, match="stand under different headers"):
        datasets.header(_config(sets=["mine:train"], held_out_sets=["mine:held_out"]))


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
def test_the_shipped_split_keeps_equal_statements_together(core_pool: LeanPool, data_home: Path) -> None:
    read = importers.path(BENCHMARKS / "lean_workbook/lean_workbook_core.jsonl", core_pool)
    given = DataSet("leanworkbook-core", tuple(read.entries))
    record = splits.shipped("leanworkbook-core")
    assert record is not None and record["statements"] == len(given.entries)
    made = splits.with_shipped(given)
    assert made.splits() == {"train": 2167, "held_out": 229}
    # word for word the same statements are of one type, so they must stand on one side
    sides: dict[str, set[str]] = {}
    for entry in made.entries:
        sides.setdefault(" ".join(entry.statement.split()[2:]), set()).add(entry.split)
    assert all(len(side) == 1 for side in sides.values())
    assert json.loads(json.dumps(record))["seed"] == 0


def test_a_core_part_says_that_it_is_one_and_goes_on_where_it_was_stopped(
    core_pool: LeanPool, data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "open BigOperators Real Nat"
    dataset.save(
        DataSet(
            "whole",
            (
                Entry("a", "theorem a (n : ℕ) (h : Even n) : n ≠ 1", "test", header, ("Mathlib",)),
                Entry("b", "theorem b (x : ℝ) : x = x", "test", header, ("Mathlib",)),
                Entry("c", "theorem c (q : ℚ) : q = q", "valid", header, ("Mathlib",)),
            ),
            {"licence": "MIT"},
        )
    )
    data = dataset.load("whole")
    monkeypatch.setattr(check, "_KEPT", 1)
    ask, asked = LeanPool.statements, []

    def stopped(self: LeanPool, heads: list[str], header: str = "") -> object:
        if len(asked) == 1:
            raise KeyboardInterrupt
        asked.append(heads)
        return ask(self, heads, header)

    with monkeypatch.context() as patch:
        patch.setattr(LeanPool, "statements", stopped)
        with pytest.raises(KeyboardInterrupt):
            check.core(data, "whole-core", core_pool)
        patch.setattr(
            LeanPool,
            "statements",
            lambda self, heads, header="": asked.append(heads) or ask(self, heads, header),
        )
        made, _ = check.core(data, "whole-core", core_pool)
    assert [heads[0].split()[1] for heads in asked] == ["a", "b", "c"]  # none twice
    assert [(e.name, e.split, e.imports) for e in made.entries] == [("a", "test", ()), ("c", "valid", ())]
    assert all(e.header == check.compat_header() for e in made.entries)
    assert made.card["part_of"] == "whole" and made.card["note"].startswith("2 of the 3 statements of whole")
    assert check.environments("whole") == {}  # as they stand they were not checked


def test_what_is_held_out_under_the_environments_own_header_is_guarded(
    lean: toolchain.Toolchain, data_home: Path
) -> None:
    """A campaign's environment has read its data sets' header; read once more, it would not elaborate, and nothing that
    stands under it would be guarded."""
    header = "def Twice (n : Nat) : Nat := n + n"
    dataset.save(
        DataSet("told", (Entry("twice", "theorem twice (n : Nat) : Twice n = n + n", "test", header),))
    )
    with LeanPool(lean, Settings(("Init",), header), workers=1, spares=0) as pool:
        (info,) = pool.statements(["theorem t (k : Nat) : Twice k = k + k"])
        assert isinstance(info, StatementInfo)
        assert splits.guard(pool, ["told"]).where(info.key) == "told:test/twice"


def test_a_statement_that_two_splits_hold_out_is_guarded_until_both_are_asked_for() -> None:
    guard = splits.Guard({"k": ("a:valid/x", "b:test/y"), "l": ("a:valid/z",)})
    left = guard.without({"a:valid/x", "a:valid/z"})
    assert (left.where("k"), left.where("l")) == ("a:valid/x", None)
    assert guard.without({"a:valid/x", "b:test/y"}).where("k") is None
