/-!
Ordinary mathematics of small numbers: divisibility, congruences, powers, inequalities and sums, proved in whichever way
comes first; local functions by `let`, `Nat.rec`, `exists` with computed witnesses, lemma calls with `@`.
-/

theorem ar_local_function (n : Nat) : ∃ m, m = n * n ∧ n ≤ m + n := by
  let square : Nat → Nat := fun k => k * k
  refine ⟨square n, rfl, ?_⟩
  exact Nat.le_add_left n (square n)

theorem ar_local_recursor (n : Nat) : ∃ f : Nat → Nat, f 0 = 1 ∧ f (n + 1) = (n + 1) * f n := by
  let factorial : Nat → Nat := fun k => Nat.rec (motive := fun _ => Nat) 1 (fun i acc => (i + 1) * acc) k
  exact ⟨factorial, rfl, rfl⟩

theorem ar_local_with_proof (a b : Nat) (hb : 0 < b) : ∃ q r, r < b ∧ a = r + b * q := by
  let q := a / b
  let r := a % b
  have hr : r < b := Nat.mod_lt a hb
  have e : a = r + b * q := (Nat.mod_add_div a b).symm
  exact ⟨q, r, hr, e⟩

theorem ar_local_tuple (n : Nat) : ∃ a b : Nat, a + b = 2 * n ∧ a ≤ b := by
  let (a, b) := (n, n)
  exact ⟨n, n, by omega, Nat.le_refl n⟩

theorem ar_lcm_multiple (a b : Nat) : a ∣ Nat.lcm a b ∧ b ∣ Nat.lcm a b :=
  ⟨Nat.dvd_lcm_left a b, Nat.dvd_lcm_right a b⟩

theorem ar_coprime_mul (a b n : Nat) (h : Nat.Coprime a b) (ha : a ∣ n) (hb : b ∣ n) : a * b ∣ n :=
  h.mul_dvd_of_dvd_of_dvd ha hb

theorem ar_coprime_succ (n : Nat) : Nat.gcd n (n + 1) = 1 := by
  rw [Nat.gcd_comm, Nat.gcd_rec, Nat.gcd_comm]
  simp

theorem ar_dvd_linear (d a b x y : Nat) (ha : d ∣ a) (hb : d ∣ b) : d ∣ a * x + b * y :=
  Nat.dvd_add (Nat.dvd_trans ha (Nat.dvd_mul_right ..)) (Nat.dvd_trans hb (Nat.dvd_mul_right ..))

theorem ar_not_dvd_succ (d n : Nat) (hd : 1 < d) (h : d ∣ n) : ¬d ∣ n + 1 := fun h' =>
  have one : d ∣ 1 := (Nat.dvd_add_right h).mp h'
  absurd (Nat.le_of_dvd Nat.one_pos one) (Nat.not_le_of_gt hd)

theorem ar_dvd_le_pow (a n : Nat) (hn : 0 < n) : a ∣ a ^ n := by
  cases n with
  | zero => contradiction
  | succ k => exact ⟨a ^ k, by rw [Nat.pow_succ, Nat.mul_comm]⟩

theorem ar_pow_mul_comm (a b n : Nat) : (a * b) ^ n = b ^ n * a ^ n := by
  rw [Nat.mul_pow, Nat.mul_comm]

theorem ar_pow_even (n : Nat) : (4 ^ n) % 3 = 1 := by
  induction n with
  | zero => rfl
  | succ n ih => rw [Nat.pow_succ, Nat.mul_mod, ih]

theorem ar_pow_mono {a b : Nat} (n : Nat) (h : a ≤ b) : a ^ n ≤ b ^ n := Nat.pow_le_pow_left h n

theorem ar_exp_dominates (a : Nat) (h : 2 ≤ a) (n : Nat) : n < a ^ n :=
  Nat.lt_of_lt_of_le Nat.lt_two_pow_self (Nat.pow_le_pow_left h n)

theorem ar_square_mod_four (n : Nat) : n * n % 4 = 0 ∨ n * n % 4 = 1 := by
  have h : n % 4 < 4 := Nat.mod_lt _ (by decide)
  rw [Nat.mul_mod]
  generalize n % 4 = r at h ⊢
  revert r
  decide

theorem ar_no_square_two_mod_three (n : Nat) : n * n % 3 ≠ 2 := by
  intro h
  rw [Nat.mul_mod] at h
  match e : n % 3, Nat.mod_lt n (show 3 > 0 by decide) with
  | 0, _ => rw [e] at h; contradiction
  | 1, _ => rw [e] at h; contradiction
  | 2, _ => rw [e] at h; contradiction

theorem ar_sum_squares_parity (a b : Nat) (h : a * a + b * b = 7 * 7) : (a + b) % 2 = 1 := by
  rcases Nat.mod_two_eq_zero_or_one a with ha | ha <;> rcases Nat.mod_two_eq_zero_or_one b with hb | hb
  · have h₁ : a * a % 2 = 0 := by rw [Nat.mul_mod, ha]
    have h₂ : b * b % 2 = 0 := by rw [Nat.mul_mod, hb]
    omega
  · omega
  · omega
  · have h₁ : a * a % 2 = 1 := by rw [Nat.mul_mod, ha]
    have h₂ : b * b % 2 = 1 := by rw [Nat.mul_mod, hb]
    omega

theorem ar_am_gm (a b : Int) : 4 * (a * b) ≤ (a + b) * (a + b) := by
  have h : 0 ≤ (a - b) * (a - b) := by
    rcases Int.le_total 0 (a - b) with h | h
    · exact Int.mul_nonneg h h
    · exact Int.mul_nonneg_of_nonpos_of_nonpos h h
  have e : (a + b) * (a + b) = 4 * (a * b) + (a - b) * (a - b) := by grind
  omega

theorem ar_strict_mono_add (a b c d : Nat) (h : a < b) (k : c ≤ d) : a + c < b + d := Nat.add_lt_add_of_lt_of_le h k

theorem ar_sub_le (a b c : Nat) : a - b - c = a - (b + c) := by
  exact Nat.sub_sub a b c

theorem ar_sub_cancel (a b : Nat) (h : b ≤ a) : b + (a - b) = a :=
  match a, h with
  | _, h => Nat.add_sub_of_le h

theorem ar_trichotomy (a b : Int) : a < b ∨ a = b ∨ b < a :=
  if h : a < b then .inl h
  else if e : a = b then .inr (.inl e)
  else .inr (.inr (by omega))

theorem ar_abs_triangle (a b : Int) : (a + b).natAbs ≤ a.natAbs + b.natAbs := Int.natAbs_add_le a b

theorem ar_div_le_self (n k : Nat) : n / k ≤ n := @Nat.div_le_self n k

theorem ar_div_mul_cancel {d n : Nat} : d ∣ n → n / d * d = n
  | ⟨k, hk⟩ => Nat.div_mul_cancel ⟨k, hk⟩

theorem ar_mod_add (a b m : Nat) (h : a % m = 0) : (a + b) % m = b % m := by
  have ⟨k, hk⟩ := Nat.dvd_of_mod_eq_zero h
  subst hk
  exact Nat.mul_add_mod m k b

theorem ar_congruence_mul {a b c m : Nat} (h : a % m = b % m) : a * c % m = b * c % m :=
  (Nat.mul_mod a c m).trans <| h.symm ▸ (Nat.mul_mod b c m).symm

theorem ar_digit_sum (a b : Nat) : (10 * a + b) % 9 = (a + b) % 9 := by
  have : 10 * a + b = 9 * a + (a + b) := by omega
  simp [this]

theorem ar_two_pow_succ (n : Nat) : 2 ^ (n + 1) - 1 = 2 ^ n + (2 ^ n - 1) := by
  have h := Nat.two_pow_pos n
  rw [Nat.pow_succ]
  omega

theorem ar_geometric (s : Nat → Nat) (h0 : s 0 = 1) (hs : ∀ n, s (n + 1) = s n + 2 ^ (n + 1)) : ∀ n, s n + 1 = 2 ^ (n + 1)
  | 0 => by rw [h0]
  | n + 1 => by
    have ih := ar_geometric s h0 hs n
    rw [hs n, Nat.pow_succ 2 (n + 1)]
    omega

theorem ar_bounded_search : ∃ n < 100, n % 3 = 2 ∧ n % 5 = 3 ∧ n % 7 = 2 := ⟨23, by decide⟩

theorem ar_wilson_seven : (1 * 2 * 3 * 4 * 5 * 6) % 7 = 6 := rfl

theorem ar_fermat_five : ∀ a : Fin 5, a ^ 5 = a := by decide

theorem ar_pythagorean (m n : Int) : (m * m - n * n) ^ 2 + (2 * m * n) ^ 2 = (m * m + n * n) ^ 2 := by grind

theorem ar_brahmagupta (a b c d : Int) :
    (a * a + b * b) * (c * c + d * d) = (a * c - b * d) * (a * c - b * d) + (a * d + b * c) * (a * d + b * c) := by
  grind

theorem ar_int_dvd_antisymm (a b : Int) (h : a ∣ b) (hb : b = 0 → False) : a ≠ 0 := by
  rintro rfl
  apply hb
  exact Int.zero_dvd.mp h

theorem ar_even_or_succ_even (n : Nat) : 2 ∣ n * (n + 1) := by
  rcases (show n % 2 = 0 ∨ (n + 1) % 2 = 0 by omega) with h | h
  · exact Nat.dvd_trans (Nat.dvd_of_mod_eq_zero h) (Nat.dvd_mul_right _ _)
  · exact Nat.dvd_trans (Nat.dvd_of_mod_eq_zero h) (Nat.dvd_mul_left _ _)

theorem ar_min_assoc (a b c : Nat) : min (min a b) c = min a (min b c) := by
  simp only [Nat.min_def]
  split <;> split <;> (try split) <;> omega

theorem ar_max_distrib (a b c : Nat) : max a b + c = max (a + c) (b + c) := by
  rcases Nat.le_total a b with h | h
  · rw [Nat.max_eq_right h, Nat.max_eq_right (Nat.add_le_add_right h c)]
  · rw [Nat.max_eq_left h, Nat.max_eq_left (Nat.add_le_add_right h c)]

theorem ar_log_bound (n k : Nat) (h : 2 ^ k ≤ n) (hk : 0 < k) : 2 ≤ n := by
  obtain _ | k := k
  · nomatch hk
  · have : 2 ^ (k + 1) = 2 ^ k * 2 := rfl
    have pos := Nat.two_pow_pos k
    omega
