"""LeanDojo benchmarks, of which a small one is written here in their format."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.data import dataset, leandojo
from stp.data.leandojo import cut, module_of, open_namespace
from stp.data.tactics import rebuild
from stp.data.triples import draw, of_entries
from stp.errors import InputError
from stp.lean.pool import LeanPool
from stp.records import Check

FILE = "Own/Twice.lean"
ADD_COMM = (".lake/packages/lean4/src/lean/Init/Data/Nat/Basic.lean", "Nat.add_comm")

#: The library's file. Positions below are taken from it.
SOURCE = """\
namespace Own
def twice (n : Nat) : Nat := n + n

@[simp] theorem twice_eq (n : Nat) : twice n = n + n := by unfold twice; rfl

theorem twice_add (m n : Nat) :
    twice (m + n) = twice m + twice n := by
  rw [twice_eq, twice_eq, twice_eq]
  have h : m + n = n + m := by exact Nat.add_comm m n
  omega

theorem twice_both (m n : Nat) (h : m = n) : twice m = n + n ∧ twice n = m + m := by
  constructor
  · rw [twice_eq, h]
  · rw [twice_eq]
    rw [h]

theorem twice_by_cases : ∀ n : Nat, 0 ≤ twice n
  | 0 => by simp
  | _ + 1 => by simp

theorem twice_as_term (m n : Nat) : twice (m + n) = twice m + twice n :=
  (twice_add m n).trans (by rfl)
end Own
"""


def place(text: str, after: bool = False) -> list[int]:
    """Line and column, from 1, of the text in the source."""
    at = SOURCE.index(text) + (len(text) if after else 0)
    before = SOURCE[:at]
    return [before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1]


def premise(name: str, code: str, start: str, end: str) -> dict[str, Any]:
    return {
        "full_name": name,
        "code": code,
        "start": place(start),
        "end": place(end, after=True),
        "kind": "commanddeclaration",
    }


def step(tactic: str, before: str, after: str, *named: tuple[str, str]) -> dict[str, Any]:
    provenance = [
        {"full_name": name, "def_path": path, "def_pos": [1, 1], "def_end_pos": [1, 2]}
        for path, name in named
    ]
    return {
        "tactic": tactic,
        "annotated_tactic": [tactic, provenance],
        "state_before": before,
        "state_after": after,
    }


def theorem(name: str, start: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": "https://example.org/own",
        "commit": "c" * 40,
        "file_path": FILE,
        "full_name": name,
        "start": place(start),
        "end": [0, 0],
        "traced_tactics": list(steps),
    }


TWICE_EQ = (FILE, "Own.twice_eq")
TWICE = (FILE, "Own.twice")
BOTH = "m n : Nat\nh : m = n\n⊢ twice m = n + n ∧ twice n = m + m"
LEFT = "case left\nm n : Nat\nh : m = n\n⊢ twice m = n + n"
RIGHT = "case right\nm n : Nat\nh : m = n\n⊢ twice n = m + m"
MIDDLE = "case right\nm n : Nat\nh : m = n\n⊢ n + n = m + m"

CORPUS = [
    {
        "path": ADD_COMM[0],
        "imports": [],
        "premises": [
            {
                "full_name": "Nat.add_comm",
                "code": "protected theorem Nat.add_comm : ∀ (n m : Nat), n + m = m + n",
                "start": [1, 1],
                "end": [3, 9],
                "kind": "commanddeclaration",
            }
        ],
    },
    {
        "path": FILE,
        "imports": [ADD_COMM[0], ".lake/packages/lean4/src/lean/Init.lean"],
        "premises": [
            premise("Own.twice", "def twice (n : Nat) : Nat := n + n", "def twice", "Nat := n + n"),
            premise(
                "Own.twice_eq",
                "@[simp] theorem twice_eq (n : Nat) : twice n = n + n",
                "@[simp]",
                "unfold twice; rfl",
            ),
            premise(
                "Own.twice_add",
                "theorem twice_add (m n : Nat) :\n    twice (m + n) = twice m + twice n",
                "theorem twice_add",
                "omega",
            ),
            premise(
                "Own.twice_both",
                "theorem twice_both (m n : Nat) (h : m = n) : twice m = n + n ∧ twice n = m + m",
                "theorem twice_both",
                "    rw [h]",
            ),
            premise(
                "Own.twice_by_cases",
                "theorem twice_by_cases : ∀ n : Nat, 0 ≤ twice n",
                "theorem twice_by_cases",
                "| _ + 1 => by simp",
            ),
            premise(
                "Own.twice_as_term",
                "theorem twice_as_term (m n : Nat) : twice (m + n) = twice m + twice n",
                "theorem twice_as_term",
                "(by rfl)",
            ),
        ],
    },
]

TRAIN = [
    theorem(
        "Own.twice_eq",
        "theorem twice_eq",
        step("unfold twice", "n : Nat\n⊢ twice n = n + n", "n : Nat\n⊢ n + n = n + n", TWICE),
        step("rfl", "n : Nat\n⊢ n + n = n + n", "no goals"),
    ),
    theorem(
        "Own.twice_add",
        "theorem twice_add",
        step("rw [twice_eq, twice_eq, twice_eq]", "⊢ a", "⊢ b", TWICE_EQ, TWICE_EQ, TWICE_EQ),
        step("have h : m + n = n + m := by exact Nat.add_comm m n", "⊢ b", "h : _\n⊢ b", ADD_COMM),
        step("exact Nat.add_comm m n", "⊢ m + n = n + m", "no goals", ADD_COMM),
        step("omega", "h : _\n⊢ b", "no goals"),
    ),
]
#: LeanDojo leaves out the tactics that begin with a dot.
VAL = [
    theorem(
        "Own.twice_both",
        "theorem twice_both",
        step("constructor", BOTH, f"{LEFT}\n\n{RIGHT}"),
        step("rw [twice_eq, h]", LEFT, "no goals", TWICE_EQ),
        step("rw [twice_eq]", RIGHT, MIDDLE, TWICE_EQ),
        step("rw [h]", MIDDLE, "no goals"),
    ),
]
TEST = [
    theorem(
        "Own.twice_by_cases",
        "theorem twice_by_cases",
        step("simp", "⊢ 0 ≤ twice 0", "no goals"),
        step("simp", "n : Nat\n⊢ 0 ≤ twice (n + 1)", "no goals"),
    ),
    theorem("Own.twice_as_term", "theorem twice_as_term", step("rfl", "⊢ c", "no goals")),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "benchmark"
    for strategy, splits in {
        "random": {"train": TRAIN, "val": VAL, "test": TEST},
        "novel_premises": {"train": VAL, "val": TEST, "test": TRAIN},
    }.items():
        (place / strategy).mkdir(parents=True)
        for name, rows in splits.items():
            (place / strategy / f"{name}.json").write_text(json.dumps(rows))
    (place / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CORPUS))
    origin = {"url": "https://example.org/own", "commit": "c" * 40}
    (place / "metadata.json").write_text(json.dumps({"from_repo": origin, "leandojo_version": "4.20.0"}))
    return place


def test_every_theorem_becomes_an_entry(folder: Path) -> None:
    data = leandojo.load(folder, "own")
    assert data.splits() == {"train": 2, "valid": 1, "test": 2}
    assert data.card["revision"] == "c" * 40
    assert data.card["counts"]["with_proof"] == 3
    entry = data.entries[0]
    assert entry.name == "Own.twice_eq"
    assert entry.statement == "theorem twice_eq (n : Nat) : twice n = n + n"  # without its attribute
    assert (entry.header, entry.namespace) == ("namespace Own\n", "Own")
    assert entry.imports == ("Init", "Init.Data.Nat.Basic")
    assert entry.forbid == ("Own.twice_eq",)
    assert entry.source == "Own/Twice.lean:4"
    assert entry.proof == "by\n  unfold twice\n  rfl"


def test_premises_are_the_theorems_named_and_not_the_definitions(folder: Path) -> None:
    by_name = {e.name: e for e in leandojo.load(folder, "own").entries}
    assert by_name["Own.twice_eq"].premises == ()
    assert by_name["Own.twice_add"].premises == ("Own.twice_eq", "Nat.add_comm")


def test_proofs_are_rebuilt_where_the_states_lead_through(folder: Path) -> None:
    by_name = {e.name: e for e in leandojo.load(folder, "own").entries}
    assert by_name["Own.twice_add"].proof == (
        "by\n  rw [twice_eq, twice_eq, twice_eq]\n"
        "  have h : m + n = n + m := by exact Nat.add_comm m n\n  omega"
    )
    assert by_name["Own.twice_both"].proof == (
        "by\n  constructor\n  · rw [twice_eq, h]\n  rw [twice_eq]\n  rw [h]"
    )
    assert by_name["Own.twice_by_cases"].proof == ""
    assert by_name["Own.twice_as_term"].proof == ""


@pytest.mark.lean
def test_rebuilt_proofs_stand(folder: Path, pool: LeanPool) -> None:
    """In Lean, with what the file says before each theorem as its header."""
    for entry in leandojo.load(folder, "own").entries:
        if entry.proof:
            line = int(entry.source.rpartition(":")[2])
            header = "\n".join(SOURCE.splitlines()[: line - 1]) + "\n"
            verdict = pool.check_one(Check(entry.name, entry.statement, entry.proof, header))
            assert verdict.proved, (entry.name, verdict)


def test_the_other_way_of_splitting(folder: Path) -> None:
    assert leandojo.load(folder, "own", "novel_premises").splits() == {"train": 1, "valid": 2, "test": 2}


def test_triples_can_be_drawn_from_the_entries(folder: Path) -> None:
    import random

    found = draw(of_entries(leandojo.load(folder, "own").entries), random.Random(0), neighbours=False)
    assert [(t.lemma and t.lemma.name, t.seed.name, t.theorem.name) for t in found] == [
        ("Own.twice_eq", "Own.twice_add", "Own.twice_both")
    ]


def test_private_theorems_of_one_name_are_kept_apart(folder: Path) -> None:
    (folder / "random/val.json").write_text(json.dumps([TRAIN[0]]))
    names = [e.name for e in leandojo.load(folder, "own").entries]
    assert names[2] == "Own.twice_eq@Own/Twice.lean:4"


def test_a_theorem_that_the_corpus_lacks_is_left_out_and_counted(folder: Path) -> None:
    stray = {**TRAIN[0], "full_name": "Own.nowhere"}
    (folder / "random/val.json").write_text(json.dumps([stray]))
    assert leandojo.load(folder, "own").card["counts"]["left_out_without_statement"] == 1


@pytest.mark.parametrize("missing", ["corpus.jsonl", "metadata.json", "random/test.json"])
def test_what_is_missing_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(InputError, match=f"not a whole LeanDojo benchmark: {missing} is missing"):
        leandojo.load(folder, "own")


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("random/train.json", json.dumps(TRAIN)[:-40], "damaged or cut off"),
        ("random/train.json", "{}", "not a JSON array"),
        ("random/train.json", '[{"file_path": "x"}]', "theorem 1 has no usable 'full_name'"),
        ("corpus.jsonl", '{"path": "x"}\n', "line 1: no usable 'premises'"),
        ("corpus.jsonl", "", "None of the theorems"),
        ("metadata.json", "[]", '"from_repo"'),
    ],
)
def test_a_damaged_or_foreign_file_gets_a_sentence(folder: Path, file: str, text: str, sentence: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(InputError, match=sentence):
        leandojo.load(folder, "own")


def test_the_command_keeps_it_as_a_data_set(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    command = ["data", "import-leandojo", str(folder), "--name", "own"]
    run = CliRunner().invoke(main, command)
    assert run.exit_code == 0, run.output
    assert "5 theorems (2 train, 1 valid, 2 test), 3 with a proof" in run.output
    assert len(dataset.load("own").entries) == 5
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1
    assert "--force" in again.output
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("code", "head", "proof"),
    [
        ("theorem a : 1 = 1 := rfl", "theorem a : 1 = 1", "rfl"),
        (
            "lemma a (h : p := by simp) : q := by\n  exact h",
            "lemma a (h : p := by simp) : q",
            "by\n  exact h",
        ),
        ("theorem a : let x := 3; x = 3", "theorem a : let x := 3; x = 3", ""),
        ("theorem a : let x := 3; x = 3 := rfl", "theorem a : let x := 3; x = 3", "rfl"),
        ('theorem a : s = ":=" := rfl', 'theorem a : s = ":="', "rfl"),
        ("theorem a : ∀ n : Nat, p n\n  | 0 => x\n  | n + 1 => y", "theorem a : ∀ n : Nat, p n", ""),
        ("theorem a : p where\n  l := 1", "theorem a : p", ""),
    ],
)
def test_a_statement_ends_at_its_own_assignment(code: str, head: str, proof: str) -> None:
    assert cut(code) == (head, proof)


def test_modules_and_namespaces() -> None:
    assert module_of(".lake/packages/std/Std/Logic.lean") == "Std.Logic"
    assert module_of(".lake/packages/lean4/src/lean/Init/Core.lean") == "Init.Core"
    assert module_of("lake-packages/std/Std/Logic.lean") == "Std.Logic"
    assert module_of("Mathlib/Order/Basic.lean") == "Mathlib.Order.Basic"
    assert open_namespace("A.B.c", "B.c") == "A"
    assert open_namespace("B.c", "_root_.B.c") == ""
    assert open_namespace("c", "c") == ""


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("simp", "⊢ a", "⊢ b")],  # open to the end
        [("simp", "⊢ a", "⊢ b"), ("rfl", "⊢ c", "no goals")],  # a step between them was not recorded
        [("simp", "⊢ a", "no goals"), ("simp", "⊢ b", "no goals")],  # two blocks of one term
        [("simp", "case zero\n⊢ a", "no goals")],  # the induction around it was not recorded
    ],
)
def test_steps_that_do_not_lead_through_give_no_proof(steps: list[tuple[str, str, str]]) -> None:
    assert rebuild(steps) == ""
