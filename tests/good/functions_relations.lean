/-!
Functions, sets as predicates, relations and orders; universe-polymorphic statements, instance binders, strict-implicit
binders, implicit lambdas, `@` and named arguments, hand-made structures by hypotheses.
-/

theorem fr_id_comp.{u, v} {α : Type u} {β : Type v} (f : α → β) : id ∘ f = f := rfl

theorem fr_comp_assoc.{u} {α β γ δ : Sort u} (h : γ → δ) (g : β → γ) (f : α → β) : (h ∘ g) ∘ f = h ∘ (g ∘ f) := rfl

theorem fr_const_comp {α : Type _} {β : Type _} {γ : Type _} (c : γ) (f : α → β) :
    Function.const β c ∘ f = Function.const α c := by
  funext x
  rfl

theorem fr_injective_comp.{u, v, w} {α : Sort u} {β : Sort v} {γ : Sort w} {g : β → γ} {f : α → β}
    (hg : ∀ ⦃x y⦄, g x = g y → x = y) (hf : ∀ ⦃x y⦄, f x = f y → x = y) :
    ∀ ⦃x y⦄, g (f x) = g (f y) → x = y :=
  fun _ _ h => hf (hg h)

theorem fr_surjective_comp {α β γ : Type} {g : β → γ} {f : α → β} (hg : ∀ c, ∃ b, g b = c) (hf : ∀ b, ∃ a, f a = b) :
    ∀ c, ∃ a, (g ∘ f) a = c := by
  intro c
  obtain ⟨b, rfl⟩ := hg c
  obtain ⟨a, rfl⟩ := hf b
  exact ⟨a, rfl⟩

theorem fr_left_inverse_injective {α β : Type} {f : α → β} {g : β → α} (h : ∀ x, g (f x) = x) {x y : α}
    (e : f x = f y) : x = y := by
  have := congrArg g e
  rwa [h, h] at this

theorem fr_inverse_unique {α β : Type} (f : α → β) (g h : β → α) (hg : ∀ x, g (f x) = x) (hh : ∀ y, f (h y) = y) :
    g = h := by
  funext y
  calc g y = g (f (h y)) := by rw [hh]
    _ = h y := hg (h y)

theorem fr_section_exists {α β : Type} (f : α → β) (hf : ∀ y, ∃ x, f x = y) : ∃ s : β → α, f ∘ s = id := by
  let s : β → α := fun y => Classical.choose (hf y)
  have hs : ∀ y, f (s y) = y := fun y => Classical.choose_spec (hf y)
  exact ⟨s, funext hs⟩

theorem fr_involution_bijective {α : Type} (f : α → α) (h : ∀ x, f (f x) = x) :
    (∀ x y, f x = f y → x = y) ∧ (∀ y, ∃ x, f x = y) where
  left := fun x y e => by rw [← h x, e, h y]
  right y := ⟨f y, h y⟩

theorem fr_idempotent_image {α : Type} (f : α → α) (h : f ∘ f = f) (y : α) : (∃ x, f x = y) ↔ f y = y := by
  constructor
  · rintro ⟨x, rfl⟩
    exact congrFun h x
  · intro hy
    exact ⟨y, hy⟩

theorem fr_curry_uncurry {α β γ : Type} (f : α × β → γ) : Function.uncurry (Function.curry f) = f := by
  funext ⟨a, b⟩
  rfl

theorem fr_curry_inverse {α β γ : Type} (f : α → β → γ) : Function.curry (Function.uncurry f) = f := rfl

theorem fr_flip_flip {α β γ : Sort _} (f : α → β → γ) : flip (flip f) = f := rfl

theorem fr_on_fun {α β : Type} (r : β → β → Prop) (f : α → β) (h : ∀ b, r b b) (a : α) : (fun x y => r (f x) (f y)) a a := h (f a)

theorem fr_update_self {α β : Type} [DecidableEq α] (f : α → β) (a : α) (b : β) :
    (fun x => if x = a then b else f x) a = b := if_pos rfl

theorem fr_update_twice {α β : Type} [DecidableEq α] (f : α → β) (a : α) (b c : β) :
    (fun x => if x = a then c else (fun y => if y = a then b else f y) x) = fun x => if x = a then c else f x := by
  funext x
  by_cases h : x = a
  · simp [h]
  · simp [h]

theorem fr_subset_trans {α : Type} {s t u : α → Prop} (h : ∀ ⦃x⦄, s x → t x) (k : ∀ ⦃x⦄, t x → u x) : ∀ ⦃x⦄, s x → u x :=
  fun _ hx => k (h hx)

theorem fr_set_ext {α : Type} (s t : α → Prop) (h : ∀ x, s x ↔ t x) : s = t :=
  funext fun x => propext (h x)

theorem fr_inter_comm {α : Type} (s t : α → Prop) : (fun x => s x ∧ t x) = fun x => t x ∧ s x := by
  funext x
  exact propext ⟨And.symm, And.symm⟩

theorem fr_union_compl {α : Type} (s : α → Prop) : (fun x => s x ∨ ¬s x) = fun _ => True := by
  ext x
  simp [Classical.em]

theorem fr_preimage_union {α β : Type} (f : α → β) (s t : β → Prop) :
    (fun x => (fun y => s y ∨ t y) (f x)) = fun x => s (f x) ∨ t (f x) := rfl

theorem fr_image_subset {α β : Type} (f : α → β) (s t : α → Prop) (h : ∀ x, s x → t x) (y : β) :
    (∃ x, s x ∧ f x = y) → ∃ x, t x ∧ f x = y := by
  rintro ⟨x, hx, rfl⟩
  exact ⟨x, h x hx, rfl⟩

theorem fr_galois {α β : Type} (f : α → β) (s : α → Prop) (t : β → Prop) :
    (∀ y, (∃ x, s x ∧ f x = y) → t y) ↔ ∀ x, s x → t (f x) := by
  constructor
  · intro h x hx
    exact h (f x) ⟨x, hx, rfl⟩
  · rintro h _ ⟨x, hx, rfl⟩
    exact h x hx

theorem fr_empty_subset {α : Type} (s : α → Prop) : ∀ x, (fun _ : α => False) x → s x := fun _ h => nomatch h

theorem fr_union_indexed {α ι : Type} (A : ι → α → Prop) (x : α) : ¬(∃ i, A i x) ↔ ∀ i, ¬A i x := by
  simp only [not_exists]

theorem fr_symm_trans_refl {α : Type} (r : α → α → Prop) (sy : ∀ {a b}, r a b → r b a)
    (tr : ∀ {a b c}, r a b → r b c → r a c) (tot : ∀ a, ∃ b, r a b) (a : α) : r a a := by
  obtain ⟨b, hb⟩ := tot a
  exact tr hb (sy hb)

theorem fr_equivalence_kernel {α β : Type} (f : α → β) : Equivalence (fun x y => f x = f y) :=
  { refl := fun _ => rfl
    symm := fun h => h.symm
    trans := fun h k => h.trans k }

theorem fr_equivalence_classes {α : Type} {r : α → α → Prop} (h : Equivalence r) {a b : α} (hab : r a b) :
    (r a ·) = (r b ·) := by
  funext c
  apply propext
  constructor
  · intro hac; exact h.trans (h.symm hab) hac
  · intro hbc; exact h.trans hab hbc

theorem fr_antisymm_unique_least {α : Type} (le : α → α → Prop) (anti : ∀ a b, le a b → le b a → a = b) (a b : α)
    (ha : ∀ x, le a x) (hb : ∀ x, le b x) : a = b :=
  anti a b (ha b) (hb a)

theorem fr_strict_of_partial {α : Type} (le : α → α → Prop) (tr : ∀ a b c, le a b → le b c → le a c) (a b c : α)
    (h : le a b ∧ ¬le b a) (h' : le b c ∧ ¬le c b) : le a c ∧ ¬le c a := by
  refine ⟨tr a b c h.1 h'.1, fun hca => ?_⟩
  exact h.2 (tr b c a h'.1 hca)

theorem fr_monotone_comp {f g : Nat → Nat} (hf : ∀ ⦃a b⦄, a ≤ b → f a ≤ f b) (hg : ∀ ⦃a b⦄, a ≤ b → g a ≤ g b) :
    ∀ ⦃a b⦄, a ≤ b → (f ∘ g) a ≤ (f ∘ g) b := by
  intro a b h
  exact hf (hg h)

theorem fr_relation_comp_assoc {α : Type} (r s t : α → α → Prop) (a d : α) :
    (∃ c, (∃ b, r a b ∧ s b c) ∧ t c d) ↔ ∃ b, r a b ∧ ∃ c, s b c ∧ t c d := by
  constructor
  · rintro ⟨c, ⟨b, hr, hs⟩, ht⟩; exact ⟨b, hr, c, hs, ht⟩
  · rintro ⟨b, hr, c, hs, ht⟩; exact ⟨c, ⟨b, hr, hs⟩, ht⟩

theorem fr_trans_gen_trans {α : Type} {r : α → α → Prop} {a b c : α} (h : Relation.TransGen r a b)
    (k : Relation.TransGen r b c) : Relation.TransGen r a c := by
  induction k with
  | single k => exact .tail h k
  | tail _ k ih => exact .tail ih k

theorem fr_trans_gen_mono {α : Type} {r s : α → α → Prop} (h : ∀ a b, r a b → s a b) {a b : α} :
    Relation.TransGen r a b → Relation.TransGen s a b
  | .single k => .single (h _ _ k)
  | .tail t k => .tail (fr_trans_gen_mono h t) (h _ _ k)

theorem fr_wf_no_cycle {α : Type} {r : α → α → Prop} (wf : WellFounded r) (a b : α) (h : r a b) : ¬r b a := by
  induction a using WellFounded.induction wf generalizing b with
  | _ a ih =>
    intro h'
    exact ih b h' a h' h

theorem fr_wf_minimal {α : Type} (r : α → α → Prop) (wf : WellFounded r) (p : α → Prop) (a : α) (ha : p a) :
    ∃ m, p m ∧ ∀ x, r x m → ¬p x := by
  revert ha
  refine wf.induction (C := fun a => p a → ∃ m, p m ∧ ∀ x, r x m → ¬p x) a ?_
  intro x ih hx
  by_cases h : ∃ y, r y x ∧ p y
  · obtain ⟨y, hyx, hy⟩ := h
    exact ih y hyx hy
  · exact ⟨x, hx, fun y hy hp => h ⟨y, hy, hp⟩⟩

theorem fr_decidable_eq {α : Type} [DecidableEq α] (a b : α) (h : ¬a ≠ b) : a = b := Decidable.not_not.mp h

theorem fr_inhabited_default {α : Type} [Inhabited α] (p : α → Prop) (h : ∀ a, p a) : p default := h _

theorem fr_beq_lawful {α : Type} [BEq α] [LawfulBEq α] (a b : α) (h : a == b) : a = b := eq_of_beq h

theorem fr_instance_explicit {α : Type} (inst₁ inst₂ : Subsingleton α) (a b : α) : a = b := @Subsingleton.elim α inst₁ a b

theorem fr_add_class {α : Type} [Add α] (comm : ∀ a b : α, a + b = b + a) (a b c : α) : a + b + c = c + (b + a) := by
  rw [comm (a + b) c, comm a b]

theorem fr_std_associative {α : Type} (op : α → α → α) [Std.Associative op] [Std.Commutative op] (a b c : α) :
    op a (op b c) = op c (op b a) := by
  ac_rfl

theorem fr_monoid_unit_unique {α : Type} (op : α → α → α) (e e' : α) (h : ∀ x, op e x = x) (h' : ∀ x, op x e' = x) : e = e' :=
  (h' e).symm.trans (h e')

theorem fr_group_cancel {α : Type} (op : α → α → α) (e : α) (inv : α → α) (assoc : ∀ a b c, op (op a b) c = op a (op b c))
    (one : ∀ a, op e a = a) (left : ∀ a, op (inv a) a = e) (a b c : α) (h : op a b = op a c) : b = c := by
  have h₁ : op (inv a) (op a b) = op (inv a) (op a c) := by rw [h]
  rw [← assoc, ← assoc, left, one, one] at h₁
  exact h₁

theorem fr_group_right_inverse {α : Type} (op : α → α → α) (e : α) (inv : α → α)
    (assoc : ∀ a b c, op (op a b) c = op a (op b c)) (one : ∀ a, op e a = a) (left : ∀ a, op (inv a) a = e) (a : α) :
    op a (inv a) = e := by
  have step : op a (inv a) = op (op (inv (inv a)) (inv a)) (op a (inv a)) := by
    rw [left, one]
  rw [step, assoc, ← assoc (inv a) a (inv a), left, one, left]

theorem fr_implicit_lambda {α : Type} (r : α → α → Prop) (h : ∀ {a}, r a a) : ∀ {a : α}, r a a := h

theorem fr_explicit_pass {α : Type} (r : α → α → Prop) (h : ∀ {a b}, r a b → r b a) : ∀ a b, r a b → r b a :=
  fun a b => @h a b

theorem fr_auto_bound_args (f : (n : Nat) → (h : 0 < n) → Nat) (m : Nat) (h : 0 < m) : f (h := h) = f m h := rfl

theorem fr_opt_param (f : (n : Nat := 3) → Nat) (h : ∀ n, f n = n) : f = 3 := h 3

theorem fr_named_argument (α : Type) (a : α) : List.replicate (n := 3) (a := a) = [a, a, a] := rfl

theorem fr_iterate_fixed {α : Type} (f : α → α) (x : α) (h : f x = x) : ∀ n, Nat.repeat f n x = x
  | 0 => rfl
  | n + 1 => by rw [Nat.repeat, fr_iterate_fixed f x h n, h]

theorem fr_constant_of_subsingleton {α β : Type} (h : ∀ a b : α, a = b) (f : α → β) (a b : α) : f a = f b :=
  congrArg f (h a b)

theorem fr_pi_ext {ι : Type} {A : ι → Type} (f g : (i : ι) → A i) (h : ∀ i, f i = g i) : f = g := funext h

theorem fr_dependent_choice {ι : Type} {A : ι → Type} (h : ∀ i, Nonempty (A i)) : Nonempty ((i : ι) → A i) :=
  ⟨fun i => Classical.choice (h i)⟩

theorem fr_ulift.{u, v} {α : Type u} (x : ULift.{v} α) : ULift.up x.down = x := rfl

theorem fr_sort_poly.{u} {α : Sort u} {p q : α → Prop} (h : ∀ a, p a → q a) : (∃ a, p a) → ∃ a, q a
  | ⟨a, ha⟩ => ⟨a, h a ha⟩

theorem fr_lawvere {α β : Type} (φ : α → α → β) (sur : ∀ g : α → β, ∃ a, φ a = g) (f : β → β) : ∃ b, f b = b := by
  obtain ⟨a, ha⟩ := sur fun x => f (φ x x)
  refine ⟨φ a a, ?_⟩
  have : φ a a = f (φ a a) := congrFun ha a
  exact this.symm

theorem fr_knaster_on_pred {α : Type} (F : (α → Prop) → α → Prop)
    (mono : ∀ s t : α → Prop, (∀ x, s x → t x) → ∀ x, F s x → F t x) :
    ∃ s : α → Prop, (∀ x, F s x → s x) := by
  refine ⟨fun x => ∀ t : α → Prop, (∀ y, F t y → t y) → t x, ?_⟩
  intro x hx t ht
  apply ht
  exact mono _ t (fun y hy => hy t ht) x hx
