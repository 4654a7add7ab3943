/-!
Functions: composition, injectivity, surjectivity, one-sided inverses, involutions,
idempotents and iteration.
-/

namespace Seed

/-- `comp g f` applies `f` first and `g` second. -/
def comp {α β γ : Type} (g : β → γ) (f : α → β) : α → γ := fun x => g (f x)

/-- The identity function. -/
def ident {α : Type} : α → α := fun x => x

/-- Different arguments have different values. -/
def Injective {α β : Type} (f : α → β) : Prop := ∀ x y, f x = f y → x = y

/-- Every element is a value. -/
def Surjective {α β : Type} (f : α → β) : Prop := ∀ y, ∃ x, f x = y

/-- Injective and surjective. -/
def Bijective {α β : Type} (f : α → β) : Prop := Injective f ∧ Surjective f

/-- `g` undoes `f`. -/
def LeftInv {α β : Type} (g : β → α) (f : α → β) : Prop := ∀ x, g (f x) = x

/-- Applying `f` twice changes nothing. -/
def Involution {α : Type} (f : α → α) : Prop := ∀ x, f (f x) = x

/-- Applying `f` a second time changes nothing more. -/
def Idempotent {α : Type} (f : α → α) : Prop := ∀ x, f (f x) = f x

/-- Two functions that may be applied in either order. -/
def Commute {α : Type} (f g : α → α) : Prop := ∀ x, f (g x) = g (f x)

/-- `iter f n` applies `f` to its argument `n` times. -/
def iter {α : Type} (f : α → α) : Nat → α → α
  | 0, x => x
  | n + 1, x => f (iter f n x)

theorem comp_apply {α β γ : Type} (g : β → γ) (f : α → β) (x : α) : comp g f x = g (f x) :=
  rfl

theorem comp_assoc_fun {α β γ δ : Type} (h : γ → δ) (g : β → γ) (f : α → β) :
    comp (comp h g) f = comp h (comp g f) :=
  rfl

theorem comp_ident_right {α β : Type} (f : α → β) : comp f ident = f :=
  rfl

theorem comp_ident_left {α β : Type} (f : α → β) : comp ident f = f := by
  funext x
  rfl

theorem same_values {α β : Type} (f g : α → β) (h : ∀ x, f x = g x) : f = g := by
  funext x
  exact h x

theorem injective_ident {α : Type} : Injective (ident : α → α) :=
  fun _ _ h => h

theorem surjective_ident {α : Type} : Surjective (ident : α → α) :=
  fun y => ⟨y, rfl⟩

theorem bijective_ident {α : Type} : Bijective (ident : α → α) :=
  ⟨injective_ident, surjective_ident⟩

theorem injective_comp {α β γ : Type} (g : β → γ) (f : α → β) (hg : Injective g)
    (hf : Injective f) : Injective (comp g f) := by
  intro x y h
  apply hf
  exact hg (f x) (f y) h

theorem surjective_comp {α β γ : Type} (g : β → γ) (f : α → β) (hg : Surjective g)
    (hf : Surjective f) : Surjective (comp g f) := by
  intro z
  obtain ⟨y, rfl⟩ := hg z
  obtain ⟨x, rfl⟩ := hf y
  exact ⟨x, rfl⟩

theorem bijective_comp {α β γ : Type} (g : β → γ) (f : α → β) (hg : Bijective g)
    (hf : Bijective f) : Bijective (comp g f) :=
  ⟨injective_comp g f hg.1 hf.1, surjective_comp g f hg.2 hf.2⟩

theorem injective_comp_three {α β γ δ : Type} (h : γ → δ) (g : β → γ) (f : α → β)
    (hh : Injective h) (hg : Injective g) (hf : Injective f) : Injective (comp h (comp g f)) :=
  injective_comp h (comp g f) hh (injective_comp g f hg hf)

theorem surjective_comp_three {α β γ δ : Type} (h : γ → δ) (g : β → γ) (f : α → β)
    (hh : Surjective h) (hg : Surjective g) (hf : Surjective f) :
    Surjective (comp h (comp g f)) := by
  apply surjective_comp h (comp g f) hh
  exact surjective_comp g f hg hf

theorem injective_of_comp {α β γ : Type} (g : β → γ) (f : α → β) (h : Injective (comp g f)) :
    Injective f := by
  intro x y e
  apply h
  rw [comp_apply, comp_apply, e]

theorem surjective_of_comp {α β γ : Type} (g : β → γ) (f : α → β) (h : Surjective (comp g f)) :
    Surjective g := by
  intro z
  obtain ⟨x, hx⟩ := h z
  exact ⟨f x, hx⟩

theorem bijective_comp_parts {α β γ : Type} (g : β → γ) (f : α → β) (h : Bijective (comp g f)) :
    Injective f ∧ Surjective g :=
  ⟨injective_of_comp g f h.1, surjective_of_comp g f h.2⟩

theorem injective_outer_of_surjective {α β γ : Type} (g : β → γ) (f : α → β)
    (h : Injective (comp g f)) (hf : Surjective f) : Injective g := by
  intro a b e
  obtain ⟨x, rfl⟩ := hf a
  obtain ⟨y, rfl⟩ := hf b
  rw [h x y e]

theorem surjective_inner_of_injective {α β γ : Type} (g : β → γ) (f : α → β)
    (h : Surjective (comp g f)) (hg : Injective g) : Surjective f := by
  intro y
  obtain ⟨x, hx⟩ := h (g y)
  exact ⟨x, hg (f x) y hx⟩

theorem bijective_outer_of_bijective {α β γ : Type} (g : β → γ) (f : α → β)
    (h : Bijective (comp g f)) (hf : Bijective f) : Bijective g :=
  ⟨injective_outer_of_surjective g f h.1 hf.2, surjective_of_comp g f h.2⟩

theorem bijective_inner_of_bijective {α β γ : Type} (g : β → γ) (f : α → β)
    (h : Bijective (comp g f)) (hg : Bijective g) : Bijective f :=
  ⟨injective_of_comp g f h.1, surjective_inner_of_injective g f h.2 hg.1⟩

theorem injective_ne {α β : Type} (f : α → β) (hf : Injective f) (x y : α) (h : x ≠ y) :
    f x ≠ f y :=
  fun e => h (hf x y e)

theorem injective_eq_iff {α β : Type} (f : α → β) (hf : Injective f) (x y : α) :
    f x = f y ↔ x = y := by
  constructor
  · exact hf x y
  · intro h
    rw [h]

theorem injective_comp_eq_iff {α β γ : Type} (g : β → γ) (f : α → β) (hg : Injective g) (x y : α) :
    g (f x) = g (f y) ↔ f x = f y :=
  injective_eq_iff g hg (f x) (f y)

theorem comp_cancel_injective {α β γ : Type} (g : β → γ) (f1 f2 : α → β) (hg : Injective g)
    (h : comp g f1 = comp g f2) : f1 = f2 := by
  apply same_values
  intro x
  exact hg _ _ (congrFun h x)

theorem comp_cancel_surjective {α β γ : Type} (g1 g2 : β → γ) (f : α → β) (hf : Surjective f)
    (h : comp g1 f = comp g2 f) : g1 = g2 := by
  apply same_values
  intro y
  obtain ⟨x, rfl⟩ := hf y
  exact congrFun h x

theorem comp_injective_eq_self {α β : Type} (f : α → β) (k : α → α) (hf : Injective f)
    (h : comp f k = f) : k = ident :=
  comp_cancel_injective f k ident hf h

theorem comp_surjective_eq_self {α β : Type} (f : α → β) (k : β → β) (hf : Surjective f)
    (h : comp k f = f) : k = ident :=
  comp_cancel_surjective k ident f hf h

theorem left_inv_comp_eq {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f) :
    comp g f = ident :=
  same_values _ _ h

theorem left_inv_of_comp_eq {α β : Type} (g : β → α) (f : α → β) (h : comp g f = ident) :
    LeftInv g f :=
  fun x => congrFun h x

theorem injective_of_left_inv {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f) :
    Injective f := by
  intro x y e
  rw [← h x, e, h y]

theorem surjective_of_left_inv {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f) :
    Surjective g :=
  fun x => ⟨f x, h x⟩

theorem bijective_of_two_inverses {α β : Type} (g : β → α) (f : α → β) (h1 : LeftInv g f)
    (h2 : LeftInv f g) : Bijective f :=
  ⟨injective_of_left_inv g f h1, surjective_of_left_inv f g h2⟩

theorem bijective_inverse {α β : Type} (g : β → α) (f : α → β) (h1 : LeftInv g f)
    (h2 : LeftInv f g) : Bijective g :=
  bijective_of_two_inverses f g h2 h1

theorem left_inv_of_injective {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f)
    (hg : Injective g) : LeftInv f g := by
  intro y
  apply hg
  exact h (g y)

theorem left_inv_of_surjective {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f)
    (hf : Surjective f) : LeftInv f g := by
  intro y
  obtain ⟨x, rfl⟩ := hf y
  rw [h x]

theorem bijective_of_left_inv_surjective {α β : Type} (g : β → α) (f : α → β) (h : LeftInv g f)
    (hf : Surjective f) : Bijective g :=
  bijective_inverse g f h (left_inv_of_surjective g f h hf)

theorem left_inv_comp {α β γ : Type} (f : α → β) (g : β → γ) (f' : β → α) (g' : γ → β)
    (hf : LeftInv f' f) (hg : LeftInv g' g) : LeftInv (comp f' g') (comp g f) := by
  intro x
  rw [comp_apply, comp_apply, hg, hf]

theorem inverse_unique {α β : Type} (f : α → β) (g k : β → α) (h1 : LeftInv g f)
    (h2 : LeftInv f k) : g = k := by
  apply same_values
  intro y
  calc g y = g (f (k y)) := by rw [h2 y]
    _ = k y := h1 (k y)

theorem surjective_has_inverse {α β : Type} (f : α → β) (hf : Surjective f) :
    ∃ g : β → α, LeftInv f g :=
  ⟨fun y => Classical.choose (hf y), fun y => Classical.choose_spec (hf y)⟩

theorem bijective_has_inverse {α β : Type} (f : α → β) (hf : Bijective f) :
    ∃ g : β → α, LeftInv g f ∧ LeftInv f g := by
  obtain ⟨g, hg⟩ := surjective_has_inverse f hf.2
  exact ⟨g, left_inv_of_injective f g hg hf.1, hg⟩

theorem surjective_has_injective_section {α β : Type} (f : α → β) (hf : Surjective f) :
    ∃ g : β → α, Injective g := by
  obtain ⟨g, hg⟩ := surjective_has_inverse f hf
  exact ⟨g, injective_of_left_inv f g hg⟩

theorem involution_left_inv {α : Type} (f : α → α) (h : Involution f) : LeftInv f f :=
  h

theorem involution_bijective {α : Type} (f : α → α) (h : Involution f) : Bijective f :=
  bijective_of_two_inverses f f (involution_left_inv f h) (involution_left_inv f h)

theorem involution_injective {α : Type} (f : α → α) (h : Involution f) : Injective f :=
  (involution_bijective f h).1

theorem involution_ident {α : Type} : Involution (ident : α → α) :=
  fun _ => rfl

theorem involution_swap_sides {α : Type} (f : α → α) (h : Involution f) (x y : α) (e : f x = y) :
    x = f y := by
  subst e
  exact (h x).symm

theorem involution_comp {α : Type} (f g : α → α) (hf : Involution f) (hg : Involution g)
    (hc : Commute f g) : Involution (comp f g) := by
  intro x
  rw [comp_apply, comp_apply, hc x, hg (f x), hf x]

theorem not_involution : Involution not := by
  intro b
  cases b with
  | true => rfl
  | false => rfl

theorem not_bijective : Bijective not :=
  involution_bijective not not_involution

theorem not_injective_bool (a b : Bool) (h : not a = not b) : a = b :=
  involution_injective not not_involution a b h

theorem idempotent_ident {α : Type} : Idempotent (ident : α → α) :=
  fun _ => rfl

theorem idempotent_fixes_values {α : Type} (f : α → α) (h : Idempotent f) (x y : α) (e : f x = y) :
    f y = y := by
  rw [← e]
  exact h x

theorem idempotent_injective_fixes {α : Type} (f : α → α) (h : Idempotent f) (hf : Injective f)
    (x : α) : f x = x :=
  hf (f x) x (h x)

theorem idempotent_injective_ident {α : Type} (f : α → α) (h : Idempotent f) (hf : Injective f) :
    f = ident :=
  same_values f ident (idempotent_injective_fixes f h hf)

theorem idempotent_surjective_ident {α : Type} (f : α → α) (h : Idempotent f)
    (hf : Surjective f) : f = ident := by
  apply same_values
  intro y
  obtain ⟨x, hx⟩ := hf y
  exact idempotent_fixes_values f h x y hx

theorem idempotent_involution_ident {α : Type} (f : α → α) (h : Idempotent f)
    (hi : Involution f) : f = ident :=
  idempotent_injective_ident f h (involution_injective f hi)

theorem idempotent_comp {α : Type} (f g : α → α) (hf : Idempotent f) (hg : Idempotent g)
    (hc : Commute f g) : Idempotent (comp f g) := by
  intro x
  simp only [comp_apply]
  rw [← hc (g x), hg x, hf (g x)]

theorem commute_flip {α : Type} (f g : α → α) (h : Commute f g) : Commute g f :=
  fun x => (h x).symm

theorem commute_ident {α : Type} (f : α → α) : Commute f ident :=
  fun _ => rfl

theorem commute_ident_left {α : Type} (f : α → α) : Commute ident f :=
  commute_flip f ident (commute_ident f)

theorem commute_comp {α : Type} (f g k : α → α) (hg : Commute f g) (hk : Commute f k) :
    Commute f (comp g k) := by
  intro x
  rw [comp_apply, comp_apply, hg, hk]

theorem commute_comp_left {α : Type} (f g k : α → α) (hf : Commute f k) (hg : Commute g k) :
    Commute (comp f g) k :=
  commute_flip k (comp f g) (commute_comp k f g (commute_flip f k hf) (commute_flip g k hg))

theorem iter_succ {α : Type} (f : α → α) (n : Nat) (x : α) : iter f (n + 1) x = f (iter f n x) :=
  rfl

theorem iter_one {α : Type} (f : α → α) (x : α) : iter f 1 x = f x :=
  iter_succ f 0 x

theorem commute_iter {α : Type} (f g : α → α) (n : Nat) (h : Commute f g) :
    Commute f (iter g n) := by
  intro x
  induction n with
  | zero => rfl
  | succ k ih => rw [iter_succ, h, ih, iter_succ]

theorem iter_shift {α : Type} (f : α → α) (n : Nat) (x : α) : iter f n (f x) = f (iter f n x) :=
  (commute_iter f f n (fun _ => rfl) x).symm

theorem iter_succ_inner {α : Type} (f : α → α) (n : Nat) (x : α) :
    iter f (n + 1) x = iter f n (f x) := by
  rw [iter_succ, iter_shift]

theorem iter_add {α : Type} (f : α → α) (m n : Nat) (x : α) :
    iter f (m + n) x = iter f m (iter f n x) := by
  induction m with
  | zero => rw [Nat.zero_add]; rfl
  | succ k ih => rw [Nat.succ_add, iter_succ, ih, iter_succ]

theorem iter_swap {α : Type} (f : α → α) (m n : Nat) (x : α) :
    iter f m (iter f n x) = iter f n (iter f m x) := by
  rw [← iter_add, Nat.add_comm, iter_add]

theorem iter_double {α : Type} (f : α → α) (n : Nat) (x : α) :
    iter f (2 * n) x = iter f n (iter f n x) := by
  rw [Nat.two_mul, iter_add]

theorem iter_mul {α : Type} (f : α → α) (m n : Nat) (x : α) :
    iter f (m * n) x = iter (iter f m) n x := by
  induction n with
  | zero => rfl
  | succ k ih => rw [Nat.mul_succ, Nat.add_comm, iter_add, ih, iter_succ]

theorem iter_fixed_point {α : Type} (f : α → α) (x : α) (h : f x = x) (n : Nat) :
    iter f n x = x := by
  induction n with
  | zero => rfl
  | succ k ih => rw [iter_succ, ih, h]

theorem iter_ident {α : Type} (n : Nat) (x : α) : iter ident n x = x :=
  iter_fixed_point ident x rfl n

theorem iter_injective {α : Type} (f : α → α) (hf : Injective f) (n : Nat) :
    Injective (iter f n) := by
  induction n with
  | zero => exact injective_ident
  | succ k ih => exact injective_comp f (iter f k) hf ih

theorem iter_surjective {α : Type} (f : α → α) (hf : Surjective f) (n : Nat) :
    Surjective (iter f n) := by
  induction n with
  | zero => exact surjective_ident
  | succ k ih => exact surjective_comp f (iter f k) hf ih

theorem iter_bijective {α : Type} (f : α → α) (hf : Bijective f) (n : Nat) :
    Bijective (iter f n) :=
  ⟨iter_injective f hf.1 n, iter_surjective f hf.2 n⟩

theorem iter_idempotent {α : Type} (f : α → α) (h : Idempotent f) (n : Nat) (x : α) :
    iter f (n + 1) x = f x := by
  rw [iter_succ_inner]
  exact iter_fixed_point f (f x) (h x) n

theorem iter_involution_even {α : Type} (f : α → α) (h : Involution f) (n : Nat) (x : α) :
    iter f (2 * n) x = x := by
  rw [iter_mul]
  exact iter_fixed_point (iter f 2) x (h x) n

theorem iter_involution_odd {α : Type} (f : α → α) (h : Involution f) (n : Nat) (x : α) :
    iter f (2 * n + 1) x = f x := by
  rw [iter_succ, iter_involution_even f h]

theorem iter_period_add {α : Type} (f : α → α) (p n : Nat) (x : α) (h : iter f p x = x) :
    iter f (n + p) x = iter f n x := by
  rw [iter_add, h]

theorem iter_period_mul {α : Type} (f : α → α) (p n : Nat) (x : α) (h : iter f p x = x) :
    iter f (p * n) x = x := by
  rw [iter_mul, iter_fixed_point (iter f p) x h n]

theorem iter_add_one_nat (n k : Nat) : iter (fun m => m + 1) n k = k + n := by
  induction n with
  | zero => rfl
  | succ j ih => rw [iter_succ, ih, Nat.add_assoc]

theorem injective_add_nat (k : Nat) : Injective (fun n => n + k) := by
  intro x y h
  exact Nat.add_right_cancel h

theorem injective_double_nat : Injective (fun n => 2 * n) := by
  intro x y h
  have h1 : 2 * x = 2 * y := h
  omega

theorem injective_double_plus_nat (k : Nat) : Injective (comp (fun n => n + k) (fun n => 2 * n)) :=
  injective_comp _ _ (injective_add_nat k) injective_double_nat

theorem add_one_not_surjective : ¬Surjective (fun n : Nat => n + 1) := by
  intro h
  obtain ⟨x, hx⟩ := h 0
  exact absurd hx (Nat.succ_ne_zero x)

theorem add_one_not_bijective : ¬Bijective (fun n : Nat => n + 1) :=
  fun h => add_one_not_surjective h.2

theorem add_one_no_right_inverse (g : Nat → Nat) : ¬LeftInv (fun n => n + 1) g :=
  fun h => add_one_not_surjective (surjective_of_left_inv _ g h)

theorem injective_pair_left {α β : Type} (b : β) : Injective (fun a : α => (a, b)) :=
  injective_of_left_inv Prod.fst _ (fun _ => rfl)

theorem injective_pair_right {α β : Type} (a : α) : Injective (fun b : β => (a, b)) :=
  injective_of_left_inv Prod.snd _ (fun _ => rfl)

theorem swap_pair_bijective {α β : Type} : Bijective (fun x : α × β => (x.2, x.1)) :=
  bijective_of_two_inverses (fun y => (y.2, y.1)) _ (fun _ => rfl) (fun _ => rfl)

theorem cantor_no_surjection {α : Type} (f : α → α → Prop) : ¬Surjective f := by
  intro h
  obtain ⟨a, ha⟩ := h (fun x => ¬f x x)
  have h1 : f a a = ¬f a a := congrFun ha a
  have h2 : ¬f a a := fun hx => (h1 ▸ hx : ¬f a a) hx
  exact h2 (h1.symm ▸ h2)

theorem cantor_no_bijection {α : Type} (f : α → α → Prop) : ¬Bijective f :=
  fun h => cantor_no_surjection f h.2

end Seed
