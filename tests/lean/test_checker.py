"""What the checker lets through, and what it tells of it. What it must not let through: `tests/attacks`."""

from __future__ import annotations

import pytest

from stp.lean.pool import Failure, LeanPool
from stp.records import Check, StatementInfo, Verdict

pytestmark = pytest.mark.lean

FALSE = "theorem t : (1 : Nat) = 2"


def verdict(pool: LeanPool, statement: str, proof: str, **more: object) -> Verdict:
    return pool.check_one(Check("one", statement, proof, **more))  # type: ignore[arg-type]


#: name, statement, proof
PROVED = [
    ("term", "theorem t (p q : Prop) (h : p ∧ q) : q ∧ p", "⟨h.2, h.1⟩"),
    ("fun", "theorem t (p q : Prop) : p ∧ q → q ∧ p", "fun h => ⟨h.right, h.left⟩"),
    ("fun_pattern", "theorem t (p q : Prop) : p ∧ q → q ∧ p", "fun ⟨a, b⟩ => ⟨b, a⟩"),
    (
        "fun_alternatives",
        "theorem t (p q : Prop) : p ∨ q → q ∨ p",
        "fun\n  | .inl a => .inr a\n  | .inr b => .inl b",
    ),
    (
        "match",
        "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p",
        "match h with\n| .inl a => .inr a\n| .inr b => .inl b",
    ),
    ("rfl", "theorem t : 2 + 2 = 4", "rfl"),
    ("by_rfl", "theorem t (n : Nat) : n + 0 = n", "by rfl"),
    ("omega", "theorem t (a b : Nat) (h : a < b) : a + 1 ≤ b", "by omega"),
    ("omega_int", "theorem t (a b : Int) (h : 2 * a = 2 * b) : a = b", "by omega"),
    ("grind", "theorem t (α : Type) (a b c : α) (h : a = b) (g : b = c) : c = a", "by grind"),
    ("decide", "theorem t : ∀ x : Fin 5, x.val < 5", "by decide"),
    ("decide_kernel", "theorem t : 101 % 7 = 3", "by decide +kernel"),
    ("simp", "theorem t (l : List Nat) : l ++ [] = l", "by simp"),
    ("simp_lemma", "theorem t (a b : Nat) : a + b = b + a", "by simp [Nat.add_comm]"),
    ("simp_only", "theorem t (a : Nat) : a * 1 = a", "by simp only [Nat.mul_one]"),
    ("simp_all", "theorem t (a b : Nat) (h : a = b) (g : b = 3) : a = 3", "by simp_all"),
    ("simpa", "theorem t (a b : Nat) (h : a + 0 = b) : a = b", "by simpa using h"),
    ("rw", "theorem t (a b c : Nat) (h : a = b) (g : b = c) : a = c", "by rw [h, g]"),
    ("rw_at", "theorem t (a b c : Nat) (h : a = b) (g : a = c) : b = c", "by\n  rw [h] at g\n  exact g"),
    (
        "induction",
        "theorem t (n : Nat) : 0 + n = n",
        "by\n  induction n with\n  | zero => rfl\n  | succ k ih => rw [← Nat.add_assoc, ih]",
    ),
    (
        "induction_generalizing",
        "theorem t (l m : List Nat) : (l ++ m).length = l.length + m.length",
        "by\n  induction l generalizing m with\n  | nil => simp\n  | cons a l ih =>\n    rw [List.cons_append, List.length_cons, ih]\n    simp only [List.length_cons]\n    omega",
    ),
    (
        "cases",
        "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p",
        "by\n  cases h with\n  | inl a => exact Or.inr a\n  | inr b => exact Or.inl b",
    ),
    (
        "calc",
        "theorem t (a b c : Nat) (h : a = b) (g : b = c + 1) : a = 1 + c",
        "calc\n  a = b := h\n  _ = c + 1 := g\n  _ = 1 + c := Nat.add_comm c 1",
    ),
    (
        "calc_tactic",
        "theorem t (a b c : Nat) (h : a ≤ b) (g : b ≤ c) : a ≤ c",
        "by\n  calc a ≤ b := h\n    _ ≤ c := g",
    ),
    (
        "have_show",
        "theorem t (p q : Prop) (h : p) (g : p → q) : q",
        "by\n  have k : q := g h\n  show q\n  exact k",
    ),
    ("have_term", "theorem t (p q : Prop) (h : p) (g : p → q) : q", "have k := g h\nk"),
    ("suffices", "theorem t (a : Nat) (h : a = 2) : a < 3", "by\n  suffices g : a ≤ 2 by omega\n  omega"),
    (
        "obtain",
        "theorem t (p : Nat → Prop) (h : ∃ x, p x ∧ x = 2) : p 2",
        "by\n  obtain ⟨x, hp, rfl⟩ := h\n  exact hp",
    ),
    (
        "rcases",
        "theorem t (p q r : Prop) (h : p ∧ (q ∨ r)) : q ∨ r",
        "by\n  rcases h with ⟨_, a | b⟩\n  · exact .inl a\n  · exact .inr b",
    ),
    ("rintro", "theorem t (p q : Prop) : p ∧ q → q", "by\n  rintro ⟨_, h⟩\n  exact h"),
    ("exists", "theorem t : ∃ x : Nat, x * x = 9", "⟨3, rfl⟩"),
    (
        "bullets",
        "theorem t (p q : Prop) (a : p) (b : q) : p ∧ q",
        "by\n  constructor\n  · exact a\n  · exact b",
    ),
    ("combinator", "theorem t (p q : Prop) (a : p) (b : q) : p ∧ q", "by constructor <;> assumption"),
    ("all_goals", "theorem t (p : Prop) (a : p) : p ∧ p", "by\n  refine ⟨?_, ?_⟩\n  all_goals exact a"),
    (
        "first_try_repeat",
        "theorem t (p : Prop) (a : p) : p ∧ p ∧ p",
        "by\n  repeat' constructor\n  all_goals first | exact a | skip\n  try rfl",
    ),
    ("conv", "theorem t (a b : Nat) : a + b = b + a", "by\n  conv => lhs; rw [Nat.add_comm]"),
    (
        "classical",
        "theorem t (p : Prop) : ¬¬p → p",
        "by\n  classical\n  exact fun h => Decidable.byContradiction h",
    ),
    ("by_cases", "theorem t (p : Prop) : p ∨ ¬p", "by\n  by_cases h : p\n  · exact .inl h\n  · exact .inr h"),
    ("em", "theorem t (p : Prop) : p ∨ ¬p", "Classical.em p"),
    ("funext", "theorem t (f g : Nat → Nat) (h : ∀ x, f x = g x) : f = g", "by\n  funext x\n  exact h x"),
    ("subst", "theorem t (a b : Nat) (f : Nat → Nat) (h : a = b) : f a = f b", "by subst h; rfl"),
    ("triangle", "theorem t (a b : Nat) (p : Nat → Prop) (h : a = b) (x : p a) : p b", "h ▸ x"),
    ("absurd", "theorem t (p q : Prop) (a : p) (b : ¬p) : q", "absurd a b"),
    ("nofun", "theorem t : (1 : Nat) = 2 → False", "nofun"),
    ("open_in", "theorem t (a : Nat) : a ≤ a + 1", "open Nat in le_succ a"),
    ("open_in_tactic", "theorem t (a : Nat) : a ≤ a + 1", "by\n  open Nat in exact le_succ a"),
    (
        "unicode",
        "theorem t (α₁ β' : Type) (φ : α₁ → β') (x₀ y₀ : α₁) (h : x₀ = y₀) : φ x₀ = φ y₀",
        "congrArg φ h",
    ),
    ("ascii", "theorem t (p q : Prop) : p /\\ q -> q /\\ p", "fun h => And.intro h.2 h.1"),
    (
        "comments",
        "theorem t (a : Nat) : a = a",
        "by -- one line\n  /- a block /- nested -/ of several\n     lines -/\n  rfl -- the end",
    ),
    (
        "comment_words",
        "theorem t (a : Nat) : a = a",
        "by\n  -- no sorry, no axiom, no native_decide here\n  rfl",
    ),
    ("starts_on_next_line", "theorem t (a : Nat) : a = a", "\n  by\n    rfl\n\n"),
    ("semicolons", "theorem t (a b : Nat) (h : a = b) : b = a", "by skip; exact h.symm"),
    ("let_term", "theorem t (a : Nat) : ∃ b, b = a + 1", "let c := a + 1\n⟨c, rfl⟩"),
    ("universe", "theorem t.{u} (α : Type u) (a : α) : a = a", "rfl"),
    (
        "instance_binder",
        "theorem t {α : Type} [DecidableEq α] (a b : α) (h : (a == b) = true) : a = b",
        "by simpa using h",
    ),
    ("strict_implicit", "theorem t (p : Nat → Prop) (h : ∀ ⦃n⦄, p n) : p 3", "@h 3"),
    ("seed_library", "theorem t (a b : Nat) : a + b = b + a", "add_comm_nat a b"),
    ("bitvec", "theorem t (x : BitVec 8) : x &&& x = x", "by simp"),
    ("rat", "theorem t : (1 : Rat) / 2 + 1 / 2 = 1", "by grind"),
    ("split", "theorem t (a : Nat) : (if a = 0 then 1 else 2) > 0", "by\n  split\n  · decide\n  · decide"),
    ("injection", "theorem t (a b : Nat) (h : some a = some b) : a = b", "by\n  injection h"),
    ("flag", "theorem t (a : Nat) (h : a = 3) : 3 = a", "by simp +contextual [h]"),
    ("option", "theorem t (a : Nat) (h : a = 3) : 3 = a", "by simp (maxSteps := 1000) [h]"),
    (
        "option_record",
        "theorem t (a : Nat) (h : a = 3) : 3 = a",
        "by simp (config := { decide := true, maxSteps := 1000 }) [h]",
    ),
    ("option_empty", "theorem t (a : Nat) (h : a = 3) : 3 = a", "by simp (config := {}) [h]"),
    ("option_occurrences", "theorem t (a : Nat) (h : a = 3) : 3 = a", "by rw (occs := .pos [1]) [h]"),
    ("bool_not", "theorem t (b : Bool) : (!!b) = b", "by cases b <;> rfl"),
    ("suffices_by", "theorem t (p : Prop) (h : p) : p", "by\n  suffices g : p by exact g\n  exact h"),
    ("statement_proves_bound", "theorem t : (⟨0, by decide⟩ : Fin 3) = 0", "rfl"),
    ("simp_arith", "theorem t (a : Nat) (h : a < 3) : a ≤ 2", "by simp +arith at *; omega"),
    ("lemma", "lemma t (a : Nat) : a = a", "rfl"),
]


@pytest.mark.parametrize(("statement", "proof"), [c[1:] for c in PROVED], ids=[c[0] for c in PROVED])
def test_a_good_proof_is_proved(pool: LeanPool, statement: str, proof: str) -> None:
    found = verdict(pool, statement, proof)
    assert found.proved, found


# --- forbidden constants ------------------------------------------------------------------------------------

COMM = "theorem t (a b : Nat) : a + b = b + a"


def test_a_forbidden_constant_is_named(pool: LeanPool) -> None:
    found = verdict(pool, COMM, "by rw [Nat.add_comm]", forbid=("Nat.add_comm",))
    assert (found.outcome, found.reason) == ("rejected", "forbidden_constant")
    assert found.detail == "Nat.add_comm"


def test_a_proof_without_the_forbidden_constant_stands(pool: LeanPool) -> None:
    assert verdict(pool, COMM, "by omega", forbid=("Nat.add_comm",)).proved


# --- what is told of a proof --------------------------------------------------------------------------------


def test_premises_are_the_theorems_that_the_text_names(pool: LeanPool) -> None:
    found = verdict(pool, COMM, "by rw [Nat.add_comm]")
    assert found.premises == ("Nat.add_comm",)
    assert "Nat.add_comm" in found.theorems
    by_simp = verdict(pool, "theorem t (l : List Nat) : l.reverse.length = l.length", "by simp")
    assert by_simp.premises == ()
    assert "List.length_reverse" in by_simp.theorems


def test_a_premise_is_found_under_its_short_name(pool: LeanPool) -> None:
    assert verdict(pool, COMM, "add_comm_nat a b").premises == ("Seed.add_comm_nat",)


def test_a_premise_named_only_in_a_comment_is_none(pool: LeanPool) -> None:
    assert verdict(pool, "theorem t : 1 = 1", "by\n  -- Nat.add_comm\n  rfl").premises == ()


def test_axioms_are_reported(pool: LeanPool) -> None:
    assert verdict(pool, "theorem t (p : Prop) : p → p", "id").axioms == ()
    found = verdict(pool, "theorem t (p q : Prop) (h : p ↔ q) : p = q", "propext h")
    assert found.axioms == ("propext",)


# --- contradictory hypotheses -------------------------------------------------------------------------------


def test_contradictory_hypotheses_prove_false(pool: LeanPool) -> None:
    statement = "theorem t (a : Nat) (h : a < 0) (p : Prop) : p"
    assert verdict(pool, statement, "by omega", vacuous=True).proved


def test_hypotheses_behind_the_colon_count_too(pool: LeanPool) -> None:
    assert verdict(pool, "theorem t (a : Nat) : a < 3 → 5 < a → a = 9", "by omega", vacuous=True).proved


def test_fine_hypotheses_do_not_prove_false(pool: LeanPool) -> None:
    statement = "theorem t (a : Nat) (h : a < 5) : a < 6"
    assert verdict(pool, statement, "by omega").proved
    found = verdict(pool, statement, "by omega", vacuous=True)
    assert (found.outcome, found.reason) == ("rejected", "error")


# --- statements ---------------------------------------------------------------------------------------------


def info(pool: LeanPool, head: str) -> StatementInfo:
    found = pool.statements([head])[0]
    assert isinstance(found, StatementInfo), found
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("theorem t (a b : Nat) : a + b = b + a", "theorem u (x y : Nat) : x + y = y + x"),
        ("theorem t (a b : Nat) : a + b = b + a", "theorem t : ∀ a b : Nat, a + b = b + a"),
        (
            "theorem t (a b : Nat) : a + b = b + a",
            "theorem t (a : Nat) (b : Nat) : (a + b) = (b + a) -- same",
        ),
        ("theorem t.{u} (α : Type u) (a : α) : a = a", "theorem t.{v} (β : Type v) (b : β) : b = b"),
        ("theorem t (p : Prop) (_ : p) : p", "theorem t (p : Prop) : p → p"),
    ],
)
def test_keys_are_equal_up_to_names(pool: LeanPool, one: str, other: str) -> None:
    assert info(pool, one).key == info(pool, other).key


def test_keys_of_different_statements_differ(pool: LeanPool) -> None:
    heads = [
        "theorem t (a b : Nat) : a + b = b + a",
        "theorem t (a b : Nat) : b + a = a + b",
        "theorem t (a b : Nat) : a + b = a + b",
        "theorem t (a b : Int) : a + b = b + a",
        "theorem t (a : Nat) : a + 1 = 1 + a",
        "theorem t (a : Nat) : a + 2 = 2 + a",
        "theorem t (s : String) : s = s",
        "theorem t.{u} (α : Type u) (a : α) : a = a",
        "theorem t (α : Type) (a : α) : a = a",
        "theorem t.{u, v} (α : Type u) (β : Type v) (f : α → β) : f = f",
        "theorem t.{u, v} (α : Type v) (β : Type u) (f : β → α) (a : β) : f a = f a",
    ]
    assert len({info(pool, head).key for head in heads}) == len(heads)


def test_a_statement_tells_its_parts(pool: LeanPool) -> None:
    found = info(pool, "theorem Nat.α_name.{u} (α : Type u) (a b : α) (h : a = b) : b = a")
    assert found.name == "Nat.α_name"
    assert found.rest == ".{u} (α : Type u) (a b : α) (h : a = b) : b = a"
    assert found.binders == 4
    assert found.constants == ("Eq",)


def test_one_broken_statement_does_not_hurt_the_others(pool: LeanPool) -> None:
    first, second, third = pool.statements(["theorem t : 1 = 1", "theorem t : nonsense", "theorem t : 2 = 2"])
    assert isinstance(first, StatementInfo) and isinstance(third, StatementInfo)
    assert isinstance(second, str) and "nonsense" in second


# --- headers ------------------------------------------------------------------------------------------------


def test_a_header_may_bring_notation_definitions_and_open_namespaces(pool: LeanPool) -> None:
    header = 'def twice (n : Nat) : Nat := n + n\nnotation:65 a " ⊞ " b:66 => twice (a + b)\nopen Nat'
    found = verdict(
        pool, "theorem t (a b : Nat) : a ⊞ b = (a + b) + (a + b)", "by unfold twice; rfl", header=header
    )
    assert found.proved, found
    assert verdict(pool, "theorem t (a : Nat) : a ≤ a + 1", "le_succ a", header=header).proved
    assert not verdict(pool, "theorem t (a : Nat) : a ≤ a + 1", "le_succ a").proved


def test_a_header_may_leave_a_namespace_open(pool: LeanPool) -> None:
    """The statement then stands in it, under its full name, and so does a proof that declares something."""
    header = "namespace X.Y\ndef f (n : Nat) := n + 1\nsection\nopen Nat"
    assert verdict(pool, "theorem t (n : Nat) : f n = succ n", "rfl", header=header).proved
    recursive = "| 0 => Nat.le_refl 0\n| k + 1 => Nat.le_succ_of_le (g k)"
    assert verdict(pool, "theorem g : ∀ n : Nat, 0 ≤ n", recursive, header=header).proved
    assert not verdict(pool, FALSE.replace("theorem t", "theorem f"), "f 1", header=header).proved
    assert not verdict(pool, "theorem t (n : Nat) : f n = n + 1", "rfl").proved


@pytest.mark.parametrize(
    "statement, whole",
    [
        ("theorem t : n = n", "theorem t (n : Nat) : n = n"),
        ("theorem t : h = h", "theorem t (n m : Nat) (h : n < m) : h = h"),
        ("theorem t : a == a", "theorem t {α : Type _} [BEq α] [LawfulBEq α] (a : α) : a == a"),
        ("theorem t (n : Int) : n = n", "theorem t (n : Int) : n = n"),
    ],
)
def test_a_statement_has_the_variables_that_it_mentions(pool: LeanPool, statement: str, whole: str) -> None:
    """And what those mention, and the instances about them, as a theorem in a file has."""
    header = "section\nvariable (n m : Nat) {α : Type _} [BEq α] [LawfulBEq α] (a b : α) (h : n < m)"
    (found,), (expected,) = pool.statements([statement], header), pool.statements([whole])
    assert not isinstance(found, str | Failure) and not isinstance(expected, str | Failure)
    assert found.key == expected.key


def test_a_proof_has_no_variable_that_its_statement_lacks(pool: LeanPool) -> None:
    header = "variable (n m : Nat) (h : n < m)"
    assert verdict(pool, "theorem t : n + m = m + n", "Nat.add_comm n m", header=header).proved
    assert not verdict(pool, "theorem t : n < m", "h", header=header).proved
    recursive = "match n with | 0 => Nat.le_refl 0 | k + 1 => Nat.le_succ_of_le (g k)"
    assert verdict(pool, "theorem g : 0 ≤ n", recursive, header=header).proved
    assert not verdict(pool, FALSE, "absurd h (by omega)", header="variable (h : 1 = 3)").proved


def test_a_proof_cannot_use_what_the_header_left_out(pool: LeanPool) -> None:
    header = "axiom cheat : ∀ p : Prop, p"
    found = verdict(pool, FALSE, "cheat _", header=header)
    assert (found.reason, found.detail) == ("forbidden_axiom", "cheat")
    lemma = "axiom cheat : ∀ p : Prop, p\ntheorem lie : (1 : Nat) = 2 := cheat _"
    assert verdict(pool, FALSE, "lie", header=lemma).reason == "forbidden_axiom"


@pytest.mark.parametrize("header", ["def x : Nat := nonsense", "end X", "variable (n : Nat)\ninclude n"])
def test_a_broken_header_is_reported(pool: LeanPool, header: str) -> None:
    found = verdict(pool, "theorem t : 1 = 1", "rfl", header=header)
    assert (found.outcome, found.reason) == ("bad_statement", "statement")
    assert "header" in found.detail


def test_a_check_leaves_nothing_behind(pool: LeanPool) -> None:
    """Every worker is asked twice; the second time must not know what the first one declared."""
    proof = "by\n  have helper : (3 : Nat) = 3 := rfl\n  rfl"
    assert verdict(pool, "theorem u : (3 : Nat) = 3", proof).proved
    for name in ("u", "helper", "t"):
        assert not verdict(pool, "theorem v : (3 : Nat) = 3", name).proved
