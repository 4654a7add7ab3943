/-!
Propositional and first-order logic: connectives, negation, quantifiers and equality.
Most facts are constructive; the classical ones have `classical` in their name or are the drinker statement.
-/

namespace Seed

theorem swap_and (p q : Prop) (h : p ∧ q) : q ∧ p :=
  ⟨h.2, h.1⟩

theorem swap_or (p q : Prop) (h : p ∨ q) : q ∨ p := by
  cases h with
  | inl hp => exact Or.inr hp
  | inr hq => exact Or.inl hq

theorem and_swap_iff (p q : Prop) : p ∧ q ↔ q ∧ p :=
  ⟨swap_and p q, swap_and q p⟩

theorem or_swap_iff (p q : Prop) : p ∨ q ↔ q ∨ p :=
  ⟨swap_or p q, swap_or q p⟩

theorem imp_chain (p q r : Prop) (hpq : p → q) (hqr : q → r) : p → r :=
  fun hp => hqr (hpq hp)

theorem imp_chain_three (p q r s : Prop) (h1 : p → q) (h2 : q → r) (h3 : r → s) : p → s :=
  imp_chain p r s (imp_chain p q r h1 h2) h3

theorem contrapose (p q : Prop) (h : p → q) : ¬q → ¬p := by
  intro hnq hp
  exact hnq (h hp)

theorem contrapose_iff_left (p q : Prop) (h : p ↔ q) : ¬q → ¬p :=
  contrapose p q h.mp

theorem not_congr_of_iff (p q : Prop) (h : p ↔ q) : ¬p ↔ ¬q := by
  constructor
  · exact contrapose q p h.mpr
  · exact contrapose p q h.mp

theorem double_neg_intro (p : Prop) (hp : p) : ¬¬p :=
  fun hn => hn hp

theorem triple_neg_elim (p : Prop) (h : ¬¬¬p) : ¬p :=
  contrapose p (¬¬p) (double_neg_intro p) h

theorem triple_neg_iff (p : Prop) : ¬¬¬p ↔ ¬p :=
  ⟨triple_neg_elim p, double_neg_intro (¬p)⟩

theorem double_neg_map (p q : Prop) (h : p → q) : ¬¬p → ¬¬q :=
  contrapose (¬q) (¬p) (contrapose p q h)

theorem double_neg_and_left (p q : Prop) (h : ¬¬(p ∧ q)) : ¬¬p :=
  double_neg_map (p ∧ q) p And.left h

theorem double_neg_and_right (p q : Prop) (h : ¬¬(p ∧ q)) : ¬¬q := by
  apply double_neg_and_left q p
  exact double_neg_map (p ∧ q) (q ∧ p) (swap_and p q) h

theorem double_neg_and_intro (p q : Prop) (hp : ¬¬p) (hq : ¬¬q) : ¬¬(p ∧ q) := by
  intro hn
  apply hp
  intro p1
  apply hq
  intro q1
  exact hn ⟨p1, q1⟩

theorem double_neg_and_iff (p q : Prop) : ¬¬(p ∧ q) ↔ ¬¬p ∧ ¬¬q := by
  constructor
  · intro h
    exact ⟨double_neg_and_left p q h, double_neg_and_right p q h⟩
  · intro h
    exact double_neg_and_intro p q h.1 h.2

theorem and_map (p q r s : Prop) (f : p → r) (g : q → s) (h : p ∧ q) : r ∧ s :=
  ⟨f h.1, g h.2⟩

theorem and_map_left (p q r : Prop) (f : p → r) (h : p ∧ q) : r ∧ q :=
  and_map p q r q f id h

theorem and_map_right (p q s : Prop) (g : q → s) (h : p ∧ q) : p ∧ s :=
  and_map p q p s id g h

theorem and_congr_of_iff (p q r s : Prop) (h1 : p ↔ r) (h2 : q ↔ s) : p ∧ q ↔ r ∧ s :=
  ⟨and_map p q r s h1.mp h2.mp, and_map r s p q h1.mpr h2.mpr⟩

theorem or_map (p q r s : Prop) (f : p → r) (g : q → s) (h : p ∨ q) : r ∨ s := by
  rcases h with hp | hq
  · left
    exact f hp
  · right
    exact g hq

theorem or_map_left (p q r : Prop) (f : p → r) (h : p ∨ q) : r ∨ q :=
  or_map p q r q f id h

theorem or_map_right (p q s : Prop) (g : q → s) (h : p ∨ q) : p ∨ s :=
  or_map p q p s id g h

theorem or_congr_of_iff (p q r s : Prop) (h1 : p ↔ r) (h2 : q ↔ s) : p ∨ q ↔ r ∨ s := by
  constructor
  · exact or_map p q r s h1.mp h2.mp
  · exact or_map r s p q h1.mpr h2.mpr

theorem assoc_and (p q r : Prop) (h : (p ∧ q) ∧ r) : p ∧ (q ∧ r) := by
  obtain ⟨⟨hp, hq⟩, hr⟩ := h
  exact ⟨hp, hq, hr⟩

theorem assoc_and_rev (p q r : Prop) (h : p ∧ (q ∧ r)) : (p ∧ q) ∧ r := by
  have h1 : (r ∧ q) ∧ p := and_map_left (q ∧ r) p (r ∧ q) (swap_and q r) (swap_and _ _ h)
  exact swap_and _ _ (and_map_right r (q ∧ p) (p ∧ q) (swap_and q p) (assoc_and r q p h1))

theorem rotate_and (p q r : Prop) (h : p ∧ (q ∧ r)) : q ∧ (r ∧ p) :=
  assoc_and q r p (swap_and p (q ∧ r) h)

theorem rotate_and_twice (p q r : Prop) (h : p ∧ (q ∧ r)) : r ∧ (p ∧ q) :=
  rotate_and q r p (rotate_and p q r h)

theorem assoc_or (p q r : Prop) (h : (p ∨ q) ∨ r) : p ∨ (q ∨ r) := by
  rcases h with (hp | hq) | hr
  · exact Or.inl hp
  · exact Or.inr (Or.inl hq)
  · exact Or.inr (Or.inr hr)

theorem rotate_or (p q r : Prop) (h : p ∨ (q ∨ r)) : q ∨ (r ∨ p) :=
  assoc_or q r p (swap_or p (q ∨ r) h)

theorem rotate_or_twice (p q r : Prop) (h : p ∨ (q ∨ r)) : r ∨ (p ∨ q) := by
  apply rotate_or
  exact rotate_or p q r h

theorem assoc_or_rev (p q r : Prop) (h : p ∨ (q ∨ r)) : (p ∨ q) ∨ r :=
  swap_or r (p ∨ q) (rotate_or_twice p q r h)

theorem distrib_and_or (p q r : Prop) (h : p ∧ (q ∨ r)) : (p ∧ q) ∨ (p ∧ r) := by
  cases h.2 with
  | inl hq => exact Or.inl ⟨h.1, hq⟩
  | inr hr => exact Or.inr ⟨h.1, hr⟩

theorem distrib_or_and_right (p q r : Prop) (h : (q ∨ r) ∧ p) : (q ∧ p) ∨ (r ∧ p) := by
  have h1 := distrib_and_or p q r (swap_and _ _ h)
  exact or_map _ _ _ _ (swap_and p q) (swap_and p r) h1

theorem collect_and_or (p q r : Prop) (h : (p ∧ q) ∨ (p ∧ r)) : p ∧ (q ∨ r) := by
  refine ⟨?_, or_map (p ∧ q) (p ∧ r) q r And.right And.right h⟩
  cases h with
  | inl h1 => exact h1.1
  | inr h2 => exact h2.1

theorem distrib_and_or_iff (p q r : Prop) : p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r) :=
  ⟨distrib_and_or p q r, collect_and_or p q r⟩

theorem distrib_or_and (p q r : Prop) (h : p ∨ (q ∧ r)) : (p ∨ q) ∧ (p ∨ r) :=
  ⟨or_map_right p (q ∧ r) q And.left h, or_map_right p (q ∧ r) r And.right h⟩

theorem or_of_two_with_and (p q r : Prop) (h : (p ∨ q) ∧ (p ∨ r)) : p ∨ (q ∧ r) := by
  rcases h with ⟨hp | hq, h2⟩
  · exact Or.inl hp
  · exact or_map_right p r (q ∧ r) (fun hr => ⟨hq, hr⟩) h2

theorem distrib_or_and_iff (p q r : Prop) : p ∨ (q ∧ r) ↔ (p ∨ q) ∧ (p ∨ r) := by
  constructor
  · exact distrib_or_and p q r
  · exact or_of_two_with_and p q r

theorem curry_imp (p q r : Prop) (h : p ∧ q → r) : p → q → r :=
  fun hp hq => h ⟨hp, hq⟩

theorem uncurry_imp (p q r : Prop) (h : p → q → r) : p ∧ q → r :=
  fun hpq => h hpq.1 hpq.2

theorem curry_iff (p q r : Prop) : (p ∧ q → r) ↔ (p → q → r) :=
  ⟨curry_imp p q r, uncurry_imp p q r⟩

theorem flip_hypotheses (p q r : Prop) (h : p → q → r) : q → p → r :=
  curry_imp q p r (imp_chain _ _ r (swap_and q p) (uncurry_imp p q r h))

theorem not_and_of_imp_not (p q : Prop) (h : p → ¬q) : ¬(p ∧ q) :=
  uncurry_imp p q False h

theorem imp_not_of_not_and (p q : Prop) (h : ¬(p ∧ q)) : p → ¬q :=
  curry_imp p q False h

theorem imp_not_symm (p q : Prop) (h : p → ¬q) : q → ¬p := by
  apply imp_not_of_not_and
  exact contrapose (q ∧ p) (p ∧ q) (swap_and q p) (not_and_of_imp_not p q h)

theorem not_and_self_not (p : Prop) : ¬(p ∧ ¬p) :=
  not_and_of_imp_not p (¬p) (double_neg_intro p)

theorem not_or_both (p q : Prop) (h : ¬(p ∨ q)) : ¬p ∧ ¬q :=
  ⟨contrapose p (p ∨ q) Or.inl h, contrapose q (p ∨ q) Or.inr h⟩

theorem both_not_or (p q : Prop) (h : ¬p ∧ ¬q) : ¬(p ∨ q) := by
  intro hpq
  cases hpq with
  | inl hp => exact h.1 hp
  | inr hq => exact absurd hq h.2

theorem de_morgan_or (p q : Prop) : ¬(p ∨ q) ↔ ¬p ∧ ¬q :=
  ⟨not_or_both p q, both_not_or p q⟩

theorem de_morgan_or_three (p q r : Prop) : ¬(p ∨ q ∨ r) ↔ ¬p ∧ ¬q ∧ ¬r := by
  rw [de_morgan_or p (q ∨ r), de_morgan_or q r]

theorem not_and_of_or_not (p q : Prop) (h : ¬p ∨ ¬q) : ¬(p ∧ q) := by
  rcases h with hp | hq
  · exact contrapose (p ∧ q) p And.left hp
  · exact contrapose (p ∧ q) q And.right hq

theorem double_neg_em (p : Prop) : ¬¬(p ∨ ¬p) := by
  intro h
  have h1 := not_or_both p (¬p) h
  exact h1.2 h1.1

theorem not_imp_has_premise (p q : Prop) (h : ¬(p → q)) : ¬¬p := by
  intro hnp
  exact h (fun hp => absurd hp hnp)

theorem not_imp_refutes_goal (p q : Prop) (h : ¬(p → q)) : ¬q :=
  contrapose q (p → q) (fun hq _ => hq) h

theorem double_neg_cases (p q : Prop) (h1 : p → ¬q) (h2 : ¬p → ¬q) : ¬q := by
  intro hq
  exact h2 (imp_not_symm p q h1 hq) hq

theorem disj_resolve_left (p q : Prop) (h : p ∨ q) (hn : ¬p) : q := by
  cases h with
  | inl hp => contradiction
  | inr hq => exact hq

theorem disj_resolve_right (p q : Prop) (h : p ∨ q) (hn : ¬q) : p :=
  disj_resolve_left q p (swap_or p q h) hn

theorem resolution_step (p q r : Prop) (h1 : p ∨ q) (h2 : ¬p ∨ r) : q ∨ r := by
  rcases h2 with hn | hr
  · exact Or.inl (disj_resolve_left p q h1 hn)
  · exact Or.inr hr

theorem imp_of_not_or (p q : Prop) (h : ¬p ∨ q) : p → q :=
  fun hp => disj_resolve_left (¬p) q h (double_neg_intro p hp)

theorem exists_map {α : Type} (P Q : α → Prop) (f : ∀ x, P x → Q x) (h : ∃ x, P x) : ∃ x, Q x := by
  obtain ⟨a, ha⟩ := h
  exact ⟨a, f a ha⟩

theorem forall_map {α : Type} (P Q : α → Prop) (f : ∀ x, P x → Q x) (h : ∀ x, P x) : ∀ x, Q x :=
  fun x => f x (h x)

theorem exists_and_left_part {α : Type} (P Q : α → Prop) (h : ∃ x, P x ∧ Q x) : ∃ x, P x :=
  exists_map (fun x => P x ∧ Q x) P (fun _ hx => hx.1) h

theorem exists_and_swap {α : Type} (P Q : α → Prop) (h : ∃ x, P x ∧ Q x) : ∃ x, Q x ∧ P x :=
  exists_map _ _ (fun x => swap_and (P x) (Q x)) h

theorem exists_and_split {α : Type} (P Q : α → Prop) (h : ∃ x, P x ∧ Q x) :
    (∃ x, P x) ∧ (∃ x, Q x) :=
  ⟨exists_and_left_part P Q h, exists_and_left_part Q P (exists_and_swap P Q h)⟩

theorem exists_or_split {α : Type} (P Q : α → Prop) (h : ∃ x, P x ∨ Q x) :
    (∃ x, P x) ∨ (∃ x, Q x) := by
  obtain ⟨a, ha⟩ := h
  exact or_map (P a) (Q a) _ _ (fun hp => ⟨a, hp⟩) (fun hq => ⟨a, hq⟩) ha

theorem exists_or_join {α : Type} (P Q : α → Prop) (h : (∃ x, P x) ∨ (∃ x, Q x)) :
    ∃ x, P x ∨ Q x := by
  cases h with
  | inl hp => exact exists_map P _ (fun _ => Or.inl) hp
  | inr hq => exact exists_map Q _ (fun _ => Or.inr) hq

theorem forall_and_split {α : Type} (P Q : α → Prop) (h : ∀ x, P x ∧ Q x) :
    (∀ x, P x) ∧ (∀ x, Q x) :=
  ⟨forall_map _ P (fun _ hx => hx.1) h, forall_map _ Q (fun _ hx => hx.2) h⟩

theorem forall_or_weaken {α : Type} (P Q : α → Prop) (h : (∀ x, P x) ∨ (∀ x, Q x)) :
    ∀ x, P x ∨ Q x := by
  intro x
  exact or_map _ _ (P x) (Q x) (fun hp => hp x) (fun hq => hq x) h

theorem not_exists_to_forall {α : Type} (P : α → Prop) (h : ¬∃ x, P x) : ∀ x, ¬P x :=
  fun x => contrapose (P x) (∃ y, P y) (fun hx => ⟨x, hx⟩) h

theorem forall_not_to_not_exists {α : Type} (P : α → Prop) (h : ∀ x, ¬P x) : ¬∃ x, P x := by
  rintro ⟨x, hx⟩
  exact h x hx

theorem not_exists_iff_forall {α : Type} (P : α → Prop) : (¬∃ x, P x) ↔ ∀ x, ¬P x :=
  ⟨not_exists_to_forall P, forall_not_to_not_exists P⟩

theorem not_exists_or {α : Type} (P Q : α → Prop) (h : ¬∃ x, P x ∨ Q x) :
    (∀ x, ¬P x) ∧ (∀ x, ¬Q x) := by
  apply forall_and_split
  intro x
  exact not_or_both (P x) (Q x) (not_exists_to_forall _ h x)

theorem exists_not_to_not_forall {α : Type} (P : α → Prop) (h : ∃ x, ¬P x) : ¬∀ x, P x := by
  intro hall
  exact forall_not_to_not_exists (fun x => ¬P x) (fun x => double_neg_intro _ (hall x)) h

theorem exists_swap_order {α β : Type} (R : α → β → Prop) (h : ∃ x, ∃ y, R x y) :
    ∃ y, ∃ x, R x y := by
  obtain ⟨x, y, hxy⟩ := h
  exact ⟨y, x, hxy⟩

theorem exists_forall_swap {α β : Type} (R : α → β → Prop) (h : ∃ x, ∀ y, R x y) :
    ∀ y, ∃ x, R x y :=
  fun y => exists_map _ _ (fun _ hx => hx y) h

theorem classical_double_neg (p : Prop) (h : ¬¬p) : p :=
  disj_resolve_right p (¬p) (Classical.em p) h

theorem classical_contrapose_back (p q : Prop) (h : ¬q → ¬p) : p → q := by
  intro hp
  apply classical_double_neg
  exact contrapose (¬q) (¬p) h (double_neg_intro p hp)

theorem classical_peirce (p q : Prop) (h : (p → q) → p) : p := by
  apply classical_double_neg
  intro hn
  exact hn (h (fun hp => absurd hp hn))

theorem classical_de_morgan_and (p q : Prop) (h : ¬(p ∧ q)) : ¬p ∨ ¬q := by
  by_cases hp : p
  · exact Or.inr (imp_not_of_not_and p q h hp)
  · exact Or.inl hp

theorem classical_not_forall {α : Type} (P : α → Prop) (h : ¬∀ x, P x) : ∃ x, ¬P x := by
  apply classical_double_neg
  intro hn
  exact h (fun x => classical_double_neg _ (not_exists_to_forall (fun y => ¬P y) hn x))

theorem drinker_statement (P : Nat → Prop) : ∃ x, P x → ∀ y, P y := by
  by_cases h : ∀ y, P y
  · exact ⟨0, fun _ => h⟩
  · obtain ⟨a, ha⟩ := classical_not_forall P h
    exact ⟨a, fun hp => absurd hp ha⟩

theorem eq_flip {α : Type} (a b : α) (h : a = b) : b = a := by
  rw [h]

theorem eq_chain {α : Type} (a b c : α) (h1 : a = b) (h2 : b = c) : a = c := by
  rw [h1, h2]

theorem eq_both_to_third {α : Type} (a b c : α) (h1 : a = c) (h2 : b = c) : a = b :=
  eq_chain a c b h1 (eq_flip b c h2)

theorem ne_flip {α : Type} (a b : α) (h : a ≠ b) : b ≠ a :=
  contrapose (b = a) (a = b) (eq_flip b a) h

theorem ne_of_separating_property {α : Type} (P : α → Prop) (a b : α) (ha : P a) (hb : ¬P b) :
    a ≠ b := by
  intro h
  subst h
  contradiction

theorem ne_of_separating_property_rev {α : Type} (P : α → Prop) (a b : α) (ha : P a) (hb : ¬P b) :
    b ≠ a :=
  ne_flip a b (ne_of_separating_property P a b ha hb)

theorem eq_chain_four {α : Type} (a b c d : α) (h1 : a = b) (h2 : b = c) (h3 : c = d) : a = d :=
  eq_chain a b d h1 (eq_chain b c d h2 h3)

theorem eq_square_close {α : Type} (a b c d : α) (h1 : a = b) (h2 : c = d) (h3 : b = d) : a = c :=
  eq_both_to_third a c d (eq_chain a b d h1 h3) h2

end Seed
