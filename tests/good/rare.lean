/-!
Constructs that are seen less often but are ordinary Lean: `have` and `let` with alternatives, `match` with a motive or
with several equations, `rcases h : e`, `change … with`, `conv` by occurrence, `simp` with a discharger and with
procedures, `letI`, `inferInstanceAs`, elaboration hints, `nomatch` of two things, `grind` with patterns and options.
-/

theorem ra_have_alternatives (p q : Nat → Prop) (h0 : p 0 → q 0) (hs : ∀ n, p (n + 1) → q (n + 1)) (n : Nat) (h : p n) : q n :=
  have aux : ∀ k, p k → q k
    | 0, hk => h0 hk
    | k + 1, hk => hs k hk
  aux n h

theorem ra_have_alternatives_tactic (n : Nat) : n = 0 ∨ n ≥ 1 := by
  have split : ∀ k : Nat, k = 0 ∨ k ≥ 1
    | 0 => .inl rfl
    | k + 1 => .inr (Nat.succ_le_succ k.zero_le)
  exact split n

theorem ra_let_alternatives (n : Nat) : ∃ f : Nat → Nat, f 0 = 5 ∧ f (n + 1) = n := by
  let f : Nat → Nat
    | 0 => 5
    | k + 1 => k
  exact ⟨f, rfl, rfl⟩

theorem ra_let_arguments (a b : Nat) : ∃ g : Nat → Nat → Nat, g a b = b + a := by
  let g (x y : Nat) : Nat := y + x
  exact ⟨g, rfl⟩

theorem ra_let_term_tactic (a b : Nat) (h : a < b) : ∃ c, a < c ∧ c ≤ b := by
  let ⟨k, hk⟩ := Nat.le.dest h
  exact ⟨a + 1, Nat.lt_succ_self a, hk ▸ Nat.le_add_right _ k⟩

theorem ra_match_two_equations (f g : Nat → Bool) (h : f 0 ≠ g 0) : f 0 = !g 0 :=
  match e₁ : f 0, e₂ : g 0 with
  | true, true => absurd (e₁.trans e₂.symm) h
  | false, false => absurd (e₁.trans e₂.symm) h
  | true, false => rfl
  | false, true => rfl

theorem ra_match_motive (n : Nat) : 0 ≤ n :=
  match (motive := (k : Nat) → 0 ≤ k) n with
  | 0 => Nat.le.refl
  | k + 1 => Nat.zero_le (k + 1)

theorem ra_match_not_generalizing (n m : Nat) (h : n = m) : m = n :=
  match (generalizing := false) h with
  | rfl => rfl

theorem ra_match_rfl {α : Type} (f : α → α) (a b c : α) (h : f a = b) (k : f b = c) : f (f a) = c :=
  match b, h with
  | _, rfl => k

theorem ra_match_on_conjunction (p q r s : Prop) (h : (p ∧ q) ∧ (r ∨ s)) : (p ∧ r) ∨ (q ∧ s) :=
  match h with
  | ⟨⟨hp, _⟩, .inl hr⟩ => .inl ⟨hp, hr⟩
  | ⟨⟨_, hq⟩, .inr hs⟩ => .inr ⟨hq, hs⟩

theorem ra_rcases_equation (f : Nat → Option Nat) (h : ∀ n, f n ≠ none) (n : Nat) : ∃ m, f n = some m := by
  rcases e : f n with _ | m
  · exact absurd e (h n)
  · exact ⟨m, rfl⟩

theorem ra_obtain_typed_alternatives (n : Nat) : n * n = n → n ≤ 1 := by
  intro h
  obtain h0 | h1 | h2 : n = 0 ∨ n = 1 ∨ 2 ≤ n := by omega
  · exact h0 ▸ Nat.zero_le 1
  · exact Nat.le_of_eq h1
  · have : 2 * n ≤ n * n := Nat.mul_le_mul_right n h2
    omega

theorem ra_rintro_typed : ∀ a b : Nat, a = b → b = a := by
  rintro (a : Nat) b (rfl : a = b)
  rfl

theorem ra_rintro_at_pattern (p q r : Prop) : (p ∧ q) ∧ r → (q ∧ r) ∧ p := by
  rintro ⟨⟨hp, hq⟩, hr⟩
  exact ⟨⟨‹q›, ‹r›⟩, ‹p›⟩

theorem ra_rcases_discard (p q r : Prop) (h : p ∧ q ∧ r) : q := by
  rcases h with ⟨-, hq, -⟩
  exact hq

theorem ra_obtain_nested_or (p q r s : Prop) (h : (p ∨ q) ∧ (r ∨ s)) : (p ∧ r) ∨ (p ∧ s) ∨ (q ∧ r) ∨ (q ∧ s) := by
  obtain ⟨hp | hq, hr | hs⟩ := h
  · exact .inl ⟨hp, hr⟩
  · exact .inr (.inl ⟨hp, hs⟩)
  · exact .inr (.inr (.inl ⟨hq, hr⟩))
  · exact .inr (.inr (.inr ⟨hq, hs⟩))

theorem ra_by_cases_anonymous (p : Prop) (f : p → False) (q : Prop) (g : ¬p → q) : q := by
  by_cases p
  · rename_i h
    exact (f h).elim
  · exact g ‹¬p›

theorem ra_conv_occurrence (a b : Nat) (h : a = b) : a + a * a = a + b * a := by
  conv =>
    lhs
    arg 2
    arg 1
    rw [h]

theorem ra_conv_pattern_occs (a b : Nat) (h : b + a = 7) : (a + b) + (a + b) = (a + b) + 7 := by
  conv =>
    lhs
    pattern (occs := 2) a + b
    rw [Nat.add_comm, h]

theorem ra_conv_enter_at (f : Nat → Nat → Nat) (a b c : Nat) (h : a = b) : f c (f a a) = f c (f a b) := by
  conv =>
    enter [1, 2, 2]
    rw [h]

theorem ra_conv_intro_forall (p : Nat → Prop) (h : ∀ n, p (0 + n)) : ∀ n, p n := by
  conv at h =>
    enter [n]
    rw [Nat.zero_add]
  exact h

theorem ra_simp_discharger (a b c : Nat) (h : 0 < c) (h' : a * c = b * c) : a = b := by
  simpa (disch := omega) [Nat.mul_left_inj (Nat.ne_of_gt h)] using h'

theorem ra_simp_reduce_ite (n : Nat) (h : n = 3) : (if n = 3 then 1 else 2) = 1 := by
  simp only [h, ↓reduceIte]

theorem ra_simp_at_goal_and_hyp (a b c : Nat) (h : a + 0 = b) (hc : b = c) : a * 1 = c := by
  simp [hc] at h ⊢
  exact h

theorem ra_simp_goal_hyps_named (p q : Prop) (h₁ : p ∧ True) (h₂ : True → q) : q ∧ p := by
  simp at h₁ h₂
  exact ⟨h₂, h₁⟩

theorem ra_simp_lambda_argument (f : Nat → Nat) (h : f = fun n => n + 1) : f 4 = 5 := by
  simp [h]

theorem ra_simp_term_argument (a b : Nat) (h : a ≤ b) : a - b = 0 := by
  simp [Nat.sub_eq_zero_of_le h]

theorem ra_simp_no_defaults (a b : Nat) (h : a = b) : (a, b).1 = (b, a).1 := by
  simp -failIfUnchanged only [h]

theorem ra_letI (n : Nat) : ∃ i : Inhabited Nat, i.default = n := by
  letI : Inhabited Nat := ⟨n⟩
  exact ⟨this, rfl⟩

theorem ra_infer_instance_as : Nonempty (Fin 3 → Bool) := inferInstanceAs (Nonempty (Fin 3 → Bool))

theorem ra_instance_binder_in_proof (α : Type) (p : α → Prop) (h : ∀ [Inhabited α], p default) (a : α) : ∃ x, p x :=
  have : Inhabited α := ⟨a⟩
  ⟨_, h⟩

theorem ra_ascription_forms (n : Nat) : ((n : Int) + 1 :) = ((n + 1 : Nat) : Int) := rfl

theorem ra_show_binop (a b : Int) : (a - b : Int) = a + (-b) := (Int.sub_eq_add_neg :)

theorem ra_nomatch_two (n : Nat) (h : n = 0) (h' : n = 1) : False :=
  nomatch h, h'

theorem ra_nofun_tactic : ¬(2 = 3) ∧ ∀ x : Fin 0, x ≠ x := by
  constructor
  · nofun
  · nofun

theorem ra_false_pattern : ¬(∃ n : Nat, n < 0) := fun ⟨_, h⟩ => nomatch h

theorem ra_intro_empty_pattern (p : Prop) : False → p := by
  rintro ⟨⟩

theorem ra_exact_fun_alternatives (p q : Prop) : p ∨ q → ¬p → q := by
  exact fun
    | .inl hp, hn => absurd hp hn
    | .inr hq, _ => hq

theorem ra_grind_options (a b c : Bool) : (a && b || c) = ((a || c) && (b || c)) := by
  grind (splits := 12)

theorem ra_grind_equation (f g : Nat → Nat) (h : ∀ x, f (g x) = x) (a b : Nat) (e : g a = g b) : a = b := by
  grind

theorem ra_grind_lemma_arrow (a b c : Nat) (h : a ∣ b) (hb : b ∣ c) : a ∣ c := by
  grind [→ Nat.dvd_trans]

theorem ra_grind_lemma_equals (xs ys : List Nat) : (xs ++ ys).length = xs.length + ys.length := by
  grind only [= List.length_append]

theorem ra_decide_config : ∀ i : Fin 30, i.val < 30 := by
  decide (config := { kernel := true })

theorem ra_omega_config (a b : Nat) (h : a < b) : ¬b ≤ a := by
  omega (config := { splitDisjunctions := false })

theorem ra_lia (x y : Int) (h : 2 * x + 4 * y = 6) : x + 2 * y = 3 := by
  lia

theorem ra_grobner (x y : Int) (h : x + y = 3) (h' : x * y = 2) : x * x + y * y = 5 := by
  grobner

theorem ra_ext_depth (f g : Nat → Nat × Nat) (h : ∀ n, f n = g n) : f = g := by
  ext n : 1
  exact h n

theorem ra_ext_patterns (f g : Nat × Nat → Nat) (h : ∀ a b, f (a, b) = g (a, b)) : f = g := by
  ext ⟨a, b⟩
  exact h a b

theorem ra_apply_rfl (a : Nat) : (a ∣ 3 ↔ a ∣ 3) ∧ a = a := by
  constructor
  · apply_rfl
  · rfl

theorem ra_exact_dot_rfl (p : Prop) (a : Nat) : (p ↔ p) ∧ a = a := ⟨.rfl, .refl a⟩

theorem ra_triangle_both_ways (p : Nat → Prop) (a b : Nat) (h : a = b) : (p a → p b) ∧ (p b → p a) :=
  ⟨(h ▸ ·), fun hb => h ▸ hb⟩

theorem ra_or_resolve (p q : Prop) (h : p ∨ q) (hn : ¬p) : q := h.resolve_left hn

theorem ra_decidable_by_contradiction (n : Nat) (h : ¬n ≠ 3) : n = 3 := Decidable.byContradiction h

theorem ra_open_classical (p : Nat → Prop) : open Classical in ∀ n, (if p n then 1 else 2) ≤ 2 := by
  intro n
  split <;> decide

theorem ra_open_classical_tactic (p : Prop) (f : Prop → Nat) (h : f True = f False) : f p = f True := by
  open Classical in
    by_cases hp : p
    · rw [eq_true hp]
    · rw [eq_false hp, h]

theorem ra_bounded_membership (xs : List Nat) (h : ∃ x ∈ xs, 5 < x) : xs ≠ [] := by
  obtain ⟨x, hx, -⟩ := h
  rintro rfl
  nomatch hx

theorem ra_binder_groups (f : Nat → Nat → Nat → Nat) (h : ∀ (x y : Nat) {z : Nat}, f x y z = z) :
    ∃ (a : Nat) (b c : Nat), f a b c = 9 := ⟨0, 1, 9, h 0 1⟩

theorem ra_lambda_typed_implicit : (∀ {n : Nat}, n = n) ∧ ∀ ⦃n : Nat⦄, 0 ≤ n :=
  ⟨fun {n} => Eq.refl n, fun ⦃n⦄ => Nat.zero_le n⟩

theorem ra_universe_hole (α : Type _) (β : Sort _) (a : α) (b : β) : (PProd.mk a b).1 = a := rfl

theorem ra_max_universe.{u, v} (α : Type u) (β : Type v) (f : α → β) : ∃ γ : Type (max u v), ∃ _ : γ → β, True :=
  ⟨ULift.{v} α, fun x => f x.down, trivial⟩

theorem ra_propositional_pattern_let (p q : Prop) (h : p ∧ q) : q :=
  let ⟨_, hq⟩ := h
  hq

theorem ra_exfalso_refine (a b : Nat) (h : a < b) (h' : b < a) : a = 17 := by
  refine absurd h ?_
  exact Nat.lt_asymm h'

theorem ra_specialize_by (p : Nat → Prop) (h : ∀ n, 3 ≤ n → p n) : p 5 := by
  specialize h 5 (by decide)
  exact h

theorem ra_change_at_numeral (a : Nat) (h : a = 1 + 1) : a * a = 4 := by
  change a = 2 at h
  subst h
  rfl

theorem ra_show_term_by_exact (p q : Prop) (hp : p) (hq : q) : q ∧ p := by
  exact And.intro (by assumption) (by exact (by assumption))

theorem ra_noncomputed_choice (p : Nat → Prop) (h : ∃ n, p n) : p h.choose := h.choose_spec

theorem ra_subtype_coercion (p : Nat → Prop) (x : { n // p n }) : p x := x.2

theorem ra_function_coercion (a b : Bool) (h : a = true → b = true) (ha : a) : b := h ha

theorem ra_cdot_nested (f : Nat → Nat → Nat) (h : ∀ a b, f a b = a - b) : (f · 2) 7 = 5 ∧ (f 7 ·) 2 = 5 := by
  constructor <;> exact h 7 2

theorem ra_case_underscore (p q : Prop) (h : p ∨ q) : q ∨ p := by
  cases h
  case _ hp => exact .inr hp
  case _ hq => exact .inl hq

theorem ra_induction_named_eq (f : Nat → Nat) (hf : ∀ n, f (n + 1) = f n) (x : Nat) : f x = f 0 := by
  induction h : x generalizing x with
  | zero => rfl
  | succ k ih => exact (hf k).trans (ih k rfl)

theorem ra_intro_typed : ∀ n : Nat, n = 2 → n + n = 4 := by
  intro (n : Nat) (h : n = 2)
  rw [h]
