"""Statements read from files of every shape, with the counts that the public ones must have."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from at_hand import BENCHMARKS, REASON

from stp.data import dataset, importers
from stp.data.dataset import DataSet, Entry
from stp.errors import InputError
from stp.lean.pool import LeanPool


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rows_of_every_usual_shape(core_pool: LeanPool, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "name": "a",
            "formal_statement": "theorem a (n : Nat) : n = n := by\n",
            "split": "valid",
            "header": "import Mathlib\n\nopen Nat\n",
            "informal_prefix": "/-- Every n. -/\n",
        },
        {
            "id": "b",
            "lean4_formalization": "theorem bb : let x := 1; x = 1 :=",
            "lean4_src_header": "import Mathlib\nopen Real",
            "nl_statement": "One is one.",
        },
        {"statement": "theorem c (n : Nat) : 0 ≤ n", "proof": "by omega", "forbid": ["Nat.zero_le"]},
        {
            "name": "d",
            "formal_stmt": "def d (n : ℝ) :\n  Equiv n (∑ i, i) :=",
            "helper": "def k := 1",
            "header": "import Mathlib",
        },
        {"id": 5, "formal_statement": "theorem e : 1 = 1 := by\n  have h : 2 = 2 := rfl\n  rfl"},
    ]
    read = importers.path(_write(tmp_path / "x.jsonl", rows), core_pool)
    assert read.faults == []
    a, b, c, d, e = read.entries
    assert (a.statement, a.split, a.header, a.imports) == (
        "theorem a (n : Nat) : n = n",
        "valid",
        "open Nat",
        ("Mathlib",),
    )
    assert (a.docstring, a.informal, a.proof) == ("Every n.", "", "")
    assert (b.name, b.statement, b.informal) == ("b", "theorem bb : let x := 1; x = 1", "One is one.")
    assert (c.statement, c.proof, c.forbid) == ("theorem c (n : Nat) : 0 ≤ n", "by omega", ("Nat.zero_le",))
    assert d.statement == "theorem d (n : ℝ) : Nonempty (Equiv n (∑ i, i))" and d.header == "def k := 1"
    assert (e.name, e.proof) == ("5", "by\n  have h : 2 = 2 := rfl\n  rfl")


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(core_pool: LeanPool, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"name": "a"}\n{"formal_statement": "theorem ok : 1 = 1"}\nnot json\n[1]\n'
        '{"name": "p", "formal_statement": "def p : Prop := "}\n{"formal_statement": "no theorem at all"}\n'
    )
    read = importers.path(path, core_pool)
    assert [entry.name for entry in read.entries] == ["ok"]
    told = " ".join(read.faults)
    for line in ("line 1: no statement", "line 3: not JSON", "line 4: no statement", "line 5: p:", "line 6:"):
        assert line in told
    assert "which is no statement" in told


@pytest.mark.parametrize(
    "name, content, word",
    [
        ("x.txt", "theorem t : 1 = 1", "no known kind"),
        ("x.json", "{", "not JSON"),
        ("x.jsonl", "", "holds no statement"),
        ("x.parquet", "PAR1", "Parquet"),
    ],
)
def test_files_that_are_none_are_one_sentence(
    core_pool: LeanPool, tmp_path: Path, name: str, content: str, word: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=word):
        importers.path(tmp_path / name, core_pool)
    with pytest.raises(InputError, match="not there"):
        importers.path(tmp_path / "none.jsonl", core_pool)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no \.lean files"):
        importers.path(tmp_path / "empty", core_pool)


def test_a_folder_of_files_gives_splits_and_places(core_pool: LeanPool, tmp_path: Path) -> None:
    for split in ("Test", "Valid"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "a.lean").write_text(
            "import Mathlib\nopen Nat\n/-- Doc. -/\ntheorem a : 1 = 1 := by sorry\n"
        )
    test, valid = importers.path(tmp_path, core_pool).entries
    assert (test.name, test.split, test.source) == ("a", "test", "Test/a.lean:4")
    assert (valid.name, valid.split, valid.docstring) == ("a~2", "valid", "Doc.")


def test_answers_take_the_place_of_sorry(core_pool: LeanPool, tmp_path: Path) -> None:
    (tmp_path / "p.lean").write_text(
        "import Mathlib\n\nabbrev p_solution : Nat → Nat := sorry\n-- fun n =>\n--  n + 1\n/-- Find it. -/\ntheorem p : p_solution 1 = 2 :=\nsorry\n"
    )
    (plain,) = importers.path(tmp_path / "p.lean", core_pool).entries
    (given,) = importers.path(tmp_path / "p.lean", core_pool, answers=True).entries
    assert "sorry" in plain.header and "sorry" not in given.header
    (info,) = core_pool.statements([given.statement], given.header)
    assert not isinstance(info, str), info


def test_import_export_import(core_pool: LeanPool, tmp_path: Path, data_home: Path) -> None:
    entry = Entry(
        "x.y",
        "theorem y {α : Type _} (a : α) : a = a",
        "valid",
        "open Nat",
        ("Mathlib",),
        "",
        "A doc.",
        "",
        "rfl",
        ("Eq.refl",),
        ("rfl",),
        "F.lean:3",
    )
    other = Entry("z", "theorem z : let x := 1; x = 1")
    dataset.save(DataSet("mine", (entry, other), {"licence": "MIT"}))
    again = importers.path(data_home / "mine" / dataset.STATEMENTS, core_pool)
    assert again.faults == []
    dataset.save(DataSet("again", tuple(again.entries), {}))
    first, second = dataset.load("mine").entries, dataset.load("again").entries
    assert [{**e.as_row(), "source": ""} for e in second] == [{**e.as_row(), "source": ""} for e in first]


#: Statements in each split, and how many `path` must read of each public copy.
PUBLIC = {
    "minif2f/lean/MiniF2F": {"test": 244, "valid": 244},
    "minif2f/deepseek-prover-v1.5/minif2f.jsonl": {"test": 244, "valid": 244},
    "minif2f/core/minif2f_core.jsonl": {"test": 87, "valid": 70},
    "proofnet/deepseek-prover-v1.5/proofnet.jsonl": {"test": 186, "valid": 185},
    "proofnet/verified/proofnet-verified.jsonl": {"": 367},
    "proofnet/verified/proofnet#.jsonl": {"": 371},
    "putnambench/lean4/src": {"": 672},
    "lean_workbook/lean_workbook_core.jsonl": {"": 2396},
    "nng4/nng4_statements.jsonl": {"": 96},
    "minicodeprops/minicodeprops_bench_ps.jsonl": {"": 201},
    "equational_theories/true_implications.jsonl": {"": 3000},
}


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
@pytest.mark.parametrize("place", PUBLIC)
def test_public_copies_have_their_counts(core_pool: LeanPool, place: str) -> None:
    read = importers.path(BENCHMARKS / place, core_pool, answers="putnam" in place)
    assert read.faults == []
    assert dict(Counter(entry.split for entry in read.entries)) == PUBLIC[place]
    if "putnam" in place:
        assert not any("sorry" in entry.header.split("/-", 1)[0] for entry in read.entries)


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
def test_formal_conjectures_keep_namespace_docstring_and_definitions(core_pool: LeanPool) -> None:
    read = importers.path(BENCHMARKS / "formal_conjectures", core_pool)
    files = sorted((BENCHMARKS / "formal_conjectures").glob("*.lean"))
    written = sum(
        line.removeprefix("private ").startswith(("theorem ", "lemma "))
        for file in files
        for line in file.read_text().splitlines()
    )
    assert read.faults == [] and len(read.entries) == written
    named = [entry for entry in read.entries if entry.source.startswith("12.lean")]
    assert {entry.namespace for entry in named} == {"Erdos12"}
    assert all(f"namespace {entry.namespace}" in entry.header for entry in named)
    assert all("abbrev IsGood" in entry.header for entry in named)
    assert named[1].docstring.startswith("Let $A$ be an infinite set")
    assert named[1].name == "Erdos12.erdos_12.parts.i"
