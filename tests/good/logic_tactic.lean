/-!
Propositional and first-order logic by small tactic steps: intro, apply, exact, constructor, left, right,
rcases, obtain, rintro, exists, by_cases, absurd, exfalso, contradiction, classical reasoning.
-/

theorem lt_and_comm (p q : Prop) : p ∧ q → q ∧ p := by
  intro h
  constructor
  · exact h.right
  · exact h.left

theorem lt_or_comm (p q : Prop) : p ∨ q → q ∨ p := by
  intro h
  rcases h with hp | hq
  · right
    exact hp
  · left
    exact hq

theorem lt_and_assoc (p q r : Prop) : (p ∧ q) ∧ r ↔ p ∧ (q ∧ r) := by
  constructor
  · rintro ⟨⟨hp, hq⟩, hr⟩
    exact ⟨hp, hq, hr⟩
  · rintro ⟨hp, hq, hr⟩
    exact ⟨⟨hp, hq⟩, hr⟩

theorem lt_or_assoc (p q r : Prop) : (p ∨ q) ∨ r ↔ p ∨ q ∨ r := by
  constructor
  · rintro ((hp | hq) | hr)
    · left; assumption
    · right; left; assumption
    · right; right; assumption
  · rintro (hp | hq | hr)
    · exact Or.inl (Or.inl hp)
    · exact Or.inl (Or.inr hq)
    · exact Or.inr hr

theorem lt_and_or_distrib (p q r : Prop) : p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r) := by
  apply Iff.intro
  · intro h
    have hp := h.1
    apply Or.elim h.2
    · intro hq
      exact Or.inl ⟨hp, hq⟩
    · intro hr
      exact Or.inr ⟨hp, hr⟩
  · intro h
    apply Or.elim h
    · intro hpq
      exact ⟨hpq.1, Or.inl hpq.2⟩
    · intro hpr
      exact ⟨hpr.1, Or.inr hpr.2⟩

theorem lt_or_and_distrib (p q r : Prop) : p ∨ (q ∧ r) → (p ∨ q) ∧ (p ∨ r) := by
  rintro (hp | ⟨hq, hr⟩)
  · refine ⟨?_, ?_⟩
    · exact .inl hp
    · exact .inl hp
  · refine ⟨.inr ?_, .inr ?_⟩
    · exact hq
    · exact hr

theorem lt_not_or (p q : Prop) : ¬(p ∨ q) ↔ ¬p ∧ ¬q := by
  constructor
  · intro h
    constructor
    · intro hp
      apply h
      left
      exact hp
    · intro hq
      apply h
      right
      exact hq
  · intro ⟨hnp, hnq⟩ h
    cases h with
    | inl hp => exact hnp hp
    | inr hq => exact hnq hq

theorem lt_not_and_classical (p q : Prop) : ¬(p ∧ q) → ¬p ∨ ¬q := by
  intro h
  by_cases hp : p
  · right
    intro hq
    exact h ⟨hp, hq⟩
  · left
    exact hp

theorem lt_dne (p : Prop) (h : ¬¬p) : p := by
  apply Classical.byContradiction
  intro hn
  exact h hn

theorem lt_contrapositive_classical (p q : Prop) (h : ¬q → ¬p) : p → q := by
  intro hp
  apply Classical.byContradiction
  intro hnq
  exact absurd hp (h hnq)

theorem lt_peirce (p q : Prop) : ((p → q) → p) → p := by
  intro h
  by_cases hp : p
  · exact hp
  · apply h
    intro hp'
    exfalso
    exact hp hp'

theorem lt_imp_or (p q : Prop) : (p → q) ↔ (¬p ∨ q) := by
  constructor
  · intro h
    rcases Classical.em p with hp | hnp
    · exact Or.inr (h hp)
    · exact Or.inl hnp
  · rintro (hnp | hq) hp
    · contradiction
    · exact hq

theorem lt_ex_falso (p q : Prop) (hp : p) (hn : ¬p) : q := by
  contradiction

theorem lt_exists_and (α : Type) (p : α → Prop) (q : Prop) : (∃ x, p x ∧ q) ↔ (∃ x, p x) ∧ q := by
  constructor
  · rintro ⟨x, hx, hq⟩
    exact ⟨⟨x, hx⟩, hq⟩
  · rintro ⟨⟨x, hx⟩, hq⟩
    exact ⟨x, hx, hq⟩

theorem lt_exists_or (α : Type) (p q : α → Prop) : (∃ x, p x ∨ q x) ↔ (∃ x, p x) ∨ (∃ x, q x) := by
  constructor
  · intro ⟨x, hx⟩
    cases hx with
    | inl h => left; exists x
    | inr h => right; exists x
  · intro h
    cases h with
    | inl h =>
      obtain ⟨x, hx⟩ := h
      exists x
      left
      exact hx
    | inr h =>
      obtain ⟨x, hx⟩ := h
      exists x
      right
      exact hx

theorem lt_not_exists (α : Type) (p : α → Prop) : (¬∃ x, p x) ↔ ∀ x, ¬p x := by
  constructor
  · intro h x hx
    apply h
    exists x
  · intro h hex
    obtain ⟨x, hx⟩ := hex
    exact h x hx

theorem lt_not_forall (α : Type) (p : α → Prop) (h : ¬∀ x, p x) : ∃ x, ¬p x := by
  apply Classical.byContradiction
  intro hne
  apply h
  intro x
  apply Classical.byContradiction
  intro hnx
  exact hne ⟨x, hnx⟩

theorem lt_drinker (α : Type) (a : α) (p : α → Prop) : ∃ x, p x → ∀ y, p y := by
  by_cases h : ∀ y, p y
  · exact ⟨a, fun _ => h⟩
  · have ⟨b, hb⟩ : ∃ b, ¬p b := by
      apply Classical.byContradiction
      intro hn
      apply h
      intro y
      exact Classical.byContradiction fun hy => hn ⟨y, hy⟩
    refine ⟨b, ?_⟩
    intro hpb
    exact absurd hpb hb

theorem lt_exists_swap (α β : Type) (r : α → β → Prop) : (∃ x, ∀ y, r x y) → ∀ y, ∃ x, r x y := by
  rintro ⟨x, hx⟩ y
  exact ⟨x, hx y⟩

theorem lt_iff_trans (p q r : Prop) (h₁ : p ↔ q) (h₂ : q ↔ r) : p ↔ r := by
  constructor
  · intro hp
    exact h₂.mp (h₁.mp hp)
  · intro hr
    exact h₁.mpr (h₂.mpr hr)

theorem lt_iff_not_self (p : Prop) : ¬(p ↔ ¬p) := by
  intro h
  have hn : ¬p := by
    intro hp
    exact h.mp hp hp
  apply hn
  apply h.mpr
  exact hn

theorem lt_curry (p q r : Prop) : (p ∧ q → r) ↔ (p → q → r) := by
  refine ⟨?curry, ?uncurry⟩
  case curry =>
    intro h hp hq
    exact h ⟨hp, hq⟩
  case uncurry =>
    rintro h ⟨hp, hq⟩
    exact h hp hq

theorem lt_or_imp (p q r : Prop) : (p ∨ q → r) ↔ (p → r) ∧ (q → r) := by
  constructor
  case mp =>
    intro h
    exact ⟨fun hp => h (.inl hp), fun hq => h (.inr hq)⟩
  case mpr =>
    intro ⟨hp, hq⟩ h
    exact h.elim hp hq

theorem lt_em_double_neg (p : Prop) : ¬¬(p ∨ ¬p) := by
  intro h
  apply h
  right
  intro hp
  apply h
  left
  exact hp

theorem lt_subst_prop (a b c : Nat) (h : a = b) (h' : b = c) : c = a := by
  subst h
  subst h'
  rfl

theorem lt_exists_unique_like (n : Nat) : ∃ m, m = n + 1 ∧ ∀ k, k = n + 1 → k = m := by
  refine ⟨n + 1, rfl, ?_⟩
  intro k hk
  exact hk

theorem lt_xor_symm (p q : Prop) (h : (p ∧ ¬q) ∨ (q ∧ ¬p)) : (q ∧ ¬p) ∨ (p ∧ ¬q) := by
  obtain ⟨hp, hq⟩ | ⟨hq, hp⟩ := h
  · exact Or.inr ⟨hp, hq⟩
  · exact Or.inl ⟨hq, hp⟩

theorem lt_three_cases (p q r s : Prop) (h : p ∨ q ∨ r) (hp : p → s) (hq : q → s) (hr : r → s) : s := by
  rcases h with h | h | h
  · exact hp h
  · exact hq h
  · exact hr h

theorem lt_false_elim_chain (p q r : Prop) (h₁ : p → q) (h₂ : q → r) (h₃ : ¬r) : ¬p := by
  intro hp
  apply h₃
  apply h₂
  apply h₁
  assumption

theorem lt_forall_and (α : Type) (p q : α → Prop) : (∀ x, p x ∧ q x) ↔ (∀ x, p x) ∧ ∀ x, q x := by
  constructor
  · intro h
    constructor <;> intro x
    · exact (h x).1
    · exact (h x).2
  · intro h x
    exact ⟨h.1 x, h.2 x⟩

theorem lt_forall_or_left (α : Type) (p : α → Prop) (q : Prop) (h : ∀ x, p x ∨ q) : (∀ x, p x) ∨ q := by
  by_cases hq : q
  · right; exact hq
  · left
    intro x
    cases h x with
    | inl hp => exact hp
    | inr hq' => exact absurd hq' hq

theorem lt_choice_of_two (p q : Prop) : (p → q) ∨ (q → p) := by
  cases Classical.em p with
  | inl hp =>
    right
    intro _
    exact hp
  | inr hnp =>
    left
    intro hp
    exact (hnp hp).elim

theorem lt_and_intros_four (p q r s : Prop) (hp : p) (hq : q) (hr : r) (hs : s) : p ∧ q ∧ r ∧ s := by
  and_intros
  · exact hp
  · exact hq
  · exact hr
  · exact hs

theorem lt_clear_rename (p q r : Prop) (h : p ∧ q ∧ r) : r := by
  cases h
  rename_i hp hqr
  clear hp
  cases hqr
  assumption

theorem lt_rename_type (p q : Prop) (h : p) (k : p → q) : q := by
  rename p => hypothesis
  rename (p → q) => step
  exact step hypothesis

theorem lt_revert_intro (α : Type) (p : α → α → Prop) (x y : α) (h : p x y) : ∃ a b, p a b := by
  revert h
  intro h
  revert x
  intro a h
  exact ⟨a, y, h⟩

theorem lt_specialize (α : Type) (p q : α → Prop) (h : ∀ x, p x → q x) (a : α) (ha : p a) : q a := by
  specialize h a
  specialize h ha
  exact h

theorem lt_replace (p q r : Prop) (h : p) (f : p → q) (g : q → r) : r := by
  replace h := f h
  replace h := g h
  exact h

theorem lt_nonempty_forall_exists (α : Type) [Nonempty α] (p : α → Prop) (h : ∀ x, p x) : ∃ x, p x := by
  obtain ⟨a⟩ := ‹Nonempty α›
  exact ⟨a, h a⟩

theorem lt_decidable_not_not (p : Prop) [Decidable p] (h : ¬¬p) : p := by
  cases (inferInstance : Decidable p) with
  | isTrue hp => exact hp
  | isFalse hn => exact absurd hn h

theorem lt_if_then_tactic (p q : Prop) [Decidable p] (h₁ : p → q) (h₂ : ¬p → q) : q := by
  if hp : p then
    exact h₁ hp
  else
    exact h₂ hp

theorem lt_exfalso_nested (p q r : Prop) (h : p → ¬q) (hp : p) (hq : q) : r := by
  exfalso
  apply h
  · exact hp
  · exact hq

theorem lt_iff_of_true (p q : Prop) (hp : p) (hq : q) : p ↔ q := by
  constructor <;> intro _ <;> assumption

theorem lt_or_self (p : Prop) : p ∨ p ↔ p := by
  constructor
  · rintro (h | h) <;> exact h
  · intro h; left; exact h

theorem lt_absorption (p q : Prop) : p ∧ (p ∨ q) ↔ p := by
  apply Iff.intro
  · intro h; exact h.left
  · intro h; exact And.intro h (Or.inl h)

theorem lt_constructive_dilemma (p q r s : Prop) (f : p → r) (g : q → s) (h : p ∨ q) : r ∨ s := by
  cases h
  case inl hp => exact Or.inl (f hp)
  case inr hq => exact Or.inr (g hq)

theorem lt_true_false (h : True → False) : 0 = 1 := by
  cases h trivial

theorem lt_skolem (α β : Type) (r : α → β → Prop) (h : ∀ x, ∃ y, r x y) : ∃ f : α → β, ∀ x, r x (f x) := by
  refine ⟨fun x => Classical.choose (h x), ?_⟩
  intro x
  exact Classical.choose_spec (h x)

theorem lt_not_all_equal (p q : Prop) (h : ¬(p ↔ q)) : p ∨ q := by
  false_or_by_contra
  rename_i hn
  apply h
  constructor
  · intro hp; exact absurd (Or.inl hp) hn
  · intro hq; exact absurd (Or.inr hq) hn

theorem lt_subsingleton_prop (p : Prop) (h₁ h₂ : p) : h₁ = h₂ := by
  rfl

theorem lt_prop_ext (p q : Prop) (h : p ↔ q) : p = q := by
  apply propext
  exact h

theorem lt_prop_complete (p : Prop) : p = True ∨ p = False := by
  by_cases h : p
  · left
    exact eq_true h
  · right
    exact eq_false h

theorem lt_barber (α : Type) (shaves : α → α → Prop) (b : α) : ¬∀ x, shaves b x ↔ ¬shaves x x := by
  intro h
  have hb := h b
  have hn : ¬shaves b b := by
    intro hs
    exact hb.1 hs hs
  exact hn (hb.2 hn)

theorem lt_cantor (α : Type) (f : α → α → Prop) : ∃ s : α → Prop, ∀ x, f x ≠ s := by
  refine ⟨fun x => ¬f x x, ?_⟩
  intro x hx
  have h : f x x = ¬f x x := congrFun hx x
  by_cases hf : f x x
  · have hf' := hf
    rw [h] at hf'
    exact hf' hf
  · apply hf
    rw [h]
    exact hf
