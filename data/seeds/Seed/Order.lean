/-!
Order: relations that are reflexive, symmetric or transitive, monotone functions on the natural
numbers, bounds, least elements and closure-like functions.
-/

namespace Seed

/-- Every element is related to itself. -/
def ReflexiveRel {α : Type} (r : α → α → Prop) : Prop := ∀ x, r x x

/-- Related elements are related the other way round. -/
def SymmetricRel {α : Type} (r : α → α → Prop) : Prop := ∀ x y, r x y → r y x

/-- Two steps can be made in one. -/
def TransitiveRel {α : Type} (r : α → α → Prop) : Prop := ∀ x y z, r x y → r y z → r x z

/-- Different elements are never related both ways. -/
def AntisymmetricRel {α : Type} (r : α → α → Prop) : Prop := ∀ x y, r x y → r y x → x = y

/-- Reflexive and transitive. -/
def PreorderRel {α : Type} (r : α → α → Prop) : Prop := ReflexiveRel r ∧ TransitiveRel r

/-- Reflexive, symmetric and transitive. -/
def EquivalenceRel {α : Type} (r : α → α → Prop) : Prop :=
  ReflexiveRel r ∧ SymmetricRel r ∧ TransitiveRel r

/-- The relation read backwards. -/
def converse {α : Type} (r : α → α → Prop) : α → α → Prop := fun x y => r y x

/-- Related both ways. -/
def mutually {α : Type} (r : α → α → Prop) : α → α → Prop := fun x y => r x y ∧ r y x

/-- The relation that `r` gives on the values of `f`. -/
def pullback {α β : Type} (r : β → β → Prop) (f : α → β) : α → α → Prop := fun x y => r (f x) (f y)

/-- `f` keeps the order `≤`. -/
def Monotone (f : Nat → Nat) : Prop := ∀ x y, x ≤ y → f x ≤ f y

/-- `f` keeps the order `<`. -/
def StrictMono (f : Nat → Nat) : Prop := ∀ x y, x < y → f x < f y

/-- `f` reverses the order `≤`. -/
def Antitone (f : Nat → Nat) : Prop := ∀ x y, x ≤ y → f y ≤ f x

/-- `f` never makes its argument smaller. -/
def Inflationary (f : Nat → Nat) : Prop := ∀ x, x ≤ f x

/-- Every element with property `P` is at most `b`. -/
def UpperBound (P : Nat → Prop) (b : Nat) : Prop := ∀ x, P x → x ≤ b

/-- Every element with property `P` is at least `b`. -/
def LowerBound (P : Nat → Prop) (b : Nat) : Prop := ∀ x, P x → b ≤ x

/-- The least element with property `P`. -/
def IsLeast (P : Nat → Prop) (b : Nat) : Prop := P b ∧ LowerBound P b

/-- The greatest element with property `P`. -/
def IsGreatest (P : Nat → Prop) (b : Nat) : Prop := P b ∧ UpperBound P b

theorem converse_twice {α : Type} (r : α → α → Prop) : converse (converse r) = r :=
  rfl

theorem converse_reflexive {α : Type} (r : α → α → Prop) (h : ReflexiveRel r) :
    ReflexiveRel (converse r) :=
  fun x => h x

theorem converse_transitive {α : Type} (r : α → α → Prop) (h : TransitiveRel r) :
    TransitiveRel (converse r) := by
  intro x y z hxy hyz
  exact h z y x hyz hxy

theorem converse_transitive_iff {α : Type} (r : α → α → Prop) :
    TransitiveRel (converse r) ↔ TransitiveRel r :=
  ⟨converse_transitive (converse r), converse_transitive r⟩

theorem converse_antisymmetric {α : Type} (r : α → α → Prop) (h : AntisymmetricRel r) :
    AntisymmetricRel (converse r) :=
  fun x y hxy hyx => h x y hyx hxy

theorem converse_preorder {α : Type} (r : α → α → Prop) (h : PreorderRel r) :
    PreorderRel (converse r) :=
  ⟨converse_reflexive r h.1, converse_transitive r h.2⟩

theorem converse_of_symmetric {α : Type} (r : α → α → Prop) (h : SymmetricRel r) :
    converse r = r := by
  funext x y
  exact propext ⟨h y x, h x y⟩

theorem symmetric_iff_converse_eq {α : Type} (r : α → α → Prop) :
    SymmetricRel r ↔ converse r = r := by
  constructor
  · exact converse_of_symmetric r
  · intro h x y hxy
    rw [← h]
    exact hxy

theorem mutually_symmetric {α : Type} (r : α → α → Prop) : SymmetricRel (mutually r) :=
  fun _ _ h => ⟨h.2, h.1⟩

theorem mutually_reflexive {α : Type} (r : α → α → Prop) (h : ReflexiveRel r) :
    ReflexiveRel (mutually r) :=
  fun x => ⟨h x, h x⟩

theorem mutually_transitive {α : Type} (r : α → α → Prop) (h : TransitiveRel r) :
    TransitiveRel (mutually r) := by
  intro x y z hxy hyz
  exact ⟨h x y z hxy.1 hyz.1, converse_transitive r h x y z hxy.2 hyz.2⟩

theorem mutually_equivalence {α : Type} (r : α → α → Prop) (h : PreorderRel r) :
    EquivalenceRel (mutually r) :=
  ⟨mutually_reflexive r h.1, mutually_symmetric r, mutually_transitive r h.2⟩

theorem mutually_eq_of_antisymmetric {α : Type} (r : α → α → Prop) (h : AntisymmetricRel r)
    (x y : α) (hm : mutually r x y) : x = y :=
  h x y hm.1 hm.2

theorem equivalence_is_preorder {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) :
    PreorderRel r :=
  ⟨h.1, h.2.2⟩

theorem equivalence_converse {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) :
    EquivalenceRel (converse r) := by
  rw [converse_of_symmetric r h.2.1]
  exact h

theorem equivalence_symm_step {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) (x y : α)
    (hxy : r x y) : r y x :=
  h.2.1 x y hxy

theorem equivalence_trans_step {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) (x y z : α)
    (hxy : r x y) (hyz : r y z) : r x z :=
  h.2.2 x y z hxy hyz

theorem equivalence_common_target {α : Type} (r : α → α → Prop) (h : EquivalenceRel r)
    (x y z : α) (hx : r x z) (hy : r y z) : r x y :=
  equivalence_trans_step r h x z y hx (equivalence_symm_step r h y z hy)

theorem equivalence_common_source {α : Type} (r : α → α → Prop) (h : EquivalenceRel r)
    (x y z : α) (hx : r z x) (hy : r z y) : r x y :=
  equivalence_trans_step r h x z y (equivalence_symm_step r h z x hx) hy

theorem equivalence_class_iff {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) (x y z : α)
    (hxy : r x y) : r x z ↔ r y z := by
  constructor
  · intro hxz
    exact equivalence_common_source r h y z x hxy hxz
  · intro hyz
    exact equivalence_trans_step r h x y z hxy hyz

theorem equivalence_class_eq {α : Type} (r : α → α → Prop) (h : EquivalenceRel r) (x y : α)
    (hxy : r x y) : r x = r y := by
  funext z
  exact propext (equivalence_class_iff r h x y z hxy)

theorem pullback_reflexive {α β : Type} (r : β → β → Prop) (f : α → β) (h : ReflexiveRel r) :
    ReflexiveRel (pullback r f) :=
  fun x => h (f x)

theorem pullback_symmetric {α β : Type} (r : β → β → Prop) (f : α → β) (h : SymmetricRel r) :
    SymmetricRel (pullback r f) :=
  fun x y hxy => h (f x) (f y) hxy

theorem pullback_transitive {α β : Type} (r : β → β → Prop) (f : α → β) (h : TransitiveRel r) :
    TransitiveRel (pullback r f) := by
  intro x y z hxy hyz
  exact h (f x) (f y) (f z) hxy hyz

theorem pullback_preorder {α β : Type} (r : β → β → Prop) (f : α → β) (h : PreorderRel r) :
    PreorderRel (pullback r f) :=
  ⟨pullback_reflexive r f h.1, pullback_transitive r f h.2⟩

theorem pullback_equivalence {α β : Type} (r : β → β → Prop) (f : α → β)
    (h : EquivalenceRel r) : EquivalenceRel (pullback r f) :=
  ⟨pullback_reflexive r f h.1, pullback_symmetric r f h.2.1, pullback_transitive r f h.2.2⟩

theorem eq_equivalence {α : Type} : EquivalenceRel (fun x y : α => x = y) :=
  ⟨fun _ => rfl, fun _ _ h => h.symm, fun _ _ _ h1 h2 => h1.trans h2⟩

theorem same_value_equivalence {α β : Type} (f : α → β) :
    EquivalenceRel (fun x y => f x = f y) :=
  pullback_equivalence _ f eq_equivalence

theorem same_length_equivalence {α : Type} :
    EquivalenceRel (fun xs ys : List α => xs.length = ys.length) :=
  same_value_equivalence List.length

theorem same_remainder_equivalence (m : Nat) : EquivalenceRel (fun a b => a % m = b % m) :=
  same_value_equivalence (fun a => a % m)

theorem le_preorder_nat : PreorderRel (fun a b : Nat => a ≤ b) :=
  ⟨Nat.le_refl, fun _ _ _ h1 h2 => Nat.le_trans h1 h2⟩

theorem ge_preorder_nat : PreorderRel (fun a b : Nat => b ≤ a) :=
  converse_preorder _ le_preorder_nat

theorem le_antisymmetric_nat : AntisymmetricRel (fun a b : Nat => a ≤ b) :=
  fun _ _ h1 h2 => Nat.le_antisymm h1 h2

theorem shorter_list_preorder {α : Type} :
    PreorderRel (fun xs ys : List α => xs.length ≤ ys.length) :=
  pullback_preorder _ List.length le_preorder_nat

theorem monotone_same : Monotone (fun n => n) :=
  fun _ _ h => h

theorem monotone_constant (c : Nat) : Monotone (fun _ => c) :=
  fun _ _ _ => Nat.le_refl c

theorem monotone_compose (f g : Nat → Nat) (hf : Monotone f) (hg : Monotone g) :
    Monotone (fun n => f (g n)) := by
  intro x y h
  apply hf
  exact hg x y h

theorem monotone_sum (f g : Nat → Nat) (hf : Monotone f) (hg : Monotone g) :
    Monotone (fun n => f n + g n) :=
  fun x y h => Nat.add_le_add (hf x y h) (hg x y h)

theorem monotone_product (f g : Nat → Nat) (hf : Monotone f) (hg : Monotone g) :
    Monotone (fun n => f n * g n) := by
  intro x y h
  exact Nat.mul_le_mul (hf x y h) (hg x y h)

theorem monotone_add_constant (c : Nat) : Monotone (fun n => n + c) :=
  monotone_sum (fun n => n) (fun _ => c) monotone_same (monotone_constant c)

theorem monotone_mul_constant (c : Nat) : Monotone (fun n => c * n) :=
  monotone_product (fun _ => c) (fun n => n) (monotone_constant c) monotone_same

theorem monotone_square : Monotone (fun n => n * n) :=
  monotone_product (fun n => n) (fun n => n) monotone_same monotone_same

theorem monotone_cube : Monotone (fun n => n * n * n) :=
  monotone_product (fun n => n * n) (fun n => n) monotone_square monotone_same

theorem monotone_linear (a b : Nat) : Monotone (fun n => a * n + b) :=
  monotone_compose (fun n => n + b) (fun n => a * n) (monotone_add_constant b)
    (monotone_mul_constant a)

theorem monotone_max (f g : Nat → Nat) (hf : Monotone f) (hg : Monotone g) :
    Monotone (fun n => max (f n) (g n)) := by
  intro x y h
  have h1 := hf x y h
  have h2 := hg x y h
  show max (f x) (g x) ≤ max (f y) (g y)
  omega

theorem monotone_power (k : Nat) : Monotone (fun n => n ^ k) := by
  induction k with
  | zero => exact monotone_constant 1
  | succ j ih => exact monotone_product (fun n => n ^ j) (fun n => n) ih monotone_same

theorem monotone_twice (f : Nat → Nat) (hf : Monotone f) : Monotone (fun n => f (f n)) :=
  monotone_compose f f hf hf

theorem monotone_thrice (f : Nat → Nat) (hf : Monotone f) : Monotone (fun n => f (f (f n))) :=
  monotone_compose f (fun n => f (f n)) hf (monotone_twice f hf)

theorem monotone_square_sum (f g : Nat → Nat) (hf : Monotone f) (hg : Monotone g) :
    Monotone (fun n => f n * f n + g n * g n) := by
  apply monotone_sum (fun n => f n * f n) (fun n => g n * g n)
  · exact monotone_product f f hf hf
  · exact monotone_product g g hg hg

theorem monotone_of_steps (f : Nat → Nat) (h : ∀ n, f n ≤ f (n + 1)) : Monotone f := by
  intro x y hxy
  induction hxy with
  | refl => exact Nat.le_refl (f x)
  | step _ ih => exact Nat.le_trans ih (h _)

theorem monotone_iff_steps (f : Nat → Nat) : Monotone f ↔ ∀ n, f n ≤ f (n + 1) :=
  ⟨fun h n => h n (n + 1) (Nat.le_succ n), monotone_of_steps f⟩

theorem monotone_zero_least (f : Nat → Nat) (hf : Monotone f) (n : Nat) : f 0 ≤ f n :=
  hf 0 n (Nat.zero_le n)

theorem monotone_reflects_lt (f : Nat → Nat) (hf : Monotone f) (x y : Nat) (h : f x < f y) :
    x < y := by
  apply Nat.lt_of_not_le
  intro hyx
  exact Nat.not_le_of_lt h (hf y x hyx)

theorem monotone_max_value (f : Nat → Nat) (hf : Monotone f) (x y : Nat) :
    max (f x) (f y) ≤ f (max x y) := by
  apply Nat.max_le.mpr
  exact ⟨hf x _ (Nat.le_max_left x y), hf y _ (Nat.le_max_right x y)⟩

theorem antitone_compose (f g : Nat → Nat) (hf : Antitone f) (hg : Antitone g) :
    Monotone (fun n => f (g n)) := by
  intro x y h
  apply hf
  exact hg x y h

theorem antitone_twice (f : Nat → Nat) (hf : Antitone f) : Monotone (fun n => f (f n)) :=
  antitone_compose f f hf hf

theorem antitone_after_monotone (f g : Nat → Nat) (hf : Antitone f) (hg : Monotone g) :
    Antitone (fun n => f (g n)) :=
  fun x y h => hf (g x) (g y) (hg x y h)

theorem antitone_sub_from (c : Nat) : Antitone (fun n => c - n) := by
  intro x y h
  exact Nat.sub_le_sub_left h c

theorem monotone_reflect_twice (c : Nat) : Monotone (fun n => c - (c - n)) :=
  antitone_compose (fun n => c - n) (fun n => c - n) (antitone_sub_from c) (antitone_sub_from c)

theorem antitone_sub_square (c : Nat) : Antitone (fun n => c - n * n) :=
  antitone_after_monotone (fun n => c - n) (fun n => n * n) (antitone_sub_from c) monotone_square

theorem constant_of_both (f : Nat → Nat) (h1 : Monotone f) (h2 : Antitone f) (n : Nat) :
    f n = f 0 := by
  apply Nat.le_antisymm
  · exact h2 0 n (Nat.zero_le n)
  · exact monotone_zero_least f h1 n

theorem strict_mono_monotone (f : Nat → Nat) (h : StrictMono f) : Monotone f := by
  apply monotone_of_steps
  intro n
  exact Nat.le_of_lt (h n (n + 1) (Nat.lt_succ_self n))

theorem strict_mono_compose (f g : Nat → Nat) (hf : StrictMono f) (hg : StrictMono g) :
    StrictMono (fun n => f (g n)) :=
  fun x y h => hf (g x) (g y) (hg x y h)

theorem strict_mono_injective (f : Nat → Nat) (h : StrictMono f) (x y : Nat) (e : f x = f y) :
    x = y := by
  rcases Nat.lt_trichotomy x y with h1 | h1 | h1
  · exact absurd e (Nat.ne_of_lt (h x y h1))
  · exact h1
  · exact absurd e.symm (Nat.ne_of_lt (h y x h1))

theorem strict_mono_reflects_lt (f : Nat → Nat) (h : StrictMono f) (x y : Nat)
    (hxy : f x < f y) : x < y :=
  monotone_reflects_lt f (strict_mono_monotone f h) x y hxy

theorem strict_mono_lt_iff (f : Nat → Nat) (h : StrictMono f) (x y : Nat) :
    f x < f y ↔ x < y :=
  ⟨strict_mono_reflects_lt f h x y, h x y⟩

theorem strict_mono_le_iff (f : Nat → Nat) (h : StrictMono f) (x y : Nat) :
    f x ≤ f y ↔ x ≤ y := by
  rw [← Nat.not_lt, ← Nat.not_lt, strict_mono_lt_iff f h]

theorem strict_mono_of_injective (f : Nat → Nat) (hm : Monotone f)
    (hi : ∀ x y, f x = f y → x = y) : StrictMono f := by
  intro x y h
  apply Nat.lt_of_le_of_ne (hm x y (Nat.le_of_lt h))
  intro e
  exact Nat.ne_of_lt h (hi x y e)

theorem strict_mono_add_constant (c : Nat) : StrictMono (fun n => n + c) :=
  fun _ _ h => Nat.add_lt_add_right h c

theorem strict_mono_double : StrictMono (fun n => 2 * n) := by
  intro x y h
  show 2 * x < 2 * y
  omega

theorem strict_mono_double_succ : StrictMono (fun n => 2 * n + 1) :=
  strict_mono_compose (fun n => n + 1) (fun n => 2 * n) (strict_mono_add_constant 1)
    strict_mono_double

theorem strict_mono_inflationary (f : Nat → Nat) (h : StrictMono f) : Inflationary f := by
  intro n
  induction n with
  | zero => exact Nat.zero_le (f 0)
  | succ k ih => exact Nat.lt_of_le_of_lt ih (h k (k + 1) (Nat.lt_succ_self k))

theorem inflationary_double : Inflationary (fun n => 2 * n) :=
  strict_mono_inflationary _ strict_mono_double

theorem inflationary_compose (f g : Nat → Nat) (hf : Inflationary f) (hg : Inflationary g) :
    Inflationary (fun n => f (g n)) :=
  fun n => Nat.le_trans (hg n) (hf (g n))

theorem inflationary_add_constant (c : Nat) : Inflationary (fun n => n + c) :=
  strict_mono_inflationary (fun n => n + c) (strict_mono_add_constant c)

theorem inflationary_double_add (c : Nat) : Inflationary (fun n => 2 * n + c) :=
  inflationary_compose (fun n => n + c) (fun n => 2 * n) (inflationary_add_constant c)
    inflationary_double

theorem inflationary_twice (f : Nat → Nat) (hf : Inflationary f) (n : Nat) : n ≤ f (f n) :=
  inflationary_compose f f hf hf n

theorem strict_mono_twice_ge (f : Nat → Nat) (h : StrictMono f) (n : Nat) : n ≤ f (f n) :=
  inflationary_twice f (strict_mono_inflationary f h) n

theorem inflationary_thrice (f : Nat → Nat) (hf : Inflationary f) (n : Nat) : n ≤ f (f (f n)) :=
  inflationary_compose f (fun k => f (f k)) hf (inflationary_twice f hf) n

theorem strict_mono_thrice_ge (f : Nat → Nat) (h : StrictMono f) (n : Nat) : n ≤ f (f (f n)) :=
  inflationary_thrice f (strict_mono_inflationary f h) n

theorem strict_mono_exceeds (f : Nat → Nat) (h : StrictMono f) (b : Nat) : ∃ n, b < f n :=
  ⟨b + 1, strict_mono_inflationary f h (b + 1)⟩

theorem strict_mono_fixed_below (f : Nat → Nat) (h : StrictMono f) (n : Nat) (hn : f n = n)
    (k : Nat) (hk : k ≤ n) : f k = k := by
  induction hk with
  | refl => exact hn
  | @step m _ ih =>
    have h1 : f m < m + 1 := Nat.lt_of_lt_of_eq (h m (m + 1) (Nat.lt_succ_self m)) hn
    exact ih (Nat.le_antisymm (Nat.le_of_lt_succ h1) (strict_mono_inflationary f h m))

theorem upper_bound_larger (P : Nat → Prop) (b c : Nat) (h : UpperBound P b) (hbc : b ≤ c) :
    UpperBound P c :=
  fun x hx => Nat.le_trans (h x hx) hbc

theorem lower_bound_smaller (P : Nat → Prop) (b c : Nat) (h : LowerBound P b) (hcb : c ≤ b) :
    LowerBound P c :=
  fun x hx => Nat.le_trans hcb (h x hx)

theorem lower_bound_zero (P : Nat → Prop) : LowerBound P 0 :=
  fun x _ => Nat.zero_le x

theorem upper_bound_subset (P Q : Nat → Prop) (b : Nat) (hPQ : ∀ x, P x → Q x)
    (h : UpperBound Q b) : UpperBound P b :=
  fun x hx => h x (hPQ x hx)

theorem upper_bound_and (P Q : Nat → Prop) (b : Nat) (h : UpperBound P b) :
    UpperBound (fun x => P x ∧ Q x) b :=
  upper_bound_subset _ P b (fun _ hx => hx.1) h

theorem upper_bound_or (P Q : Nat → Prop) (b c : Nat) (hP : UpperBound P b)
    (hQ : UpperBound Q c) : UpperBound (fun x => P x ∨ Q x) (max b c) := by
  intro x hx
  rcases hx with h | h
  · exact upper_bound_larger P b _ hP (Nat.le_max_left b c) x h
  · exact upper_bound_larger Q c _ hQ (Nat.le_max_right b c) x h

theorem upper_bound_or_same (P Q : Nat → Prop) (b : Nat) (hP : UpperBound P b)
    (hQ : UpperBound Q b) : UpperBound (fun x => P x ∨ Q x) b := by
  have h := upper_bound_or P Q b b hP hQ
  rw [Nat.max_self] at h
  exact h

theorem greatest_unique (P : Nat → Prop) (a b : Nat) (ha : IsGreatest P a)
    (hb : IsGreatest P b) : a = b :=
  Nat.le_antisymm (hb.2 a ha.1) (ha.2 b hb.1)

theorem least_unique (P : Nat → Prop) (a b : Nat) (ha : IsLeast P a) (hb : IsLeast P b) :
    a = b := by
  apply Nat.le_antisymm
  · exact ha.2 b hb.1
  · exact hb.2 a ha.1

theorem least_zero_of_holds (P : Nat → Prop) (h : P 0) : IsLeast P 0 :=
  ⟨h, lower_bound_zero P⟩

theorem least_eq_zero (P : Nat → Prop) (b : Nat) (h : P 0) (hb : IsLeast P b) : b = 0 :=
  least_unique P b 0 hb (least_zero_of_holds P h)

theorem least_le_greatest (P : Nat → Prop) (a b : Nat) (ha : IsLeast P a)
    (hb : IsGreatest P b) : a ≤ b :=
  ha.2 b hb.1

theorem least_eq_greatest_unique (P : Nat → Prop) (a x : Nat) (h1 : IsLeast P a)
    (h2 : IsGreatest P a) (hx : P x) : x = a :=
  Nat.le_antisymm (h2.2 x hx) (h1.2 x hx)

theorem least_antitone (P Q : Nat → Prop) (a b : Nat) (hPQ : ∀ x, P x → Q x)
    (ha : IsLeast P a) (hb : IsLeast Q b) : b ≤ a :=
  hb.2 a (hPQ a ha.1)

theorem greatest_at_most (b : Nat) : IsGreatest (fun x => x ≤ b) b :=
  ⟨Nat.le_refl b, fun _ h => h⟩

theorem least_at_least (b : Nat) : IsLeast (fun x => b ≤ x) b :=
  ⟨Nat.le_refl b, fun _ h => h⟩

theorem at_most_inj (a b : Nat) (h : ∀ x, x ≤ a ↔ x ≤ b) : a = b := by
  apply greatest_unique (fun x => x ≤ a) a b (greatest_at_most a)
  exact ⟨(h b).mpr (Nat.le_refl b), fun x hx => (h x).mp hx⟩

theorem at_least_inj (a b : Nat) (h : ∀ x, a ≤ x ↔ b ≤ x) : a = b := by
  have e : (fun x => a ≤ x) = (fun x => b ≤ x) := funext (fun x => propext (h x))
  exact least_unique _ a b (least_at_least a) (e ▸ least_at_least b)

theorem least_image (f : Nat → Nat) (hf : Monotone f) (P : Nat → Prop) (a : Nat)
    (h : IsLeast P a) : IsLeast (fun y => ∃ x, P x ∧ f x = y) (f a) := by
  refine ⟨⟨a, h.1, rfl⟩, ?_⟩
  rintro y ⟨x, hx, rfl⟩
  exact hf a x (h.2 x hx)

theorem least_value_of_monotone (f : Nat → Nat) (hf : Monotone f) :
    IsLeast (fun y => ∃ x, True ∧ f x = y) (f 0) :=
  least_image f hf (fun _ => True) 0 (least_zero_of_holds _ trivial)

theorem smaller_witness_or_least (P : Nat → Prop) (b : Nat) (h : P b) (hn : ¬IsLeast P b) :
    ∃ x, P x ∧ x < b := by
  apply Classical.byContradiction
  intro h1
  apply hn
  refine ⟨h, fun x hx => Nat.le_of_not_lt (fun hlt => h1 ⟨x, hx, hlt⟩)⟩

theorem least_exists (P : Nat → Prop) (b : Nat) (h : P b) : ∃ a, IsLeast P a := by
  induction b using Nat.strongRecOn with
  | ind n ih =>
    by_cases hl : IsLeast P n
    · exact ⟨n, hl⟩
    · obtain ⟨x, hx, hlt⟩ := smaller_witness_or_least P n h hl
      exact ih x hlt hx

theorem least_exists_below (P : Nat → Prop) (b : Nat) (h : P b) : ∃ a, IsLeast P a ∧ a ≤ b := by
  obtain ⟨a, ha⟩ := least_exists P b h
  exact ⟨a, ha, ha.2 b h⟩

theorem not_least_below (P : Nat → Prop) (a x : Nat) (ha : IsLeast P a) (hx : x < a) : ¬P x :=
  fun h => Nat.not_le_of_lt hx (ha.2 x h)

theorem least_predecessor_fails (P : Nat → Prop) (a : Nat) (ha : IsLeast P (a + 1)) : ¬P a :=
  not_least_below P (a + 1) a ha (Nat.lt_succ_self a)

theorem first_change (P : Nat → Prop) (b : Nat) (h0 : ¬P 0) (hb : P b) : ∃ n, ¬P n ∧ P (n + 1) := by
  obtain ⟨a, ha⟩ := least_exists P b hb
  cases a with
  | zero => exact absurd ha.1 h0
  | succ n => exact ⟨n, least_predecessor_fails P n ha, ha.1⟩

end Seed
