/-!
Natural numbers: addition, multiplication, order, subtraction, minimum and maximum.
The laws of addition and multiplication are derived here again by induction.
-/

namespace Seed

theorem zero_add_nat (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ k ih => rw [← Nat.add_assoc, ih]

theorem succ_add_nat (m n : Nat) : (m + 1) + n = (m + n) + 1 := by
  induction n with
  | zero => rfl
  | succ k ih => rw [← Nat.add_assoc, ih, Nat.add_assoc m k 1]

theorem add_comm_nat (m n : Nat) : m + n = n + m := by
  induction n with
  | zero => exact (zero_add_nat m).symm
  | succ k ih => rw [succ_add_nat k m, ← ih, Nat.add_assoc]

theorem add_assoc_nat (a b c : Nat) : (a + b) + c = a + (b + c) := by
  induction c with
  | zero => rfl
  | succ k ih => exact congrArg Nat.succ ih

theorem add_left_swap (a b c : Nat) : a + (b + c) = b + (a + c) := by
  rw [← add_assoc_nat, add_comm_nat a b, add_assoc_nat]

theorem add_right_swap (a b c : Nat) : (a + b) + c = (a + c) + b := by
  rw [add_assoc_nat, add_comm_nat b c, ← add_assoc_nat]

theorem add_four_exchange (a b c d : Nat) : (a + b) + (c + d) = (a + c) + (b + d) := by
  rw [add_assoc_nat, add_left_swap b c d, ← add_assoc_nat]

theorem add_reverse_three (a b c : Nat) : a + b + c = c + b + a := by
  rw [add_comm_nat (a + b) c, add_comm_nat a b, ← add_assoc_nat]

theorem succ_eq_one_add (n : Nat) : n + 1 = 1 + n :=
  add_comm_nat n 1

theorem succ_inj_nat (m n : Nat) (h : m + 1 = n + 1) : m = n :=
  Nat.succ.inj h

theorem add_cancel_right (a b c : Nat) (h : a + c = b + c) : a = b := by
  induction c with
  | zero => exact h
  | succ k ih => exact ih (succ_inj_nat _ _ h)

theorem add_cancel_left (a b c : Nat) (h : c + a = c + b) : a = b := by
  rw [add_comm_nat c a, add_comm_nat c b] at h
  exact add_cancel_right a b c h

theorem add_cancel_right_iff (a b c : Nat) : a + c = b + c ↔ a = b :=
  ⟨add_cancel_right a b c, fun h => h ▸ rfl⟩

theorem add_eq_self_right (a b : Nat) (h : a + b = a) : b = 0 :=
  add_cancel_left b 0 a h

theorem add_eq_self_left (a b : Nat) (h : a + b = b) : a = 0 := by
  apply add_eq_self_right b a
  rw [add_comm_nat, h]

theorem add_eq_zero_left (a b : Nat) (h : a + b = 0) : a = 0 := by
  cases a with
  | zero => rfl
  | succ k => rw [succ_add_nat] at h; contradiction

theorem add_eq_zero_right (a b : Nat) (h : a + b = 0) : b = 0 :=
  add_eq_zero_left b a (add_comm_nat b a ▸ h)

theorem add_eq_zero_both (a b : Nat) : a + b = 0 ↔ a = 0 ∧ b = 0 := by
  constructor
  · intro h
    exact ⟨add_eq_zero_left a b h, add_eq_zero_right a b h⟩
  · rintro ⟨ha, hb⟩
    rw [ha, hb]

theorem sum_three_zero (a b c : Nat) (h : a + b + c = 0) : b = 0 :=
  add_eq_zero_right a b (add_eq_zero_left (a + b) c h)

theorem zero_mul_nat (n : Nat) : 0 * n = 0 := by
  induction n with
  | zero => rfl
  | succ k ih => rw [Nat.mul_succ, ih]

theorem succ_mul_nat (m n : Nat) : (m + 1) * n = m * n + n := by
  induction n with
  | zero => rfl
  | succ k ih =>
    rw [Nat.mul_succ, ih, Nat.mul_succ, add_assoc_nat, add_assoc_nat, add_left_swap k m 1]

theorem mul_comm_nat (m n : Nat) : m * n = n * m := by
  induction n with
  | zero => rw [zero_mul_nat, Nat.mul_zero]
  | succ k ih => rw [Nat.mul_succ, succ_mul_nat, ih]

theorem one_mul_nat (n : Nat) : 1 * n = n := by
  calc 1 * n = (0 + 1) * n := rfl
    _ = 0 * n + n := succ_mul_nat 0 n
    _ = n := by rw [zero_mul_nat, zero_add_nat]

theorem mul_one_nat (n : Nat) : n * 1 = n := by
  rw [mul_comm_nat, one_mul_nat]

theorem two_mul_nat (n : Nat) : 2 * n = n + n := by
  rw [succ_mul_nat 1 n, one_mul_nat]

theorem mul_two_nat (n : Nat) : n * 2 = n + n :=
  (mul_comm_nat n 2).trans (two_mul_nat n)

theorem mul_add_nat (a b c : Nat) : a * (b + c) = a * b + a * c := by
  induction a with
  | zero => rw [zero_mul_nat, zero_mul_nat, zero_mul_nat]
  | succ k ih => rw [succ_mul_nat, succ_mul_nat, succ_mul_nat, ih, add_four_exchange]

theorem add_mul_nat (a b c : Nat) : (a + b) * c = a * c + b * c := by
  rw [mul_comm_nat, mul_add_nat, mul_comm_nat c a, mul_comm_nat c b]

theorem mul_assoc_nat (a b c : Nat) : (a * b) * c = a * (b * c) := by
  induction a with
  | zero => rw [zero_mul_nat, zero_mul_nat, zero_mul_nat]
  | succ k ih => rw [succ_mul_nat, add_mul_nat, ih, succ_mul_nat]

theorem mul_left_swap (a b c : Nat) : a * (b * c) = b * (a * c) := by
  rw [← mul_assoc_nat, mul_comm_nat a b, mul_assoc_nat]

theorem mul_right_swap (a b c : Nat) : (a * b) * c = (a * c) * b := by
  rw [mul_assoc_nat, mul_comm_nat b c, ← mul_assoc_nat]

theorem mul_four_exchange (a b c d : Nat) : (a * b) * (c * d) = (a * c) * (b * d) := by
  rw [mul_assoc_nat, mul_left_swap b c d, ← mul_assoc_nat]

theorem square_of_product (a b : Nat) : (a * b) * (a * b) = (a * a) * (b * b) :=
  mul_four_exchange a b a b

theorem expand_product_of_sums (a b c d : Nat) :
    (a + b) * (c + d) = (a * c + b * c) + (a * d + b * d) := by
  rw [mul_add_nat, add_mul_nat, add_mul_nat]

theorem square_of_sum (a b : Nat) : (a + b) * (a + b) = a * a + 2 * (a * b) + b * b := by
  rw [expand_product_of_sums, mul_comm_nat b a, two_mul_nat, add_assoc_nat, add_assoc_nat,
    add_assoc_nat]

theorem square_of_succ (n : Nat) : (n + 1) * (n + 1) = n * n + 2 * n + 1 := by
  rw [square_of_sum, mul_one_nat]

theorem double_sum (a b : Nat) : 2 * (a + b) = 2 * a + 2 * b :=
  mul_add_nat 2 a b

theorem double_product_left (a b : Nat) : (2 * a) * b = 2 * (a * b) :=
  mul_assoc_nat 2 a b

theorem double_product_right (a b : Nat) : a * (2 * b) = 2 * (a * b) :=
  mul_left_swap a 2 b

theorem mul_eq_zero_cases (a b : Nat) (h : a * b = 0) : a = 0 ∨ b = 0 := by
  cases a with
  | zero => exact Or.inl rfl
  | succ k =>
    rw [succ_mul_nat] at h
    exact Or.inr (add_eq_zero_right _ _ h)

theorem square_eq_zero (n : Nat) (h : n * n = 0) : n = 0 := by
  rcases mul_eq_zero_cases n n h with h1 | h1
  · exact h1
  · exact h1

theorem mul_ne_zero_of_both (a b : Nat) (ha : a ≠ 0) (hb : b ≠ 0) : a * b ≠ 0 := by
  intro h
  cases mul_eq_zero_cases a b h with
  | inl h1 => exact ha h1
  | inr h1 => exact hb h1

theorem square_ne_zero (n : Nat) (h : n ≠ 0) : n * n ≠ 0 :=
  mul_ne_zero_of_both n n h h

theorem double_eq_zero (n : Nat) (h : n + n = 0) : n = 0 :=
  add_eq_zero_left n n h

theorem le_iff_exists_add (a b : Nat) : a ≤ b ↔ ∃ k, b = a + k := by
  constructor
  · intro h
    exact ⟨b - a, by omega⟩
  · rintro ⟨k, rfl⟩
    exact Nat.le_add_right a k

theorem le_of_eq_add (a b k : Nat) (h : b = a + k) : a ≤ b :=
  (le_iff_exists_add a b).mpr ⟨k, h⟩

theorem le_trans_nat (a b c : Nat) (h1 : a ≤ b) (h2 : b ≤ c) : a ≤ c := by
  obtain ⟨k, rfl⟩ := (le_iff_exists_add a b).mp h1
  obtain ⟨l, rfl⟩ := (le_iff_exists_add _ c).mp h2
  exact le_of_eq_add a _ (k + l) (add_assoc_nat a k l)

theorem le_antisymm_nat (a b : Nat) (h1 : a ≤ b) (h2 : b ≤ a) : a = b := by
  obtain ⟨k, rfl⟩ := (le_iff_exists_add a b).mp h1
  have hk : k = 0 := by omega
  rw [hk, Nat.add_zero]

theorem le_add_self_right (a b : Nat) : a ≤ a + b :=
  le_of_eq_add a (a + b) b rfl

theorem le_add_self_left (a b : Nat) : a ≤ b + a :=
  le_of_eq_add a (b + a) b (add_comm_nat b a)

theorem le_succ_self (n : Nat) : n ≤ n + 1 :=
  le_add_self_right n 1

theorem le_succ_of_le (m n : Nat) (h : m ≤ n) : m ≤ n + 1 :=
  le_trans_nat m n (n + 1) h (le_succ_self n)

theorem le_of_add_le_left (a b c : Nat) (h : a + b ≤ c) : a ≤ c :=
  le_trans_nat a (a + b) c (le_add_self_right a b) h

theorem le_of_add_le_right (a b c : Nat) (h : a + b ≤ c) : b ≤ c :=
  le_trans_nat b (a + b) c (le_add_self_left b a) h

theorem add_le_both (a b c d : Nat) (h1 : a ≤ b) (h2 : c ≤ d) : a + c ≤ b + d := by
  obtain ⟨k, rfl⟩ := (le_iff_exists_add a b).mp h1
  obtain ⟨l, rfl⟩ := (le_iff_exists_add c d).mp h2
  exact le_of_eq_add _ _ (k + l) (add_four_exchange a k c l)

theorem add_le_left_side (a b c : Nat) (h : a ≤ b) : c + a ≤ c + b :=
  add_le_both c c a b (Nat.le_refl c) h

theorem add_le_right_side (a b c : Nat) (h : a ≤ b) : a + c ≤ b + c :=
  add_le_both a b c c h (Nat.le_refl c)

theorem mul_le_left_side (a b c : Nat) (h : a ≤ b) : c * a ≤ c * b := by
  obtain ⟨k, rfl⟩ := (le_iff_exists_add a b).mp h
  exact le_of_eq_add _ _ (c * k) (mul_add_nat c a k)

theorem mul_le_right_side (a b c : Nat) (h : a ≤ b) : a * c ≤ b * c := by
  rw [mul_comm_nat a c, mul_comm_nat b c]
  exact mul_le_left_side a b c h

theorem mul_le_both (a b c d : Nat) (h1 : a ≤ b) (h2 : c ≤ d) : a * c ≤ b * d :=
  le_trans_nat _ (b * c) _ (mul_le_right_side a b c h1) (mul_le_left_side c d b h2)

theorem square_le_square (a b : Nat) (h : a ≤ b) : a * a ≤ b * b :=
  mul_le_both a b a b h h

theorem double_le_double (a b : Nat) (h : a ≤ b) : 2 * a ≤ 2 * b :=
  mul_le_left_side a b 2 h

theorem pos_of_ne_zero_nat (n : Nat) (h : n ≠ 0) : 1 ≤ n := by
  cases n with
  | zero => exact absurd rfl h
  | succ k => exact le_add_self_left 1 k

theorem le_square_self (n : Nat) : n ≤ n * n := by
  by_cases h : n = 0
  · rw [h]; decide
  · have h1 := mul_le_left_side 1 n n (pos_of_ne_zero_nat n h)
    rw [mul_one_nat] at h1
    exact h1

theorem mul_pos_both (a b : Nat) (ha : 0 < a) (hb : 0 < b) : 0 < a * b := by
  have h := mul_ne_zero_of_both a b (by omega) (by omega)
  exact pos_of_ne_zero_nat _ h

theorem le_mul_of_pos_right (a b : Nat) (hb : 0 < b) : a ≤ a * b := by
  have h := mul_le_left_side 1 b a hb
  rw [mul_one_nat] at h
  exact h

theorem le_mul_of_pos_left (a b : Nat) (hb : 0 < b) : a ≤ b * a :=
  mul_comm_nat a b ▸ le_mul_of_pos_right a b hb

theorem lt_or_ge_nat (a b : Nat) : a < b ∨ b ≤ a := by
  omega

theorem not_le_iff_lt (a b : Nat) : ¬a ≤ b ↔ b < a := by
  constructor
  · intro h
    rcases lt_or_ge_nat b a with h1 | h1
    · exact h1
    · exact absurd h1 h
  · intro h h1
    omega

theorem le_total_nat (a b : Nat) : a ≤ b ∨ b ≤ a := by
  cases lt_or_ge_nat a b with
  | inl h => exact Or.inl (Nat.le_of_lt h)
  | inr h => exact Or.inr h

theorem lt_trichotomy_nat (a b : Nat) : a < b ∨ a = b ∨ b < a := by
  rcases lt_or_ge_nat a b with h | h
  · exact Or.inl h
  · by_cases h1 : a ≤ b
    · exact Or.inr (Or.inl (le_antisymm_nat a b h1 h))
    · exact Or.inr (Or.inr ((not_le_iff_lt a b).mp h1))

theorem sub_add_back (a b : Nat) (h : b ≤ a) : a - b + b = a := by
  omega

theorem add_sub_back (a b : Nat) : a + b - b = a := by
  apply add_cancel_right _ _ b
  exact sub_add_back (a + b) b (le_add_self_left b a)

theorem add_sub_back_left (a b : Nat) : a + b - a = b := by
  rw [add_comm_nat, add_sub_back]

theorem sub_self_nat (n : Nat) : n - n = 0 := by
  have h := add_sub_back 0 n
  rw [zero_add_nat] at h
  exact h

theorem double_sub_self (n : Nat) : 2 * n - n = n := by
  rw [two_mul_nat, add_sub_back]

theorem square_diff_succ (n : Nat) : (n + 1) * (n + 1) - n * n = 2 * n + 1 := by
  rw [square_of_succ, add_assoc_nat, add_sub_back_left]

theorem sub_eq_of_eq_add (a b c : Nat) (h : a = b + c) : a - c = b := by
  subst h
  exact add_sub_back b c

theorem min_le_left_nat (a b : Nat) : min a b ≤ a := by
  omega

theorem min_swap (a b : Nat) : min a b = min b a := by
  omega

theorem min_le_right_nat (a b : Nat) : min a b ≤ b :=
  min_swap b a ▸ min_le_left_nat b a

theorem le_min_of_both (a b c : Nat) (h1 : c ≤ a) (h2 : c ≤ b) : c ≤ min a b := by
  rw [Nat.min_def]
  split
  · exact h1
  · exact h2

theorem le_max_left_nat (a b : Nat) : a ≤ max a b := by
  omega

theorem max_swap (a b : Nat) : max a b = max b a := by
  omega

theorem le_max_right_nat (a b : Nat) : b ≤ max a b := by
  rw [max_swap]
  exact le_max_left_nat b a

theorem max_le_of_both (a b c : Nat) (h1 : a ≤ c) (h2 : b ≤ c) : max a b ≤ c := by
  rw [Nat.max_def]
  split
  · exact h2
  · exact h1

theorem min_le_max_nat (a b : Nat) : min a b ≤ max a b :=
  le_trans_nat _ a _ (min_le_left_nat a b) (le_max_left_nat a b)

theorem min_self_nat (a : Nat) : min a a = a :=
  le_antisymm_nat _ _ (min_le_left_nat a a) (le_min_of_both a a a (Nat.le_refl a) (Nat.le_refl a))

theorem max_self_nat (a : Nat) : max a a = a :=
  le_antisymm_nat _ _ (max_le_of_both a a a (Nat.le_refl a) (Nat.le_refl a)) (le_max_left_nat a a)

theorem max_le_sum (a b : Nat) : max a b ≤ a + b :=
  max_le_of_both a b (a + b) (le_add_self_right a b) (le_add_self_left b a)

theorem min_monotone_left (a b c : Nat) (h : a ≤ b) : min a c ≤ min b c := by
  apply le_min_of_both
  · exact le_trans_nat _ a b (min_le_left_nat a c) h
  · exact min_le_right_nat a c

theorem max_monotone_left (a b c : Nat) (h : a ≤ b) : max a c ≤ max b c := by
  apply max_le_of_both
  · exact le_trans_nat a b _ h (le_max_left_nat b c)
  · exact le_max_right_nat b c

theorem min_add_max (a b : Nat) : min a b + max a b = a + b := by
  rcases le_total_nat a b with h | h
  · rw [Nat.min_eq_left h, Nat.max_eq_right h]
  · rw [Nat.min_eq_right h, Nat.max_eq_left h, add_comm_nat]

theorem max_add_min (a b : Nat) : max a b + min a b = a + b := by
  rw [add_comm_nat, min_add_max]

theorem pow_one_nat (a : Nat) : a ^ 1 = a := by
  rw [Nat.pow_succ, Nat.pow_zero, one_mul_nat]

theorem pow_two_nat (a : Nat) : a ^ 2 = a * a := by
  rw [Nat.pow_succ, pow_one_nat]

theorem pow_add_nat (a m n : Nat) : a ^ (m + n) = a ^ m * a ^ n := by
  induction n with
  | zero => rw [Nat.pow_zero, mul_one_nat, Nat.add_zero]
  | succ k ih => rw [← add_assoc_nat, Nat.pow_succ, ih, Nat.pow_succ, mul_assoc_nat]

theorem mul_pow_nat (a b n : Nat) : (a * b) ^ n = a ^ n * b ^ n := by
  induction n with
  | zero => rfl
  | succ k ih => rw [Nat.pow_succ, ih, Nat.pow_succ, Nat.pow_succ, mul_four_exchange]

theorem pow_double (a n : Nat) : a ^ (2 * n) = a ^ n * a ^ n := by
  rw [two_mul_nat, pow_add_nat]

theorem pow_pos_of_pos (a n : Nat) (h : 0 < a) : 0 < a ^ n := by
  induction n with
  | zero => exact Nat.zero_lt_one
  | succ k ih => exact mul_pos_both (a ^ k) a ih h

theorem one_pow_nat (n : Nat) : 1 ^ n = 1 := by
  induction n with
  | zero => rfl
  | succ k ih => rw [Nat.pow_succ, ih]

theorem lt_two_pow_self (n : Nat) : n < 2 ^ n := by
  induction n with
  | zero => decide
  | succ k ih =>
    rw [Nat.pow_succ, mul_two_nat]
    exact add_le_both (k + 1) (2 ^ k) 1 (2 ^ k) ih (pow_pos_of_pos 2 k (by decide))

end Seed
