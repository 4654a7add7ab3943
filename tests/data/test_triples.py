"""Triples of a lemma and two theorems."""

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.config import parse
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.data.triples import Theorem, draw, of_entries, of_seeds, trainable
from stp.lean.pool import LeanPool
from stp.records import Environment, Verdict, digest
from stp.store import Store

LIBRARY = [
    Theorem("l", "A", 1, "L", "pl"),
    Theorem("a", "A", 2, "A", "pa", ("l",)),
    Theorem("b", "A", 3, "B", "pb", ("l", "a")),
    Theorem("early", "A", 0, "E", "pe", ("l",)),  # stands before the lemma
    Theorem("c", "B", 4, "C", "pc", ("l",)),  # in another file
]


def names(theorems: list[Theorem], **options: object) -> set[tuple[str | None, str, str]]:
    found = draw(theorems, random.Random(1), **options)  # type: ignore[arg-type]
    return {(t.lemma and t.lemma.name, t.seed.name, t.theorem.name) for t in found}


def test_both_proofs_use_the_lemma_and_all_three_stand_in_one_file_in_order() -> None:
    assert names(LIBRARY, neighbours=False) == {("l", "a", "b")}


def test_neighbours_of_a_file_come_without_a_lemma() -> None:
    expected = {("l", "a", "b"), (None, "early", "l"), (None, "l", "a"), (None, "a", "b")}
    assert names(LIBRARY) == expected


def test_a_theorem_of_no_file_belongs_to_no_triple() -> None:
    assert (
        names([Theorem(t.name, "", t.position, t.statement, t.proof, t.premises) for t in LIBRARY]) == set()
    )


def test_a_lemma_gives_no_more_than_its_share_and_the_draw_depends_on_the_seed() -> None:
    many = [Theorem("l", "A", 0, "L"), *(Theorem(f"u{i}", "A", i, "U", "p", ("l",)) for i in range(1, 30))]
    draws = [draw(many, random.Random(seed), per_lemma=5, neighbours=False) for seed in (1, 1, 2)]
    assert len(draws[0]) == 5
    assert draws[0] == draws[1] != draws[2]


def test_the_file_is_what_stands_before_the_colon_of_the_source() -> None:
    entries = [
        Entry("x", "X", source="Lib/Nat.lean:12"),
        Entry("y", "Y", source="Lib/Nat.lean"),
        Entry("z", "Z"),
    ]
    assert [(t.module, t.position) for t in of_entries(entries)] == [
        ("Lib/Nat.lean", 12),
        ("Lib/Nat.lean", 1),
        ("", 2),
    ]


def test_held_out_entries_and_those_without_proof_are_not_trained_on() -> None:
    entries = [
        Entry("a", "A", "train", proof="p"),
        Entry("b", "B", "test", proof="p"),
        Entry("c", "C", "train"),
    ]
    assert [e.name for e in trainable(entries)] == ["a"]


def test_the_command_writes_a_data_sets_triples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    entries = [
        Entry(
            t.name,
            t.statement,
            "train",
            proof=t.proof,
            premises=t.premises,
            source=f"{t.module}:{t.position}",
        )
        for t in LIBRARY
    ]
    entries.append(Entry("held", "H", "test", proof="p", premises=("l",), source="A:9"))
    dataset.save(DataSet("mine", tuple(entries)))
    out = tmp_path / "t.jsonl"
    run = CliRunner().invoke(main, ["data", "triples", "mine", "--no-neighbours", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        {
            "module": "A",
            "lemma": {"name": "l", "statement": "L"},
            "seed": {"name": "a", "statement": "A", "proof": "pa"},
            "theorem": {"name": "b", "statement": "B", "proof": "pb"},
        }
    ]


def test_a_source_without_triples_gets_a_sentence_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    dataset.save(DataSet("bare", (Entry("a", "A"),)))
    run = CliRunner().invoke(main, ["data", "triples", "bare", "--out", str(tmp_path / "t.jsonl")])
    assert run.exit_code == 1
    assert "bare gives no triples" in run.output
    assert not (tmp_path / "t.jsonl").exists()


def test_the_command_draws_a_campaigns_triples_with_the_campaigns_seed(tmp_path: Path) -> None:
    """From the store alone: the same pairs as its supervised stage would be given."""
    chain = ["s0", *(f"s{i}" for i in range(1, 12))]
    with Store.create_or_open(tmp_path, parse({"seed": 7})) as store:
        store.set_environment(Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000))
        with store.transaction():
            for i, name in enumerate(chain):
                split = "sft" if i < 11 else "held_out"
                row = {"id": f"i{i}", "rest": f"S{i}", "key": f"k{i}", "source": "seed", "split": split}
                store.add("statements", [{**row, "name": name, "module": "M", "position": i}])
                proofs = [
                    {"id": f"p{i}", "statement": f"i{i}", "text": "by simp"},
                    {"id": f"q{i}", "statement": f"i{i}", "text": "rfl"},  # the shorter one is shown
                ]
                store.add("proofs", proofs)
                premises = ("s0",) if i else ()
                store.add_verdicts([(f"{x}{i}", Verdict("proved", premises=premises)) for x in "pq"], 0)
    out = tmp_path / "t.jsonl"
    run = CliRunner().invoke(main, ["data", "triples", str(tmp_path), "--out", str(out)])
    assert run.exit_code == 0, run.output
    found = [json.loads(line) for line in out.read_text().splitlines()]
    theorems = [Theorem(f"s{i}", "M", i, f"S{i}", "rfl", ("s0",) if i else ()) for i in range(11)]
    expected = draw(theorems, random.Random(int(digest("7", "triples"), 16) >> 1))
    assert found == [triple.as_row() for triple in expected]
    assert len(found) == 8 + len(list(pairwise(theorems)))


@pytest.mark.lean
def test_the_seed_librarys_proofs_stand_and_give_triples(
    pool: LeanPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stp.lean import build

    files = [path for path in build.seed_files() if path.stem in ("Divisibility", "Function")]
    assert len(files) == 2
    monkeypatch.setattr(build, "seed_files", lambda: files)
    theorems, undecided = of_seeds(pool)
    assert undecided == 0
    assert {t.module for t in theorems} == {"Divisibility", "Function"}
    found = [t for t in draw(theorems, random.Random(0), neighbours=False) if t.lemma]
    assert len(found) > 10
    for triple in found:
        assert triple.lemma is not None
        assert triple.lemma.name in triple.seed.premises
        assert triple.lemma.name in triple.theorem.premises
        assert triple.lemma.position < triple.seed.position < triple.theorem.position
