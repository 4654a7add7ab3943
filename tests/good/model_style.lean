/-!
Proofs as language models write them: a sentence before each step, many small `have`s with automation at the end,
fallbacks by `first`, superfluous steps, terminal `simp_all`, `<;> omega`, restated goals, needless case splits.
-/

theorem mo_even_add_even (m n : Nat) (hm : ∃ a, m = a + a) (hn : ∃ b, n = b + b) : ∃ c, m + n = c + c := by
  -- Let's unfold the definition of evenness.
  obtain ⟨a, ha⟩ := hm
  obtain ⟨b, hb⟩ := hn
  -- We claim that `c = a + b` works.
  exact use_witness a b ha hb
where
  use_witness (a b : Nat) (ha : m = a + a) (hb : n = b + b) : ∃ c, m + n = c + c := by
    refine ⟨a + b, ?_⟩
    -- Substitute and rearrange.
    subst ha hb
    omega

theorem mo_odd_square (n : Nat) (h : n % 2 = 1) : n * n % 2 = 1 := by
  -- First, write n = 2k + 1.
  have h₁ : ∃ k, n = 2 * k + 1 := ⟨n / 2, by omega⟩
  obtain ⟨k, hk⟩ := h₁
  -- Then n * n = 2 (2 k² + 2 k) + 1.
  have h₂ : n * n = 2 * (2 * (k * k) + 2 * k) + 1 := by
    subst hk
    grind
  -- The claim follows.
  rw [h₂]
  omega

theorem mo_length_pos_iff (xs : List Nat) : 0 < xs.length ↔ xs ≠ [] := by
  constructor
  -- (→)
  · intro h hnil
    simp_all
  -- (←)
  · intro h
    cases xs with
    | nil => simp_all
    | cons x xs => simp_all

theorem mo_fallbacks (a b c : Nat) (h : a ≤ b) : a * c ≤ b * c := by
  first
    | exact Nat.mul_le_mul_right c h
    | omega
    | simp_all
    | grind

theorem mo_many_haves (x y : Int) (h₁ : x + y = 10) (h₂ : x - y = 4) : x = 7 ∧ y = 3 := by
  have h₃ : x + y + (x - y) = 10 + 4 := by rw [h₁, h₂]
  have h₄ : 2 * x = 14 := by omega
  have h₅ : x = 7 := by omega
  have h₆ : 7 + y = 10 := by
    rw [h₅] at h₁
    exact h₁
  have h₇ : y = 3 := by omega
  exact ⟨h₅, h₇⟩

theorem mo_by_contra_style (n : Nat) (h : ∀ m, m ≤ n) : False := by
  -- Consider n + 1.
  have key := h (n + 1)
  -- This is a contradiction.
  have : ¬(n + 1 ≤ n) := by omega
  exact this key

theorem mo_interval_cases (n : Nat) (h₁ : 1 ≤ n) (h₂ : n ≤ 4) : n * n ≤ 16 ∧ n ∣ 12 := by
  have h : n = 1 ∨ n = 2 ∨ n = 3 ∨ n = 4 := by omega
  rcases h with rfl | rfl | rfl | rfl <;> decide

theorem mo_restated (p q : Prop) (h : p → q) : ¬q → ¬p := by
  -- We want to show: ¬q → ¬p.
  show ¬q → ¬p
  -- Assume ¬q and p.
  intro (hnq : ¬q)
  intro (hp : p)
  show False
  -- By h, we get q.
  have hq : q := by
    apply h
    exact hp
  -- Contradiction!
  exact hnq hq

theorem mo_superfluous_cases (n : Nat) : n + 1 > 0 := by
  cases n with
  | zero => simp
  | succ n => simp

theorem mo_superfluous_induction (a b : Nat) (h : a = b) : a * 2 = b * 2 := by
  induction a with
  | zero => simp [← h]
  | succ a _ => rw [h]

theorem mo_try_chain (f : Nat → Nat) (hf : ∀ x, f x = 2 * x) : f (f 2) = 8 := by
  have h1 : f 2 = 4 := by
    rw [hf]
  have h2 : f 4 = 8 := by
    rw [hf]
  simp_all

theorem mo_functional_equation (f : Nat → Nat) (h : ∀ x y, f (x + y) = f x + f y) : f 0 = 0 := by
  -- Plug in x = y = 0.
  have h0 := h 0 0
  -- Simplify.
  simp at h0
  exact h0

theorem mo_functional_equation_two (f : Int → Int) (h : ∀ x y, f (x + y) = f x + f y) (x : Int) : f (-x) = -f x := by
  have hzero : f 0 = 0 := by
    have := h 0 0
    simp at this
    omega
  have hx : f (x + -x) = f x + f (-x) := h x (-x)
  have hsum : x + -x = 0 := by omega
  rw [hsum, hzero] at hx
  omega

theorem mo_additive_is_linear (f : Nat → Nat) (h : ∀ x y, f (x + y) = f x + f y) : ∀ n, f n = n * f 1 := by
  intro n
  induction n with
  | zero =>
    have h0 := h 0 0
    simp at h0
    simp [h0]
  | succ n ih =>
    -- Use the hypothesis at n and 1, then the induction hypothesis.
    rw [h n 1, ih, Nat.add_mul, Nat.one_mul]

theorem mo_max_comm_le (a b c : Nat) (h : max a b < c) : max b a ≤ c := by
  have ha : a < c := by
    have := Nat.le_max_left a b
    omega
  have hb : b < c := by
    have := Nat.le_max_right a b
    omega
  omega

theorem mo_list_wlog (a b : Nat) : [a, b].sum = [b, a].sum := by
  simp
  omega

theorem mo_constructor_chain (a b : Nat) (h : a < b) : a ≠ b ∧ b ≠ a ∧ ¬b ≤ a ∧ ¬b < a := by
  refine ⟨?_, ?_, ?_, ?_⟩
  · omega
  · omega
  · omega
  · omega

theorem mo_aux_statement (n : Nat) : 3 ∣ n * (n + 1) * (n + 2) := by
  -- Key observation: one of three consecutive numbers is divisible by 3.
  have key : n % 3 = 0 ∨ n % 3 = 1 ∨ n % 3 = 2 := by omega
  rcases key with h | h | h
  · -- Case 1: n ≡ 0 (mod 3)
    have : 3 ∣ n := Nat.dvd_of_mod_eq_zero h
    exact Nat.dvd_trans this ⟨(n + 1) * (n + 2), by rw [Nat.mul_assoc]⟩
  · -- Case 2: n ≡ 1 (mod 3)
    have : 3 ∣ n + 2 := by omega
    exact Nat.dvd_mul_left_of_dvd this (n * (n + 1))
  · -- Case 3: n ≡ 2 (mod 3)
    have h' : 3 ∣ n + 1 := by omega
    have h'' : 3 ∣ n * (n + 1) := Nat.dvd_mul_left_of_dvd h' n
    exact Nat.dvd_mul_right_of_dvd h'' (n + 2)

theorem mo_exists_large (n : Nat) : ∃ m, m > n ∧ m % 7 = 3 := by
  -- Take m = 7 * (n + 1) + 3.
  refine ⟨7 * (n + 1) + 3, ?_, ?_⟩
  · show 7 * (n + 1) + 3 > n
    omega
  · show (7 * (n + 1) + 3) % 7 = 3
    omega

theorem mo_set_reasoning (α : Type) (A B C : α → Prop) (hAB : ∀ x, A x → B x) (hBC : ∀ x, B x → ¬C x) :
    ∀ x, ¬(A x ∧ C x) := by
  intro x hx
  -- Extract the components
  have hA : A x := hx.1
  have hC : C x := hx.2
  have hB : B x := hAB x hA
  have hnC : ¬C x := hBC x hB
  exact absurd hC hnC

theorem mo_polynomial (x : Int) (h : x * x - 5 * x + 6 = 0) : x = 2 ∨ x = 3 := by
  have factor : (x - 2) * (x - 3) = 0 := by
    have : (x - 2) * (x - 3) = x * x - 5 * x + 6 := by grind
    rw [this]
    exact h
  rcases Int.mul_eq_zero.mp factor with h₁ | h₂
  · left; omega
  · right; omega

theorem mo_all_goals_omega (a b c : Nat) (h : a + b = c) (hc : c < 10) : a < 10 ∧ b < 10 ∧ a ≤ c ∧ b ≤ c := by
  constructor
  case left => omega
  case right =>
    constructor
    rotate_left
    all_goals (try refine ⟨?_, ?_⟩)
    all_goals omega

theorem mo_rw_then_simp (xs ys : List Nat) (h : xs = ys.reverse) : xs.reverse.length = ys.length := by
  rw [h]
  rw [List.reverse_reverse]

theorem mo_intro_pattern (α : Type) (p q : α → Prop) : (∃ x, p x ∧ ¬q x) → ¬∀ x, p x → q x := by
  intro ⟨x, hp, hnq⟩ h
  exact hnq (h x hp)

theorem mo_double_count (a b : Nat) (h₁ : a ∣ b) (h₂ : b ∣ a) : a = b := by
  apply Nat.dvd_antisymm
  · exact h₁
  · exact h₂

theorem mo_power_growth (n : Nat) (h : 4 ≤ n) : n * n ≤ 2 ^ n := by
  -- We proceed by induction starting at 4.
  obtain ⟨k, rfl⟩ : ∃ k, n = 4 + k := ⟨n - 4, by omega⟩
  clear h
  induction k with
  | zero => decide
  | succ k ih =>
    have expand : (4 + (k + 1)) * (4 + (k + 1)) = (4 + k) * (4 + k) + 2 * (4 + k) + 1 := by grind
    have small : 2 * (4 + k) + 1 ≤ (4 + k) * (4 + k) := by
      have : (4 + k) * (4 + k) = (4 + k) * 4 + (4 + k) * k := by rw [Nat.mul_add]
      omega
    have double : 2 ^ (4 + (k + 1)) = 2 * 2 ^ (4 + k) := by
      rw [← Nat.add_assoc, Nat.pow_succ, Nat.mul_comm]
    rw [expand, double]
    omega

theorem mo_if_then_else (a b : Int) : (if a ≤ b then b else a) ≥ a ∧ (if a ≤ b then b else a) ≥ b := by
  split
  · rename_i h
    exact ⟨h, Int.le_refl b⟩
  · rename_i h
    refine ⟨Int.le_refl a, ?_⟩
    omega

theorem mo_simp_only_list (f : Nat → Nat) (x y : Nat) (h : f x = y) : [x].map f ++ [] = [y] := by
  simp only [List.map_cons, List.map_nil, List.append_nil, h]

theorem mo_grind_fallback (a b c : Int) (h : a * b = c) (ha : a = 3) (hc : c = 12) : b = 4 := by
  subst ha hc
  omega

theorem mo_explicit_types (f : Nat → Nat) (hf : ∀ (x : Nat), f x = x) : (fun (x : Nat) => f (x : Nat)) = (fun (x : Nat) => x) := by
  funext (x : Nat)
  exact (hf x : f x = x)

theorem mo_refine_underscore (p q r : Prop) (h : p ∧ q ∧ r) : r ∧ q ∧ p := by
  refine ⟨?_, ?_, ?_⟩ <;> (rcases h with ⟨_, _, _⟩; assumption)

theorem mo_contradictory_hyps (n : Nat) (h₁ : n < 3) (h₂ : n * n > 8) : False := by
  have : n = 0 ∨ n = 1 ∨ n = 2 := by omega
  rcases this with h | h | h
  all_goals
    subst h
    simp at h₂

theorem mo_calc_then_omega (a b c d : Nat) (h₁ : a ≤ b) (h₂ : b + c ≤ d) : a + c ≤ d := by
  have step : a + c ≤ b + c := by
    apply Nat.add_le_add_right
    assumption
  calc
    a + c ≤ b + c := step
    _ ≤ d := by omega

theorem mo_nth_odd (f : Nat → Nat) (h₀ : f 0 = 1) (h₁ : ∀ n, f (n + 1) = f n + 2) : f 10 = 21 := by
  have general : ∀ n, f n = 2 * n + 1 := by
    intro n
    induction n with
    | zero => simpa using h₀
    | succ k hk =>
      rw [h₁, hk]
      -- 2 * k + 1 + 2 = 2 * (k + 1) + 1
      omega
  have := general 10
  simpa using this

theorem mo_unique (n : Nat) (h : n * 3 = 21) : ∃ m, m = n ∧ m = 7 ∧ ∀ k, k * 3 = 21 → k = m := by
  -- existence
  refine ⟨7, by omega, rfl, ?_⟩
  -- uniqueness
  intro k hk
  omega

theorem mo_telescoping (a : Nat → Int) (s : Nat → Int) (h0 : s 0 = 0) (hs : ∀ n, s (n + 1) = s n + (a (n + 1) - a n)) :
    ∀ n, s n = a n - a 0 := by
  intro n
  induction n with
  | zero => simp [h0]
  | succ n ih =>
    rw [hs n, ih]
    omega
