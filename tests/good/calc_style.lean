/-!
Chains of steps with `calc`, in term and in tactic mode: equalities, orders, divisibility, implications and
equivalences, mixed relations, first steps with `_`, steps proved by terms, by tactics and by further chains.
-/

theorem ca_add_swap (a b c : Nat) : a + b + c = c + b + a :=
  calc a + b + c
    _ = c + (a + b) := Nat.add_comm (a + b) c
    _ = c + (b + a) := congrArg (c + ·) (Nat.add_comm a b)
    _ = c + b + a := (Nat.add_assoc c b a).symm

theorem ca_square (a b : Nat) : (a + b) * (a + b) = a * a + 2 * (a * b) + b * b := by
  calc (a + b) * (a + b) = (a + b) * a + (a + b) * b := by rw [Nat.mul_add]
    _ = (a * a + b * a) + (a * b + b * b) := by rw [Nat.add_mul, Nat.add_mul]
    _ = (a * a + a * b) + (a * b + b * b) := by rw [Nat.mul_comm b a]
    _ = a * a + 2 * (a * b) + b * b := by omega

theorem ca_le_lt (a b c d : Nat) (h₁ : a ≤ b) (h₂ : b < c) (h₃ : c ≤ d) : a < d :=
  calc
    a ≤ b := h₁
    _ < c := h₂
    _ ≤ d := h₃

theorem ca_eq_le (a b c : Nat) (h : a = b + 1) (h' : b ≤ c) : a ≤ c + 1 := by
  calc
    a = b + 1 := h
    _ ≤ c + 1 := Nat.succ_le_succ h'

theorem ca_iff (p q r : Prop) (h : p ↔ q) : (p ∧ r) ↔ (r ∧ q) :=
  calc p ∧ r
    _ ↔ q ∧ r := and_congr_left' h
    _ ↔ r ∧ q := And.comm

theorem ca_iff_eq (p q r : Prop) (h : p = q) (h' : q ↔ r) : p ↔ r := by
  calc
    p = q := h
    _ ↔ r := h'

theorem ca_dvd (a b c d : Nat) (h : a ∣ b) (h' : b = c) (h'' : c ∣ d) : a ∣ d * 2 :=
  have : Trans (α := Nat) (· ∣ ·) (· ∣ ·) (· ∣ ·) := { trans := Nat.dvd_trans }
  calc a
    _ ∣ b := h
    _ = c := h'
    _ ∣ d := h''
    _ ∣ d * 2 := ⟨2, rfl⟩

theorem ca_first_step_underscore (x y : Int) (h : x = y + 3) : x - 3 = y := by
  calc
    _ = (y + 3) - 3 := by rw [h]
    _ = y := by omega

theorem ca_single (a b : Nat) (h : b = a) : a = b := calc a = b := h.symm

theorem ca_tactic_last_goal (a b c : Nat) (h : a ≤ b) (hc : 0 < c) : a ≤ b * c := by
  calc a ≤ b := h
    _ = b * 1 := (Nat.mul_one b).symm
    _ ≤ b * c := by
      apply Nat.mul_le_mul_left
      exact hc

theorem ca_nested (a b c d : Nat) (h₁ : a = b) (h₂ : b = c) (h₃ : c = d) : a + d = d + a :=
  calc a + d = d + d := by
        have : a = d := calc a = b := h₁
          _ = c := h₂
          _ = d := h₃
        rw [this]
    _ = d + a := by rw [h₁, h₂, h₃]

theorem ca_int_le (a b c : Int) (h : a ≤ b) (hc : 0 ≤ c) : a ≤ b + c :=
  calc a ≤ b := h
    _ = b + 0 := (Int.add_zero b).symm
    _ ≤ b + c := Int.add_le_add_left hc b

theorem ca_rw_trailing (f : Nat → Nat) (h : ∀ x, f x = x + 1) (n : Nat) : f (f (f n)) = n + 3 := by
  calc f (f (f n)) = f (f n) + 1 := h _
    _ = (f n + 1) + 1 := by rw [h (f n)]
    _ = n + 3 := by rw [h]

theorem ca_list_append (xs ys zs ws : List Nat) : (xs ++ ys) ++ (zs ++ ws) = xs ++ (ys ++ zs) ++ ws :=
  calc (xs ++ ys) ++ (zs ++ ws)
    _ = xs ++ (ys ++ (zs ++ ws)) := List.append_assoc xs ys (zs ++ ws)
    _ = xs ++ ((ys ++ zs) ++ ws) := by rw [List.append_assoc ys zs ws]
    _ = xs ++ (ys ++ zs) ++ ws := (List.append_assoc xs (ys ++ zs) ws).symm

theorem ca_length (α : Type) (xs ys : List α) : (xs ++ ys).reverse.length = ys.length + xs.length := by
  calc
    (xs ++ ys).reverse.length = (xs ++ ys).length := List.length_reverse
    _ = xs.length + ys.length := List.length_append
    _ = ys.length + xs.length := Nat.add_comm ..

theorem ca_mod (a b c : Nat) (h : a % c = b % c) : (a + c) % c = (b + c) % c :=
  calc (a + c) % c = a % c := Nat.add_mod_right a c
    _ = b % c := h
    _ = (b + c) % c := (Nat.add_mod_right b c).symm

theorem ca_bool (a b : Bool) : (!(a && b)) = (!b || !a) :=
  calc (!(a && b)) = (!a || !b) := Bool.not_and a b
    _ = (!b || !a) := Bool.or_comm _ _

theorem ca_gt (a b c : Nat) (h : a > b) (h' : b = c + 1) : a > c + 1 :=
  calc a > b := h
    _ = c + 1 := h'

theorem ca_trans_relation (α : Type) (r : α → α → Prop) (tr : ∀ {x y z}, r x y → r y z → r x z)
    (a b c d : α) (h₁ : r a b) (h₂ : r b c) (h₃ : r c d) : r a d :=
  let _ : Trans r r r := ⟨fun h h' => tr h h'⟩
  calc
    r a b := h₁
    r _ c := h₂
    r _ d := h₃

theorem ca_subset (α : Type) (xs ys zs : List α) (h : xs ⊆ ys) (h' : ys ⊆ zs) : xs ⊆ zs := by
  intro a ha
  have h₁ : a ∈ ys := h ha
  exact h' h₁

theorem ca_setoid (α : Type) [s : Setoid α] (a b c d : α) (h : a ≈ b) (h' : c ≈ b) (h'' : c = d) : a ≈ d := by
  have : Trans (α := α) (β := α) (γ := α) (· ≈ ·) (· ≈ ·) (· ≈ ·) := ⟨Setoid.trans⟩
  calc a ≈ b := h
    _ ≈ c := Setoid.symm h'
    _ = d := h''

theorem ca_four_product (a b c d : Nat) : a * b * (c * d) = a * c * (b * d) := by
  calc a * b * (c * d)
      = a * (b * (c * d)) := by rw [Nat.mul_assoc]
    _ = a * (c * (b * d)) := by rw [Nat.mul_left_comm b c d]
    _ = a * c * (b * d)   := by rw [Nat.mul_assoc]

theorem ca_two_le_of_pos (a b : Nat) (ha : 0 < a) (hb : 0 < b) : 2 ≤ a + b :=
  calc 2 = 1 + 1 := rfl
    _ ≤ a + 1 := Nat.add_le_add_right ha 1
    _ ≤ a + b := Nat.add_le_add_left hb a

theorem ca_show_calc (m n : Nat) (h : m = 2 * n) : m + m = 4 * n := by
  show m + m = 4 * n
  calc m + m = 2 * n + 2 * n := by simp [h]
    _ = 4 * n := by omega

theorem ca_have_calc (x y z : Nat) (hx : x < y) (hy : y < z) : x + 1 < z := by
  have h : x + 1 ≤ y := hx
  exact calc
    x + 1 ≤ y := h
    _ < z := hy

theorem ca_refine (f : Nat → Nat) (hf : ∀ n, f (n + 1) = 2 * f n) (h0 : f 0 = 1) : f 3 = 8 := by
  refine calc f 3 = 2 * f 2 := ?_
    _ = 2 * (2 * f 1) := ?_
    _ = 2 * (2 * (2 * f 0)) := ?_
    _ = 8 := ?_
  · exact hf 2
  · rw [hf 1]
  · rw [hf 0]
  · rw [h0]

theorem ca_with_comments (a b c : Nat) (h : a + b = c) : b + a + 0 = c :=
  calc
    b + a + 0 = b + a := rfl   -- by computation
    -- now the order of the summands
    _ = a + b := Nat.add_comm b a
    /- and the hypothesis -/
    _ = c := h

theorem ca_option_map (α β γ : Type) (f : α → β) (g : β → γ) (o : Option α) :
    (o.map f).map g = o.bind (fun a => some (g (f a))) :=
  calc (o.map f).map g = o.map (g ∘ f) := by cases o <;> rfl
    _ = o.bind (fun a => some (g (f a))) := by
      cases o with
      | none => rfl
      | some a => rfl

theorem ca_succ_le (n : Nat) : n < 2 ^ n := by
  induction n with
  | zero => decide
  | succ n ih =>
    calc n + 1 ≤ 2 ^ n := ih
      _ < 2 ^ n + 2 ^ n := Nat.lt_add_of_pos_right (Nat.two_pow_pos n)
      _ = 2 ^ n * 2 := by omega
      _ = 2 ^ (n + 1) := (Nat.pow_succ ..).symm

theorem ca_int_sq (a b : Int) : (a - b) * (a + b) = a * a - b * b :=
  calc (a - b) * (a + b) = a * (a + b) - b * (a + b) := Int.sub_mul a b (a + b)
    _ = (a * a + a * b) - (b * a + b * b) := by rw [Int.mul_add, Int.mul_add]
    _ = (a * a + a * b) - (a * b + b * b) := by rw [Int.mul_comm b a]
    _ = a * a - b * b := by omega

theorem ca_imp (p q r : Prop) (h₁ : p → q) (h₂ : q → r) : p → r :=
  fun hp => Iff.mpr (calc
    r = True := eq_true (h₂ (h₁ hp))
    _ ↔ True := Iff.rfl) trivial

theorem ca_ne (a b c : Nat) (h : a = b) (h' : b ≠ c) : a ≠ c :=
  calc
    a = b := h
    _ ≠ c := h'

theorem ca_fin (n : Nat) (i j : Fin n) (h : i.val ≤ j.val) : i.val < n + 1 :=
  calc i.val
    _ ≤ j.val := h
    _ < n := j.isLt
    _ < n + 1 := Nat.lt_succ_self n

theorem ca_compose (α : Type) (f g : α → α) (hg : ∀ x, f (g x) = x) (x : α) : f (f (g (g x))) = x :=
  calc f (f (g (g x)))
    _ = f (g x) := congrArg f (hg (g x))
    _ = x := hg x

theorem ca_add_left_cancel (x y z : Int) (h : x + y = x + z) : y = z := by
  calc y = -x + (x + y) := by omega
    _ = -x + (x + z) := by rw [h]
    _ = z := by omega

theorem ca_pow (a m n : Nat) : a ^ (m + n) * a = a ^ m * a ^ (n + 1) :=
  calc
    a ^ (m + n) * a = (a ^ m * a ^ n) * a := by rw [Nat.pow_add]
    _ = a ^ m * (a ^ n * a) := Nat.mul_assoc _ _ _
    _ = a ^ m * a ^ (n + 1) := rfl

theorem ca_divmod (a b : Nat) : b * (a / b) ≤ a :=
  calc
    b * (a / b) ≤ b * (a / b) + a % b := Nat.le_add_right _ _
    _ = a := Nat.div_add_mod a b

theorem ca_max (a b c : Nat) (h : max a b ≤ c) : a ≤ c ∧ b ≤ c :=
  ⟨calc a ≤ max a b := Nat.le_max_left a b
     _ ≤ c := h,
   calc b ≤ max a b := Nat.le_max_right a b
     _ ≤ c := h⟩

theorem ca_reverse_reverse (α : Type) (a : α) (xs : List α) :
    (xs.reverse ++ [a]).reverse = a :: xs := calc
  (xs.reverse ++ [a]).reverse
  _ = [a].reverse ++ xs.reverse.reverse := List.reverse_append
  _ = [a] ++ xs.reverse.reverse := rfl
  _ = [a] ++ xs := congrArg _ (List.reverse_reverse xs)
  _ = a :: xs := rfl

theorem ca_map_map (α β γ : Type) (f : α → β) (g : β → γ) (xs : List α) :
    (xs.map f).map g = xs.map (fun x => g (f x)) := by
  calc
    (xs.map f).map g = xs.map (g ∘ f) := by
      rw [List.map_map]
    _ = xs.map (fun x => g (f x)) := by
      rfl

theorem ca_even_sum (a b : Nat) (ha : ∃ k, a = 2 * k) (hb : ∃ k, b = 2 * k) : ∃ k, a + b = 2 * k :=
  match ha, hb with
  | ⟨k, hk⟩, ⟨l, hl⟩ => ⟨k + l, calc
      a + b = 2 * k + 2 * l := by rw [hk, hl]
      _ = 2 * (k + l) := (Nat.mul_add 2 k l).symm⟩

theorem ca_conv_step (a b c : Nat) : a * (b + c) = c * a + b * a := by
  calc a * (b + c) = a * (c + b) := by conv => lhs; rw [Nat.add_comm b c]
    _ = a * c + a * b := Nat.mul_add ..
    _ = c * a + b * a := by simp only [Nat.mul_comm]

theorem ca_strict_chain (a b c d e : Nat) (h₁ : a < b) (h₂ : b ≤ c) (h₃ : c = d) (h₄ : d < e) : a + 1 < e := by
  have : a + 1 ≤ b := h₁
  calc a + 1 ≤ b := this
    _ ≤ c := h₂
    _ = d := h₃
    _ < e := h₄

theorem ca_mul_self_pos (a : Nat) (h : 0 < a) : 0 < a * a :=
  calc 0 = 0 * a := (Nat.zero_mul a).symm
    _ < a * a := Nat.mul_lt_mul_of_pos_right h h

theorem ca_decide_steps : 2 ^ 3 + 1 < 3 ^ 2 + 1 := calc
  2 ^ 3 + 1 = 9 := by decide
  _ < 10 := by decide
  _ = 3 ^ 2 + 1 := rfl

theorem ca_sum_of_odds (f : Nat → Nat) (h0 : f 0 = 0) (hs : ∀ n, f (n + 1) = f n + (2 * n + 1)) (n : Nat) :
    f n = n * n := by
  induction n with
  | zero => exact h0
  | succ n ih => calc
      f (n + 1) = f n + (2 * n + 1) := hs n
      _ = n * n + (2 * n + 1) := by rw [ih]
      _ = (n + 1) * (n + 1) := by grind

theorem ca_trans_instances (a b c : Nat) (h : a ∣ b) (h' : b = c) (hc : 0 < c) : a ≤ c :=
  Nat.le_of_dvd hc <| calc
    a ∣ b := h
    _ = c := h'

theorem ca_exists (n : Nat) : ∃ m, m * 2 = n + n := ⟨n, calc
  n * 2 = n + n := Nat.mul_two n⟩

theorem ca_semicolons (a b : Nat) (h : a = b) : a + a = b + b := by
  have e : a + a = a + b := by rw [h]
  have e' : a + b = b + b := by rw [h]
  exact calc a + a = a + b := e
             _ = b + b := e'
