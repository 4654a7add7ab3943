/-!
Rewriting in all its forms: `rw` forwards and backwards, at hypotheses, at occurrences, under binders; `conv` with
navigation; `simp only`; `change`, `unfold`, `delta`, `generalize`, `subst`, `injection`, `congr`, `▸`, `cast`.
-/

theorem rw_basic (a b c : Nat) (h : a = b) (h' : b = c) : a = c := by
  rw [h, h']

theorem rw_backwards (a b : Nat) (h : a = b) (p : Nat → Prop) (hp : p b) : p a := by
  rw [← h] at hp
  exact hp

theorem rw_ascii_arrow (a b : Nat) (h : a = b) : b + b = a + a := by
  rw [<- h]

theorem rw_at_two (a b c : Nat) (h : a = b) (h₁ : a ≤ c) (h₂ : c ≤ a) : b = c := by
  rw [h] at h₁ h₂
  exact Nat.le_antisymm h₁ h₂

theorem rw_at_goal (a b : Nat) (h : a = b) (h' : a = 3) : a = b ∧ b = 3 := by
  rw [h] at h' ⊢
  exact ⟨rfl, h'⟩

theorem rw_everywhere (x y : Nat) (h : x + 0 = y) (h' : y + 0 = 5) : x + 0 = 5 := by
  simp only [Nat.add_zero] at *
  rw [h, h']

theorem rw_instantiated (a b c : Nat) : a + b + c = a + c + b := by
  rw [Nat.add_assoc, Nat.add_comm b c, ← Nat.add_assoc]

theorem rw_new_goal (a b : Nat) (h : b ≠ 0) : a * b / b = a := by
  rw [Nat.mul_div_cancel]
  exact Nat.pos_of_ne_zero h

theorem rw_rwa (a b c : Nat) (h : a = b) (hb : b < c) : a < c := by
  rwa [h]

theorem rw_rwa_at (a b c : Nat) (h : a = b) (ha : a < c) : b < c := by
  rwa [h] at ha

theorem rw_iff (p q r : Prop) (h : p ↔ q) : (p ∧ r) ↔ (q ∧ r) := by
  rw [h]

theorem rw_prop_eq (p q : Prop) (h : p = q) (hp : p) : q := by
  rw [h] at hp
  assumption

theorem rw_not_forall_style (p q : Prop) : ¬(p ∧ q) ↔ (p → ¬q) := by
  rw [not_and]

theorem rw_function (f g : Nat → Nat) (h : f = g) (n : Nat) : f n + g n = 2 * g n := by
  rw [h, Nat.two_mul]

theorem rw_forall_hyp (f : Nat → Nat) (h : ∀ n, f n = n + 1) : f 2 * f 3 = 12 := by
  rw [h, h]

theorem rw_occs (a b : Nat) (h : a = b) (h' : b + a = 7) : a + a = 7 := by
  rw (occs := [1]) [h]
  exact h'

theorem rw_occurrences_config (a b : Nat) (h : a = b) : a + a = a + b := by
  rw (config := { occs := .pos [2] }) [h]

theorem rw_erw (n : Nat) : n + 0 = n := by
  erw [Nat.add_zero]

theorem rw_trailing_at (a b c d : Int) (h : a + b = c) (h' : c - b = d) : a = d := by
  rw [← h, Int.add_sub_cancel] at h'
  exact h'

theorem rw_symm_term (xs : List Nat) (n : Nat) (h : n = xs.length) : (xs ++ []).length = n := by
  rw [List.append_nil, h]

theorem rw_under_simp_only (xs : List Nat) (h : ∀ n : Nat, n * 1 = n) : xs.map (fun n => n * 1) = xs.map fun n => n := by
  simp only [h]

theorem rw_conv_lhs (a b c : Nat) : a + b + c = b + a + c := by
  conv => lhs; rw [Nat.add_comm a b]

theorem rw_conv_rhs (a b : Nat) : a * b = b * a := by
  conv =>
    rhs
    rw [Nat.mul_comm]

theorem rw_conv_arg (a b c : Nat) (f : Nat → Nat → Nat) : f (a + b) c = f (b + a) c := by
  conv =>
    lhs
    arg 1
    rw [Nat.add_comm]

theorem rw_conv_enter (f : Nat → Nat) (a b : Nat) (h : a = b) : f (f a) = f (f b) := by
  conv =>
    enter [1, 1, 1]
    rw [h]

theorem rw_conv_funext : (fun x : Nat => 0 + x) = fun x => x := by
  conv =>
    lhs
    ext x
    rw [Nat.zero_add]

theorem rw_conv_enter_binder (xs : List Nat) : xs.map (fun x => x + 1 + 1) = xs.map (fun x => x + 2) := by
  conv =>
    enter [1, 1, x]
    rw [Nat.add_assoc]

theorem rw_conv_in (a b c : Nat) : (a + b) * c = (b + a) * c := by
  conv in a + b => rw [Nat.add_comm]

theorem rw_conv_at (a b c : Nat) (h : a + b = c) : b + a = c := by
  conv at h => lhs; rw [Nat.add_comm]
  exact h

theorem rw_conv_pattern (a b c d : Nat) (h : c = d) : a + (b * c) = a + b * d := by
  conv =>
    lhs
    pattern b * _
    rw [h]

theorem rw_conv_simp (a b : Nat) : (a + 0) * (b + 0) = a * b := by
  exact by_conv
where
  by_conv : (a + 0) * (b + 0) = a * b := by
    conv => lhs; simp only [Nat.add_zero]

theorem rw_conv_congr (a b c d : Nat) (h : a = b) (h' : c = d) : a * c = b * d := by
  conv =>
    lhs
    congr
    · rw [h]
    · rw [h']

theorem rw_conv_skip (a b c : Nat) (h : b = c) : a + b = a + c := by
  conv =>
    lhs
    congr
    next => skip
    next => rw [h]

theorem rw_conv_change (a : Nat) (h : a + 2 = 5) : a.succ.succ = 5 := by
  conv =>
    lhs
    change a + 2
  exact h

theorem rw_conv_tactic (a b : Nat) (h : a = b) : b = a := by
  conv =>
    lhs
    tactic =>
      exact h.symm

theorem rw_conv_paren (a b c : Nat) (h : a = b) (h' : b = c) : a + 1 = c + 1 := by
  conv => lhs; (rw [h]; rw [h'])

theorem rw_conv_calc (a b : Nat) : (a + b) * (a + b) = (b + a) * (a + b) := by
  conv => { lhs; arg 1; rw [Nat.add_comm a b] }

theorem rw_conv_first_repeat (a : Nat) : a + 0 + 0 + 0 = a := by
  conv => lhs; repeat rw [Nat.add_zero]

theorem rw_change_goal (a b : Nat) (h : a = b) : a.succ = b + 1 := by
  change a + 1 = b + 1
  rw [h]

theorem rw_change_at (p q : Prop) (h : ¬p ∧ q) : p → False := by
  have hn := h.1
  change p → False at hn
  exact hn

theorem rw_change_with (n : Nat) (h : n + 2 = 6) : n = 4 := by
  change n + (1 + 1) = 6 at h
  exact Nat.succ.inj (Nat.succ.inj h)

theorem rw_unfold_not (p q : Prop) (h : p → q) (hn : ¬q) : ¬p := by
  unfold Not at *
  intro hp
  exact hn (h hp)

theorem rw_unfold_comp {α β γ : Type} (g : β → γ) (f : α → β) (a : α) : (g ∘ f) a = g (f a) := by
  unfold Function.comp
  rfl

theorem rw_delta_not (p : Prop) (hp : p) : ¬¬p := by
  delta Not
  intro h
  exact h hp

theorem rw_delta_id (α : Type) (a : α) : id a = a := by
  delta id
  rfl

theorem rw_generalize (a b : Nat) : (a * b + 1) * 2 = 2 * (a * b + 1) := by
  generalize a * b + 1 = x
  exact Nat.mul_comm x 2

theorem rw_generalize_hyp (f : Nat → Nat) (a : Nat) (h : f a = 3) : f a + f a = 6 := by
  generalize hx : f a = x
  rw [hx] at h
  rw [h]

theorem rw_generalize_at (xs : List Nat) (h : xs.length + 1 = 4) (h' : 2 < xs.length) : xs.length = 3 := by
  generalize xs.length = n at h h'
  omega

theorem rw_subst_left (α : Type) (a b c : α) (h : a = b) (h' : c = b) (p : α → Prop) (hc : p c) : p a := by
  subst h
  subst h'
  exact hc

theorem rw_subst_many (a b c d : Nat) (h₁ : a = b) (h₂ : b = c) (h₃ : c = d) : a + b = c + d := by
  subst h₁ h₂ h₃
  rfl

theorem rw_injection_option (a b : Nat) (h : some a = some b) : a = b := by
  injection h

theorem rw_injection_with (a b c d : Nat) (h : (a, b) = (c, d)) : d = b ∧ a = c := by
  injection h with h₁ h₂
  exact ⟨h₂.symm, h₁⟩

theorem rw_injection_list (x y : Nat) (xs ys : List Nat) (h : x :: xs = y :: ys) : xs = ys := by
  injection h with _ htail

theorem rw_injection_contradiction (n : Nat) (h : n + 1 = 0) : False := by
  injection h

theorem rw_noconf (a b : Nat) (h : Nat.succ a = Nat.succ b) : a = b :=
  Nat.noConfusion h id

theorem rw_congr (f : Nat → Nat → Nat) (a b c d : Nat) (h : a = c) (h' : b = d) : f a b = f c d := by
  congr

theorem rw_congr_depth (f : Nat → Nat) (a b : Nat) (h : a + 1 = b) : f (f (a + 1)) = f (f b) := by
  congr 2

theorem rw_congrArg (f : Nat → Nat) (a b : Nat) (h : a = b) : f (a + 1) = f (b + 1) := by
  exact congrArg (fun x => f (x + 1)) h

theorem rw_congr_term (f g : Nat → Nat) (a b : Nat) (hf : f = g) (h : a = b) : f a = g b := congr hf h

theorem rw_triangle_motive (a b : Nat) (h : a = b) (hb : b ∣ 12) : a ∣ 12 := by
  exact h.symm ▸ hb

theorem rw_mpr (p q : Prop) (h : p = q) (hq : q) : p := by
  exact h.mpr hq

theorem rw_cast_prop (p q : Prop) (h : p = q) (hp : p) : q := cast h hp

theorem rw_funext (f g : Nat → Nat) (h : ∀ x, f x = g x) : f = g := by
  funext x
  rw [h]

theorem rw_funext_two (f g : Nat → Nat → Nat) (h : ∀ x y, f x y = g x y) : f = g := by
  funext x y
  exact h x y

theorem rw_apply_funext (f : Nat → Nat) : (fun x => f x) = f := by
  apply funext
  intro x
  rfl

theorem rw_ext_prod (α β : Type) (x y : α × β) (h : x.1 = y.1) (h' : x.2 = y.2) : x = y := by
  ext
  · exact h
  · exact h'

theorem rw_symm (a b : Nat) (h : b = a) : a = b := by
  symm
  exact h

theorem rw_symm_at (a b : Nat) (h : b = a) (h' : a = 2) : b = 2 := by
  symm at h
  rw [← h]
  exact h'

theorem rw_split_match (n : Nat) : (match n with | 0 => 1 | k + 1 => k + 1) ≥ 1 := by
  split
  · exact Nat.le_refl 1
  · exact Nat.succ_le_succ (Nat.zero_le _)

theorem rw_split_at (a b : Nat) (h : (if a = b then 1 else 0) = 1) : a = b := by
  split at h
  · assumption
  · contradiction

theorem rw_if_pos (a b : Nat) (h : a < b) : (if a < b then b else a) = b := by
  rw [if_pos h]

theorem rw_dif_neg (n : Nat) (h : ¬ 0 < n) : (if h' : 0 < n then n - 1 else 0) = 0 := by
  rw [dif_neg h]

theorem rw_beta (a : Nat) : (fun x => (fun y => x + y) 2) a = a + 2 := by
  dsimp only

theorem rw_exists_rewrite (p q : Nat → Prop) (h : ∀ n, p n ↔ q n) : (∃ n, p n) ↔ ∃ n, q n := by
  simp only [h]

theorem rw_exists_congr (p q : Nat → Prop) (h : ∀ n, p n ↔ q n) : (∃ n, p n) ↔ ∃ n, q n :=
  exists_congr h

theorem rw_show_from_rw (a b c : Nat) (h : a + b = c) : c - b = a := by
  rw [show c = a + b from h.symm, Nat.add_sub_cancel]

theorem rw_by_in_rule (a b : Nat) : a * 2 + b = a + a + b := by
  rw [show a * 2 = a + a by omega]

theorem rw_lambda_rule (f : Nat → Nat) (h : ∀ x, f (f x) = x) : f ∘ f = id := by
  funext x
  rw [Function.comp, h]
  rfl
