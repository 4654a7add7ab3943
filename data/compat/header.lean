-- Names and notations of Mathlib that statements about core Lean's own numbers use, for a Lean without Mathlib.
-- Each definition means what Mathlib's of that name means; tests/data/test_compat.py proves what characterises it.
notation "ℕ" => Nat
notation "ℤ" => Int
notation "ℚ" => Rat
noncomputable section
def Nat.Prime (p : Nat) : Prop := 2 ≤ p ∧ ∀ m, m ∣ p → m = 1 ∨ m = p
def Nat.factorial : Nat → Nat
  | 0 => 1
  | n + 1 => (n + 1) * Nat.factorial n
notation:10000 n "!" => Nat.factorial n
def Even {α : Type _} [Add α] (a : α) : Prop := ∃ r, a = r + r
def Odd {α : Type _} [Add α] [Mul α] [OfNat α 2] [OfNat α 1] (a : α) : Prop := ∃ m, a = 2 * m + 1
def abs {α : Type _} [Neg α] [Max α] (a : α) : α := max a (-a)
def Nat.choose : Nat → Nat → Nat
  | _, 0 => 1
  | 0, _ + 1 => 0
  | n + 1, k + 1 => Nat.choose n k + Nat.choose n (k + 1)
def Nat.ofDigits (b : Nat) : List Nat → Nat
  | [] => 0
  | d :: ds => d + b * Nat.ofDigits b ds
def Nat.digitsAux (b : Nat) : Nat → Nat → List Nat
  | 0, _ => []
  | _ + 1, 0 => []
  | f + 1, n + 1 => ((n + 1) % b) :: Nat.digitsAux b f ((n + 1) / b)
def Nat.digits : Nat → Nat → List Nat
  | 0, 0 => []
  | 0, n + 1 => [n + 1]
  | 1, n => List.replicate n 1
  | b + 2, n => Nat.digitsAux (b + 2) n n
def Nat.sqrt : Nat → Nat
  | 0 => 0
  | n + 1 => if (Nat.sqrt n + 1) * (Nat.sqrt n + 1) ≤ n + 1 then Nat.sqrt n + 1 else Nat.sqrt n
def Nat.ModEq (n a b : Nat) : Prop := a % n = b % n
notation:50 a " ≡ " b " [MOD " n "]" => Nat.ModEq n a b
end
open Nat
