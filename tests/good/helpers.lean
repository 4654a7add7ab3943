/-!
A second helping of helpers and rarer openings: `let rec`, `decreasing_by`, `suffices`, `fun |`, `exists`, `next`,
ASCII bullets.
-/

theorem he_rec_even_sum (xs : List Nat) (h : ∀ x ∈ xs, x % 2 = 0) : xs.sum % 2 = 0 := by
  let rec go : ∀ ys : List Nat, (∀ y ∈ ys, y % 2 = 0) → ys.sum % 2 = 0
    | [], _ => rfl
    | y :: ys, hy => by
      have h₁ := hy y (List.mem_cons_self ..)
      have h₂ := go ys fun z hz => hy z (List.mem_cons_of_mem y hz)
      rw [List.sum_cons]
      omega
  exact go xs h

theorem he_rec_third (n : Nat) (P : Nat → Prop) (h : ∀ k, (0 < k → P (k / 3)) → P k) : P n :=
  let rec down (k : Nat) : P k :=
    h k fun hk => down (k / 3)
  termination_by k
  decreasing_by exact Nat.div_lt_self hk (by decide)
  down n

theorem he_rec_swap (P : Nat → Nat → Prop) (z : ∀ n, P 0 n) (s : ∀ m n, P n m → P (m + 1) n) (m n : Nat) : P m n := by
  let rec turn (a b : Nat) : P a b := by
    cases a with
    | zero => exact z b
    | succ a => exact s a b (turn b a)
  termination_by a + b
  decreasing_by omega
  exact turn m n

theorem he_dec_first_order (P : Nat → Prop) (h0 : P 0) (h : ∀ n, P (n / 4) → P (n + 1)) : ∀ n, P n
  | 0 => h0
  | n + 1 => h n (he_dec_first_order P h0 h (n / 4))
termination_by n => n
decreasing_by
  have h := Nat.div_le_self n 4
  exact Nat.lt_succ_of_le h

theorem he_dec_two_calls (P : Nat → Prop) (h0 : P 0) (h : ∀ n, P (n / 2) → P (n - n / 2) → P (n + 1)) (n : Nat) : P n :=
  match n with
  | 0 => h0
  | n + 1 => h n (he_dec_two_calls P h0 h (n / 2)) (he_dec_two_calls P h0 h (n - n / 2))
termination_by n
decreasing_by
  · omega
  · omega

theorem he_dec_all_goals (P : Nat → Nat → Prop) (h : ∀ a b, (0 < a → P (a - 1) (b + 2)) → (0 < b → P a (b - 1)) → P a b)
    (a b : Nat) : P a b :=
  h a b (fun ha => he_dec_all_goals P h (a - 1) (b + 2)) (fun hb => he_dec_all_goals P h a (b - 1))
termination_by (a, b)
decreasing_by
  all_goals simp_wf
  all_goals omega

theorem he_dec_first (n : Nat) (P : Nat → Prop) (h : ∀ n, (n ≠ 0 → P (n - 1)) → P n) : P n := by
  apply h
  intro hn
  exact he_dec_first (n - 1) P h
termination_by n
decreasing_by first | assumption | omega

theorem he_suffices_ge (f : Nat → Nat) (h : ∀ n, n ≤ f n) : ∀ b, ∃ n, b ≤ f n := by
  intro b
  suffices hb : b ≤ f b from ⟨b, hb⟩
  exact h b

theorem he_suffices_both (p q r : Prop) (h : p ∧ q → r) (hp : p) (hq : q) : r := by
  suffices hpq : p ∧ q by exact h hpq
  suffices hqp : q ∧ p from hqp.symm
  exact ⟨hq, hp⟩

theorem he_suffices_stronger (n : Nat) : ∃ m, m * m ≤ n + 1 := by
  suffices ∃ m, m ≤ 1 ∧ m * m ≤ n + 1 by
    obtain ⟨m, _, hm⟩ := this
    exact ⟨m, hm⟩
  exact ⟨1, Nat.le_refl 1, Nat.succ_le_succ (Nat.zero_le n)⟩

theorem he_suffices_in_term (a b : Int) (h : a - b = 0) : a = b :=
  suffices e : a - b + b = 0 + b by omega
  congrArg (· + b) h

theorem he_fun_bar_nat : ∀ n : Nat, n = 0 ∨ n % 1 = 0 := fun
  | 0 => .inl rfl
  | n + 1 => .inr (Nat.mod_one (n + 1))

theorem he_fun_bar_two : ∀ a b : Bool, a = b → b = a := fun
  | true, true, _ => rfl
  | false, false, _ => rfl

theorem he_fun_bar_inline (p q : Prop) (h : p ∨ q) : ¬¬(p ∨ q) := fun k => h.elim (fun hp => k (.inl hp)) fun | hq => k (.inr hq)

theorem he_fun_bar_exists (α : Type) (p q : α → Prop) : (∃ x, p x ∨ q x) → (∃ x, q x ∨ p x) := fun
  | ⟨x, .inl h⟩ => ⟨x, .inr h⟩
  | ⟨x, .inr h⟩ => ⟨x, .inl h⟩

theorem he_exists_three (n : Nat) : ∃ a b c : Nat, a + b + c = n ∧ a ≤ b ∧ b ≤ c := by
  exists 0
  exists 0, n
  simp

theorem he_exists_proof (n : Nat) (h : n > 5) : ∃ m, ∃ _ : m > 4, n = m + 1 := by
  exists n - 1
  exists (by omega)
  omega

theorem he_exists_function : ∃ f : Nat → Nat, ∀ n, f (f n) = n + 4 := by
  exists fun n => n + 2
  intro n
  rfl

theorem he_next_names (n : Nat) (f : Nat → Nat) (h : f 0 = 0) (hs : ∀ k, f (k + 1) = f k) : f n = 0 := by
  induction n
  next => exact h
  next k ih =>
    rw [hs]
    exact ih

theorem he_ascii_bullets (p q r : Prop) (h : p ∧ (q ∨ r)) : (p ∧ q) ∨ (p ∧ r) := by
  rcases h with ⟨hp, hq | hr⟩
  . left
    constructor
    . exact hp
    . exact hq
  . right
    constructor
    . exact hp
    . exact hr
