/-!
Forward reasoning with `have`, `show`, `suffices`, `obtain`, `from` and `this`; auxiliary lemmas with binders inside a
proof; backward reasoning by `suffices`; statements restated by `show` and `change`.
-/

theorem hs_this (n : Nat) (h : n > 3) : n ≠ 0 := by
  have : 0 < n := by omega
  exact Nat.ne_of_gt this

theorem hs_named (a b : Nat) (h : a + b = 0) : a = 0 := by
  have h' : a ≤ a + b := Nat.le_add_right a b
  rw [h] at h'
  exact Nat.le_zero.mp h'

theorem hs_binder (f : Nat → Nat) (hf : ∀ n, f n < f (n + 1)) (n : Nat) : f n < f (n + 2) := by
  have step (k : Nat) : f k < f (k + 1) := hf k
  exact Nat.lt_trans (step n) (step (n + 1))

theorem hs_binder_induction (f : Nat → Nat) (hf : ∀ n, f n < f (n + 1)) (n : Nat) : n ≤ f n := by
  have aux : ∀ k : Nat, k ≤ f k := by
    intro k
    induction k with
    | zero => exact Nat.zero_le _
    | succ k ih =>
      have h := hf k
      omega
  exact aux n

theorem hs_binder_pattern (p q : Nat → Prop) (h : ∀ n, p n ∧ q n) : (∀ n, q n) ∧ (∀ n, p n) := by
  have left (n : Nat) : p n := (h n).1
  have right : ∀ n, q n := fun n => (h n).2
  exact ⟨right, left⟩

theorem hs_suffices (a b c : Nat) (hb : b = 2 * a) (hc : c = 2 * b) : c = 4 * a := by
  suffices h : c = 2 * (2 * a) by
    rw [h]
    omega
  rw [hc, hb]

theorem hs_suffices_from (p q : Prop) (f : p → q) (hp : p) : q := by
  suffices h : p from f h
  exact hp

theorem hs_suffices_symm (m n : Nat) (h : n ≤ m) (h' : m ≤ n) : m = n := by
  suffices n = m from this.symm
  exact Nat.le_antisymm h h'

theorem hs_wlog_by_hand (a b : Nat) : a - b = 0 ∨ b - a = 0 := by
  suffices key : ∀ x y : Nat, x ≤ y → x - y = 0 by
    cases Nat.le_total a b with
    | inl h => exact Or.inl (key a b h)
    | inr h => exact Or.inr (key b a h)
  intro x y hxy
  exact Nat.sub_eq_zero_of_le hxy

theorem hs_show_change (n : Nat) : n + 0 = n := by
  show n = n
  rfl

theorem hs_show_unfold (p : Prop) (h : p → False) : ¬p := by
  show p → False
  exact h

theorem hs_show_goal_by_goal (a b : Nat) (ha : a = 1) (hb : b = 2) : a + 1 = 2 ∧ b + 1 = 3 := by
  constructor
  · show a + 1 = 2
    rw [ha]
  · show b + 1 = 3
    rw [hb]

theorem hs_show_ne (a : Nat) : a + 1 ≠ 0 := by
  show ¬(a + 1 = 0)
  intro h
  cases h

theorem hs_from (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  have h₁ : p := by exact hp
  have h₂ : q := hq
  show p ∧ q
  exact ⟨h₁, h₂⟩

theorem hs_anonymous_have (x y : Int) (h : x < y) : x + 1 ≤ y := by
  have := Int.add_one_le_of_lt h
  assumption

theorem hs_several_facts (a b c : Nat) (h₁ : a < b) (h₂ : b < c) : a + 2 ≤ c := by
  have e₁ : a + 1 ≤ b := h₁
  have e₂ : b + 1 ≤ c := h₂
  have e₃ : a + 1 + 1 ≤ b + 1 := Nat.succ_le_succ e₁
  exact Nat.le_trans e₃ e₂

theorem hs_obtain_typed (n : Nat) (h : 2 ∣ n) : 2 ∣ n * n := by
  obtain ⟨k, hk⟩ : ∃ k, n = 2 * k := h
  have : n * n = 2 * (k * n) := by rw [hk, Nat.mul_assoc]
  exact ⟨k * n, this⟩

theorem hs_obtain_rfl (a b : Nat) (h : ∃ k, b = a + k) : a ≤ b := by
  obtain ⟨k, rfl⟩ := h
  show a ≤ a + k
  exact Nat.le_add_right a k

theorem hs_have_pattern (α : Type) (p q : α → Prop) (h : ∃ x, p x ∧ q x) : ∃ x, q x := by
  have ⟨x, _, hq⟩ := h
  exact ⟨x, hq⟩

theorem hs_have_goal_later (a b : Nat) (h : a = b) : a * a = b * b := by
  have key : a * a = a * b := ?_
  · rw [key, h]
  · rw [h]

theorem hs_contradiction_chain (n : Nat) (h₁ : n < 5) (h₂ : 3 < n) : n = 4 := by
  have h₃ : n ≤ 4 := Nat.le_of_lt_succ h₁
  have h₄ : 4 ≤ n := h₂
  exact Nat.le_antisymm h₃ h₄

theorem hs_not_by_have (a b : Nat) (h : a < b) : ¬ b ≤ a := by
  intro hba
  have hlt : a < a := Nat.lt_of_lt_of_le h hba
  have hirr : ¬ a < a := Nat.lt_irrefl a
  exact hirr hlt

theorem hs_cases_have (n : Nat) : n % 2 = 0 ∨ n % 2 = 1 := by
  have h : n % 2 < 2 := Nat.mod_lt n (by decide)
  have h' : n % 2 ≤ 1 := Nat.le_of_lt_succ h
  cases Nat.lt_or_eq_of_le h' with
  | inl lt => exact Or.inl (Nat.lt_one_iff.mp lt)
  | inr eq => exact Or.inr eq

theorem hs_inner_lemma_two (f g : Nat → Nat) (hf : ∀ x, f (g x) = x) (hg : ∀ x, g (f x) = x) :
    (∀ x y, f x = f y → x = y) ∧ (∀ y, ∃ x, f x = y) := by
  have inj {x y : Nat} (h : f x = f y) : x = y := by
    have h' : g (f x) = g (f y) := congrArg g h
    rw [hg, hg] at h'
    exact h'
  have surj (y : Nat) : ∃ x, f x = y := ⟨g y, hf y⟩
  exact ⟨fun _ _ => inj, surj⟩

theorem hs_inner_generic (a b c d : Nat) : a * b + c * d = d * c + b * a := by
  have comm : ∀ {x y : Nat}, x * y = y * x := @Nat.mul_comm
  have swap {x y : Nat} : x + y = y + x := Nat.add_comm x y
  rw [swap, comm (x := c), comm (x := a)]

theorem hs_term_in_tactic (p q r : Prop) (h : p → q ∧ r) (hp : p) : r ∧ q := by
  exact
    have hqr : q ∧ r := h hp
    show r ∧ q from ⟨hqr.2, hqr.1⟩

theorem hs_fun_show (p q : Prop) : p → q → p ∧ q :=
  fun hp => fun hq => show p ∧ q from
    have h : q ∧ p := And.intro hq hp
    h.symm

theorem hs_suffices_term_by (a b : Nat) (h : a = b) : b + 1 = a + 1 :=
  suffices h' : b = a by rw [h']
  show b = a from h.symm

theorem hs_by_cases_have (a b : Nat) : max a b = a ∨ max a b = b := by
  by_cases h : a ≤ b
  · have : max a b = b := Nat.max_eq_right h
    exact Or.inr this
  · have hba : b ≤ a := Nat.le_of_lt (Nat.lt_of_not_le h)
    have : max a b = a := Nat.max_eq_left hba
    exact Or.inl this

theorem hs_le_sq (n : Nat) : n ≤ n * n := by
  rcases Nat.eq_zero_or_pos n with h | h
  · have : n * n = 0 := by rw [h]
    rw [h]
    exact Nat.zero_le _
  · have step : n * 1 ≤ n * n := Nat.mul_le_mul_left n h
    rwa [Nat.mul_one] at step

theorem hs_dvd_sub (d a b : Nat) (ha : d ∣ a) (hb : d ∣ b) : d ∣ a - b := by
  obtain ⟨x, hx⟩ := ha
  obtain ⟨y, hy⟩ := hb
  have h : a - b = d * (x - y) := by
    rw [hx, hy, Nat.mul_sub]
  exact ⟨x - y, h⟩

theorem hs_haveI (p : Nat → Prop) [inst : DecidablePred p] (h : ¬ ∀ n, n < 3 → p n) : ∃ n, n < 3 ∧ ¬ p n := by
  haveI : ∀ n, Decidable (p n) := inst
  apply Classical.byContradiction
  intro hn
  have all : ∀ n, n < 3 → p n := by
    intro n hlt
    exact Classical.byContradiction fun hp => hn ⟨n, hlt, hp⟩
  exact h all

theorem hs_nested_have (a b c : Nat) (h : a ∣ b) (h' : b ∣ c) : a ∣ c := by
  have : ∃ k, c = a * k := by
    have ⟨x, hx⟩ := h
    have ⟨y, hy⟩ := h'
    have e : c = a * (x * y) := by
      have e' : c = (a * x) * y := by
        rw [← hx]
        exact hy
      rw [e', Nat.mul_assoc]
    exact ⟨x * y, e⟩
  exact this

theorem hs_irrational_step (a b : Nat) (h : a * a = 2 * (b * b)) : a % 2 = 0 := by
  have key : (a * a) % 2 = 0 := by rw [h, Nat.mul_mod_right]
  have split : a % 2 = 0 ∨ a % 2 = 1 := Nat.mod_two_eq_zero_or_one a
  rcases split with h0 | h1
  · exact h0
  · have odd : (a * a) % 2 = 1 := by
      rw [Nat.mul_mod, h1]
    rw [odd] at key
    contradiction

theorem hs_have_fun (P : Nat → Prop) (h0 : P 0) (hs : ∀ n, P n → P (n + 1)) : P 4 := by
  have h1 := hs 0 h0
  have h2 := hs _ h1
  have h3 := hs _ h2
  exact hs _ h3

theorem hs_have_is_opaque (n : Nat) : ∃ m, n < m := by
  have ⟨m, hm⟩ : ∃ m, m = n + 1 := ⟨n + 1, rfl⟩
  refine ⟨m, ?_⟩
  rw [hm]
  exact Nat.lt_succ_self n

theorem hs_let_transparent (n : Nat) : ∃ m, n < m := by
  let m := n + 1
  have hm : m = n + 1 := rfl
  refine ⟨m, ?_⟩
  show n < n + 1
  exact hm ▸ Nat.lt_succ_self n

theorem hs_set_like (p : Nat → Prop) (a b : Nat) (h : p (a + b)) : ∃ c, p c ∧ c = b + a := by
  have ⟨c, hc⟩ : { c : Nat // c = a + b } := ⟨a + b, rfl⟩
  have hp : p c := by rw [hc]; exact h
  exact ⟨c, hp, by rw [hc]; exact Nat.add_comm a b⟩

theorem hs_mono_iterate (f : Nat → Nat) (mono : ∀ {x y}, x ≤ y → f x ≤ f y) (a : Nat) (h : a ≤ f a) :
    a ≤ f (f (f a)) := by
  have h₁ : f a ≤ f (f a) := mono h
  have h₂ : f (f a) ≤ f (f (f a)) := mono h₁
  exact Nat.le_trans h (Nat.le_trans h₁ h₂)

theorem hs_then_show (x : Nat) (h : x * 2 = 10) : x = 5 := by
  suffices x ≤ 5 ∧ 5 ≤ x by
    obtain ⟨hle, hge⟩ := this
    exact Nat.le_antisymm hle hge
  constructor
  · show x ≤ 5
    omega
  · show 5 ≤ x
    omega

theorem hs_from_keyword (a b c : Nat) (hab : a ≤ b) (hbc : b ≤ c) : a ≤ c :=
  show a ≤ c from Nat.le_trans (show a ≤ b from hab) (show b ≤ c from hbc)

theorem hs_show_by (n : Nat) (h : 0 < n) : n - 1 + 1 = n :=
  show n - 1 + 1 = n by omega

theorem hs_have_tactic_block (p q r s : Prop) (h : p ∨ q) (f : p → r) (g : q → s) : r ∨ s := by
  have flip : q ∨ p := by
    cases h with
    | inl hp => right; exact hp
    | inr hq => left; exact hq
  cases flip with
  | inl hq =>
    have hs : s := g hq
    exact Or.inr hs
  | inr hp =>
    have hr : r := f hp
    exact Or.inl hr

theorem hs_calc_inside_have (a b : Nat) (h : a = b + 1) : a * a = b * b + 2 * b + 1 := by
  have expand : (b + 1) * (b + 1) = b * b + 2 * b + 1 := by
    have e : (b + 1) * (b + 1) = b * b + b + (b + 1) := by
      rw [Nat.add_mul, Nat.mul_add, Nat.one_mul, Nat.mul_one]
    omega
  rw [h]
  exact expand

theorem hs_exists_minimum (a b c : Nat) : ∃ m, (m = a ∨ m = b ∨ m = c) ∧ m ≤ a ∧ m ≤ b ∧ m ≤ c := by
  have small (x y : Nat) : ∃ m, (m = x ∨ m = y) ∧ m ≤ x ∧ m ≤ y := by
    cases Nat.le_total x y with
    | inl h => exact ⟨x, Or.inl rfl, Nat.le_refl x, h⟩
    | inr h => exact ⟨y, Or.inr rfl, h, Nat.le_refl y⟩
  obtain ⟨u, hu, hua, hub⟩ := small a b
  obtain ⟨v, hv, hvu, hvc⟩ := small u c
  refine ⟨v, ?_, Nat.le_trans hvu hua, Nat.le_trans hvu hub, hvc⟩
  rcases hv with rfl | rfl
  · rcases hu with rfl | rfl
    · exact Or.inl rfl
    · exact Or.inr (Or.inl rfl)
  · exact Or.inr (Or.inr rfl)

theorem hs_pigeon_two (f : Fin 3 → Bool) : ∃ i j, i ≠ j ∧ f i = f j := by
  have h01 : f 0 = f 1 ∨ f 0 ≠ f 1 := Decidable.em _
  have h02 : f 0 = f 2 ∨ f 0 ≠ f 2 := Decidable.em _
  rcases h01 with h | h01
  · exact ⟨0, 1, by decide, h⟩
  rcases h02 with h | h02
  · exact ⟨0, 2, by decide, h⟩
  have h12 : f 1 = f 2 := by
    revert h01 h02
    cases f 0 <;> cases f 1 <;> cases f 2 <;> simp
  exact ⟨1, 2, by decide, h12⟩
