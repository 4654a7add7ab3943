/-!
Recursive theorems and auxiliary declarations inside a proof: structural and well-founded self-calls, explicit
`termination_by` and `decreasing_by`, `let rec` in term and tactic mode, `where` with one or several helpers,
helpers that recurse themselves, helpers with pattern alternatives.
-/

theorem rc_zero_add : ∀ n : Nat, 0 + n = n
  | 0 => rfl
  | n + 1 => congrArg Nat.succ (rc_zero_add n)

theorem rc_le_double (n : Nat) : n ≤ 2 * n :=
  match n with
  | 0 => Nat.le_refl 0
  | n + 1 => by
    have ih := rc_le_double n
    omega

theorem rc_map_length {α β : Type} (f : α → β) : ∀ xs : List α, (xs.map f).length = xs.length
  | [] => rfl
  | _ :: xs => congrArg (· + 1) (rc_map_length f xs)

theorem rc_append_assoc {α : Type} : ∀ xs ys zs : List α, xs ++ ys ++ zs = xs ++ (ys ++ zs)
  | [], _, _ => rfl
  | x :: xs, ys, zs => by
    show x :: (xs ++ ys ++ zs) = x :: (xs ++ (ys ++ zs))
    rw [rc_append_assoc xs ys zs]

theorem rc_two_steps : ∀ n : Nat, (∃ k, n = 2 * k) ∨ (∃ k, n = 2 * k + 1)
  | 0 => .inl ⟨0, rfl⟩
  | 1 => .inr ⟨0, rfl⟩
  | n + 2 =>
    match rc_two_steps n with
    | .inl ⟨k, hk⟩ => .inl ⟨k + 1, by omega⟩
    | .inr ⟨k, hk⟩ => .inr ⟨k + 1, by omega⟩

theorem rc_by_tactic (n : Nat) : n < 2 ^ n := by
  cases n with
  | zero => decide
  | succ m =>
    have := rc_by_tactic m
    rw [Nat.pow_succ]
    omega

theorem rc_structural_hint (n : Nat) : n * 0 = 0 * n := by
  match n with
  | 0 => rfl
  | k + 1 =>
    have := rc_structural_hint k
    simp
termination_by structural n

theorem rc_wf_half (n : Nat) : ∃ k, n < 2 ^ k := by
  if h : n = 0 then
    exact ⟨0, by omega⟩
  else
    obtain ⟨k, hk⟩ := rc_wf_half (n / 2)
    exact ⟨k + 1, by rw [Nat.pow_succ]; omega⟩
termination_by n

theorem rc_wf_decreasing (n : Nat) (h : 0 < n) : ∃ k m, n = 2 ^ k * m ∧ m % 2 = 1 := by
  by_cases hodd : n % 2 = 1
  · exact ⟨0, n, by simp, hodd⟩
  · obtain ⟨k, m, hkm, hm⟩ := rc_wf_decreasing (n / 2) (by omega)
    refine ⟨k + 1, m, ?_, hm⟩
    have : n = 2 * (n / 2) := by omega
    rw [this, hkm, Nat.pow_succ]
    grind
termination_by n
decreasing_by
  exact Nat.div_lt_self h (by decide)

theorem rc_wf_sub (a b : Nat) (hb : 0 < b) : ∃ q r, a = b * q + r ∧ r < b :=
  if h : a < b then
    ⟨0, a, by simp, h⟩
  else
    have : a - b < a := by omega
    have ⟨q, r, hq, hr⟩ := rc_wf_sub (a - b) b hb
    ⟨q + 1, r, by rw [Nat.mul_add, Nat.mul_one]; omega, hr⟩

theorem rc_wf_upward (m n : Nat) (h : n ≤ m) (P : Nat → Prop) (hm : P m) (step : ∀ k, P (k + 1) → P k) : P n :=
  if e : n = m then e ▸ hm
  else step n (rc_wf_upward m (n + 1) (by omega) P hm step)
termination_by m - n

theorem rc_wf_upward_decreasing (b i : Nat) (P : Nat → Prop) (h : ∀ j, b ≤ j → P j) (s : ∀ j, j < b → P (j + 1) → P j) : P i := by
  by_cases hi : i < b
  · apply s i hi
    exact rc_wf_upward_decreasing b (i + 1) P h s
  · exact h i (Nat.le_of_not_lt hi)
termination_by b - i
decreasing_by omega

theorem rc_lex : ∀ m n : Nat, (m + n) * 0 = 0
  | 0, 0 => rfl
  | 0, n + 1 => rc_lex 0 n
  | m + 1, n => rc_lex m (n + 3)
termination_by m n => (m, n)

theorem rc_lex_ackermann_shape (P : Nat → Nat → Prop) (h0 : ∀ n, P 0 n) (h1 : ∀ m, P m 1 → P (m + 1) 0)
    (h2 : ∀ m n, P (m + 1) n → (∀ k, P m k) → P (m + 1) (n + 1)) : ∀ m n, P m n
  | 0, n => h0 n
  | m + 1, 0 => h1 m (rc_lex_ackermann_shape P h0 h1 h2 m 1)
  | m + 1, n + 1 => h2 m n (rc_lex_ackermann_shape P h0 h1 h2 (m + 1) n)
      fun k => rc_lex_ackermann_shape P h0 h1 h2 m k
termination_by m n => (m, n)
decreasing_by all_goals simp_wf; omega

theorem rc_size_of_list {α : Type} (p : α → Prop) (xs : List α) (h : ∀ x, x ∈ xs → p x) : ∀ x ∈ xs.reverse, p x := by
  match xs with
  | [] => intro x hx; cases hx
  | y :: ys =>
    intro x hx
    rw [List.reverse_cons, List.mem_append] at hx
    cases hx with
    | inl hx => exact rc_size_of_list p ys (fun z hz => h z (List.mem_cons_of_mem y hz)) x hx
    | inr hx =>
      have : x = y := List.mem_singleton.mp hx
      exact this ▸ h y (List.mem_cons_self ..)

theorem rc_measure_length {α : Type} (xs : List α) : xs.length % 2 = 0 ∨ xs.length % 2 = 1 :=
  match xs with
  | [] => .inl rfl
  | [_] => .inr rfl
  | _ :: _ :: ys => by
    have := rc_measure_length ys
    simp only [List.length_cons]
    omega
termination_by xs.length

theorem rc_let_rec_term (n : Nat) : n + 0 * n = n :=
  let rec aux : ∀ k : Nat, 0 * k = 0
    | 0 => rfl
    | k + 1 => aux k
  (aux n).symm ▸ rfl

theorem rc_let_rec_tactic (a b : Nat) : a + b = b + a := by
  let rec go (m : Nat) : a + m = m + a := by
    cases m with
    | zero => simp
    | succ k =>
      have := go k
      omega
  exact go b

theorem rc_let_rec_pair (n : Nat) : n % 2 = 0 ∨ n % 2 = 1 := by
  let rec even (k : Nat) : (2 * k) % 2 = 0 :=
    match k with
    | 0 => rfl
    | k + 1 => by have := even k; omega
  let rec odd (k : Nat) : (2 * k + 1) % 2 = 1 :=
    match k with
    | 0 => rfl
    | k + 1 => by have := odd k; omega
  by_cases h : n = 2 * (n / 2)
  · left
    rw [h]
    exact even _
  · right
    have : n = 2 * (n / 2) + 1 := by omega
    rw [this]
    exact odd _

theorem rc_let_rec_accumulator {α : Type} (xs : List α) : (xs.foldl (fun n _ => n + 1) 0) = xs.length := by
  let rec go : ∀ (ys : List α) (acc : Nat), ys.foldl (fun n _ => n + 1) acc = acc + ys.length
    | [], acc => rfl
    | y :: ys, acc => by
      rw [List.foldl_cons, go ys (acc + 1), List.length_cons]
      omega
  rw [go xs 0, Nat.zero_add]

theorem rc_let_rec_wf (n : Nat) : ∃ m, m * m ≤ n ∧ n < (m + 1) * (m + 1) :=
  let rec search (k : Nat) (h : k * k ≤ n) : ∃ m, m * m ≤ n ∧ n < (m + 1) * (m + 1) :=
    if hk : n < (k + 1) * (k + 1) then ⟨k, h, hk⟩
    else
      have hle : k + 1 ≤ (k + 1) * (k + 1) := Nat.le_mul_of_pos_left (k + 1) (Nat.succ_pos k)
      have : n - (k + 1) < n - k := by omega
      search (k + 1) (Nat.le_of_not_lt hk)
  termination_by n - k
  search 0 (Nat.zero_le _)

theorem rc_let_rec_uses_hyp (f : Nat → Nat) (hf : ∀ n, f (n + 1) = f n + 2) (h0 : f 0 = 1) (n : Nat) :
    f n = 2 * n + 1 :=
  let rec loop : (k : Nat) → f k = 2 * k + 1
    | 0 => h0
    | k + 1 => by rw [hf k, loop k]; omega
  loop n

theorem rc_where_one (m n : Nat) : m * n + m = m * (n + 1) :=
  helper m n
where
  helper (a b : Nat) : a * b + a = a * (b + 1) := rfl

theorem rc_where_two (a b c : Nat) (h : a < b) (h' : b < c) : a + 1 < c ∧ a ≠ c := by
  constructor
  · exact strict h h'
  · exact different (Nat.lt_trans h h')
where
  strict {x y z : Nat} (hxy : x < y) (hyz : y < z) : x + 1 < z := by omega
  different {x y : Nat} (hxy : x < y) : x ≠ y := Nat.ne_of_lt hxy

theorem rc_where_recursive (sum : Nat → Nat) (h0 : sum 0 = 0) (hs : ∀ k, sum (k + 1) = (k + 1) + sum k) (n : Nat) :
    2 * sum n = n * (n + 1) :=
  gauss n
where
  gauss : ∀ k, 2 * sum k = k * (k + 1)
    | 0 => congrArg (2 * ·) h0
    | k + 1 => by
      have ih := gauss k
      rw [hs k, Nat.mul_add, ih]
      grind

theorem rc_where_chain (p q r s : Prop) (f : p → q) (g : q → r) (h : r → s) : p → s :=
  third
where
  first (hp : p) : q := f hp
  second (hp : p) : r := g (first hp)
  third (hp : p) : s := h (second hp)

theorem rc_where_tactic {α : Type} (xs ys : List α) : (xs ++ ys).length = ys.length + xs.length := by
  rw [len xs ys]
  exact Nat.add_comm _ _
where
  len : ∀ us vs : List α, (us ++ vs).length = us.length + vs.length
    | [], vs => (Nat.zero_add vs.length).symm
    | u :: us, vs => by
      have ih := len us vs
      simp only [List.cons_append, List.length_cons, ih]
      omega

theorem rc_where_mutual_use (n : Nat) : (n + 1) * (n + 1) = n * n + 2 * n + 1 := by
  rw [expand, regroup]
where
  expand {k : Nat} : (k + 1) * (k + 1) = k * k + k + (k + 1) := by
    rw [Nat.add_mul, Nat.mul_add, Nat.mul_one, Nat.one_mul]
  regroup {k : Nat} : k * k + k + (k + 1) = k * k + 2 * k + 1 := by
    omega

theorem rc_where_termination (n d : Nat) (hd : 0 < d) : ∃ q, d * q ≤ n ∧ n < d * (q + 1) :=
  go n
where
  go (k : Nat) : ∃ q, d * q ≤ k ∧ k < d * (q + 1) := by
    by_cases h : k < d
    · exact ⟨0, by simp, by simpa using h⟩
    · have smaller : k - d < k := by omega
      obtain ⟨q, h₁, h₂⟩ := go (k - d)
      refine ⟨q + 1, ?_, ?_⟩
      · rw [Nat.mul_add]; omega
      · rw [Nat.mul_add] at h₂ ⊢
        rw [Nat.mul_add]
        omega
  termination_by k
  decreasing_by exact smaller

theorem rc_where_let_rec_mix (xs : List Nat) : xs.foldr (· + ·) 0 = xs.foldl (· + ·) 0 := by
  let rec right : ∀ ys : List Nat, ys.foldr (· + ·) 0 = ys.sum
    | [] => rfl
    | y :: ys => congrArg (y + ·) (right ys)
  rw [right xs, left xs 0, Nat.zero_add]
where
  left : ∀ (ys : List Nat) (acc : Nat), ys.foldl (· + ·) acc = acc + ys.sum
    | [], _ => rfl
    | y :: ys, acc => by
      rw [List.foldl_cons, left ys (acc + y), List.sum_cons, Nat.add_assoc]

theorem rc_le_rec : ∀ {m n : Nat}, m ≤ n → m + 1 ≤ n + 1
  | _, _, .refl => .refl
  | _, _, .step h => .step (rc_le_rec h)

theorem rc_mem_rec {α : Type} {a : α} : ∀ {xs ys : List α}, a ∈ ys → a ∈ xs ++ ys
  | [], _, h => h
  | _ :: _, _, h => List.Mem.tail _ (rc_mem_rec h)

theorem rc_sublist_trans_nil {α : Type} : ∀ {xs ys : List α}, List.Sublist xs ys → ys = [] → xs = []
  | _, _, .slnil, _ => rfl
  | _, _, .cons _ _, h => nomatch h
  | _, _, .cons₂ _ _, h => nomatch h

theorem rc_acc_rec {α : Type} {r s : α → α → Prop} (sub : ∀ a b, r a b → s a b) : ∀ {a : α}, Acc s a → Acc r a
  | _, ⟨_, h⟩ => ⟨_, fun y hy => rc_acc_rec sub (h y (sub _ _ hy))⟩

theorem rc_descent (P : Nat → Prop) (h : ∀ n, P n → ∃ m, m < n ∧ P m) (n : Nat) (hn : P n) : False :=
  match h n hn with
  | ⟨m, hlt, hm⟩ => rc_descent P h m hm
termination_by n
decreasing_by exact hlt

theorem rc_descent_implicit {f : Nat → Nat} (h : ∀ n, f (n + 1) < f n) : ∀ b n, f n ≤ b → False
  | 0, n, hb => by have := h n; omega
  | b + 1, n, hb => rc_descent_implicit h b (n + 1) (by have := h n; omega)

theorem rc_fuel (f : Nat → Nat) (hf : ∀ n, f n ≤ n) : ∀ k n : Nat, n ≤ k → f (f n) ≤ k
  | 0, n, h => Nat.le_trans (hf _) (Nat.le_trans (hf n) h)
  | k + 1, n, h =>
    if e : n = k + 1 then e ▸ Nat.le_trans (hf _) (hf _)
    else Nat.le_succ_of_le (rc_fuel f hf k n (by omega))

theorem rc_option_tower : ∀ (x : Option (Option (Option Unit))), x = none ∨ ∃ y, x = some y := fun
  | none => .inl rfl
  | some y => .inr ⟨y, rfl⟩

theorem rc_pow_two_pos : (n : Nat) → 0 < 2 ^ n
  | 0 => Nat.one_pos
  | n + 1 => by
    have ih : 0 < 2 ^ n := rc_pow_two_pos n
    simpa [Nat.pow_succ] using ih

theorem rc_list_two_at_once {α β : Type} : ∀ (xs : List α) (ys : List β), (xs.zip ys).length = min xs.length ys.length
  | [], _ => by simp
  | _ :: _, [] => by simp
  | x :: xs, y :: ys => by
    have ih := rc_list_two_at_once xs ys
    simp only [List.zip_cons_cons, List.length_cons, ih]
    omega

theorem rc_int_by_nat (P : Int → Prop) (h0 : P 0) (up : ∀ z, P z → P (z + 1)) (down : ∀ z, P z → P (z - 1)) :
    ∀ z : Int, P z
  | .ofNat n => nonneg n
  | .negSucc n => by
    have h := nonpos (n + 1)
    have e : (Int.negSucc n) = -((n + 1 : Nat) : Int) := rfl
    rw [e]
    exact h
where
  nonneg : ∀ n : Nat, P n
    | 0 => h0
    | n + 1 => up n (nonneg n)
  nonpos : ∀ n : Nat, P (-(n : Int))
    | 0 => h0
    | n + 1 => by
      have h := down _ (nonpos n)
      have e : -(n : Int) - 1 = -((n + 1 : Nat) : Int) := by omega
      rwa [e] at h

theorem rc_binary_induction (P : Nat → Prop) (z : P 0) (e : ∀ n, P n → P (2 * n)) (o : ∀ n, P n → P (2 * n + 1))
    (n : Nat) : P n := by
  match h : n with
  | 0 => exact z
  | m + 1 =>
    have ih := rc_binary_induction P z e o ((m + 1) / 2)
    rcases Nat.mod_two_eq_zero_or_one (m + 1) with h' | h'
    · have e' := e _ ih
      have : 2 * ((m + 1) / 2) = m + 1 := by omega
      rwa [this] at e'
    · have o' := o _ ih
      have : 2 * ((m + 1) / 2) + 1 = m + 1 := by omega
      rwa [this] at o'
termination_by n
decreasing_by omega

theorem rc_gcd_like (P : Nat → Nat → Prop) (base : ∀ a, P a 0) (step : ∀ a b, 0 < b → P b (a % b) → P a b)
    (a b : Nat) : P a b := by
  rcases Nat.eq_zero_or_pos b with rfl | hb
  · exact base a
  · have := Nat.mod_lt a hb
    exact step a b hb (rc_gcd_like P base step b (a % b))
termination_by b

theorem rc_subtract_both (P : Nat → Nat → Prop) (h : ∀ n, P 0 n) (h' : ∀ n, P n 0)
    (s : ∀ m n, P m n → P (m + 1) (n + 1)) : (m n : Nat) → P m n
  | 0, n => h n
  | m + 1, 0 => h' (m + 1)
  | m + 1, n + 1 => s m n (rc_subtract_both P h h' s m n)
termination_by structural m => m

theorem rc_let_rec_two_args (f : Nat → Nat → Nat) (h0 : ∀ n, f 0 n = n) (hs : ∀ m n, f (m + 1) n = f m (n + 1))
    (m n : Nat) : f m n = m + n := by
  let rec loop (i j : Nat) : f i j = i + j :=
    match i with
    | 0 => (h0 j).trans (Nat.zero_add j).symm
    | i + 1 => by rw [hs, loop i (j + 1)]; omega
  termination_by structural i
  exact loop m n

theorem rc_let_rec_inside_have (n : Nat) : n ≤ n * n := by
  have small : ∀ k : Nat, k ≤ k * k := by
    let rec grow (k : Nat) : k ≤ k * k := by
      match k with
      | 0 => exact Nat.le_refl 0
      | k + 1 =>
        have := grow k
        rw [Nat.add_mul, Nat.one_mul]
        exact Nat.le_add_left _ _
    exact grow
  exact small n

theorem rc_let_rec_and (p : Nat → Prop) (h0 : p 0) (h1 : p 1) (step : ∀ n, p n → p (n + 1) → p (n + 2)) (n : Nat) : p n :=
  let rec pair : ∀ k, p k ∧ p (k + 1)
    | 0 => ⟨h0, h1⟩
    | k + 1 =>
      have ⟨a, b⟩ := pair k
      ⟨b, step k a b⟩
  (pair n).1

theorem rc_where_pattern_match {α : Type} (xs : List α) : xs ≠ [] → ∃ init last, xs = init ++ [last] :=
  go xs
where
  go : ∀ ys : List α, ys ≠ [] → ∃ init last, ys = init ++ [last]
    | [], h => absurd rfl h
    | [y], _ => ⟨[], y, rfl⟩
    | y :: z :: zs, _ =>
      match go (z :: zs) nofun with
      | ⟨init, last, e⟩ => ⟨y :: init, last, congrArg (y :: ·) e⟩

theorem rc_where_implicit {α : Type} [DecidableEq α] (a : α) (xs : List α) : a ∈ xs ∨ a ∉ xs :=
  decideMem
where
  decideMem {ys : List α} : a ∈ ys ∨ a ∉ ys :=
    if h : a ∈ ys then Or.inl h else Or.inr h

theorem rc_where_after_match (n : Nat) : n = 0 ∨ ∃ m, n = m + 1 :=
  match n with
  | 0 => zero_case
  | m + 1 => succ_case m
where
  zero_case : (0 : Nat) = 0 ∨ ∃ m, 0 = m + 1 := .inl rfl
  succ_case (m : Nat) : m + 1 = 0 ∨ ∃ k, m + 1 = k + 1 := .inr ⟨m, rfl⟩

theorem rc_where_with_comments (a b c : Nat) (hab : a ≤ b) (hbc : b ≤ c) : a ≤ c + 1 := by
  exact widen (chain hab hbc) -- the helpers follow
where
  -- transitivity, once more
  chain {x y z : Nat} (hxy : x ≤ y) (hyz : y ≤ z) : x ≤ z := Nat.le_trans hxy hyz

  /- and one step up -/
  widen {x y : Nat} (h : x ≤ y) : x ≤ y + 1 := Nat.le_succ_of_le h

theorem rc_where_wf_two (P : Nat → Prop) (h1 : P 1) (he : ∀ n, 0 < n → P n → P (2 * n))
    (ho : ∀ n, 0 < n → P (n + 1) → P (2 * n + 1)) : ∀ n, 0 < n → P n :=
  descend
where
  descend (n : Nat) (hn : 0 < n) : P n :=
    if one : n = 1 then one ▸ h1
    else if even : n % 2 = 0 then by
      have h := he (n / 2) (by omega) (descend (n / 2) (by omega))
      have e : 2 * (n / 2) = n := by omega
      exact e ▸ h
    else by
      have h := ho (n / 2) (by omega) (descend (n / 2 + 1) (by omega))
      have e : 2 * (n / 2) + 1 = n := by omega
      exact e ▸ h
  termination_by n

theorem rc_size_pair (P : Nat × Nat → Prop) (h : ∀ a b, (b = 0 ∨ P (b - 1, a)) → P (a, b)) : ∀ x, P x
  | (a, 0) => h a 0 (.inl rfl)
  | (a, b + 1) => h a (b + 1) (.inr (rc_size_pair P h (b, a)))
termination_by x => x.1 + x.2
decreasing_by
  omega

theorem rc_even_odd_flag : ∀ (n : Nat) (b : Bool), (if b then n % 2 = 0 else n % 2 = 1) ∨ (if b then n % 2 = 1 else n % 2 = 0)
  | 0, true => .inl rfl
  | 0, false => .inr rfl
  | n + 1, b => by
    have ih := rc_even_odd_flag n (!b)
    cases b <;> simp at ih ⊢ <;> omega

theorem rc_rec_on_fin {n : Nat} (P : Fin n → Prop) (h : ∀ i : Fin n, (∀ j, j < i → P j) → P i) (i : Fin n) : P i :=
  h i fun j hj =>
    have : j.val < i.val := hj
    rc_rec_on_fin P h j
termination_by i.val

theorem rc_tree_like {α : Type} (P : List (List α) → Prop) (h0 : P []) (h1 : ∀ xss, P xss → P ([] :: xss))
    (h2 : ∀ x xs xss, P (xs :: xss) → P ((x :: xs) :: xss)) : ∀ xss, P xss
  | [] => h0
  | [] :: xss => h1 xss (rc_tree_like P h0 h1 h2 xss)
  | (x :: xs) :: xss => h2 x xs xss (rc_tree_like P h0 h1 h2 (xs :: xss))
termination_by xss => (xss.length, (xss.headD []).length)

theorem rc_omitted_measure (a b : Nat) (h : a ≤ b) : ∃ k, a + k = b :=
  if e : a = b then ⟨0, e⟩
  else
    have ⟨k, hk⟩ := rc_omitted_measure (a + 1) b (by omega)
    ⟨k + 1, by omega⟩
termination_by b - a

theorem rc_unused_termination (n : Nat) : n < n + 2 := by
  have : n < n + 1 := Nat.lt_succ_self n
  exact Nat.lt_succ_of_lt this

theorem rc_acc_measure {α : Type} (m : α → Nat) (P : α → Prop) (step : ∀ a, (∀ b, m b < m a → P b) → P a) (a : α) : P a :=
  step a fun b _ => rc_acc_measure m P step b
termination_by m a
