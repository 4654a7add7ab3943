"""Theorems cut out of sources, by Lean's parser and, where a notation is unknown to it, by its tokens."""

from __future__ import annotations

import pytest
from at_hand import BENCHMARKS, REASON

from stp import paths
from stp.lean import build, source
from stp.lean.pool import LeanPool

TEXT = """import Mathlib
import Aesop

/-! A module's comment with `theorem no : False := sorry`. -/

set_option maxHeartbeats 400000

open Nat

/-- A definition := with a colon. -/
def double (n : Nat) : Nat := 2 * n  -- theorem no : False := by sorry

namespace A.B

/-- In words: `:=` and "quotes' /- nested -/ too. -/
@[simp] theorem first (n : Nat) (h : n = (fun (m : Nat) => m) n := by rfl) :
    let x := n + 1; let y := 2
    x * y = double (n + 1) := by
  sorry

section
open List in
theorem «odd name».x.{u} {α : Type u} (l : List α) :
    (match l with | [] => True | _ :: _ => l ≠ []) := by
  cases l <;> simp

/- theorem hidden : False := sorry -/
end

private theorem second : ∀ n : Nat, 0 ≤ n
  | 0 => Nat.le_refl 0
  | n + 1 => by
    have h : 0 ≤ n := second n
    omega

theorem third : 1 = 1 ∧ "a := b" = "a := b" where
  left := rfl
  right := rfl

end A.B

theorem last (x : ℝ) (s : Finset ℝ) (h : ∑ i ∈ s, i ^ 2 = ‖x‖) : ∃ y, let z := y; z = x ∧ |x| ≤ ∏ i ∈ s, (i : ℝ) := by
  refine ⟨x, ?_⟩
  sorry
"""


@pytest.mark.parametrize("plain", [False, True], ids=["grammar", "tokens"])
def test_theorems_keep_what_belongs_to_them(pool: LeanPool, plain: bool) -> None:
    (read,) = source.read(pool, [TEXT], plain=plain)
    assert read.faults == () and read.imports == ("Mathlib", "Aesop")
    names = [theorem.full_name for theorem in read.theorems]
    assert names == ["A.B.first", "A.B.«odd name».x", "A.B.second", "A.B.third", "last"]
    first, odd, second, third, last = read.theorems
    assert first.head.startswith("theorem first (n : Nat) (h :") and first.head.endswith(
        "x * y = double (n + 1)"
    )
    assert first.docstring == "In words: `:=` and \"quotes' /- nested -/ too."
    assert first.unproved and first.proof == "by\n  sorry"
    assert first.line == 16
    assert "def double" in first.header and first.header.rstrip().endswith("namespace A.B")
    assert "theorem no" not in first.header.replace("-- theorem no", "")
    assert (
        odd.head
        == "theorem «odd name».x.{u} {α : Type u} (l : List α) :\n    (match l with | [] => True | _ :: _ => l ≠ [])"
    )
    assert odd.header.endswith("open List") and odd.proof == "by\n  cases l <;> simp" and not odd.unproved
    assert second.rest == ": ∀ n : Nat, 0 ≤ n" and second.proof.startswith("| 0 => ")
    assert "section" not in second.header  # closed, and nothing left in it
    assert third.rest == ': 1 = 1 ∧ "a := b" = "a := b"' and third.proof.startswith("where\n  left")
    assert last.rest.endswith("|x| ≤ ∏ i ∈ s, (i : ℝ)") and last.namespace == "" and not last.grammar
    assert "namespace" not in last.header  # nothing in it outlives it


def test_a_statement_cut_out_reads_as_in_its_file(pool: LeanPool) -> None:
    """The head under its header, namespace left open, has the type that the file gives the theorem."""
    text = "open Nat\nnamespace Foo\ndef f (n : Nat) := n + 1\ntheorem bar (n : Nat) : f n = succ n := rfl\nend Foo"
    (read,) = source.read(pool, [text])
    (theorem,) = read.theorems
    (cut,) = pool.statements([theorem.head], theorem.header)
    (whole,) = pool.statements(["theorem t (n : Nat) : Foo.f n = Nat.succ n"], "def Foo.f (n : Nat) := n + 1")
    assert not isinstance(cut, str) and not isinstance(whole, str), (cut, whole)
    assert cut.key == whole.key


def test_what_cannot_be_cut_is_named_with_its_line(pool: LeanPool) -> None:
    texts = ["\n\ntheorem t (x : ℝ) : ∑ i ∈ x, i", "end Foo\ntheorem t : 1 = 1 := rfl", "import\n)"]
    headless, unopened, imports = source.read(pool, texts)
    assert headless.theorems == () and headless.faults[0].startswith("line 3:")
    assert "without a beginning" in unopened.faults[0] and len(unopened.theorems) == 1
    assert imports.faults == ("its imports do not parse",)


def _agree(pool: LeanPool, texts: list[str]) -> int:
    """How many theorems both ways cut alike; none may be cut otherwise without a word."""
    same = 0
    grammar, tokens = source.read(pool, texts), source.read(pool, texts, plain=True)
    for a, b in zip(grammar, tokens, strict=True):
        others = {t.full_name: t for t in b.theorems}
        for theorem in a.theorems:
            other = others.get(theorem.full_name)
            if theorem.grammar and (other is not None or not b.faults):
                assert other is not None, theorem.name
                assert (theorem.head, theorem.proof.strip(), theorem.docstring) == (
                    other.head,
                    other.proof.strip(),
                    other.docstring,
                )
                same += 1
    return same


def test_both_ways_agree_on_the_seed_library_and_the_good_proofs(pool: LeanPool) -> None:
    files = [*build.seed_files(), *sorted(paths.shipped("tests/good").glob("*.lean"))]
    assert _agree(pool, [file.read_text(encoding="utf-8") for file in files]) > 1900


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
def test_both_ways_agree_on_benchmarks(pool: LeanPool) -> None:
    files = (
        sorted(BENCHMARKS.glob("minif2f/lean/MiniF2F/*/*.lean"))[::4]
        + sorted(BENCHMARKS.glob("putnambench/lean4/src/*.lean"))[::6]
    )
    assert _agree(pool, [file.read_text(encoding="utf-8") for file in files]) > 80
