"""Lean taken out of chat models' answers (`stp.lm.answers`, `stp.lm.lean_text`), through the format `chat`."""

from __future__ import annotations

import time

import pytest

from stp.lean.pool import LeanPool
from stp.lm import answers, formats, lean_text
from stp.lm.formats import Format
from stp.records import Check, head_of

ADD = "(a b : Nat) : a + b = b + a"


@pytest.fixture(scope="module")
def chat() -> Format:
    return formats.load("chat")


KIMINA = f"""<think>
# Problem: theorem t {ADD}
We try this first:
```tactics
omega
```
or perhaps
```lean4
theorem t {ADD} := by
  simp_arith
```
</think>

```lean4
import Mathlib
import Aesop

set_option maxHeartbeats 400000

open BigOperators Real Nat Topology Rat

theorem t {ADD} := by
  have h : a + b = b + a := by
    omega
  exact h

```"""

GOEDEL = f"""### Detailed Proof and Analysis

#### Step 1: Abstract Plan

1. Addition of naturals commutes: `Nat.add_comm`.

```lean4
theorem t {ADD} := by
  have h_main : a + b = b + a := by
    sorry
  sorry
```

### Complete Lean 4 Proof

```lean4
theorem helper (n : Nat) : n + 0 = n := by
  simp

theorem t {ADD} := by
  have h_main : a + b = b + a := by
    rw [Nat.add_comm]
  exact h_main
```

This finishes the proof."""


@pytest.mark.parametrize(
    ("name", "answer", "proof"),
    [
        ("kimina-prover", KIMINA, "by\n  have h : a + b = b + a := by\n    omega\n  exact h"),
        (
            "goedel-prover-v2",
            GOEDEL,
            "by\n  have h_main : a + b = b + a := by\n    rw [Nat.add_comm]\n  exact h_main",
        ),
    ],
)
def test_answers_as_the_families_give_them(name: str, answer: str, proof: str):
    assert formats.load(name).proof_of(ADD, answer, False) == proof
    assert formats.load(name).proof_of(ADD, answer, True) == proof


def fenced(code: str, label: str = "lean4") -> str:
    return f"Here it is:\n\n```{label}\n{code}\n```\n"


@pytest.mark.parametrize(
    ("answer", "proof"),
    [
        (fenced(f"theorem t {ADD} := by omega"), "by omega"),
        (fenced(f"theorem t {ADD} := by omega", "lean"), "by omega"),
        (fenced(f"theorem t {ADD} := by omega", ""), "by omega"),
        (fenced(f"theorem t {ADD} := by omega", "Lean4"), "by omega"),
        (fenced("omega", "tactics"), None),
        (fenced(f"theorem t {ADD} := by omega", "python"), None),
        (f"```lean4\ntheorem t {ADD} := by omega```", "by omega"),
        (f"Proof: ```lean4\ntheorem t {ADD} := by omega\n``` is it.", "by omega"),
        (f"```lean4\ntheorem t {ADD} := by simp\n```lean4\ntheorem t {ADD} := by omega\n```", "by omega"),
        (fenced(f"theorem t {ADD} := by omega") + fenced("omega", "tactics"), "by omega"),
        (fenced(f"theorem t {ADD} := by simp") + fenced(f"theorem t {ADD} := by omega"), "by omega"),
        (fenced(f"theorem t {ADD} := by omega") + fenced("#check Nat.add_comm"), "by omega"),
        (fenced(f"theorem t {ADD} := by omega") + fenced("theorem u : 1 = 1 := rfl"), "by omega"),
        (fenced(f"theorem t {ADD} := by omega") + fenced(f"theorem t {ADD} := by sorry"), "by omega"),
        (fenced(f"theorem t {ADD} := by sorry"), "by sorry"),
        (fenced(f"theorem add_stuff {ADD} := by omega"), "by omega"),
        (fenced("theorem t (a  b:Nat) :\n    a+b\n      = b + a -- clear\n  :=\n  by omega"), "by omega"),
        (fenced("/-- doc -/\n@[simp] lemma t (a /- one -/ b : Nat) : a + b = b + a := by omega"), "by omega"),
        (fenced("theorem t (a : Nat) (b : Nat) : a + b = b + a := by omega"), "by omega"),
        (fenced(f"example {ADD} := Nat.add_comm a b"), "Nat.add_comm a b"),
        (fenced(f"namespace My\n\ntheorem t {ADD} := by\n  omega\n\nend My"), "by\n  omega"),
        (fenced(f"theorem t {ADD} := by\n  omega\n\n#check t\n#eval 1"), "by\n  omega"),
        (
            fenced(f"theorem t {ADD} := by\n  omega\n\n-- another\ntheorem u : 1 = 1 := by\n  rfl"),
            "by\n  omega",
        ),
        (fenced(f"lemma aux (n : Nat) : n = n := rfl\n\ntheorem t {ADD} := by\n  omega"), "by\n  omega"),
        (
            fenced(f"theorem t {ADD}\n  | 0, b => by simp\n  | a + 1, b => by omega"),
            "| 0, b => by simp\n| a + 1, b => by omega",
        ),
        (fenced(f"theorem t {ADD} :=\n  by\n    simp\n    omega"), "by\n  simp\n  omega"),
        (fenced(f"theorem t {ADD} :=\n  let c := a\n  Nat.add_comm c b"), "let c := a\nNat.add_comm c b"),
        # Lean remembers the column of a `let`: the proof keeps it
        (
            fenced(f"theorem t {ADD} := let c := a\n  Nat.add_comm c b"),
            f"{' ' * len(f'theorem t {ADD} := ')}let c := a\n  Nat.add_comm c b",
        ),
        (f"```lean4\ntheorem t {ADD} := by simp\n```python\nx\n```", "by simp"),
        (fenced(f"/- /- inner -/ theorem t {ADD} := by simp -/\ntheorem u {ADD} := by omega"), "by omega"),
        (
            fenced(f"theorem u {ADD} := by omega\n/- old: /- inner -/\ntheorem t {ADD} := by simp -/\nend"),
            "by omega",
        ),
        (fenced("by omega"), "by omega"),
        (fenced("theorem t (a b : Nat) : a + b = b + a"), None),
        (f"theorem t {ADD} := by\n  omega", "by\n  omega"),
        ("I cannot prove it: theorem t is hard.", None),
        ("", None),
        (f"<think>maybe\n{fenced(f'theorem t {ADD} := by omega')}", None),
        (f"<think>no</think>Yes.\n{fenced(f'theorem t {ADD} := by omega')}", "by omega"),
        (f"the rest of a thought</think>\n{fenced(f'theorem t {ADD} := by omega')}", "by omega"),
        (
            f"1. So:\n   ```lean4\n   theorem t {ADD} := by\n     omega\n\n   #check t\n   ```",
            "by\n     omega",
        ),
    ],
)
def test_proof_of_an_answer(chat: Format, answer: str, proof: str | None):
    assert chat.proof_of(ADD, answer, False) == proof


@pytest.mark.parametrize(
    "rest",
    [
        ": let x := 5; x = 5",
        ": let x := 5\n  x = 5",
        "(a b : Nat) (h : a = b := rfl) : b = a",
        "(f : Nat → Nat := fun x => x) : (have y := 2; f y) = f 2",
        ".{u} (α : Type u) : α = α",
        ": (match 3 with | 0 => 1 | n + 1 => n) = 2",
        ': "a := b" = "a := b" -- := by\n',
        ": 'a' = 'a' ∧ r\"\\\" = r\"\\\"",
        "{«a := b» : Nat} (h' : «a := b» = 2) : 2 = «a := b»",
    ],
)
def test_a_sign_within_the_statement_does_not_end_it(chat: Format, rest: str):
    answer = fenced(f"theorem other {rest.strip()}\n  := by\n  trivial")
    assert chat.proof_of(rest, answer, False) == "by\n  trivial"
    # and where the model has changed the statement, so that only brackets and words tell
    assert chat.proof_of(": True", answer, False) == "by\n  trivial"
    assert chat.conjecture_of(answer, False) == lean_text.trim(rest)


def test_the_theorem_asked_for_comes_before_others_of_the_block(chat: Format):
    code = f"theorem t {ADD} := by\n  omega\n\ntheorem u : 1 = 1 := by\n  rfl"
    assert chat.proof_of(ADD, fenced(code), False) == "by\n  omega"
    assert chat.proof_of("(b a : Nat) : b + a = a + b", fenced(code), False) == "by\n  omega"  # by its name
    assert chat.proof_of(": 1 = 1", fenced(code), False) == "by\n  rfl"


def test_a_truncated_answer_counts_if_its_block_is_complete(chat: Format):
    whole = fenced(f"theorem t {ADD} := by\n  omega")
    assert chat.proof_of(ADD, whole + "And now", True) == "by\n  omega"
    open_block = f"```lean4\ntheorem t {ADD} := by\n  omega"
    assert chat.proof_of(ADD, open_block, True) is None
    assert chat.proof_of(ADD, open_block, False) == "by\n  omega"
    assert chat.proof_of(ADD, f"theorem t {ADD} := by\n  omega", True) is None
    assert chat.proof_of(ADD, whole + open_block.replace("omega", "simp"), True) == "by\n  omega"


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (fenced("theorem t (a : Nat) : a = a := by sorry"), "(a : Nat) : a = a"),
        (fenced(f"theorem t {ADD} := by omega") + fenced("theorem u : 1 = 1"), ": 1 = 1"),
        (fenced("theorem u : 1 = 1 := by\n  sorry\n\n#check u"), ": 1 = 1"),
        (fenced("#check 1"), None),
        ("Let me think.", None),
        (fenced("theorem t"), None),
    ],
)
def test_statement_of_an_answer(chat: Format, answer: str, rest: str | None):
    assert chat.conjecture_of(answer, False) == rest


def test_blocks_of_an_answer():
    text = "a\n```\nx\n```\n```lean4 code\ny\n```\nuse ```by simp``` there\n```python\nz"
    assert answers.blocks(text) == [
        answers.Block("x\n", True, True),
        answers.Block("y\n", True, True),
        answers.Block("z", False, False),
    ]


@pytest.mark.parametrize(
    "fragment",
    ["`", "``` ", "```\n", "```lean4\n", '"', '\\"', 'r#"', "«", "'", "/-", "(", "a.", "@[", "theorem t : p := ",
     "theorem t : p := by simp\n", f"theorem t {ADD} := rfl ", " \n", "theorem t : let ", "<think>", " a"],
)  # fmt: skip
def test_reading_is_linear(fragment: str):
    """200 kB take about a second on a busy core; what is quadratic in them takes hours."""
    text = "```lean4\ntheorem t : " + fragment * (200_000 // len(fragment))
    started = time.monotonic()
    for name in ("chat", "deepseek-prover-v1.5"):
        each = formats.load(name)
        each.proof_of(ADD, text, False)
        each.proof_of(ADD, text + "\n```\n", False)
    assert time.monotonic() - started < 60


ALIGNED = "theorem t (a : Nat) (h : a = 3) : a * 2 = 6 := by "

#: Rest and answer, whose proof Lean takes.
TRUE = [
    (ADD, KIMINA),
    (ADD, GOEDEL),
    (ADD, fenced(f"theorem t {ADD} :=\n  by\n    rw [Nat.add_comm]")),
    (ADD, fenced(f"theorem t {ADD} :=\n  by\n  show a + b = b + a\n  rw [Nat.add_comm]")),
    (ADD, fenced(f"theorem t {ADD} := let c := a\n  Nat.add_comm c b")),
    (ADD, fenced(f"theorem t {ADD} :=\n  let c := a\n  Nat.add_comm c b")),
    ("(n : Nat) : 0 + n = n", fenced("theorem t (n : Nat) : 0 + n = n := by induction n with\n  | zero => rfl\n  | succ n ih => omega\n\n#check t")),
    ("(p q : Prop) (h : p ∧ q) : q ∧ p", fenced("theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := ⟨h.2,\n  h.1⟩\n\nend Foo")),
    (": ∀ n : Nat, 0 + n = n", fenced("theorem t : ∀ n : Nat, 0 + n = n\n  | 0 => rfl\n  | n + 1 => by omega")),
    (": let x := 5; x = 5", fenced("theorem t : let x := 5; x = 5 := by\n  intro x\n  rfl")),
    ("(a b : Nat) (h : a = b := by assumption) : b = a", fenced("theorem t (a b : Nat) (h : a = b := by assumption) : b = a := h.symm")),
    ("(a : Nat) (h : a = 3) : a * 2 = 6", fenced(f"{ALIGNED}subst h\n{' ' * len(ALIGNED)}rfl")),
]  # fmt: skip


@pytest.mark.lean
def test_lean_accepts_what_is_taken_out_of_answers(pool: LeanPool, chat: Format):
    jobs = [
        Check(str(i), head_of(rest), chat.proof_of(rest, answer, False) or "")
        for i, (rest, answer) in enumerate(TRUE)
    ]
    assert {job.id: (v.outcome, v.detail) for job, v in pool.check(jobs) if not v.proved} == {}
