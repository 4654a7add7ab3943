/-!
`open … in` before terms and tactics, in nested and combined ways; local definitions by `let` with and without types,
their use by `show`, `simp only` and `subst`; `let rec` and `where` side by side with them.
-/

theorem ol_open_nat_rec : ∀ n : Nat, n ≤ n * n + n := open Nat in fun n => le_add_left n (n * n)

theorem ol_open_and (p q : Prop) (h : p ∧ q) : q ∧ p := open And in intro h.right (left h)

theorem ol_open_or (p q : Prop) (h : p ∨ q) : q ∨ p := open Or in h.elim inr inl

theorem ol_open_two_namespaces (p q : Prop) (h : p ∨ q) (hn : ¬p) : q ∧ True := by
  open Or And in
  exact intro (resolve_left h hn) trivial

theorem ol_open_nested (a b : Nat) (h : a ≤ b) (p : Prop) (hp : p) : a < b + 1 ∧ (p ∨ False) := by
  constructor
  · open Nat in
    exact lt_succ_of_le h
  · open Or in
    apply inl
    exact hp

theorem ol_open_option (o : Option Nat) (h : o ≠ none) : ∃ n, o = some n := by
  open Option in exact ne_none_iff_exists'.mp h

theorem ol_open_list_simp (xs ys : List Nat) : (xs ++ ys).length = ys.length + xs.length := by
  open List Nat in rw [length_append, Nat.add_comm]

theorem ol_open_function (f g : Nat → Nat) (n : Nat) : (f ∘ g) n = f (g n) :=
  open Function in show Function.comp f g n = f (g n) from rfl

theorem ol_open_inside_have (n : Nat) : 0 < n + 1 := by
  have h : ∀ k : Nat, 0 < k + 1 := open Nat in fun k => succ_pos k
  exact h n

theorem ol_open_in_calc (a b c : Nat) (h : a ≤ b) (k : b ≤ c) : a < c + 1 :=
  open Nat in calc
    a ≤ b := h
    _ < c + 1 := lt_succ_of_le k

theorem ol_open_renamed (a b : Nat) (h : a = b) : a ≤ b := by
  open Nat renaming le_of_eq → eqToLe, le_refl → reflexive in
  exact eqToLe h

theorem ol_open_classical_em (p q : Prop) (h : p → q) : q ∨ ¬p := by
  open Classical in
  rcases em p with hp | hn
  · exact .inl (h hp)
  · exact .inr hn

theorem ol_open_classical_choose (p : Nat → Prop) (h : ∃ n, p n) : ∃ f : Unit → Nat, p (f ()) := by
  open Classical (choose choose_spec) in
  exact ⟨fun _ => choose h, choose_spec h⟩

theorem ol_open_statement_and_proof (xs : List Nat) : open List in length (map (· + 1) xs) = length xs := by
  open List in exact length_map _

theorem ol_open_fin : open Fin in ∀ n (i : Fin (n + 1)), i ≤ last n := fun _ i => open Fin in le_last i

theorem ol_open_twice_one_line (a b c : Nat) : min a b ≤ max b c := by
  open Nat (le_trans min_le_right) in exact le_trans (min_le_right a b) (open Nat (le_max_left) in le_max_left b c)

theorem ol_let_value (n : Nat) : ∃ a, a * 2 = n * 4 := by
  let twice := n * 2
  have h : twice * 2 = n * 4 := by
    show n * 2 * 2 = n * 4
    omega
  exact ⟨twice, h⟩

theorem ol_let_simp (a b : Nat) (h : a = b) : (a + b) * (a + b) = 4 * (b * b) := by
  let s := a + b
  have hs : s = 2 * b := by
    simp only [s, h]
    omega
  show s * s = _
  rw [hs]
  grind

theorem ol_let_zeta (a : Nat) : (let x := a; let y := x; y + x) = a + a := by
  exact by_computation
where
  by_computation : (let x := a; let y := x; y + x) = a + a := rfl

theorem ol_let_function (f : Nat → Nat) (h : ∀ n, f n ≤ n) (n : Nat) : f (f n) ≤ n := by
  let g : Nat → Nat := fun k => f (f k)
  have hg : ∀ k, g k ≤ k := fun k => Nat.le_trans (h (f k)) (h k)
  exact hg n

theorem ol_let_predicate (n : Nat) : n % 2 < 2 := by
  let Small (k : Nat) : Prop := k < 2
  suffices h : Small (n % 2) from h
  exact Nat.mod_lt n (by decide)

theorem ol_let_predicate_induction (f : Nat → Nat) (h0 : f 0 = 2) (hs : ∀ n, f (n + 1) = f n * f n) (n : Nat) : 2 ≤ f n := by
  let P : Nat → Prop := fun k => 2 ≤ f k
  have base : P 0 := by
    show 2 ≤ f 0
    exact Nat.le_of_eq h0.symm
  have step : ∀ k, P k → P (k + 1) := by
    intro k hk
    show 2 ≤ f (k + 1)
    rw [hs]
    have hk' : 2 ≤ f k := hk
    exact Nat.le_trans hk' (Nat.le_mul_of_pos_left (f k) (by omega))
  exact Nat.rec (motive := P) base step n

theorem ol_let_set (α : Type) (s t : α → Prop) (x : α) (hx : s x) (ht : ∀ y, s y → t y) : s x ∧ t x := by
  let inter : α → Prop := fun y => s y ∧ t y
  show inter x
  constructor
  · exact hx
  · exact ht x hx

theorem ol_let_relation (α : Type) (f : α → Nat) (a b c : α) (hab : f a = f b) (hbc : f b = f c) : f a = f c := by
  let same : α → α → Prop := fun x y => f x = f y
  have tr : ∀ {x y z}, same x y → same y z → same x z := fun h k => Eq.trans h k
  exact tr (x := a) (y := b) (z := c) hab hbc

theorem ol_let_pair (a b : Nat) : ∃ p : Nat × Nat, p.1 + p.2 = a + b ∧ p.1 ≤ p.2 := by
  let p : Nat × Nat := if a ≤ b then (a, b) else (b, a)
  refine ⟨p, ?_⟩
  by_cases h : a ≤ b
  · have hp : p = (a, b) := if_pos h
    rw [hp]
    exact ⟨rfl, h⟩
  · have hp : p = (b, a) := if_neg h
    rw [hp]
    exact ⟨Nat.add_comm b a, by omega⟩

theorem ol_let_then_rec (n : Nat) : n * 3 = n + n + n := by
  let triple := fun k : Nat => k + k + k
  let rec go : ∀ k : Nat, k * 3 = k + k + k
    | 0 => rfl
    | k + 1 => by
      have := go k
      omega
  show n * 3 = triple n
  exact go n

theorem ol_rec_and_where (n : Nat) : (∃ k, n = 2 * k) ∨ (∃ k, n = 2 * k + 1) := by
  let rec parity (m : Nat) : m % 2 = 0 ∨ m % 2 = 1 :=
    match m with
    | 0 => .inl rfl
    | m + 1 => (parity m).elim (fun h => .inr (up h)) (fun h => .inl (down h))
  exact (parity n).imp (fun h => ⟨n / 2, by omega⟩) (fun h => ⟨n / 2, by omega⟩)
where
  up {m : Nat} (h : m % 2 = 0) : (m + 1) % 2 = 1 := by omega
  down {m : Nat} (h : m % 2 = 1) : (m + 1) % 2 = 0 := by omega

theorem ol_rec_over_list (xs : List Nat) (h : ∀ x ∈ xs, x ≤ 3) : xs.sum ≤ 3 * xs.length := by
  let rec bound (ys : List Nat) (hy : ∀ y ∈ ys, y ≤ 3) : ys.sum ≤ 3 * ys.length := by
    match ys with
    | [] => exact Nat.le_refl 0
    | y :: ys =>
      have h₁ : y ≤ 3 := hy y (List.mem_cons_self ..)
      have h₂ := bound ys fun z hz => hy z (List.mem_cons_of_mem y hz)
      simp only [List.sum_cons, List.length_cons]
      omega
  exact bound xs h

theorem ol_rec_wf_in_tactic (n : Nat) (P : Nat → Prop) (small : ∀ k, k < 10 → P k) (big : ∀ k, 10 ≤ k → P (k / 10) → P k) : P n := by
  let rec descend (k : Nat) : P k := by
    if h : k < 10 then
      exact small k h
    else
      exact big k (by omega) (descend (k / 10))
  termination_by k
  decreasing_by omega
  exact descend n

theorem ol_rec_down (P : Nat → Prop) (n : Nat) (top : P n) (down : ∀ k, P (k + 1) → P k) : P 0 :=
  let rec lower : ∀ k, P k → P 0
    | 0, h => h
    | k + 1, h => lower k (down k h)
  lower n top

theorem ol_rec_two_lists {α : Type} (xs ys zs : List α) (h : xs.length = ys.length) (e : xs ++ zs = ys ++ zs) : xs = ys :=
  let rec cancel : ∀ us vs : List α, us.length = vs.length → us ++ zs = vs ++ zs → us = vs
    | [], [], _, _ => rfl
    | u :: us, v :: vs, hl, he => by
      injection he with h₁ h₂
      rw [h₁, cancel us vs (Nat.succ.inj hl) h₂]
  cancel xs ys h e

theorem ol_rec_with_implicit {α : Type} (r : α → α → Prop) (refl : ∀ a, r a a) (f : α → α) (hf : ∀ {a b}, r a b → r (f a) (f b))
    (a : α) (n : Nat) : r (Nat.repeat f n a) (Nat.repeat f n a) :=
  let rec rep {b : α} : (k : Nat) → r b b → r (Nat.repeat f k b) (Nat.repeat f k b)
    | 0, h => h
    | k + 1, h => hf (rep k h)
  rep n (refl a)

theorem ol_where_term_chain (a b c d : Nat) (h₁ : a ≤ b) (h₂ : b ≤ c) (h₃ : c ≤ d) : a ≤ d :=
  Nat.le_trans ac cd
where
  ac : a ≤ c := Nat.le_trans h₁ h₂
  cd : c ≤ d := h₃

theorem ol_where_exists (n : Nat) : ∃ p, p > n ∧ p % 2 = 1 :=
  ⟨2 * n + 1, bigger, odd⟩
where
  bigger : 2 * n + 1 > n := by omega
  odd : (2 * n + 1) % 2 = 1 := by omega

theorem ol_where_induction (f : Nat → Nat) (hf : ∀ n, f n < f (n + 1)) : ∀ m n, m < n → f m < f n := by
  intro m n h
  obtain ⟨k, rfl⟩ : ∃ k, n = m + 1 + k := ⟨n - (m + 1), by omega⟩
  exact climb m k
where
  climb (m : Nat) : ∀ k, f m < f (m + 1 + k)
    | 0 => hf m
    | k + 1 => Nat.lt_trans (climb m k) (hf (m + 1 + k))
