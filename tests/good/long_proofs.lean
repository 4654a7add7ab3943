/-!
Longer proofs, fifteen to forty lines each, mixing several styles as a person does who works something out.
-/

theorem lo_euclid_step (a b d : Nat) (hb : 0 < b) : (d ∣ a ∧ d ∣ b) ↔ (d ∣ b ∧ d ∣ a % b) := by
  constructor
  · rintro ⟨ha, hb'⟩
    refine ⟨hb', ?_⟩
    obtain ⟨x, hx⟩ := ha
    obtain ⟨y, hy⟩ := hb'
    have e : a % b = a - b * (a / b) := by
      have := Nat.div_add_mod a b
      omega
    rw [e]
    refine ⟨x - y * (a / b), ?_⟩
    rw [Nat.mul_sub, ← hx, ← Nat.mul_assoc, ← hy]
  · rintro ⟨hb', hm⟩
    refine ⟨?_, hb'⟩
    have e : a = b * (a / b) + a % b := (Nat.div_add_mod a b).symm
    rw [e]
    apply Nat.dvd_add
    · exact Nat.dvd_trans hb' (Nat.dvd_mul_right b (a / b))
    · exact hm

theorem lo_sqrt_two (a b : Nat) (h : a * a = 2 * (b * b)) : b = 0 := by
  -- infinite descent on `b`
  suffices key : ∀ n a b : Nat, b ≤ n → a * a = 2 * (b * b) → b = 0 from key b a b (Nat.le_refl b) h
  intro n
  induction n with
  | zero =>
    intro a b hb _
    exact Nat.le_zero.mp hb
  | succ n ih =>
    intro a b hb h
    have even_of_sq (x : Nat) (hx : x * x % 2 = 0) : ∃ y, x = 2 * y := by
      rcases Nat.mod_two_eq_zero_or_one x with h0 | h1
      · exact ⟨x / 2, by omega⟩
      · rw [Nat.mul_mod, h1] at hx
        contradiction
    obtain ⟨c, rfl⟩ := even_of_sq a (by rw [h]; omega)
    have h₂ : b * b = 2 * (c * c) := by
      have e : 2 * c * (2 * c) = 4 * (c * c) := by grind
      omega
    obtain ⟨d, rfl⟩ := even_of_sq b (by rw [h₂]; omega)
    have h₃ : c * c = 2 * (d * d) := by
      have e : 2 * d * (2 * d) = 4 * (d * d) := by grind
      omega
    rcases Nat.eq_zero_or_pos d with hd | hd
    · rw [hd]
    · have hd0 : d = 0 := ih c d (by omega) h₃
      omega

theorem lo_division_unique (b q r q' r' : Nat) (hr : r < b) (hr' : r' < b) (h : b * q + r = b * q' + r') :
    q = q' ∧ r = r' := by
  have not_lt : ∀ u v s t : Nat, s < b → b * u + s = b * v + t → ¬ u < v := by
    intro u v s t hs e huv
    obtain ⟨k, hk⟩ : ∃ k, v = u + 1 + k := ⟨v - (u + 1), by omega⟩
    subst hk
    have expand : b * (u + 1 + k) = b * u + b + b * k := by
      rw [Nat.mul_add, Nat.mul_add, Nat.mul_one]
    rw [expand] at e
    omega
  have hq : q = q' := by
    rcases Nat.lt_trichotomy q q' with hlt | heq | hgt
    · exact absurd hlt (not_lt q q' r r' hr h)
    · exact heq
    · exact absurd hgt (not_lt q' q r' r hr' h.symm)
  refine ⟨hq, ?_⟩
  subst hq
  exact Nat.add_left_cancel h

theorem lo_schroeder_bernstein_finite (f : Fin 2 → Fin 2) (inj : ∀ i j, f i = f j → i = j) : ∀ y, ∃ x, f x = y := by
  intro y
  have ne : f 0 ≠ f 1 := by
    intro h
    have := inj 0 1 h
    exact absurd this (by decide)
  have two : ∀ a b c : Fin 2, a ≠ b → c = a ∨ c = b := by decide
  cases two (f 0) (f 1) y ne with
  | inl h => exact ⟨0, h.symm⟩
  | inr h =>
    exists 1
    exact h.symm

theorem lo_list_induction_two (P : List Nat → Prop) (nil : P []) (single : ∀ x, P [x])
    (ends : ∀ x y xs, P xs → P (x :: (xs ++ [y]))) (xs : List Nat) : P xs := by
  have main : ∀ n (ys : List Nat), ys.length = n → P ys := by
    intro n
    induction n using Nat.strongRecOn with
    | _ n ih =>
      intro ys hlen
      match ys, hlen with
      | [], _ => exact nil
      | [x], _ => exact single x
      | x :: y :: zs, hlen =>
        have split : ∃ ws w, y :: zs = ws ++ [w] := by
          refine ⟨(y :: zs).dropLast, (y :: zs).getLast (by simp), ?_⟩
          exact (List.dropLast_concat_getLast (by simp)).symm
        obtain ⟨ws, w, hw⟩ := split
        rw [hw]
        apply ends
        have len : ws.length + 1 = (y :: zs).length := by
          rw [hw]
          simp
        apply ih ws.length
        · simp only [List.length_cons] at hlen len
          omega
        · rfl
  exact main xs.length xs rfl

theorem lo_max_exists (f : Nat → Nat) (n : Nat) : ∃ m, m ≤ n ∧ ∀ k, k ≤ n → f k ≤ f m := by
  induction n with
  | zero =>
    refine ⟨0, Nat.le_refl 0, ?_⟩
    intro k hk
    have : k = 0 := Nat.le_zero.mp hk
    rw [this]
    exact Nat.le_refl _
  | succ n ih =>
    obtain ⟨m, hm, hmax⟩ := ih
    by_cases h : f (n + 1) ≤ f m
    · refine ⟨m, Nat.le_succ_of_le hm, ?_⟩
      intro k hk
      rcases Nat.lt_or_eq_of_le hk with hlt | heq
      · exact hmax k (Nat.le_of_lt_succ hlt)
      · rw [heq]
        exact h
    · refine ⟨n + 1, Nat.le_refl _, ?_⟩
      intro k hk
      rcases Nat.lt_or_eq_of_le hk with hlt | heq
      · have := hmax k (Nat.le_of_lt_succ hlt)
        omega
      · rw [heq]
        exact Nat.le_refl _

theorem lo_least_number (p : Nat → Prop) (n : Nat) (hn : p n) : ∃ m, p m ∧ ∀ k, k < m → ¬p k := by
  apply Classical.byContradiction
  intro hno
  have none_below : ∀ m, ∀ k, k < m → ¬p k := by
    intro m
    induction m with
    | zero =>
      intro k hk
      exact absurd hk (Nat.not_lt_zero k)
    | succ m ih =>
      intro k hk hpk
      cases Nat.lt_or_eq_of_le (Nat.le_of_lt_succ hk) with
      | inl hlt => exact ih k hlt hpk
      | inr heq =>
        subst heq
        apply hno
        exact ⟨k, hpk, ih⟩
  exact none_below (n + 1) n (Nat.lt_succ_self n) hn

theorem lo_infinite_pigeonhole (c : Nat → Bool) :
    (∀ n, ∃ m, n ≤ m ∧ c m = true) ∨ (∀ n, ∃ m, n ≤ m ∧ c m = false) := by
  by_cases h : ∀ n, ∃ m, n ≤ m ∧ c m = true
  · exact Or.inl h
  · right
    -- beyond some `n₀` every colour is `false`
    have ⟨n₀, hn₀⟩ : ∃ n₀, ∀ m, n₀ ≤ m → c m = false := by
      apply Classical.byContradiction
      intro hno
      apply h
      intro n
      apply Classical.byContradiction
      intro hn
      apply hno
      refine ⟨n, fun m hm => ?_⟩
      cases hc : c m with
      | false => rfl
      | true => exact (hn ⟨m, hm, hc⟩).elim
    intro n
    refine ⟨max n n₀, Nat.le_max_left n n₀, ?_⟩
    exact hn₀ _ (Nat.le_max_right n n₀)

theorem lo_sum_formula (s : Nat → Nat) (h0 : s 0 = 0) (hs : ∀ n, s (n + 1) = s n + (n + 1) * (n + 1)) (n : Nat) :
    6 * s n = n * (n + 1) * (2 * n + 1) := by
  induction n with
  | zero =>
    rw [h0]
  | succ n ih =>
    rw [hs n]
    rw [Nat.mul_add]
    rw [ih]
    -- both sides are (n + 1) times a quadratic polynomial
    have left : n * (n + 1) * (2 * n + 1) + 6 * ((n + 1) * (n + 1)) = (n + 1) * (n * (2 * n + 1) + 6 * (n + 1)) := by
      grind
    have right : (n + 1) * (n + 1 + 1) * (2 * (n + 1) + 1) = (n + 1) * ((n + 2) * (2 * n + 3)) := by
      grind
    have middle : n * (2 * n + 1) + 6 * (n + 1) = (n + 2) * (2 * n + 3) := by
      grind
    rw [left, right, middle]

theorem lo_mod_cube (n : Nat) : (n * n * n) % 3 = n % 3 := by
  have h : n % 3 = 0 ∨ n % 3 = 1 ∨ n % 3 = 2 := by omega
  have reduce : (n * n * n) % 3 = ((n % 3) * (n % 3) * (n % 3)) % 3 := by
    rw [Nat.mul_mod, Nat.mul_mod n n]
    conv =>
      rhs
      rw [Nat.mul_mod, Nat.mul_mod (n % 3) (n % 3)]
    simp only [Nat.mod_mod]
  rw [reduce]
  rcases h with h | h | h
  · rw [h]
  · rw [h]
  · rw [h]

theorem lo_reverse_append_by_hand {α : Type} (xs ys : List α) : (xs ++ ys).reverse = ys.reverse ++ xs.reverse := by
  have snoc : ∀ (us : List α) (a : α), (us ++ [a]).reverse = a :: us.reverse := by
    intro us a
    induction us with
    | nil => rfl
    | cons u us ih =>
      calc ((u :: us) ++ [a]).reverse
        _ = (u :: (us ++ [a])).reverse := rfl
        _ = (us ++ [a]).reverse ++ [u] := List.reverse_cons
        _ = (a :: us.reverse) ++ [u] := by rw [ih]
        _ = a :: (us.reverse ++ [u]) := rfl
        _ = a :: (u :: us).reverse := by rw [List.reverse_cons]
  induction xs with
  | nil =>
    show ys.reverse = ys.reverse ++ []
    exact (List.append_nil _).symm
  | cons x xs ih =>
    show (x :: (xs ++ ys)).reverse = ys.reverse ++ (x :: xs).reverse
    rw [List.reverse_cons, List.reverse_cons, ih, List.append_assoc]

theorem lo_bezout_small (d : Int) (h₁ : ∃ x, 12 * x = d + 18 * x) : ∃ k, d = 6 * k := by
  obtain ⟨x, hx⟩ := h₁
  refine ⟨-x, ?_⟩
  have e₁ : d = 12 * x - 18 * x := by
    calc d = d + 18 * x - 18 * x := by omega
      _ = 12 * x - 18 * x := by rw [← hx]
  have e₂ : 12 * x - 18 * x = 6 * -x := by
    calc
      12 * x - 18 * x = -(6 * x) := by omega
      _ = 6 * -x := by omega
  calc
    d = 12 * x - 18 * x := e₁
    _ = 6 * -x := e₂

theorem lo_ordered_pair (α : Type) (a b c d : α) :
    ((∀ x, (x = a ∨ x = b) ↔ (x = c ∨ x = d))) → (a = c ∧ b = d) ∨ (a = d ∧ b = c) := by
  intro h
  have ha := (h a).mp (Or.inl rfl)
  have hb := (h b).mp (Or.inr rfl)
  have hc := (h c).mpr (Or.inl rfl)
  have hd := (h d).mpr (Or.inr rfl)
  rcases ha with ha | ha
  · rcases hb with hb | hb
    · -- a = c and b = c, so d is one of them as well
      left
      refine ⟨ha, ?_⟩
      rcases hd with hd | hd
      · rw [hb, hd, ha]
      · exact hd.symm
    · exact Or.inl ⟨ha, hb⟩
  · rcases hb with hb | hb
    · exact Or.inr ⟨ha, hb⟩
    · right
      refine ⟨ha, ?_⟩
      rcases hc with hc | hc
      · rw [hb, hc, ha]
      · exact hc.symm

theorem lo_binary_digits (n : Nat) : ∃ bs : List Bool, bs.foldr (fun b acc => 2 * acc + b.toNat) 0 = n := by
  induction n using Nat.strongRecOn with
  | ind n ih =>
    if h : n = 0 then
      refine ⟨[], ?_⟩
      simp [h]
    else
      have smaller : n / 2 < n := by omega
      obtain ⟨bs, hbs⟩ := ih (n / 2) smaller
      by_cases odd : n % 2 = 1
      · refine ⟨true :: bs, ?_⟩
        rw [List.foldr_cons, hbs]
        simp only [Bool.toNat_true]
        omega
      · refine ⟨false :: bs, ?_⟩
        rw [List.foldr_cons, hbs]
        simp only [Bool.toNat_false]
        omega

theorem lo_subset_length {α : Type} [DecidableEq α] (xs ys : List α) (nd : xs.Nodup) (sub : ∀ x ∈ xs, x ∈ ys) :
    xs.length ≤ ys.length := by
  induction xs generalizing ys with
  | nil => exact Nat.zero_le _
  | cons x xs ih =>
    rw [List.nodup_cons] at nd
    obtain ⟨hx, nd'⟩ := nd
    have mem : x ∈ ys := sub x (List.mem_cons_self ..)
    have smaller : ∀ z ∈ xs, z ∈ ys.erase x := by
      intro z hz
      have hne : z ≠ x := by
        rintro rfl
        exact hx hz
      rw [List.mem_erase_of_ne hne]
      exact sub z (List.mem_cons_of_mem x hz)
    have step := ih (ys.erase x) nd' smaller
    have len : (ys.erase x).length = ys.length - 1 := List.length_erase_of_mem mem
    have pos : 0 < ys.length := List.length_pos_of_mem mem
    rw [len] at step
    simp only [List.length_cons]
    omega

theorem lo_min_by_cases (a b c : Int) (h : a + b + c = 0) (hab : a ≤ b) (hbc : b ≤ c) : a ≤ 0 ∧ 0 ≤ c := by
  constructor
  · apply Classical.byContradiction
    intro hn
    have ha : 0 < a := Int.lt_of_not_ge hn
    have hb : 0 < b := Int.lt_of_lt_of_le ha hab
    have hc : 0 < c := Int.lt_of_lt_of_le hb hbc
    have sum : 0 < a + b + c := Int.add_pos (Int.add_pos ha hb) hc
    rw [h] at sum
    exact absurd sum (Int.lt_irrefl 0)
  · false_or_by_contra
    rename_i hn
    have hc : c < 0 := Int.lt_of_not_ge hn
    have hb : b < 0 := Int.lt_of_le_of_lt hbc hc
    have ha : a < 0 := Int.lt_of_le_of_lt hab hb
    omega

theorem lo_fixed_point_of_order (n : Nat) (f : Nat → Nat) (mono : ∀ x y, x ≤ y → f x ≤ f y) (bound : ∀ x, f x ≤ n) :
    ∃ x, f x = x := by
  have search : ∀ k x : Nat, x ≤ f x → n - x ≤ k → ∃ y, f y = y := by
    intro k
    induction k with
    | zero =>
      intro x hx hk
      have hle : n ≤ x := by omega
      have hfx : f x ≤ n := bound x
      refine ⟨x, ?_⟩
      omega
    | succ k ih =>
      intro x hx hk
      by_cases heq : f x = x
      · exact ⟨x, heq⟩
      · have hlt : x < f x := by omega
        apply ih (f x)
        · exact mono x (f x) hx
        · have := bound x
          omega
  exact search n 0 (Nat.zero_le _) (by omega)

theorem lo_boolean_algebra (a b c : Bool) (h₁ : (a && b) = (a && c)) (h₂ : (a || b) = (a || c)) : b = c := by
  have left : b = ((a && b) || (!a && b)) := by
    cases a
    · cases b <;> rfl
    · cases b <;> rfl
  have right : c = ((a && c) || (!a && c)) := by
    cases a
    · cases c <;> rfl
    · cases c <;> rfl
  have outside : (!a && b) = (!a && c) := by
    have e₁ : (!a && b) = (!a && (a || b)) := by
      cases a <;> cases b <;> rfl
    have e₂ : (!a && c) = (!a && (a || c)) := by
      cases a <;> cases c <;> rfl
    rw [e₁, e₂, h₂]
  calc
    b = ((a && b) || (!a && b)) := left
    _ = ((a && c) || (!a && c)) := by rw [h₁, outside]
    _ = c := right.symm

theorem lo_coin_problem (n : Nat) (h : 8 ≤ n) : ∃ a b, n = 3 * a + 5 * b := by
  induction n with
  | zero => omega
  | succ n ih =>
    rcases Nat.lt_or_ge n 8 with hlt | hge
    · -- the first amount: eight is three and five
      have : n = 7 := by omega
      subst this
      exact ⟨1, 1, rfl⟩
    · obtain ⟨a, b, hab⟩ := ih hge
      cases b with
      | zero =>
        -- three coins of three become two of five
        refine ⟨a - 3, 2, ?_⟩
        omega
      | succ b =>
        -- a coin of five becomes two of three
        refine ⟨a + 2, b, ?_⟩
        omega

theorem lo_product_parity (a b : Nat) : (a * b) % 2 = 1 ↔ a % 2 = 1 ∧ b % 2 = 1 := by
  constructor
  · intro h
    rw [Nat.mul_mod] at h
    rcases Nat.mod_two_eq_zero_or_one a with ha | ha
    · rw [ha] at h
      simp at h
    · rcases Nat.mod_two_eq_zero_or_one b with hb | hb
      · rw [hb] at h
        simp at h
      · exact ⟨ha, hb⟩
  · intro ⟨ha, hb⟩
    calc (a * b) % 2 = ((a % 2) * (b % 2)) % 2 := Nat.mul_mod a b 2
      _ = (1 * 1) % 2 := by rw [ha, hb]
      _ = 1 := rfl

theorem lo_map_injective {α β : Type} (f : α → β) (hf : ∀ a b, f a = f b → a = b) :
    ∀ xs ys : List α, xs.map f = ys.map f → xs = ys := by
  intro xs
  induction xs with
  | nil =>
    intro ys h
    cases ys with
    | nil => rfl
    | cons y ys =>
      simp at h
  | cons x xs ih =>
    intro ys h
    cases ys with
    | nil =>
      simp at h
    | cons y ys =>
      simp only [List.map_cons, List.cons.injEq] at h
      obtain ⟨hhead, htail⟩ := h
      have h₁ : x = y := hf x y hhead
      have h₂ : xs = ys := ih ys htail
      rw [h₁, h₂]
