/-!
Term-mode proofs: no tactic block at the top (and seldom one inside). Lambdas with patterns, `match` with several
discriminants, recursors by hand, substitution by `▸`, anonymous constructors and structure instances.
-/

theorem tm_const (p q : Prop) : p → q → p := fun hp _ => hp

theorem tm_flip {α β γ : Sort _} (f : α → β → γ) : ∃ g : β → α → γ, ∀ a b, g b a = f a b :=
  ⟨fun b a => f a b, fun _ _ => rfl⟩

theorem tm_and_swap {p q : Prop} : p ∧ q ↔ q ∧ p :=
  ⟨fun ⟨hp, hq⟩ => ⟨hq, hp⟩, fun ⟨hq, hp⟩ => ⟨hp, hq⟩⟩

theorem tm_or_swap {p q : Prop} : p ∨ q → q ∨ p
  | .inl hp => .inr hp
  | .inr hq => .inl hq

theorem tm_or_rotate {p q r : Prop} : p ∨ q ∨ r → r ∨ p ∨ q := fun
  | Or.inl hp => Or.inr (Or.inl hp)
  | Or.inr (Or.inl hq) => Or.inr (Or.inr hq)
  | Or.inr (Or.inr hr) => Or.inl hr

theorem tm_structure_instance (p q : Prop) (h : p ∧ q) : q ∧ p :=
  { left := h.right, right := h.left }

theorem tm_structure_nested (a b c : Nat) : (a = a ∧ b = b) ∧ c = c where
  left := { left := rfl, right := rfl }
  right := rfl

theorem tm_iff_instance (p : Prop) : p ∧ True ↔ p where
  mp := fun h => h.1
  mpr hp := ⟨hp, trivial⟩

theorem tm_match_two (m n : Nat) : m = n ∨ m ≠ n :=
  match Nat.decEq m n with
  | isTrue h => Or.inl h
  | isFalse h => Or.inr h

theorem tm_match_pair (a b : Bool) : (a && b) = (b && a) :=
  match a, b with
  | true, true => rfl
  | true, false => rfl
  | false, true => rfl
  | false, false => rfl

theorem tm_match_wild (a b c : Bool) : (a || b || c) = (c || (b || a)) :=
  match a, b, c with
  | true, true, true | true, true, false => by decide
  | true, false, true | true, false, false => rfl
  | false, b, c => by cases b <;> cases c <;> rfl

theorem tm_match_eq (o : Option Nat) (h : o.isSome = true) : ∃ n, o = some n :=
  match e : o with
  | none => by simp at h
  | some n => ⟨n, rfl⟩

theorem tm_match_dep (n : Nat) (h : n ≠ 0) : ∃ m, n = m + 1 :=
  match n, h with
  | 0, h => absurd rfl h
  | m + 1, _ => ⟨m, rfl⟩

theorem tm_match_nested {α : Type} (x : Option (Option α)) : x = none ∨ x = some none ∨ ∃ a, x = some (some a) :=
  match x with
  | none => .inl rfl
  | some none => .inr (.inl rfl)
  | some (some a) => .inr (.inr ⟨a, rfl⟩)

theorem tm_match_named (xs : List Nat) (h : xs ≠ []) : ∃ y ys, xs = y :: ys :=
  match xs, h with
  | [], h => (h rfl).elim
  | l@(y :: ys), _ => ⟨y, ys, rfl⟩

theorem tm_equation_compiler : ∀ (m n : Nat), m + 0 + n = n + m
  | 0, n => (Nat.zero_add n : 0 + n = n)
  | m + 1, n => (Nat.add_comm (m + 1) n : m + 1 + n = n + (m + 1))

theorem tm_nat_rec (n : Nat) : 0 + n = n :=
  Nat.rec (motive := fun k => 0 + k = k) rfl (fun k (ih : 0 + k = k) => congrArg Nat.succ ih) n

theorem tm_nat_rec_on (n : Nat) : n * 0 = 0 ∧ 0 * n = 0 :=
  ⟨rfl, Nat.recOn (motive := fun n => 0 * n = 0) n rfl fun _ ih => ih⟩

theorem tm_list_rec {α : Type} (xs : List α) : xs ++ [] = xs :=
  List.rec (motive := fun l => l ++ [] = l) rfl (fun x _ ih => congrArg (x :: ·) ih) xs

theorem tm_bool_rec (b : Bool) : (b ^^ b) = false :=
  @Bool.rec (fun b => (b ^^ b) = false) rfl rfl b

theorem tm_or_rec {p q r : Prop} (h : p ∨ q) (f : p → r) (g : q → r) : r :=
  @Or.rec p q (fun _ => r) f g h

theorem tm_eq_rec {α : Type} {a b : α} (p : α → Prop) (h : a = b) (ha : p a) : p b :=
  @Eq.rec α a (fun x _ => p x) ha b h

theorem tm_eq_subst {α : Type} {a b : α} (h : a = b) : b = a :=
  Eq.subst (motive := fun x => x = a) h rfl

theorem tm_triangle {a b c d : Nat} (h₁ : a = b) (h₂ : b = c) (h₃ : c = d) : d = a :=
  h₃ ▸ h₂ ▸ h₁ ▸ rfl

theorem tm_triangle_mem {α : Type} {x y : α} {xs : List α} (h : x = y) (hx : x ∈ xs) : y ∈ xs :=
  h ▸ hx

theorem tm_congr {α β : Type} {f g : α → β} {a b : α} (h : f = g) (h' : a = b) : f a = g b :=
  (congrFun h a).trans (congrArg g h')

theorem tm_trans_symm {α : Sort _} {a b c : α} (h : b = a) (h' : b = c) : a = c :=
  h.symm.trans h'

theorem tm_ne_symm {α : Sort _} {a b : α} (h : a ≠ b) : b ≠ a :=
  fun e => h e.symm

theorem tm_nofun : (0 : Nat) ≠ 1 → ¬(1 = 0) ∧ ¬(2 = 1) := fun _ => ⟨nofun, nofun⟩

theorem tm_nofun_list {α : Type} (x : α) (xs : List α) : x :: xs ≠ [] := nofun

theorem tm_nomatch {α : Type} {a : α} (h : none = some a) : False := nomatch h

theorem tm_nomatch_fin (p : Prop) (i : Fin 0) : p := nomatch i

theorem tm_false_elim {p : Prop} (h : False) : p := h.elim

theorem tm_not_imp {p q : Prop} (f : p → q) : ¬q → ¬p := fun hnq hp => hnq (f hp)

theorem tm_comp {p q r : Prop} (g : q → r) (f : p → q) : p → r := g ∘ f

theorem tm_pipe {p q r : Prop} (hp : p) (f : p → q) (g : q → r) : r := hp |> f |> g

theorem tm_dollar {p q r : Prop} (hp : p) (f : p → q) (g : q → r) : r := g <| f $ hp

theorem tm_proj {p q r s : Prop} (h : (p ∧ q) ∧ (r ∧ s)) : q ∧ r := ⟨h.1.2, h.2.1⟩

theorem tm_pipe_proj {p q r : Prop} (h : p ∧ q ∧ r) : q := h |>.2 |>.1

theorem tm_have_term {p q r : Prop} (h : p ∧ q) (f : q → r) : r ∧ p :=
  have ⟨hp, hq⟩ := h
  have hr : r := f hq
  ⟨hr, hp⟩

theorem tm_show_term {p q : Prop} (hp : p) (hq : q) : p ∧ q :=
  show p ∧ q from And.intro (show p from hp) (show q from hq)

theorem tm_suffices_term {p q r : Prop} (hp : p) (f : p → q) (g : q → r) : r :=
  suffices hq : q from g hq
  f hp

theorem tm_let_term (n : Nat) : ∃ m, m > n :=
  let m := n + 1
  ⟨m, Nat.lt_succ_self n⟩

theorem tm_let_fun (n : Nat) : ∃ f : Nat → Nat, f n = n + n :=
  let double := fun k => k + k
  ⟨double, rfl⟩

theorem tm_assumption_brackets {p q : Prop} (_ : p) (_ : q) : q ∧ p := ⟨‹q›, ‹p›⟩

theorem tm_explicit_at (p q : Prop) (hp : p) (hq : q) : p ∧ q := @And.intro p q hp hq

theorem tm_named_args (p q r : Prop) (h : p ∨ q) (f : p → r) (g : q → r) : r :=
  Or.elim (a := p) (b := q) (c := r) h (left := f) (right := g)

theorem tm_placeholder (a b c : Nat) : a + b + c = a + (b + c) := Nat.add_assoc _ _ _

theorem tm_exists_elim {α : Type} {p q : α → Prop} (h : ∃ x, p x) (f : ∀ x, p x → q x) : ∃ y, q y :=
  Exists.elim h fun x hx => Exists.intro x (f x hx)

theorem tm_exists_pattern {α β : Type} {r : α → β → Prop} : (∃ a, ∃ b, r a b) → ∃ b, ∃ a, r a b :=
  fun ⟨a, b, h⟩ => ⟨b, a, h⟩

theorem tm_if_term (p q : Prop) [Decidable p] (h : ¬p → q) : p ∨ q :=
  if hp : p then .inl hp else .inr (h hp)

theorem tm_classical_em {p q : Prop} (h : p → q) : ¬p ∨ q :=
  (Classical.em p).elim (fun hp => Or.inr (h hp)) Or.inl

theorem tm_by_contradiction {α : Type} {p : α → Prop} (h : ¬∀ x, ¬p x) : ∃ x, p x :=
  Classical.byContradiction fun hn => h fun x hx => hn ⟨x, hx⟩

theorem tm_nat_le_cases : ∀ {n : Nat}, n ≤ 1 → n = 0 ∨ n = 1
  | 0, _ => Or.inl rfl
  | 1, _ => Or.inr rfl
  | n + 2, h => absurd h (Nat.not_le_of_gt (Nat.lt_of_lt_of_le (Nat.lt_succ_self 1) (Nat.le_add_left 2 n)))

theorem tm_subsingleton_unit : ∀ (a b : Unit), a = b
  | (), () => rfl

theorem tm_prod_eta {α β : Type} : (x : α × β) → (x.1, x.2) = x
  | (_, _) => rfl

theorem tm_prod_ext {α β : Type} : ∀ {x y : α × β}, x.1 = y.1 → x.2 = y.2 → x = y
  | ⟨_, _⟩, ⟨_, _⟩, rfl, rfl => rfl

theorem tm_sigma_match {α : Type} {p : α → Prop} : (s : { x : α // p x }) → ∃ x, p x ∧ s.val = x
  | ⟨x, hx⟩ => ⟨x, hx, rfl⟩

theorem tm_subtype_eq {α : Type} {p : α → Prop} : ∀ {s t : { x : α // p x }}, s.1 = t.1 → s = t
  | ⟨_, _⟩, ⟨_, _⟩, rfl => rfl

theorem tm_option_cases : ∀ (o : Option Bool), o = none ∨ o = some true ∨ o = some false
  | none => .inl rfl
  | some true => .inr <| .inl rfl
  | some false => .inr <| .inr rfl

theorem tm_mem_cases {α : Type} {a b : α} {l : List α} : a ∈ b :: l → a = b ∨ a ∈ l
  | .head _ => .inl rfl
  | .tail _ h => .inr h

theorem tm_le_refl_step : ∀ {m n : Nat}, m ≤ n → m ≤ n + 1
  | _, _, .refl => .step .refl
  | _, _, .step h => .step (.step h)

theorem tm_and_map {p p' q q' : Prop} (f : p → p') (g : q → q') : p ∧ q → p' ∧ q' := And.imp f g

theorem tm_iff_chain {p q r : Prop} (h : p ↔ q) (k : q ↔ r) : p ↔ r :=
  ⟨k.mp ∘ h.mp, h.mpr ∘ k.mpr⟩

theorem tm_bool_match_prop : (b : Bool) → b = true ∨ b = false
  | true => Or.inl rfl
  | false => Or.inr rfl

theorem tm_absurd {α : Type} {a b : α} (h : a = b) (hn : a ≠ b) (p : Prop) : p := absurd h hn

theorem tm_fun_cases_lambda {p q : Prop} : (p → q) → (¬p → q) → q := fun f g =>
  match Classical.em p with
  | .inl h => f h
  | .inr h => g h

theorem tm_ascription : (3 : Int) - 5 = -2 ∧ (3 : Nat) - 5 = 0 := ⟨(rfl : (3 : Int) - 5 = -2), (rfl : (3 : Nat) - 5 = 0)⟩

theorem tm_dot_lambda {α : Type} (p q : α → Prop) (h : ∀ x, p x ∧ q x) : (∀ x, p x) ∧ (∀ x, q x) :=
  ⟨(h · |>.1), (h · |>.2)⟩

theorem tm_heq {α : Type} {a b : α} (h : HEq a b) : a = b := eq_of_heq h

theorem tm_wf_fix (n : Nat) : n = 0 ∨ 0 < n :=
  Nat.strongRecOn (motive := fun n => n = 0 ∨ 0 < n) n fun k _ =>
    match k with
    | 0 => .inl rfl
    | k + 1 => .inr (Nat.succ_pos k)

theorem tm_acc_inv {α : Type} {r : α → α → Prop} {a : α} (h : Acc r a) : ∀ b, r b a → Acc r b :=
  fun b hb => Acc.inv h hb

theorem tm_quot_ind {α : Type} {s : Setoid α} (q : Quotient s) : ∃ a, Quotient.mk s a = q :=
  Quotient.ind (motive := fun q => ∃ a, Quotient.mk s a = q) (fun a => ⟨a, rfl⟩) q

theorem tm_quot_sound {α : Type} (r : α → α → Prop) (a b : α) (h : r a b) : Quot.mk r a = Quot.mk r b :=
  Quot.sound h

theorem tm_exists_unit : ∃ _ : Unit, True := ⟨(), trivial⟩

theorem tm_cast_rfl {α : Type} (h : α = α) (a : α) : cast h a = a := rfl

theorem tm_plift {p : Prop} : PLift p → p
  | .up h => h

theorem tm_have_this {p q : Prop} (hp : p) (f : p → q) : q ∧ p :=
  have : q := f hp
  ⟨this, hp⟩
