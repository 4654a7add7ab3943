/-!
Divisibility of natural numbers: divisors and multiples, even and odd numbers, common divisors,
coprime numbers, congruences and remainders.
-/

namespace Seed

/-- `d` divides `n`: some multiple of `d` is `n`. -/
def Divides (d n : Nat) : Prop := ∃ k, n = d * k

/-- `n` is twice some number. -/
def Even (n : Nat) : Prop := ∃ k, n = 2 * k

/-- `n` is one more than twice some number. -/
def Odd (n : Nat) : Prop := ∃ k, n = 2 * k + 1

/-- `d` divides both `a` and `b`. -/
def CommonDivisor (d a b : Nat) : Prop := Divides d a ∧ Divides d b

/-- The only common divisor of `a` and `b` is `1`. -/
def Coprime (a b : Nat) : Prop := ∀ d, CommonDivisor d a b → d = 1

/-- `a` and `b` leave the same remainder on division by `m`. -/
def Congruent (m a b : Nat) : Prop := a % m = b % m

theorem divides_intro (d k : Nat) : Divides d (d * k) :=
  ⟨k, rfl⟩

theorem divides_intro_left (d k : Nat) : Divides d (k * d) := by
  rw [Nat.mul_comm]
  exact divides_intro d k

theorem divides_self (n : Nat) : Divides n n :=
  ⟨1, (Nat.mul_one n).symm⟩

theorem one_divides (n : Nat) : Divides 1 n :=
  ⟨n, (Nat.one_mul n).symm⟩

theorem divides_zero (n : Nat) : Divides n 0 :=
  divides_intro n 0

theorem divides_trans (a b c : Nat) (h1 : Divides a b) (h2 : Divides b c) : Divides a c := by
  obtain ⟨k, rfl⟩ := h1
  obtain ⟨l, rfl⟩ := h2
  exact ⟨k * l, Nat.mul_assoc a k l⟩

theorem divides_trans_three (a b c d : Nat) (h1 : Divides a b) (h2 : Divides b c)
    (h3 : Divides c d) : Divides a d :=
  divides_trans a c d (divides_trans a b c h1 h2) h3

theorem divides_mul_right (d a b : Nat) (h : Divides d a) : Divides d (a * b) :=
  divides_trans d a (a * b) h (divides_intro a b)

theorem divides_mul_left (d a b : Nat) (h : Divides d a) : Divides d (b * a) :=
  divides_trans d a (b * a) h (divides_intro_left a b)

theorem divides_of_mul_left (a b n : Nat) (h : Divides (a * b) n) : Divides a n :=
  divides_trans a (a * b) n (divides_intro a b) h

theorem divides_of_mul_right (a b n : Nat) (h : Divides (a * b) n) : Divides b n :=
  divides_trans b (a * b) n (divides_intro_left b a) h

theorem divides_add (d a b : Nat) (h1 : Divides d a) (h2 : Divides d b) : Divides d (a + b) := by
  obtain ⟨k, rfl⟩ := h1
  obtain ⟨l, rfl⟩ := h2
  exact ⟨k + l, (Nat.mul_add d k l).symm⟩

theorem divides_add_three (d a b c : Nat) (h1 : Divides d a) (h2 : Divides d b)
    (h3 : Divides d c) : Divides d (a + b + c) :=
  divides_add d (a + b) c (divides_add d a b h1 h2) h3

theorem divides_linear (d a b x y : Nat) (h1 : Divides d a) (h2 : Divides d b) :
    Divides d (a * x + b * y) := by
  apply divides_add
  · exact divides_mul_right d a x h1
  · exact divides_mul_right d b y h2

theorem divides_sub (d a b : Nat) (h1 : Divides d a) (h2 : Divides d b) : Divides d (a - b) := by
  obtain ⟨k, rfl⟩ := h1
  obtain ⟨l, rfl⟩ := h2
  exact ⟨k - l, (Nat.mul_sub d k l).symm⟩

theorem divides_add_cancel (d a b : Nat) (h : Divides d (a + b)) (h1 : Divides d a) :
    Divides d b := by
  have h2 := divides_sub d (a + b) a h h1
  rw [Nat.add_sub_cancel_left] at h2
  exact h2

theorem divides_add_cancel_right (d a b : Nat) (h : Divides d (a + b)) (h1 : Divides d b) :
    Divides d a :=
  divides_add_cancel d b a (Nat.add_comm a b ▸ h) h1

theorem divides_add_iff (d a b : Nat) (h1 : Divides d a) : Divides d (a + b) ↔ Divides d b :=
  ⟨fun h => divides_add_cancel d a b h h1, divides_add d a b h1⟩

theorem divides_add_self_iff (d n : Nat) : Divides d (d + n) ↔ Divides d n :=
  divides_add_iff d d n (divides_self d)

theorem divides_square (d n : Nat) (h : Divides d n) : Divides d (n * n) :=
  divides_mul_right d n n h

theorem divides_mul_both (a b c d : Nat) (h1 : Divides a b) (h2 : Divides c d) :
    Divides (a * c) (b * d) := by
  obtain ⟨k, rfl⟩ := h1
  obtain ⟨l, rfl⟩ := h2
  exact ⟨k * l, Nat.mul_mul_mul_comm a k c l⟩

theorem divides_mul_common (c a b : Nat) (h : Divides a b) : Divides (c * a) (c * b) :=
  divides_mul_both c c a b (divides_self c) h

theorem square_divides_square (a b : Nat) (h : Divides a b) : Divides (a * a) (b * b) :=
  divides_mul_both a b a b h h

theorem pow_divides_pow_base (a b n : Nat) (h : Divides a b) : Divides (a ^ n) (b ^ n) := by
  induction n with
  | zero => exact divides_self 1
  | succ k ih => exact divides_mul_both (a ^ k) (b ^ k) a b ih h

theorem divides_pow_succ (d a n : Nat) (h : Divides d a) : Divides d (a ^ (n + 1)) := by
  rw [Nat.pow_succ]
  exact divides_mul_left d a (a ^ n) h

theorem pow_divides_pow_exponent (a m n : Nat) : Divides (a ^ m) (a ^ (m + n)) := by
  rw [Nat.pow_add]
  exact divides_intro (a ^ m) (a ^ n)

theorem zero_divides_only (n : Nat) (h : Divides 0 n) : n = 0 := by
  obtain ⟨k, rfl⟩ := h
  exact Nat.zero_mul k

theorem divides_pos_left (d n : Nat) (h : Divides d n) (hn : 0 < n) : 0 < d := by
  apply Nat.pos_of_ne_zero
  rintro rfl
  rw [zero_divides_only n h] at hn
  exact absurd hn (Nat.lt_irrefl 0)

theorem divides_le (d n : Nat) (h : Divides d n) (hn : 0 < n) : d ≤ n := by
  obtain ⟨k, rfl⟩ := h
  cases k with
  | zero => exact absurd hn (Nat.lt_irrefl 0)
  | succ j => exact Nat.le_mul_of_pos_right d (Nat.succ_pos j)

theorem divides_lt_zero (d n : Nat) (h : Divides d n) (hlt : n < d) : n = 0 := by
  rcases Nat.eq_zero_or_pos n with h0 | h0
  · exact h0
  · exact absurd (divides_le d n h h0) (Nat.not_le_of_lt hlt)

theorem divides_one_only (d : Nat) (h : Divides d 1) : d = 1 := by
  have h1 := divides_le d 1 h Nat.one_pos
  have h2 := divides_pos_left d 1 h Nat.one_pos
  exact Nat.le_antisymm h1 h2

theorem divides_antisymm (a b : Nat) (h1 : Divides a b) (h2 : Divides b a) : a = b := by
  rcases Nat.eq_zero_or_pos b with rfl | hb
  · exact zero_divides_only a h2
  · exact Nat.le_antisymm (divides_le a b h1 hb) (divides_le b a h2 (divides_pos_left a b h1 hb))

theorem divides_consecutive (d n : Nat) (h1 : Divides d n) (h2 : Divides d (n + 1)) : d = 1 :=
  divides_one_only d (divides_add_cancel d n 1 h2 h1)

theorem mul_eq_one_left (a b : Nat) (h : a * b = 1) : a = 1 := by
  apply divides_one_only
  rw [← h]
  exact divides_intro a b

theorem divides_iff_mod_zero (d n : Nat) : Divides d n ↔ n % d = 0 := by
  constructor
  · rintro ⟨k, rfl⟩
    exact Nat.mul_mod_right d k
  · intro h
    exact ⟨n / d, by rw [Nat.mul_div_cancel' (Nat.dvd_of_mod_eq_zero h)]⟩

theorem not_divides_of_mod (d n : Nat) (h : n % d ≠ 0) : ¬Divides d n :=
  fun h1 => h ((divides_iff_mod_zero d n).mp h1)

theorem three_not_divides_ten : ¬Divides 3 10 := by
  apply not_divides_of_mod
  decide

theorem divides_sub_mod (d n : Nat) : Divides d (n - n % d) := by
  have h : d * (n / d) + n % d = n := Nat.div_add_mod n d
  exact ⟨n / d, by omega⟩

theorem even_iff_divides (n : Nat) : Even n ↔ Divides 2 n :=
  Iff.rfl

theorem even_zero : Even 0 :=
  divides_zero 2

theorem even_double (n : Nat) : Even (2 * n) :=
  divides_intro 2 n

theorem even_self_add (n : Nat) : Even (n + n) :=
  Nat.two_mul n ▸ even_double n

theorem odd_double_succ (n : Nat) : Odd (2 * n + 1) :=
  ⟨n, rfl⟩

theorem odd_one : Odd 1 :=
  odd_double_succ 0

theorem odd_succ_of_even (n : Nat) (h : Even n) : Odd (n + 1) := by
  obtain ⟨k, rfl⟩ := h
  exact odd_double_succ k

theorem even_succ_of_odd (n : Nat) (h : Odd n) : Even (n + 1) := by
  obtain ⟨k, rfl⟩ := h
  exact even_double (k + 1)

theorem even_or_odd (n : Nat) : Even n ∨ Odd n := by
  induction n with
  | zero => exact Or.inl even_zero
  | succ k ih =>
    rcases ih with h | h
    · exact Or.inr (odd_succ_of_even k h)
    · exact Or.inl (even_succ_of_odd k h)

theorem not_even_and_odd (n : Nat) (h1 : Even n) (h2 : Odd n) : False := by
  obtain ⟨k, hk⟩ := h1
  obtain ⟨l, hl⟩ := h2
  omega

theorem odd_not_even (n : Nat) (h : Odd n) : ¬Even n :=
  fun h1 => not_even_and_odd n h1 h

theorem odd_of_not_even (n : Nat) (h : ¬Even n) : Odd n := by
  cases even_or_odd n with
  | inl h1 => exact absurd h1 h
  | inr h1 => exact h1

theorem not_even_iff_odd (n : Nat) : ¬Even n ↔ Odd n :=
  ⟨odd_of_not_even n, odd_not_even n⟩

theorem not_odd_iff_even (n : Nat) : ¬Odd n ↔ Even n := by
  constructor
  · intro h
    rcases even_or_odd n with h1 | h1
    · exact h1
    · exact absurd h1 h
  · intro h1 h2
    exact not_even_and_odd n h1 h2

theorem even_of_even_succ_succ (n : Nat) (h : Even (n + 2)) : Even n :=
  divides_add_cancel_right 2 n 2 h (divides_self 2)

theorem even_add_even (a b : Nat) (h1 : Even a) (h2 : Even b) : Even (a + b) :=
  divides_add 2 a b h1 h2

theorem even_add_odd (a b : Nat) (h1 : Even a) (h2 : Odd b) : Odd (a + b) := by
  obtain ⟨k, rfl⟩ := h2
  exact odd_succ_of_even (a + 2 * k) (even_add_even a (2 * k) h1 (even_double k))

theorem odd_add_even (a b : Nat) (h1 : Odd a) (h2 : Even b) : Odd (a + b) := by
  rw [Nat.add_comm]
  exact even_add_odd b a h2 h1

theorem odd_add_odd (a b : Nat) (h1 : Odd a) (h2 : Odd b) : Even (a + b) := by
  obtain ⟨k, rfl⟩ := h2
  exact even_succ_of_odd (a + 2 * k) (odd_add_even a (2 * k) h1 (even_double k))

theorem even_mul_left (a b : Nat) (h : Even a) : Even (a * b) :=
  divides_mul_right 2 a b h

theorem even_mul_right (a b : Nat) (h : Even b) : Even (a * b) :=
  divides_mul_left 2 b a h

theorem odd_mul_odd (a b : Nat) (h1 : Odd a) (h2 : Odd b) : Odd (a * b) := by
  obtain ⟨k, rfl⟩ := h1
  rw [Nat.succ_mul]
  exact even_add_odd (2 * k * b) b (even_mul_left (2 * k) b (even_double k)) h2

theorem even_square_iff (n : Nat) : Even (n * n) ↔ Even n := by
  constructor
  · intro h
    rcases even_or_odd n with h1 | h1
    · exact h1
    · exact absurd h (odd_not_even (n * n) (odd_mul_odd n n h1 h1))
  · exact even_mul_left n n

theorem odd_square_iff (n : Nat) : Odd (n * n) ↔ Odd n := by
  rw [← not_even_iff_odd, ← not_even_iff_odd, even_square_iff]

theorem even_mul_succ (n : Nat) : Even (n * (n + 1)) := by
  rcases even_or_odd n with h | h
  · exact even_mul_left n (n + 1) h
  · exact even_mul_right n (n + 1) (even_succ_of_odd n h)

theorem even_square_add_self (n : Nat) : Even (n * n + n) := by
  rw [← Nat.mul_succ]
  exact even_mul_succ n

theorem odd_pow (a n : Nat) (h : Odd a) : Odd (a ^ n) := by
  induction n with
  | zero => exact odd_one
  | succ k ih => exact odd_mul_odd (a ^ k) a ih h

theorem even_pow_succ (a n : Nat) (h : Even a) : Even (a ^ (n + 1)) :=
  divides_pow_succ 2 a n h

theorem even_mul_cases (a b : Nat) (h : Even (a * b)) : Even a ∨ Even b := by
  rcases even_or_odd a with h1 | h1
  · exact Or.inl h1
  · rcases even_or_odd b with h2 | h2
    · exact Or.inr h2
    · exact absurd h (odd_not_even (a * b) (odd_mul_odd a b h1 h2))

theorem odd_divisor_of_odd (d n : Nat) (h : Divides d n) (hn : Odd n) : Odd d := by
  apply odd_of_not_even
  intro hd
  exact odd_not_even n hn (divides_trans 2 d n hd h)

theorem common_divisor_swap (d a b : Nat) (h : CommonDivisor d a b) : CommonDivisor d b a :=
  ⟨h.2, h.1⟩

theorem common_divisor_one (a b : Nat) : CommonDivisor 1 a b :=
  ⟨one_divides a, one_divides b⟩

theorem common_divisor_add (d a b : Nat) (h : CommonDivisor d a b) : CommonDivisor d a (a + b) :=
  ⟨h.1, divides_add d a b h.1 h.2⟩

theorem common_divisor_add_back (d a b : Nat) (h : CommonDivisor d a (a + b)) :
    CommonDivisor d a b :=
  ⟨h.1, divides_add_cancel d a b h.2 h.1⟩

theorem common_divisor_smaller (e d a b : Nat) (he : Divides e d) (h : CommonDivisor d a b) :
    CommonDivisor e a b :=
  ⟨divides_trans e d a he h.1, divides_trans e d b he h.2⟩

theorem coprime_swap (a b : Nat) (h : Coprime a b) : Coprime b a :=
  fun d hd => h d (common_divisor_swap d b a hd)

theorem coprime_one_left (n : Nat) : Coprime 1 n :=
  fun d hd => divides_one_only d hd.1

theorem coprime_one_right (n : Nat) : Coprime n 1 :=
  coprime_swap 1 n (coprime_one_left n)

theorem coprime_succ_self (n : Nat) : Coprime n (n + 1) :=
  fun d hd => divides_consecutive d n hd.1 hd.2

theorem coprime_add (a b : Nat) (h : Coprime a b) : Coprime a (a + b) :=
  fun d hd => h d (common_divisor_add_back d a b hd)

theorem coprime_add_back (a b : Nat) (h : Coprime a (a + b)) : Coprime a b := by
  intro d hd
  apply h
  exact common_divisor_add d a b hd

theorem coprime_divisor_left (c a b : Nat) (hc : Divides c a) (h : Coprime a b) : Coprime c b :=
  fun d hd => h d ⟨divides_trans d c a hd.1 hc, hd.2⟩

theorem coprime_divisor_right (c a b : Nat) (hc : Divides c b) (h : Coprime a b) : Coprime a c :=
  coprime_swap c a (coprime_divisor_left c b a hc (coprime_swap a b h))

theorem coprime_divides_one (a b : Nat) (h : Coprime a b) (hd : Divides a b) : a = 1 :=
  h a ⟨divides_self a, hd⟩

theorem coprime_self_one (n : Nat) (h : Coprime n n) : n = 1 :=
  coprime_divides_one n n h (divides_self n)

theorem coprime_zero_one (n : Nat) (h : Coprime n 0) : n = 1 :=
  coprime_divides_one n 0 h (divides_zero n)

theorem coprime_of_mul_left (a b c : Nat) (h : Coprime (a * b) c) : Coprime a c :=
  coprime_divisor_left a (a * b) c (divides_intro a b) h

theorem congruent_refl (m a : Nat) : Congruent m a a :=
  rfl

theorem congruent_symm (m a b : Nat) (h : Congruent m a b) : Congruent m b a :=
  Eq.symm h

theorem congruent_trans (m a b c : Nat) (h1 : Congruent m a b) (h2 : Congruent m b c) :
    Congruent m a c :=
  Eq.trans h1 h2

theorem congruent_zero_iff (m a : Nat) : Congruent m a 0 ↔ Divides m a := by
  rw [divides_iff_mod_zero, Congruent, Nat.zero_mod]

theorem congruent_add_modulus (m a : Nat) : Congruent m (a + m) a :=
  Nat.add_mod_right a m

theorem congruent_add (m a b c d : Nat) (h1 : Congruent m a b) (h2 : Congruent m c d) :
    Congruent m (a + c) (b + d) := by
  show (a + c) % m = (b + d) % m
  have e1 : a % m = b % m := h1
  have e2 : c % m = d % m := h2
  rw [Nat.add_mod, e1, e2, ← Nat.add_mod]

theorem congruent_mul (m a b c d : Nat) (h1 : Congruent m a b) (h2 : Congruent m c d) :
    Congruent m (a * c) (b * d) := by
  show (a * c) % m = (b * d) % m
  have e1 : a % m = b % m := h1
  have e2 : c % m = d % m := h2
  rw [Nat.mul_mod, e1, e2, ← Nat.mul_mod]

theorem congruent_add_const (m a b k : Nat) (h : Congruent m a b) :
    Congruent m (a + k) (b + k) :=
  congruent_add m a b k k h (congruent_refl m k)

theorem congruent_mul_const (m a b k : Nat) (h : Congruent m a b) :
    Congruent m (k * a) (k * b) :=
  congruent_mul m k k a b (congruent_refl m k) h

theorem congruent_square (m a b : Nat) (h : Congruent m a b) : Congruent m (a * a) (b * b) :=
  congruent_mul m a b a b h h

theorem congruent_pow (m a b n : Nat) (h : Congruent m a b) : Congruent m (a ^ n) (b ^ n) := by
  induction n with
  | zero => exact congruent_refl m 1
  | succ k ih => exact congruent_mul m (a ^ k) (b ^ k) a b ih h

theorem congruent_add_multiple (m a k : Nat) : Congruent m (a + m * k) a := by
  have h := (congruent_zero_iff m (m * k)).mpr (divides_intro m k)
  exact congruent_add m a a (m * k) 0 (congruent_refl m a) h

theorem congruent_divides (m a b : Nat) (h : Congruent m a b) (ha : Divides m a) : Divides m b := by
  rw [← congruent_zero_iff]
  rw [← congruent_zero_iff] at ha
  exact congruent_trans m b a 0 (congruent_symm m a b h) ha

theorem congruent_mod (m a : Nat) : Congruent m (a % m) a :=
  Nat.mod_mod a m

theorem congruent_pow_one (m a n : Nat) (h : Congruent m a 1) : Congruent m (a ^ n) 1 := by
  have h1 := congruent_pow m a 1 n h
  rw [Nat.one_pow] at h1
  exact h1

end Seed
