/-!
Optional values: map, bind, a first-choice operation, defaults, filters and the conversion to lists.
-/

namespace Seed

/-- The value inside, or the default `d`. -/
def valueOr {α : Type} (d : α) : Option α → α
  | none => d
  | some a => a

/-- The first argument if it has a value, else the second. -/
def firstOf {α : Type} : Option α → Option α → Option α
  | none, y => y
  | some a, _ => some a

/-- Keep the value only if it passes the test `p`. -/
def keepIf {α : Type} (p : α → Bool) (x : Option α) : Option α :=
  x.bind (fun a => if p a then some a else none)

/-- A list with at most one element. -/
def asList {α : Type} : Option α → List α
  | none => []
  | some a => [a]

/-- Both values as a pair, if both are there. -/
def bothOf {α β : Type} (x : Option α) (y : Option β) : Option (α × β) :=
  x.bind (fun a => y.map (fun b => (a, b)))

/-- The head of a list, if there is one. -/
def headOf {α : Type} : List α → Option α
  | [] => none
  | a :: _ => some a

theorem some_inj_value {α : Type} (a b : α) (h : some a = some b) : a = b := by
  injection h

theorem some_not_none {α : Type} (a : α) : some a ≠ none := by
  intro h
  cases h

theorem none_not_some {α : Type} (a : α) : none ≠ some a :=
  fun h => some_not_none a h.symm

theorem none_or_some {α : Type} (x : Option α) : x = none ∨ ∃ a, x = some a := by
  cases x with
  | none => exact Or.inl rfl
  | some a => exact Or.inr ⟨a, rfl⟩

theorem some_of_not_none {α : Type} (x : Option α) (h : x ≠ none) : ∃ a, x = some a := by
  rcases none_or_some x with h1 | h1
  · exact absurd h1 h
  · exact h1

theorem none_of_no_value {α : Type} (x : Option α) (h : ∀ a, x ≠ some a) : x = none := by
  rcases none_or_some x with h1 | ⟨a, ha⟩
  · exact h1
  · exact absurd ha (h a)

theorem not_none_of_some {α : Type} (x : Option α) (a : α) (h : x = some a) : x ≠ none := by
  rw [h]
  exact some_not_none a

theorem value_unique {α : Type} (x : Option α) (a b : α) (h1 : x = some a) (h2 : x = some b) :
    a = b :=
  some_inj_value a b (h1.symm.trans h2)

theorem equal_of_same_values {α : Type} (x y : Option α) (h : ∀ a, x = some a ↔ y = some a) :
    x = y := by
  rcases none_or_some x with hx | ⟨a, ha⟩
  · rw [hx]
    apply (none_of_no_value y _).symm
    intro b hb
    exact none_not_some b (hx ▸ (h b).mpr hb)
  · rw [ha, (h a).mp ha]

theorem map_none_eq {α β : Type} (f : α → β) : (none : Option α).map f = none :=
  rfl

theorem map_some_eq {α β : Type} (f : α → β) (a : α) : (some a).map f = some (f a) :=
  rfl

theorem map_none_only {α β : Type} (f : α → β) (x : Option α) (h : x.map f = none) : x = none := by
  cases x with
  | none => rfl
  | some a => exact absurd h (some_not_none (f a))

theorem map_keeps_not_none {α β : Type} (f : α → β) (x : Option α) (h : x ≠ none) :
    x.map f ≠ none :=
  fun h1 => h (map_none_only f x h1)

theorem map_some_source {α β : Type} (f : α → β) (x : Option α) (b : β) (h : x.map f = some b) :
    ∃ a, x = some a ∧ f a = b := by
  cases x with
  | none => exact absurd h (none_not_some b)
  | some a => exact ⟨a, rfl, some_inj_value (f a) b h⟩

theorem map_some_iff {α β : Type} (f : α → β) (x : Option α) (b : β) :
    x.map f = some b ↔ ∃ a, x = some a ∧ f a = b := by
  constructor
  · exact map_some_source f x b
  · rintro ⟨a, rfl, rfl⟩
    rfl

theorem map_map_option {α β γ : Type} (f : α → β) (g : β → γ) (x : Option α) :
    (x.map f).map g = x.map (fun a => g (f a)) := by
  cases x with
  | none => rfl
  | some a => rfl

theorem map_same_option {α : Type} (x : Option α) : x.map (fun a => a) = x := by
  cases x with
  | none => rfl
  | some a => rfl

theorem map_agree {α β : Type} (f g : α → β) (h : ∀ a, f a = g a) (x : Option α) :
    x.map f = x.map g := by
  have e : f = g := funext h
  rw [e]

theorem map_ident_of_fixed {α : Type} (f : α → α) (h : ∀ a, f a = a) (x : Option α) :
    x.map f = x :=
  (map_agree f (fun a => a) h x).trans (map_same_option x)

theorem map_undo {α β : Type} (f : α → β) (g : β → α) (h : ∀ a, g (f a) = a) (x : Option α) :
    (x.map f).map g = x := by
  rw [map_map_option]
  exact map_ident_of_fixed _ h x

theorem map_inj_of_undo {α β : Type} (f : α → β) (g : β → α) (h : ∀ a, g (f a) = a)
    (x y : Option α) (e : x.map f = y.map f) : x = y := by
  rw [← map_undo f g h x, e, map_undo f g h]

theorem map_not_twice (x : Option Bool) : (x.map not).map not = x :=
  map_undo not not (fun b => by cases b <;> rfl) x

theorem map_commuting {α : Type} (f g : α → α) (h : ∀ a, f (g a) = g (f a)) (x : Option α) :
    (x.map g).map f = (x.map f).map g := by
  rw [map_map_option, map_map_option]
  exact map_agree _ _ h x

theorem bind_none_left {α β : Type} (f : α → Option β) : (none : Option α).bind f = none :=
  rfl

theorem bind_some_left {α β : Type} (f : α → Option β) (a : α) : (some a).bind f = f a :=
  rfl

theorem bind_some_right {α : Type} (x : Option α) : x.bind some = x := by
  cases x with
  | none => rfl
  | some a => exact bind_some_left some a

theorem bind_none_right {α β : Type} (x : Option α) :
    x.bind (fun _ => (none : Option β)) = none := by
  cases x with
  | none => rfl
  | some a => rfl

theorem bind_nested {α β γ : Type} (f : α → Option β) (g : β → Option γ) (x : Option α) :
    (x.bind f).bind g = x.bind (fun a => (f a).bind g) := by
  cases x with
  | none => rfl
  | some a => rfl

theorem bind_agree {α β : Type} (f g : α → Option β) (h : ∀ a, f a = g a) (x : Option α) :
    x.bind f = x.bind g := by
  rw [funext h]

theorem map_as_bind {α β : Type} (f : α → β) (x : Option α) :
    x.map f = x.bind (fun a => some (f a)) := by
  cases x with
  | none => rfl
  | some a => rfl

theorem bind_after_map {α β γ : Type} (f : α → β) (g : β → Option γ) (x : Option α) :
    (x.map f).bind g = x.bind (fun a => g (f a)) := by
  rw [map_as_bind, bind_nested]
  rfl

theorem map_after_bind {α β γ : Type} (f : α → Option β) (g : β → γ) (x : Option α) :
    (x.bind f).map g = x.bind (fun a => (f a).map g) := by
  rw [map_as_bind, bind_nested]
  exact bind_agree _ _ (fun a => (map_as_bind g (f a)).symm) x

theorem bind_ident_of_some {α : Type} (f : α → Option α) (h : ∀ a, f a = some a) (x : Option α) :
    x.bind f = x :=
  (bind_agree f some h x).trans (bind_some_right x)

theorem bind_swap_order {α β γ : Type} (f : α → β → Option γ) (x : Option α) (y : Option β) :
    x.bind (fun a => y.bind (f a)) = y.bind (fun b => x.bind (fun a => f a b)) := by
  cases x with
  | none => exact (bind_none_right y).symm
  | some a => rfl

theorem bind_some_source {α β : Type} (f : α → Option β) (x : Option α) (b : β)
    (h : x.bind f = some b) : ∃ a, x = some a ∧ f a = some b := by
  rcases none_or_some x with rfl | ⟨a, rfl⟩
  · exact absurd h (none_not_some b)
  · exact ⟨a, rfl, h⟩

theorem bind_some_iff {α β : Type} (f : α → Option β) (x : Option α) (b : β) :
    x.bind f = some b ↔ ∃ a, x = some a ∧ f a = some b := by
  constructor
  · exact bind_some_source f x b
  · rintro ⟨a, rfl, h⟩
    exact h

theorem bind_not_none_source {α β : Type} (f : α → Option β) (x : Option α)
    (h : x.bind f ≠ none) : x ≠ none := by
  obtain ⟨b, hb⟩ := some_of_not_none _ h
  obtain ⟨a, ha, _⟩ := bind_some_source f x b hb
  exact not_none_of_some x a ha

theorem value_or_some {α : Type} (d a : α) : valueOr d (some a) = a :=
  rfl

theorem value_or_none {α : Type} (d : α) : valueOr d none = d :=
  rfl

theorem value_or_map {α β : Type} (f : α → β) (d : α) (x : Option α) :
    valueOr (f d) (x.map f) = f (valueOr d x) := by
  cases x with
  | none => rfl
  | some a => rfl

theorem value_or_cases {α : Type} (d : α) (x : Option α) :
    valueOr d x = d ∨ x = some (valueOr d x) := by
  rcases none_or_some x with rfl | ⟨a, rfl⟩
  · exact Or.inl (value_or_none d)
  · exact Or.inr (by rw [value_or_some])

theorem value_or_not_none {α : Type} (d : α) (x : Option α) (h : x ≠ none) :
    some (valueOr d x) = x := by
  obtain ⟨a, rfl⟩ := some_of_not_none x h
  rw [value_or_some]

theorem value_or_default_irrelevant {α : Type} (d e : α) (x : Option α) (h : x ≠ none) :
    valueOr d x = valueOr e x := by
  apply some_inj_value
  rw [value_or_not_none d x h, value_or_not_none e x h]

theorem value_or_inj {α : Type} (d : α) (x y : Option α) (hx : x ≠ none) (hy : y ≠ none)
    (h : valueOr d x = valueOr d y) : x = y := by
  rw [← value_or_not_none d x hx, h, value_or_not_none d y hy]

theorem value_or_property {α : Type} (P : α → Prop) (d : α) (x : Option α) (hd : P d)
    (hx : ∀ a, x = some a → P a) : P (valueOr d x) := by
  rcases value_or_cases d x with h | h
  · rw [h]
    exact hd
  · exact hx _ h

theorem value_or_map_twice {α β γ : Type} (f : α → β) (g : β → γ) (d : α) (x : Option α) :
    valueOr (g (f d)) ((x.map f).map g) = g (f (valueOr d x)) := by
  rw [value_or_map, value_or_map]

theorem value_or_le_of_bounds (d n : Nat) (x : Option Nat) (hd : d ≤ n)
    (hx : ∀ a, x = some a → a ≤ n) : valueOr d x ≤ n :=
  value_or_property (fun a => a ≤ n) d x hd hx

theorem first_of_none_left {α : Type} (y : Option α) : firstOf none y = y :=
  rfl

theorem first_of_some_left {α : Type} (a : α) (y : Option α) : firstOf (some a) y = some a :=
  rfl

theorem first_of_none_right {α : Type} (x : Option α) : firstOf x none = x := by
  cases x with
  | none => exact first_of_none_left none
  | some a => exact first_of_some_left a none

theorem first_of_self {α : Type} (x : Option α) : firstOf x x = x := by
  cases x with
  | none => exact first_of_none_left none
  | some a => exact first_of_some_left a _

theorem first_of_assoc {α : Type} (x y z : Option α) :
    firstOf (firstOf x y) z = firstOf x (firstOf y z) := by
  cases x with
  | none => rw [first_of_none_left, first_of_none_left]
  | some a => rw [first_of_some_left, first_of_some_left, first_of_some_left]

theorem first_of_repeat {α : Type} (x y : Option α) : firstOf x (firstOf x y) = firstOf x y := by
  rw [← first_of_assoc, first_of_self]

theorem first_of_not_none {α : Type} (x y : Option α) (h : x ≠ none) : firstOf x y = x := by
  obtain ⟨a, rfl⟩ := some_of_not_none x h
  exact first_of_some_left a y

theorem first_of_cases {α : Type} (x y : Option α) : firstOf x y = x ∨ firstOf x y = y := by
  rcases none_or_some x with rfl | ⟨a, rfl⟩
  · exact Or.inr (first_of_none_left y)
  · exact Or.inl (first_of_some_left a y)

theorem first_of_eq_none_left {α : Type} (x y : Option α) (h : firstOf x y = none) : x = none := by
  cases x with
  | none => rfl
  | some a => exact absurd h (some_not_none a)

theorem first_of_eq_none_right {α : Type} (x y : Option α) (h : firstOf x y = none) :
    y = none := by
  have hx := first_of_eq_none_left x y h
  rw [hx, first_of_none_left] at h
  exact h

theorem first_of_eq_none_iff {α : Type} (x y : Option α) :
    firstOf x y = none ↔ x = none ∧ y = none := by
  constructor
  · intro h
    exact ⟨first_of_eq_none_left x y h, first_of_eq_none_right x y h⟩
  · rintro ⟨rfl, rfl⟩
    rfl

theorem first_of_map {α β : Type} (f : α → β) (x y : Option α) :
    (firstOf x y).map f = firstOf (x.map f) (y.map f) := by
  cases x with
  | none => rw [first_of_none_left, map_none_eq, first_of_none_left]
  | some a => rw [first_of_some_left, map_some_eq, first_of_some_left]

theorem value_or_first_of {α : Type} (d : α) (x y : Option α) :
    valueOr d (firstOf x y) = valueOr (valueOr d y) x := by
  cases x with
  | none => rw [first_of_none_left, value_or_none]
  | some a => rw [first_of_some_left, value_or_some, value_or_some]

theorem value_or_first_of_some {α : Type} (d b : α) (x : Option α) :
    valueOr d (firstOf x (some b)) = valueOr b x := by
  rw [value_or_first_of, value_or_some]

theorem keep_if_none {α : Type} (p : α → Bool) : keepIf p none = none :=
  bind_none_left _

theorem keep_if_pass {α : Type} (p : α → Bool) (a : α) (h : p a = true) :
    keepIf p (some a) = some a :=
  if_pos h

theorem keep_if_fail {α : Type} (p : α → Bool) (a : α) (h : p a = false) :
    keepIf p (some a) = none := by
  apply if_neg
  rw [h]
  decide

theorem keep_if_cases {α : Type} (p : α → Bool) (x : Option α) :
    keepIf p x = x ∨ keepIf p x = none := by
  rcases none_or_some x with rfl | ⟨a, rfl⟩
  · exact Or.inl (keep_if_none p)
  · cases h : p a with
    | true => exact Or.inl (keep_if_pass p a h)
    | false => exact Or.inr (keep_if_fail p a h)

theorem keep_if_twice {α : Type} (p : α → Bool) (x : Option α) :
    keepIf p (keepIf p x) = keepIf p x := by
  rcases keep_if_cases p x with h | h
  · rw [h, h]
  · rw [h, keep_if_none]

theorem keep_if_source {α : Type} (p : α → Bool) (x : Option α) (a : α)
    (h : keepIf p x = some a) : x = some a := by
  rcases keep_if_cases p x with h1 | h1
  · rw [← h1, h]
  · exact absurd (h1.symm.trans h) (none_not_some a)

theorem keep_if_passes {α : Type} (p : α → Bool) (x : Option α) (a : α)
    (h : keepIf p x = some a) : p a = true := by
  have hx := keep_if_source p x a h
  cases hp : p a with
  | true => rfl
  | false =>
    rw [hx, keep_if_fail p a hp] at h
    exact absurd h (none_not_some a)

theorem keep_if_some_iff {α : Type} (p : α → Bool) (x : Option α) (a : α) :
    keepIf p x = some a ↔ x = some a ∧ p a = true := by
  constructor
  · intro h
    exact ⟨keep_if_source p x a h, keep_if_passes p x a h⟩
  · rintro ⟨rfl, h⟩
    exact keep_if_pass p a h

theorem keep_if_swap {α : Type} (p q : α → Bool) (x : Option α) :
    keepIf p (keepIf q x) = keepIf q (keepIf p x) := by
  apply equal_of_same_values
  intro a
  rw [keep_if_some_iff, keep_if_some_iff, keep_if_some_iff, keep_if_some_iff, and_right_comm]

theorem keep_if_all {α : Type} (x : Option α) : keepIf (fun _ => true) x = x := by
  cases x with
  | none => exact keep_if_none _
  | some a => exact keep_if_pass _ a rfl

theorem as_list_length_le {α : Type} (x : Option α) : (asList x).length ≤ 1 := by
  cases x with
  | none => exact Nat.zero_le 1
  | some a => exact Nat.le_refl 1

theorem as_list_map {α β : Type} (f : α → β) (x : Option α) :
    asList (x.map f) = (asList x).map f := by
  cases x with
  | none => rfl
  | some a => rfl

theorem head_of_as_list {α : Type} (x : Option α) : headOf (asList x) = x := by
  cases x with
  | none => rfl
  | some a => rfl

theorem as_list_inj {α : Type} (x y : Option α) (h : asList x = asList y) : x = y := by
  rw [← head_of_as_list x, h, head_of_as_list]

theorem as_list_nil_only {α : Type} (x : Option α) (h : asList x = []) : x = none :=
  as_list_inj x none h

theorem as_list_singleton {α : Type} (x : Option α) (a : α) (h : asList x = [a]) : x = some a :=
  as_list_inj x (some a) h

theorem mem_as_list_iff {α : Type} (x : Option α) (a : α) : a ∈ asList x ↔ x = some a := by
  rcases none_or_some x with rfl | ⟨b, rfl⟩
  · exact ⟨fun h => absurd h List.not_mem_nil, fun h => absurd h (none_not_some a)⟩
  · constructor
    · intro h
      rw [List.mem_singleton.mp h]
    · intro h
      exact List.mem_singleton.mpr (some_inj_value b a h).symm

theorem head_of_append {α : Type} (xs ys : List α) :
    headOf (xs ++ ys) = firstOf (headOf xs) (headOf ys) := by
  cases xs with
  | nil => exact (first_of_none_left (headOf ys)).symm
  | cons a xs => exact (first_of_some_left a (headOf ys)).symm

theorem head_of_map {α β : Type} (f : α → β) (xs : List α) :
    headOf (xs.map f) = (headOf xs).map f := by
  cases xs with
  | nil => exact (map_none_eq f).symm
  | cons a xs => exact (map_some_eq f a).symm

theorem head_of_append_self {α : Type} (xs : List α) : headOf (xs ++ xs) = headOf xs := by
  rw [head_of_append, first_of_self]

theorem head_of_append_map {α β : Type} (f : α → β) (xs ys : List α) :
    headOf ((xs ++ ys).map f) = firstOf ((headOf xs).map f) ((headOf ys).map f) := by
  rw [head_of_map, head_of_append, first_of_map]

theorem head_of_as_list_append {α : Type} (x y : Option α) :
    headOf (asList x ++ asList y) = firstOf x y := by
  rw [head_of_append, head_of_as_list, head_of_as_list]

theorem both_of_none_right {α β : Type} (x : Option α) : bothOf x (none : Option β) = none :=
  bind_none_right x

theorem both_of_some_iff {α β : Type} (x : Option α) (y : Option β) (a : α) (b : β) :
    bothOf x y = some (a, b) ↔ x = some a ∧ y = some b := by
  constructor
  · intro h
    obtain ⟨a', ha, h1⟩ := bind_some_source _ x _ h
    obtain ⟨b', hb, h2⟩ := map_some_source _ y _ h1
    cases h2
    exact ⟨ha, hb⟩
  · rintro ⟨rfl, rfl⟩
    rfl

theorem both_of_fst {α β : Type} (x : Option α) (b : β) :
    (bothOf x (some b)).map Prod.fst = x := by
  cases x with
  | none => exact map_none_eq Prod.fst
  | some a => exact map_some_eq Prod.fst (a, b)

theorem both_of_none_cases {α β : Type} (x : Option α) (y : Option β) (h : bothOf x y = none) :
    x = none ∨ y = none := by
  rcases none_or_some x with hx | ⟨a, rfl⟩
  · exact Or.inl hx
  · exact Or.inr (map_none_only _ y h)

theorem both_of_swap {α β : Type} (x : Option α) (y : Option β) :
    (bothOf x y).map (fun p => (p.2, p.1)) = bothOf y x := by
  rcases none_or_some x with rfl | ⟨a, rfl⟩
  · exact (both_of_none_right y).symm
  · rcases none_or_some y with rfl | ⟨b, rfl⟩
    · rfl
    · rfl

end Seed
