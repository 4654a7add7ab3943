"""The compatibility header: each of its definitions is what Mathlib says of the constant of that name, proved in Lean."""

from __future__ import annotations

import json

import pytest
from at_hand import BENCHMARKS, REASON

from stp.data import check
from stp.lean.pool import LeanPool
from stp.records import Check, StatementInfo

NOTATIONS = 'notation "ℕ" => Nat\nnotation "ℤ" => Int\nnotation "ℚ" => Rat\nopen Nat\n'

#: What Mathlib proves of its constants (its lemma's name), stated about the header's.
CHARACTERISED = {
    "notations": ("theorem t : (ℕ = Nat) ∧ (ℤ = Int) ∧ (ℚ = Rat)", "⟨rfl, rfl, rfl⟩"),
    "Nat.prime_def": (
        "theorem t (p : ℕ) : Nat.Prime p ↔ 2 ≤ p ∧ ∀ m, m ∣ p → m = 1 ∨ m = p",
        "Iff.rfl",
    ),
    "Nat.factorial_zero, Nat.factorial_succ": (
        "theorem t : 0 ! = 1 ∧ ∀ n : ℕ, (n + 1) ! = (n + 1) * n !",
        "⟨rfl, fun _ => rfl⟩",
    ),
    "even_iff_exists_add_self": ("theorem t (a : ℤ) : Even a ↔ ∃ r, a = r + r", "Iff.rfl"),
    "odd_iff_exists_bit1": ("theorem t (a : ℤ) : Odd a ↔ ∃ m, a = 2 * m + 1", "Iff.rfl"),
    "Nat.even_iff": (
        "theorem t (n : ℕ) : (Even n ↔ n % 2 = 0) ∧ (Odd n ↔ n % 2 = 1)",
        "⟨⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩, ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩⟩",
    ),
    "abs_eq_max_neg": ("theorem t (a : ℚ) : abs a = max a (-a)", "rfl"),
    "Int.abs_eq_natAbs": (
        "theorem t (a : ℤ) : abs a = a.natAbs",
        "by\n  show max a (-a) = _\n  omega",
    ),
    "Nat.choose_zero_right, Nat.choose_zero_succ, Nat.choose_succ_succ": (
        "theorem t (n k : ℕ) : Nat.choose n 0 = 1 ∧ Nat.choose 0 (k + 1) = 0 ∧ "
        "Nat.choose (n + 1) (k + 1) = Nat.choose n k + Nat.choose n (k + 1)",
        "⟨by cases n <;> rfl, rfl, rfl⟩",
    ),
    "Nat.ofDigits_nil, Nat.ofDigits_cons": (
        "theorem t (b d : ℕ) (ds : List ℕ) : Nat.ofDigits b [] = 0 ∧ Nat.ofDigits b (d :: ds) = d + b * Nat.ofDigits b ds",
        "⟨rfl, rfl⟩",
    ),
    "Nat.digits_zero": (
        "theorem t (b : ℕ) : Nat.digits b 0 = []",
        "match b with\n  | 0 => rfl\n  | 1 => rfl\n  | _ + 2 => rfl",
    ),
    "Nat.digits_zero_succ, Nat.digits_one": (
        "theorem t (n : ℕ) : Nat.digits 0 (n + 1) = [n + 1] ∧ Nat.digits 1 n = List.replicate n 1",
        "⟨rfl, rfl⟩",
    ),
    "Nat.digits_def'": (
        "theorem t (b n : ℕ) (hb : 1 < b) (hn : 0 < n) : Nat.digits b n = n % b :: Nat.digits b (n / b)",
        """by
  have enough : ∀ f g m : ℕ, m ≤ f → m ≤ g → Nat.digitsAux b f m = Nat.digitsAux b g m := by
    intro f
    induction f with
    | zero =>
      intro g m hf hg
      obtain rfl : m = 0 := by omega
      cases g <;> rfl
    | succ f ih =>
      intro g m hf hg
      match m, g with
      | 0, 0 => rfl
      | 0, g + 1 => rfl
      | m + 1, 0 => omega
      | m + 1, g + 1 =>
        have small : (m + 1) / b < m + 1 := Nat.div_lt_self (by omega) hb
        show _ :: _ = _ :: _
        rw [ih g ((m + 1) / b) (by omega) (by omega)]
  match b, n with
  | b + 2, n + 1 =>
    have small : (n + 1) / (b + 2) < n + 1 := Nat.div_lt_self (by omega) hb
    show _ :: _ = _ :: _
    exact congrArg _ (enough _ _ _ (by omega) (Nat.le_refl _))
  | 0, _ => omega
  | 1, _ => omega
  | _ + 2, 0 => omega""",
    ),
    "Nat.sqrt_le, Nat.lt_succ_sqrt": (
        "theorem t (n : ℕ) : Nat.sqrt n * Nat.sqrt n ≤ n ∧ n < (Nat.sqrt n + 1) * (Nat.sqrt n + 1)",
        """by
  induction n with
  | zero => decide
  | succ n ih =>
    show (if _ then _ else _) * (if _ then _ else _) ≤ _ ∧ _ < ((if _ then _ else _) + 1) * ((if _ then _ else _) + 1)
    split
    · refine ⟨by assumption, ?_⟩
      have := ih.2
      grind
    · omega""",
    ),
    "Nat.modEq_iff": ("theorem t (n a b : ℕ) : a ≡ b [MOD n] ↔ a % n = b % n", "Iff.rfl"),
}


@pytest.mark.parametrize("name", CHARACTERISED)
def test_every_definition_is_what_mathlib_says_of_it(core_pool: LeanPool, name: str) -> None:
    statement, proof = CHARACTERISED[name]
    verdict = core_pool.check_one(Check(name, statement, proof, header=check.compat_header()))
    assert verdict.outcome == "proved", verdict.detail


def test_every_definition_of_the_header_is_characterised() -> None:
    told = " ".join(statement for statement, _ in CHARACTERISED.values())
    for line in check.compat_header().splitlines():
        if line.startswith("def ") and (name := line.split()[1]) != "Nat.digitsAux":
            short = "!" if name == "Nat.factorial" else "≡" if name == "Nat.ModEq" else name
            assert f"{short} " in told, f"nothing is proved of {name}"


def test_the_header_changes_no_statement_that_needs_only_its_notations(core_pool: LeanPool) -> None:
    """Under the header, under its notations alone, and with the types written out: one type each."""
    texts = [
        "(x : ℕ → ℤ) (h : x 1 = 211) : x 2 - x 1 = 3",
        "(a b : ℚ) (h : a = 4/7) (hb : b ^ 2 = 5/11) : a * b ≠ 20/77",
        "(n : ℕ) (h : 2 ∣ n) : n % 2 = 0 ∧ Nat.gcd n 2 = 2 ∧ lcm 3 n = 4",
        "(f : ℕ → ℕ) : ∃ n ≥ 5, ∀ m, f (succ m) = f n → (m : ℤ) - n = 0",
        "(a : ℤ) : max a (-a) ≤ a ^ 2",
    ]
    _same(core_pool, texts)


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
@pytest.mark.parametrize(
    "file, tier",
    [("minif2f/core/minif2f_core.jsonl", "A"), ("lean_workbook/lean_workbook_core.jsonl", "core")],
)
def test_the_header_changes_no_statement_of_the_core_parts(core_pool: LeanPool, file: str, tier: str) -> None:
    rows = [json.loads(line) for line in (BENCHMARKS / file).read_text().splitlines()]
    texts = [
        row["formal_statement"].split(row["name"], 1)[1].removesuffix(":= by").rstrip()
        for row in rows
        if row["tier"] == tier
    ]
    _same(core_pool, texts[:: max(1, len(texts) // 150)])


def _same(pool: LeanPool, rests: list[str]) -> None:
    heads = [f"theorem t {rest}" for rest in rests]
    plain = [h.replace("ℕ", "Nat").replace("ℤ", "Int").replace("ℚ", "Rat") for h in heads]
    keys = [
        [
            info.key if isinstance(info, StatementInfo) else str(info)
            for info in pool.statements(texts, header)
        ]
        for texts, header in ((heads, check.compat_header()), (heads, NOTATIONS), (plain, "open Nat"))
    ]
    for head, *three in zip(heads, *keys, strict=True):
        assert len(set(three)) == 1 and len(three[0]) == 16, (head, three)
