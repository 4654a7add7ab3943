/-!
Tactic combinators and goal management: `<;>`, bullets `·` and `.`, `case`, `case'`, `next`, `all_goals`, `any_goals`,
`first`, `try`, `repeat`, `repeat'`, `iterate`, `rotate_left`, `focus`, `refine` with named holes, braces, `solve`.
-/

theorem cb_seq_focus (p q : Prop) (hp : p) (hq : q) : (p ∧ q) ∧ (q ∧ p) := by
  constructor <;> constructor <;> assumption

theorem cb_seq_focus_list (a b : Bool) : (a || !a) = true ∧ (b && !b) = false := by
  refine ⟨?_, ?_⟩ <;> first | (cases a <;> rfl) | (cases b <;> rfl)

theorem cb_dot_bullets (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  . exact hp
  . exact hq

theorem cb_nested_bullets (a b c d : Nat) (h₁ : a = b) (h₂ : c = d) : (a = b ∧ c = d) ∧ (b = a ∧ d = c) := by
  constructor
  · constructor
    · exact h₁
    · exact h₂
  · constructor
    · exact h₁.symm
    · exact h₂.symm

theorem cb_case_tags (p q : Prop) (h : p ∨ q) (hp : p → q) : q := by
  cases h
  case inr h => exact h
  case inl h => exact hp h

theorem cb_case_many (a b : Bool) : (a && b) = (b && a) := by
  cases a <;> cases b
  case true.true | false.false => rfl
  case true.false | false.true => rfl

theorem cb_case_rename (n : Nat) (h : 0 < n) : ∃ m, m + 1 = n := by
  cases n
  case zero => exact absurd h (Nat.lt_irrefl 0)
  case succ k => exact ⟨k, rfl⟩

theorem cb_case_prime (p q r : Prop) (hp : p) (hq : q) (f : p ∧ q → r) : r ∧ p := by
  constructor
  case' left => apply f
  case left => exact ⟨hp, hq⟩
  exact hp

theorem cb_next (p q r : Prop) (h : p ∨ q ∨ r) (h₁ : p → r) (h₂ : q → r) : r := by
  cases h
  next hp => exact h₁ hp
  next h =>
    cases h
    next hq => exact h₂ hq
    next hr => exact hr

theorem cb_all_goals (p q r : Prop) (h : p ∧ q ∧ r) : r ∧ q ∧ p := by
  obtain ⟨hp, hq, hr⟩ := h
  refine ⟨?_, ?_, ?_⟩
  all_goals assumption

theorem cb_any_goals (a b : Nat) (h : a < b) : a ≤ b ∧ a ≠ b ∧ True := by
  refine ⟨?_, ?_, ?_⟩
  any_goals trivial
  any_goals omega

theorem cb_first (p q : Prop) (hq : q) : p ∨ q := by
  first
  | exact Or.inl hq
  | exact Or.inr hq

theorem cb_first_oneline (n : Nat) : n ≤ n + 1 := by
  first | assumption | contradiction | exact Nat.le_succ n

theorem cb_first_nested (a b : Nat) (h : a = b) : b = a := by
  first
    | rfl
    | (apply Eq.trans; exact h; exact h)
    | exact h.symm

theorem cb_try (a b : Nat) (h : a = b) : a + 0 = b := by
  try contradiction
  try rw [Nat.mul_comm]
  rw [Nat.add_zero]
  try exact h

theorem cb_try_semicolon (p : Prop) (h : p) : p := by
  (try constructor); exact h

theorem cb_repeat (p q r s : Prop) (hp : p) (hq : q) (hr : r) (hs : s) : p ∧ q ∧ r ∧ s := by
  repeat (first | assumption | constructor)

theorem cb_repeat_rw (a : Nat) : a + 0 + 0 + 0 + 0 = a := by
  repeat rw [Nat.add_zero]

theorem cb_repeat_prime (p q r : Prop) (h : p ∧ q ∧ r) : (r ∧ p) ∧ (q ∧ p) := by
  repeat' constructor
  · exact h.2.2
  · exact h.1
  · exact h.2.1
  · exact h.1

theorem cb_repeat_one (p q r : Prop) (hp : p) (hq : q) (hr : r) : (p ∧ q) ∧ r := by
  repeat1' apply And.intro
  all_goals assumption

theorem cb_iterate (f : Nat → Nat) (h : ∀ x, f x = x) (n : Nat) : f (f (f n)) = n := by
  iterate 3 rw [h]

theorem cb_iterate_many (P : Nat → Prop) (h0 : P 0) (h : ∀ n, P n → P (n + 1)) : P 5 := by
  iterate 5 apply h
  exact h0

theorem cb_iterate_free (a b : Nat) : (a + b) + 0 + 0 = b + a := by
  iterate rw [Nat.add_zero]
  exact Nat.add_comm a b

theorem cb_rotate_left (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  refine ⟨?_, ?_, ?_⟩
  rotate_left
  · exact hq
  · exact hr
  · exact hp

theorem cb_rotate_right (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  refine ⟨?_, ?_, ?_⟩
  rotate_right 1
  · exact hr
  · exact hp
  · exact hq

theorem cb_focus (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  apply And.intro
  focus
    exact hp
  focus exact hq

theorem cb_braces (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  { exact hp }
  { exact hq }

theorem cb_braces_oneline (p q : Prop) (h : p ∧ q) : q ∧ p := by { cases h with | intro hp hq => { exact ⟨hq, hp⟩ } }

theorem cb_parens (a b c : Nat) (h : a ≤ b) (h' : b ≤ c) : a ≤ c := by
  (apply Nat.le_trans
   exact h
   exact h')

theorem cb_semicolons (p q r : Prop) : p → q → r → q := by
  intro hp; intro hq; intro hr; exact hq

theorem cb_named_holes (n : Nat) : ∃ a b, a + b = n ∧ a ≤ b := by
  refine ⟨?a, ?b, ?sum, ?le⟩
  case a => exact 0
  case b => exact n
  case sum => exact Nat.zero_add n
  case le => exact Nat.zero_le n

theorem cb_holes_by_unification (a c : Nat) (h : a < 5) (h' : 5 < c) : ∃ b, a < b ∧ b < c := by
  apply Exists.intro
  apply And.intro
  · exact h
  · exact h'

theorem cb_refine_prime (p q : Prop) (hp : p) (f : p → q) : q := by
  refine' f _
  exact hp

theorem cb_apply_order (α : Type) (r : α → α → Prop) (tr : ∀ a b c, r a b → r b c → r a c) (x y z : α)
    (h : r x y) (h' : r y z) : r x z := by
  apply tr
  case a => exact h
  case a => exact h'

theorem cb_exists_several : ∃ a b c : Nat, a < b ∧ b < c ∧ a + b + c = 6 := by
  exists 1, 2, 3

theorem cb_constructor_unit : ∃ _ : Unit, ∃ n : Nat, n = 0 := by
  constructor
  · constructor
    · rfl
  · exact ()

theorem cb_exact_iff (p q : Prop) (h : p → q) (h' : q → p) : p ↔ q := by
  apply Iff.intro <;> (intro hx; first | exact h hx | exact h' hx)

theorem cb_all_cases_first (a b : Bool) (h : a = b) : (a ^^ b) = false := by
  cases a <;> cases b <;> first | rfl | contradiction

theorem cb_try_all (x : Fin 3) : x.val = 0 ∨ x.val = 1 ∨ x.val = 2 := by
  have := x.isLt
  rcases x with ⟨_ | _ | _ | v, hv⟩ <;> simp_all <;> omega

theorem cb_solve (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  all_goals solve | exact hp | exact hq

theorem cb_skip_done (p : Prop) (h : p) : p := by
  skip
  exact h
  done

theorem cb_fail_if_success (a : Nat) (h : a = 0) : a = 0 := by
  fail_if_success rfl
  exact h

theorem cb_show_in_bullets (a b : Nat) (h : a = b ∧ b = 4) : b = 4 ∧ a = 4 := by
  refine And.intro ?right ?left
  · show b = 4
    exact h.2
  · show a = 4
    rw [h.1, h.2]

theorem cb_infix_alternative (p q r : Prop) (h : p ∨ q) : (p → r) → (q → r) → r := by
  intro f g
  rcases h with h | h <;> first
    | exact f h
    | exact g h

theorem cb_exact_rfl_chain (a b : Nat) : a + b = b + a ∧ a * b = b * a ∧ (a = b ↔ b = a) := by
  constructor; exact Nat.add_comm a b
  constructor; exact Nat.mul_comm a b
  constructor <;> exact Eq.symm

theorem cb_swap_by_rotate (a b : Nat) (h : a ≤ b) : ∃ k, b = a + k := by
  apply Exists.intro
  rotate_left
  exact b - a
  omega

theorem cb_apply_at_end (p q r s : Prop) (f : p → q → r → s) (hp : p) (hq : q) (hr : r) : s := by
  apply f <;> try assumption

theorem cb_ite_tactic (n : Nat) : n * n % 2 = n % 2 := by
  if h : n % 2 = 0 then
    rw [Nat.mul_mod, h]
  else
    have h' : n % 2 = 1 := by omega
    rw [Nat.mul_mod, h']

theorem cb_match_tactic_nested (a b : Option Nat) (h : a = b) : b.isSome = a.isSome := by
  match a, b with
  | none, none => rfl
  | some _, some _ => rfl
  | none, some _ => cases h
  | some _, none => cases h

theorem cb_by_by (p q : Prop) (h : p) (f : p → q) : q := by
  exact by
    apply f
    exact by exact by exact h

theorem cb_classical_tactic (p q : Prop) (h : ¬(p → q)) : p := by
  classical
  by_cases hp : p
  · exact hp
  · exact (h fun h' => absurd h' hp).elim

theorem cb_unhygienic (p q : Prop) : p → q → p := by
  unhygienic
    intros
    assumption

theorem cb_intros_names (α : Type) (p : α → Prop) : (∀ x, p x) → ∀ x y, p x ∧ p y := by
  intros h x y
  exact ⟨h x, h y⟩

theorem cb_exact_mod_goal_swap (a b c : Nat) (hab : a ∣ b) (hbc : b ∣ c) : a ∣ c := by
  apply Nat.dvd_trans (b := b)
  · exact first
  · exact hbc
where
  first : a ∣ b := hab

theorem cb_let_intro (n : Nat) : let m := n + 1; n < m := by
  intro m
  exact Nat.lt_succ_self n

theorem cb_have_focus (xs : List Nat) (h : xs ≠ []) : 0 < xs.length := by
  cases xs with
  | nil => exact (h rfl).elim
  | cons x xs => · exact Nat.succ_pos _

theorem cb_exfalso_bullets (a : Nat) (h : a < 3) (h0 : a ≠ 0) (h1 : a ≠ 1) (h2 : a ≠ 2) : 5 = 6 := by
  exfalso
  rcases a with _ | _ | _ | a
  · exact h0 rfl
  · exact h1 rfl
  · exact h2 rfl
  · omega
