/-!
Integers: additive and multiplicative laws, negation, subtraction, order, squares and parity.
The later laws are derived from a few basic ones stated first.
-/

namespace Seed

/-- The absolute value, as an integer. -/
def magnitude (a : Int) : Int := if 0 ≤ a then a else -a

theorem add_comm_int (a b : Int) : a + b = b + a :=
  Int.add_comm a b

theorem add_assoc_int (a b c : Int) : (a + b) + c = a + (b + c) :=
  Int.add_assoc a b c

theorem add_neg_self_int (a : Int) : a + -a = 0 :=
  Int.add_right_neg a

theorem neg_add_self_int (a : Int) : -a + a = 0 := by
  rw [add_comm_int, add_neg_self_int]

theorem add_neg_cancel_int (a b : Int) : (a + b) + -b = a := by
  rw [add_assoc_int, add_neg_self_int, Int.add_zero]

theorem neg_add_cancel_int (a b : Int) : -a + (a + b) = b := by
  rw [← add_assoc_int, neg_add_self_int, Int.zero_add]

theorem add_cancel_left_int (a b c : Int) (h : a + b = a + c) : b = c := by
  rw [← neg_add_cancel_int a b, h, neg_add_cancel_int]

theorem add_cancel_right_int (a b c : Int) (h : a + c = b + c) : a = b := by
  rw [← add_neg_cancel_int a c, h, add_neg_cancel_int]

theorem add_left_swap_int (a b c : Int) : a + (b + c) = b + (a + c) := by
  rw [← add_assoc_int, add_comm_int a b, add_assoc_int]

theorem add_right_swap_int (a b c : Int) : (a + b) + c = (a + c) + b := by
  rw [add_assoc_int, add_comm_int b c, ← add_assoc_int]

theorem add_four_exchange_int (a b c d : Int) : (a + b) + (c + d) = (a + c) + (b + d) := by
  rw [add_assoc_int, add_left_swap_int b c d, ← add_assoc_int]

theorem neg_unique_left (a b : Int) (h : a + b = 0) : b = -a := by
  apply add_cancel_left_int a
  rw [h, add_neg_self_int]

theorem neg_unique_right (a b : Int) (h : a + b = 0) : a = -b :=
  neg_unique_left b a (add_comm_int a b ▸ h)

theorem neg_neg_int (a : Int) : - -a = a :=
  (neg_unique_left (-a) a (neg_add_self_int a)).symm

theorem neg_zero_int : -(0 : Int) = 0 :=
  (neg_unique_left 0 0 rfl).symm

theorem neg_add_int (a b : Int) : -(a + b) = -a + -b := by
  apply Eq.symm
  apply neg_unique_left
  rw [add_four_exchange_int, add_neg_self_int, add_neg_self_int, Int.add_zero]

theorem neg_inj_int (a b : Int) (h : -a = -b) : a = b := by
  rw [← neg_neg_int a, h, neg_neg_int]

theorem neg_eq_iff_swap (a b : Int) : -a = b ↔ a = -b := by
  constructor
  · rintro rfl
    exact (neg_neg_int a).symm
  · rintro rfl
    exact neg_neg_int b

theorem neg_eq_zero_int (a : Int) (h : -a = 0) : a = 0 :=
  neg_inj_int a 0 (h.trans neg_zero_int.symm)

theorem sub_as_add_neg (a b : Int) : a - b = a + -b :=
  Int.sub_eq_add_neg

theorem sub_self_int (a : Int) : a - a = 0 := by
  rw [sub_as_add_neg, add_neg_self_int]

theorem sub_zero_int (a : Int) : a - 0 = a := by
  rw [sub_as_add_neg, neg_zero_int, Int.add_zero]

theorem zero_sub_int (a : Int) : 0 - a = -a := by
  rw [sub_as_add_neg, Int.zero_add]

theorem sub_neg_int (a b : Int) : a - -b = a + b := by
  rw [sub_as_add_neg, neg_neg_int]

theorem neg_sub_int (a b : Int) : -(a - b) = b - a := by
  rw [sub_as_add_neg, neg_add_int, neg_neg_int, add_comm_int, sub_as_add_neg]

theorem add_sub_back_int (a b : Int) : a + b - b = a := by
  rw [sub_as_add_neg, add_neg_cancel_int]

theorem sub_add_back_int (a b : Int) : a - b + b = a := by
  rw [sub_as_add_neg, add_right_swap_int, add_neg_cancel_int]

theorem sub_eq_iff_int (a b c : Int) : a - b = c ↔ a = c + b := by
  constructor
  · rintro rfl
    exact (sub_add_back_int a b).symm
  · rintro rfl
    exact add_sub_back_int c b

theorem sub_zero_means_eq (a b : Int) (h : a - b = 0) : a = b := by
  rw [sub_eq_iff_int, Int.zero_add] at h
  exact h

theorem sub_zero_iff_eq (a b : Int) : a - b = 0 ↔ a = b :=
  ⟨sub_zero_means_eq a b, fun h => h ▸ sub_self_int a⟩

theorem sub_chain_int (a b c : Int) : (a - b) + (b - c) = a - c := by
  rw [sub_as_add_neg b c, ← add_assoc_int, sub_add_back_int, sub_as_add_neg]

theorem sub_chain_closed (a b c : Int) : (a - b) + (b - c) + (c - a) = 0 := by
  rw [sub_chain_int, sub_chain_int, sub_self_int]

theorem sub_swap_right_int (a b c : Int) : a - b - c = a - c - b := by
  rw [sub_as_add_neg, sub_as_add_neg, add_right_swap_int, ← sub_as_add_neg, ← sub_as_add_neg]

theorem sub_cancel_left_int (a b c : Int) (h : a - b = a - c) : b = c := by
  apply neg_inj_int
  apply add_cancel_left_int a
  rw [← sub_as_add_neg, h, sub_as_add_neg]

theorem sub_cancel_right_int (a b c : Int) (h : a - c = b - c) : a = b := by
  rw [← sub_add_back_int a c, h, sub_add_back_int]

theorem sub_sub_self_int (a b : Int) : a - (a - b) = b := by
  rw [sub_as_add_neg, neg_sub_int, add_comm_int, sub_add_back_int]

theorem mul_comm_int (a b : Int) : a * b = b * a :=
  Int.mul_comm a b

theorem mul_assoc_int (a b c : Int) : (a * b) * c = a * (b * c) :=
  Int.mul_assoc a b c

theorem mul_add_int (a b c : Int) : a * (b + c) = a * b + a * c :=
  Int.mul_add a b c

theorem add_mul_int (a b c : Int) : (a + b) * c = a * c + b * c := by
  rw [mul_comm_int, mul_add_int, mul_comm_int c a, mul_comm_int c b]

theorem mul_left_swap_int (a b c : Int) : a * (b * c) = b * (a * c) := by
  rw [← mul_assoc_int, mul_comm_int a b, mul_assoc_int]

theorem mul_four_exchange_int (a b c d : Int) : (a * b) * (c * d) = (a * c) * (b * d) := by
  rw [mul_assoc_int, mul_left_swap_int b c d, ← mul_assoc_int]

theorem mul_zero_int (a : Int) : a * 0 = 0 := by
  apply add_cancel_left_int (a * 0)
  rw [← mul_add_int, Int.add_zero, Int.add_zero]

theorem zero_mul_int (a : Int) : 0 * a = 0 := by
  rw [mul_comm_int, mul_zero_int]

theorem mul_neg_int (a b : Int) : a * -b = -(a * b) := by
  apply neg_unique_left
  rw [← mul_add_int, add_neg_self_int, mul_zero_int]

theorem neg_mul_int (a b : Int) : -a * b = -(a * b) := by
  rw [mul_comm_int, mul_neg_int, mul_comm_int]

theorem neg_mul_neg_int (a b : Int) : -a * -b = a * b := by
  rw [neg_mul_int, mul_neg_int, neg_neg_int]

theorem neg_square_int (a : Int) : -a * -a = a * a :=
  neg_mul_neg_int a a

theorem neg_one_mul_int (a : Int) : -1 * a = -a := by
  rw [neg_mul_int, Int.one_mul]

theorem mul_sub_int (a b c : Int) : a * (b - c) = a * b - a * c := by
  rw [sub_as_add_neg, mul_add_int, mul_neg_int, sub_as_add_neg]

theorem sub_mul_int (a b c : Int) : (a - b) * c = a * c - b * c := by
  rw [mul_comm_int, mul_sub_int, mul_comm_int c a, mul_comm_int c b]

theorem two_mul_int (a : Int) : 2 * a = a + a := by
  have h : (2 : Int) = 1 + 1 := rfl
  rw [h, add_mul_int, Int.one_mul]

theorem difference_of_squares (a b : Int) : (a + b) * (a - b) = a * a - b * b := by
  rw [add_mul_int, mul_sub_int, mul_sub_int, mul_comm_int b a, sub_chain_int]

theorem square_of_sum_int (a b : Int) : (a + b) * (a + b) = a * a + 2 * (a * b) + b * b := by
  rw [mul_add_int, add_mul_int, add_mul_int, mul_comm_int b a, two_mul_int, add_assoc_int,
    add_assoc_int, add_assoc_int]

theorem square_of_sub_int (a b : Int) : (a - b) * (a - b) = a * a - 2 * (a * b) + b * b := by
  rw [sub_as_add_neg, square_of_sum_int, neg_square_int, mul_neg_int, mul_neg_int,
    ← sub_as_add_neg]

theorem square_sub_swap (a b : Int) : (a - b) * (a - b) = (b - a) * (b - a) := by
  rw [← neg_sub_int b a, neg_square_int]

theorem square_of_product_int (a b : Int) : (a * b) * (a * b) = (a * a) * (b * b) :=
  mul_four_exchange_int a b a b

theorem mul_zero_cases_int (a b : Int) (h : a * b = 0) : a = 0 ∨ b = 0 :=
  Int.mul_eq_zero.mp h

theorem square_zero_int (a : Int) (h : a * a = 0) : a = 0 :=
  (mul_zero_cases_int a a h).elim id id

theorem mul_nonzero_int (a b : Int) (ha : a ≠ 0) (hb : b ≠ 0) : a * b ≠ 0 := by
  intro h
  rcases mul_zero_cases_int a b h with h1 | h1
  · exact ha h1
  · exact hb h1

theorem mul_cancel_left_int (a b c : Int) (ha : a ≠ 0) (h : a * b = a * c) : b = c := by
  apply sub_zero_means_eq
  have h1 : a * (b - c) = 0 := by rw [mul_sub_int, h, sub_self_int]
  rcases mul_zero_cases_int a (b - c) h1 with h2 | h2
  · exact absurd h2 ha
  · exact h2

theorem mul_cancel_right_int (a b c : Int) (hc : c ≠ 0) (h : a * c = b * c) : a = b := by
  rw [mul_comm_int a c, mul_comm_int b c] at h
  exact mul_cancel_left_int c a b hc h

theorem same_square_cases (a b : Int) (h : a * a = b * b) : a = -b ∨ a = b := by
  have h1 : (a + b) * (a - b) = 0 := by rw [difference_of_squares, h, sub_self_int]
  rcases mul_zero_cases_int _ _ h1 with h2 | h2
  · exact Or.inl (neg_unique_right a b h2)
  · exact Or.inr (sub_zero_means_eq a b h2)

theorem square_one_cases (a : Int) (h : a * a = 1) : a = -1 ∨ a = 1 :=
  same_square_cases a 1 h

theorem double_zero_int (a : Int) (h : a + a = 0) : a = 0 := by
  rw [← two_mul_int] at h
  exact (mul_zero_cases_int 2 a h).elim (fun h2 => absurd h2 (by decide)) id

theorem self_neg_zero (a : Int) (h : a = -a) : a = 0 := by
  apply double_zero_int
  have h1 := add_neg_self_int a
  rw [← h] at h1
  exact h1

theorem le_trans_int (a b c : Int) (h1 : a ≤ b) (h2 : b ≤ c) : a ≤ c :=
  Int.le_trans h1 h2

theorem add_le_left_int (a b c : Int) (h : a ≤ b) : c + a ≤ c + b := by
  omega

theorem add_le_right_int (a b c : Int) (h : a ≤ b) : a + c ≤ b + c := by
  rw [add_comm_int a c, add_comm_int b c]
  exact add_le_left_int a b c h

theorem add_le_both_int (a b c d : Int) (h1 : a ≤ b) (h2 : c ≤ d) : a + c ≤ b + d :=
  le_trans_int _ (b + c) _ (add_le_right_int a b c h1) (add_le_left_int c d b h2)

theorem neg_le_swap_int (a b : Int) (h : a ≤ b) : -b ≤ -a := by
  have h1 := add_le_right_int a b (-a + -b) h
  rw [← add_assoc_int, add_neg_self_int, Int.zero_add, add_left_swap_int, add_neg_self_int,
    Int.add_zero] at h1
  exact h1

theorem neg_le_iff_int (a b : Int) : -b ≤ -a ↔ a ≤ b := by
  constructor
  · intro h
    have h1 := neg_le_swap_int (-b) (-a) h
    rw [neg_neg_int, neg_neg_int] at h1
    exact h1
  · exact neg_le_swap_int a b

theorem sub_le_both_int (a b c d : Int) (h1 : a ≤ b) (h2 : c ≤ d) : a - d ≤ b - c := by
  rw [sub_as_add_neg, sub_as_add_neg]
  exact add_le_both_int a b (-d) (-c) h1 (neg_le_swap_int c d h2)

theorem sub_nonneg_of_le (a b : Int) (h : a ≤ b) : 0 ≤ b - a := by
  rw [← sub_self_int a]
  exact sub_le_both_int a b a a h (Int.le_refl a)

theorem le_of_sub_nonneg_int (a b : Int) (h : 0 ≤ b - a) : a ≤ b := by
  have h1 := add_le_right_int 0 (b - a) a h
  rw [sub_add_back_int, Int.zero_add] at h1
  exact h1

theorem sub_nonneg_iff_le (a b : Int) : 0 ≤ b - a ↔ a ≤ b :=
  ⟨le_of_sub_nonneg_int a b, sub_nonneg_of_le a b⟩

theorem nonneg_add_int (a b : Int) (ha : 0 ≤ a) (hb : 0 ≤ b) : 0 ≤ a + b :=
  add_le_both_int 0 a 0 b ha hb

theorem nonneg_mul_int (a b : Int) (ha : 0 ≤ a) (hb : 0 ≤ b) : 0 ≤ a * b :=
  Int.mul_nonneg ha hb

theorem neg_nonneg_int (a : Int) (h : a ≤ 0) : 0 ≤ -a := by
  have h1 := neg_le_swap_int a 0 h
  rw [neg_zero_int] at h1
  exact h1

theorem nonpos_mul_nonpos_int (a b : Int) (ha : a ≤ 0) (hb : b ≤ 0) : 0 ≤ a * b := by
  rw [← neg_mul_neg_int]
  exact nonneg_mul_int (-a) (-b) (neg_nonneg_int a ha) (neg_nonneg_int b hb)

theorem square_nonneg_int (a : Int) : 0 ≤ a * a := by
  rcases Int.le_total 0 a with h | h
  · exact nonneg_mul_int a a h h
  · exact nonpos_mul_nonpos_int a a h h

theorem sum_squares_nonneg (a b : Int) : 0 ≤ a * a + b * b :=
  nonneg_add_int (a * a) (b * b) (square_nonneg_int a) (square_nonneg_int b)

theorem sum_squares_zero (a b : Int) (h : a * a + b * b = 0) : a = 0 := by
  apply square_zero_int
  have h1 := square_nonneg_int a
  have h2 := square_nonneg_int b
  omega

theorem two_products_le_squares (a b : Int) : 2 * (a * b) ≤ a * a + b * b := by
  have h := square_nonneg_int (a - b)
  rw [square_of_sub_int] at h
  omega

theorem four_products_le_square (a b : Int) : 4 * (a * b) ≤ (a + b) * (a + b) := by
  have h := two_products_le_squares a b
  rw [square_of_sum_int]
  omega

theorem mul_le_left_int (a b c : Int) (hc : 0 ≤ c) (h : a ≤ b) : c * a ≤ c * b := by
  apply le_of_sub_nonneg_int
  rw [← mul_sub_int]
  exact nonneg_mul_int c (b - a) hc (sub_nonneg_of_le a b h)

theorem mul_le_right_int (a b c : Int) (hc : 0 ≤ c) (h : a ≤ b) : a * c ≤ b * c := by
  rw [mul_comm_int a c, mul_comm_int b c]
  exact mul_le_left_int a b c hc h

theorem mul_le_reverse_int (a b c : Int) (hc : c ≤ 0) (h : a ≤ b) : c * b ≤ c * a := by
  have h1 := mul_le_left_int a b (-c) (neg_nonneg_int c hc) h
  rw [neg_mul_int, neg_mul_int, neg_le_iff_int] at h1
  exact h1

theorem square_le_square_int (a b : Int) (ha : 0 ≤ a) (h : a ≤ b) : a * a ≤ b * b :=
  le_trans_int _ (a * b) _ (mul_le_left_int a b a ha h)
    (mul_le_right_int a b b (le_trans_int 0 a b ha h) h)

theorem magnitude_of_nonneg (a : Int) (h : 0 ≤ a) : magnitude a = a :=
  if_pos h

theorem magnitude_of_nonpos (a : Int) (h : a ≤ 0) : magnitude a = -a := by
  by_cases h1 : 0 ≤ a
  · have h2 : a = 0 := Int.le_antisymm h h1
    rw [h2, neg_zero_int, magnitude_of_nonneg 0 (Int.le_refl 0)]
  · exact if_neg h1

theorem magnitude_nonneg (a : Int) : 0 ≤ magnitude a := by
  rcases Int.le_total 0 a with h | h
  · rw [magnitude_of_nonneg a h]
    exact h
  · rw [magnitude_of_nonpos a h]
    exact neg_nonneg_int a h

theorem magnitude_neg (a : Int) : magnitude (-a) = magnitude a := by
  rcases Int.le_total 0 a with h | h
  · have h1 : -a ≤ 0 := neg_zero_int ▸ neg_le_swap_int 0 a h
    rw [magnitude_of_nonneg a h, magnitude_of_nonpos (-a) h1, neg_neg_int]
  · rw [magnitude_of_nonpos a h, magnitude_of_nonneg (-a) (neg_nonneg_int a h)]

theorem magnitude_sub_swap (a b : Int) : magnitude (a - b) = magnitude (b - a) := by
  rw [← neg_sub_int b a, magnitude_neg]

theorem le_magnitude_self (a : Int) : a ≤ magnitude a := by
  rcases Int.le_total 0 a with h | h
  · rw [magnitude_of_nonneg a h]
    exact Int.le_refl a
  · exact le_trans_int a 0 _ h (magnitude_nonneg a)

theorem neg_le_magnitude (a : Int) : -a ≤ magnitude a := by
  rw [← magnitude_neg]
  exact le_magnitude_self (-a)

theorem magnitude_le_of_bounds (a b : Int) (h1 : a ≤ b) (h2 : -a ≤ b) : magnitude a ≤ b := by
  unfold magnitude
  split
  · exact h1
  · exact h2

theorem magnitude_triangle (a b : Int) : magnitude (a + b) ≤ magnitude a + magnitude b := by
  apply magnitude_le_of_bounds
  · exact add_le_both_int a _ b _ (le_magnitude_self a) (le_magnitude_self b)
  · rw [neg_add_int]
    exact add_le_both_int (-a) _ (-b) _ (neg_le_magnitude a) (neg_le_magnitude b)

theorem magnitude_triangle_sub (a b : Int) : magnitude (a - b) ≤ magnitude a + magnitude b := by
  rw [sub_as_add_neg, ← magnitude_neg b]
  exact magnitude_triangle a (-b)

theorem magnitude_distance_triangle (a b c : Int) :
    magnitude (a - c) ≤ magnitude (a - b) + magnitude (b - c) := by
  rw [← sub_chain_int a b c]
  exact magnitude_triangle (a - b) (b - c)

theorem magnitude_square (a : Int) : magnitude a * magnitude a = a * a := by
  rcases Int.le_total 0 a with h | h
  · rw [magnitude_of_nonneg a h]
  · rw [magnitude_of_nonpos a h, neg_square_int]

theorem magnitude_zero_only (a : Int) (h : magnitude a = 0) : a = 0 := by
  apply square_zero_int
  rw [← magnitude_square, h, mul_zero_int]

theorem magnitude_twice (a : Int) : magnitude (magnitude a) = magnitude a :=
  magnitude_of_nonneg _ (magnitude_nonneg a)

theorem magnitude_mul_nonneg (a b : Int) (ha : 0 ≤ a) (hb : 0 ≤ b) :
    magnitude (a * b) = magnitude a * magnitude b := by
  rw [magnitude_of_nonneg _ (nonneg_mul_int a b ha hb), magnitude_of_nonneg a ha,
    magnitude_of_nonneg b hb]

theorem same_square_same_magnitude (a b : Int) (h : a * a = b * b) : magnitude a = magnitude b := by
  rcases same_square_cases a b h with h1 | h1
  · rw [h1, magnitude_neg]
  · rw [h1]

end Seed
