/-!
`induction` and `cases` in all their forms: alternatives with names, with wildcards, `generalizing`, `using`, with a
tactic before the alternatives, `case` afterwards, strong induction, `fun_induction` and `fun_cases`, custom
principles, inductions on derivations.
-/

theorem ic_zero_add (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ n ih => rw [← Nat.add_assoc, ih]

theorem ic_succ_add (m n : Nat) : m + 1 + n = m + n + 1 := by
  induction n with
  | zero => rfl
  | succ k hk => exact congrArg (· + 1) hk

theorem ic_mul_comm (m n : Nat) : m * n = n * m := by
  induction m with
  | zero => simp
  | succ m ih =>
    rw [Nat.succ_mul, ih, Nat.mul_succ]

theorem ic_old_style (n : Nat) : n ≤ n * 2 := by
  induction n
  case zero => exact Nat.le_refl 0
  case succ n ih => omega

theorem ic_bullets (n : Nat) : n < n + 1 := by
  induction n
  · exact Nat.zero_lt_one
  · rename_i n ih
    exact Nat.succ_lt_succ ih

theorem ic_next (n : Nat) : n * 0 = 0 := by
  induction n
  next => rfl
  next n _ => exact Nat.mul_zero (n + 1)

theorem ic_pre_tactic (n : Nat) : n + n = 2 * n := by
  induction n with try rfl
  | succ n ih => omega

theorem ic_wildcard_alt (b c : Bool) : (b && c) = true → b = true := by
  cases b with
  | true => intro _; rfl
  | _ => intro h; exact h

theorem ic_generalizing (α : Type) (xs ys zs : List α) (h : xs ++ ys = xs ++ zs) : ys = zs := by
  induction xs generalizing ys zs with
  | nil => exact h
  | cons x xs ih =>
    apply ih
    simp only [List.cons_append] at h
    injection h

theorem ic_generalizing_two (m n k : Nat) (h : m + k = n + k) : m = n := by
  induction k generalizing m n with
  | zero => exact h
  | succ k ih =>
    have h' : m + k = n + k := Nat.succ.inj h
    exact ih m n h'

theorem ic_strong_using (n : Nat) : n = 0 ∨ ∃ k, n = k + 1 := by
  induction n using Nat.strongRecOn with
  | ind n ih =>
    cases n with
    | zero => exact Or.inl rfl
    | succ m => exact Or.inr ⟨m, rfl⟩

theorem ic_strong_half (P : Nat → Prop) (h0 : P 0) (h : ∀ n, 0 < n → P (n / 2) → P n) (n : Nat) : P n := by
  induction n using Nat.strongRecOn with
  | _ n ih =>
    by_cases hn : n = 0
    · subst hn; exact h0
    · exact h n (Nat.pos_of_ne_zero hn) (ih (n / 2) (by omega))

theorem ic_strong_rec_apply (P : Nat → Prop) (h0 : P 0) (h1 : P 1) (h2 : ∀ n, P n → P (n + 2)) : ∀ n, P n := by
  intro n
  refine Nat.strongRecOn (motive := P) n ?_
  intro m ih
  match m, ih with
  | 0, _ => exact h0
  | 1, _ => exact h1
  | k + 2, ih => exact h2 k (ih k (by omega))

theorem ic_two_step_using (f : Nat → Nat) (h0 : f 0 = 0) (h1 : f 1 = 1)
    (h : ∀ n, f (n + 2) = f (n + 1) + f n) (n : Nat) : f n ≤ 2 ^ n := by
  have both : f n ≤ 2 ^ n ∧ f (n + 1) ≤ 2 ^ (n + 1) := by
    induction n with
    | zero => simp [h0, h1]
    | succ n ih =>
      obtain ⟨ih₁, ih₂⟩ := ih
      refine ⟨ih₂, ?_⟩
      have e : f (n + 1 + 1) = f (n + 1) + f n := h n
      have e' : 2 ^ (n + 1 + 1) = 2 ^ (n + 1) + 2 ^ (n + 1) := by omega
      have e'' : 2 ^ (n + 1) = 2 ^ n + 2 ^ n := by omega
      omega
  exact both.1

theorem ic_cases_on_le (m n : Nat) (h : m ≤ n) : m = n ∨ m < n := by
  cases h with
  | refl => left; rfl
  | step h => right; exact Nat.lt_succ_of_le h

theorem ic_induction_on_le (f : Nat → Nat) (hf : ∀ n, f n ≤ f (n + 1)) {m n : Nat} (h : m ≤ n) : f m ≤ f n := by
  induction h with
  | refl => exact Nat.le_refl (f m)
  | step _ ih => exact Nat.le_trans ih (hf _)

theorem ic_le_induction_using (m n : Nat) (h : m ≤ n) (P : Nat → Prop) (base : P m)
    (step : ∀ k, m ≤ k → P k → P (k + 1)) : P n := by
  induction h using Nat.le.rec with
  | refl => exact base
  | step hk ih => exact step _ hk ih

theorem ic_cases_eq (n : Nat) (h : n ≠ 0) : ∃ m, n = m + 1 := by
  cases hn : n with
  | zero => exact absurd hn h
  | succ m => exact ⟨m, rfl⟩

theorem ic_cases_expr (f : Nat → Bool) : f 0 = true ∨ f 0 = false := by
  cases f 0 with
  | true => exact .inl rfl
  | false => exact .inr rfl

theorem ic_cases_both (a b : Bool) : (a ^^ b) = (b ^^ a) := by
  cases a with
  | true =>
    cases b with
    | true => rfl
    | false => rfl
  | false =>
    cases b with
    | true => rfl
    | false => rfl

theorem ic_cases_semicolon (a b c : Bool) : (a && (b || c)) = ((a && b) || (a && c)) := by
  cases a <;> cases b <;> cases c <;> rfl

theorem ic_cases_many (x y : Option Nat) (h : x = y) : y = x := by
  cases x with
  | none => cases y with
    | none => rfl
    | some _ => nomatch h
  | some a =>
    cases y with
    | none => nomatch h
    | some b =>
      cases h
      rfl

theorem ic_cases_exists (p : Nat → Prop) (h : ∃ n, p n ∧ 0 < n) : ∃ m, p (m + 1) := by
  cases h with
  | intro n hn =>
    cases hn with
    | intro hp hpos =>
      cases n with
      | zero => exact absurd hpos (Nat.lt_irrefl 0)
      | succ m => exact ⟨m, hp⟩

theorem ic_rcases_nested (α : Type) (xs : List α) : xs = [] ∨ (∃ x, xs = [x]) ∨ ∃ x y zs, xs = x :: y :: zs := by
  rcases xs with _ | ⟨x, _ | ⟨y, zs⟩⟩
  · exact .inl rfl
  · exact .inr (.inl ⟨x, rfl⟩)
  · exact .inr (.inr ⟨x, y, zs, rfl⟩)

theorem ic_list_append_nil (α : Type) (xs : List α) : xs ++ [] = xs := by
  induction xs with
  | nil => rfl
  | cons head tail ih => simp

theorem ic_length_replicate (α : Type) (a : α) (n : Nat) : (List.replicate n a).length = n := by
  induction n with
  | zero => rfl
  | succ n ih => rw [List.replicate_succ, List.length_cons, ih]

theorem ic_map_id (α : Type) (xs : List α) : xs.map (fun x => x) = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.map_cons, ih]

theorem ic_filter_length (α : Type) (p : α → Bool) (xs : List α) : (xs.filter p).length ≤ xs.length := by
  induction xs with
  | nil => exact Nat.le_refl _
  | cons x xs ih =>
    rw [List.filter_cons]
    split
    · exact Nat.succ_le_succ ih
    · exact Nat.le_succ_of_le ih

theorem ic_foldl_add (xs : List Nat) (a : Nat) : xs.foldl (· + ·) a = a + xs.foldl (· + ·) 0 := by
  induction xs generalizing a with
  | nil => rfl
  | cons x xs ih =>
    simp only [List.foldl_cons]
    rw [ih (a + x), ih (0 + x)]
    omega

theorem ic_reverse_involutive (α : Type) (xs : List α) : xs.reverse.reverse = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.reverse_cons, List.reverse_append, ih]; rfl

theorem ic_mem_append (α : Type) (a : α) (xs ys : List α) (h : a ∈ xs) : a ∈ xs ++ ys := by
  induction h with
  | head as => exact List.Mem.head _
  | tail b _ ih => exact List.Mem.tail b ih

theorem ic_mem_map (α β : Type) (f : α → β) (a : α) (xs : List α) (h : a ∈ xs) : f a ∈ xs.map f := by
  induction xs with
  | nil => cases h
  | cons x xs ih =>
    cases h with
    | head => exact List.Mem.head _
    | tail _ h => exact List.Mem.tail _ (ih h)

theorem ic_sublist (α : Type) (xs ys : List α) (h : List.Sublist xs ys) : xs.length ≤ ys.length := by
  induction h with
  | slnil => exact Nat.le_refl 0
  | cons _ _ ih => exact Nat.le_succ_of_le ih
  | cons₂ _ _ ih => exact Nat.succ_le_succ ih

theorem ic_perm (α : Type) (xs ys : List α) (h : List.Perm xs ys) : xs.length = ys.length := by
  induction h with
  | nil => rfl
  | cons _ _ ih => simp [ih]
  | swap => rfl
  | trans _ _ ih₁ ih₂ => exact ih₁.trans ih₂

theorem ic_acc (α : Type) (r : α → α → Prop) (a : α) (h : Acc r a) : ¬ r a a := by
  induction h with
  | intro x _ ih =>
    intro hx
    exact ih x hx hx

theorem ic_trans_gen (α : Type) (r : α → α → Prop) (p : α → Prop) (hp : ∀ a b, r a b → p a → p b) (a b : α)
    (h : Relation.TransGen r a b) (ha : p a) : p b := by
  induction h with
  | single h => exact hp _ _ h ha
  | tail _ h ih => exact hp _ _ h ih

theorem ic_int_cases (z : Int) : (∃ n : Nat, z = n) ∨ ∃ n : Nat, z = -(n : Int) := by
  cases z with
  | ofNat n => left; exact ⟨n, rfl⟩
  | negSucc n =>
    right
    exists n + 1

theorem ic_fin_cases (i : Fin 2) : i = 0 ∨ i = 1 := by
  cases i with
  | mk v h =>
    match v, h with
    | 0, _ => exact Or.inl rfl
    | 1, _ => exact Or.inr rfl

theorem ic_fin_cases_using (n : Nat) (i : Fin (n + 1)) : i = 0 ∨ ∃ j : Fin n, i = j.succ := by
  cases i using Fin.cases with
  | zero => left; rfl
  | succ j => right; exact ⟨j, rfl⟩

theorem ic_quot (α : Type) (s : Setoid α) (q : Quotient s) : ∃ a, q = Quotient.mk s a := by
  induction q using Quotient.ind with
  | _ a => exact ⟨a, rfl⟩

theorem ic_subsingleton (α : Type) [Subsingleton α] (f : α → α) (a : α) : f a = a := by
  cases ‹Subsingleton α› with
  | intro h => exact h (f a) a

theorem ic_custom_principle (P : Nat → Prop) (h : P 7)
    (down : ∀ n, P (n + 1) → P n) : P 3 := by
  have ind : ∀ k, ∀ n, P (n + k) → P n := by
    intro k
    induction k with
    | zero => intro n hn; exact hn
    | succ k ih =>
      intro n hn
      apply ih
      apply down
      exact hn
  exact ind 4 3 h

theorem ic_induction_eq_hyp (n m : Nat) (h : m = n + 1) : 0 < m := by
  induction n generalizing m with
  | zero => subst h; decide
  | succ n ih =>
    cases m with
    | zero => cases h
    | succ k => exact Nat.succ_pos k

theorem ic_double_induction (P : Nat → Nat → Prop) (h0 : ∀ n, P 0 n) (h1 : ∀ m, P (m + 1) 0)
    (h : ∀ m n, P m n → P (m + 1) (n + 1)) (m n : Nat) : P m n := by
  induction m generalizing n with
  | zero => exact h0 n
  | succ m ihm =>
    induction n with
    | zero => exact h1 m
    | succ n _ => exact h m n (ihm n)

theorem ic_alternatives_joined (a b : Bool) : a = b ∨ a ≠ b := by
  cases a with
  | true | false => cases b with
    | true | false => decide

theorem ic_intro_match (n : Nat) : (n = 0 → False) → 0 < n := by
  cases n with
  | zero => intro h; exact (h rfl).elim
  | succ n => intro _; exact Nat.succ_pos n

theorem ic_intro_alternatives (p q : Prop) : p ∨ q → q ∨ p := by
  intro
  | Or.inl h => exact Or.inr h
  | Or.inr h => exact Or.inl h

theorem ic_rintro_alternatives (p q r : Prop) : (p ∧ q) ∨ (p ∧ r) → p := by
  rintro (⟨hp, -⟩ | ⟨hp, -⟩) <;> exact hp

theorem ic_match_tactic (xs : List Nat) (h : xs.length = 2) : ∃ a b, xs = [a, b] := by
  match xs, h with
  | [a, b], _ => exact ⟨a, b, rfl⟩

theorem ic_match_h (n : Nat) : n % 2 = 0 ∨ n % 2 = 1 := by
  match h : n % 2 with
  | 0 => exact Or.inl rfl
  | 1 => exact Or.inr rfl
  | k + 2 => omega

theorem ic_fun_induction_gcd (m n : Nat) : Nat.gcd m n ∣ m ∧ Nat.gcd m n ∣ n := by
  induction m, n using Nat.gcd.induction with
  | H0 n => exact ⟨Nat.dvd_zero _, by simp⟩
  | H1 m n _ _ => exact ⟨Nat.gcd_dvd_left m n, Nat.gcd_dvd_right m n⟩

theorem ic_fun_induction_append (α : Type) (xs ys : List α) : (List.append xs ys).length = xs.length + ys.length := by
  fun_induction List.append xs ys with
  | case1 => simp
  | case2 ys a as ih => simp; omega

theorem ic_fun_induction_plain (α : Type) (p : α → Bool) (xs : List α) : (List.takeWhile p xs).length ≤ xs.length := by
  fun_induction List.takeWhile p xs
  · simp
  · simp; assumption
  · simp

theorem ic_fun_cases_option (α β : Type) (f : α → Option β) (o : Option α) (h : o.bind f = none) :
    o = none ∨ ∃ a, o = some a ∧ f a = none := by
  revert h
  fun_cases Option.bind o f
  · intro _; left; rfl
  · rename_i a
    intro h
    exact Or.inr ⟨a, rfl, h⟩

theorem ic_fun_cases_zip (α β : Type) (xs : List α) (ys : List β) :
    (List.zipWith Prod.mk xs ys).length ≤ xs.length := by
  fun_induction List.zipWith Prod.mk xs ys with
  | case1 x xs y ys ih => exact Nat.succ_le_succ ih
  | case2 => exact Nat.zero_le _

theorem ic_mod_induction (m n : Nat) (h : 0 < n) : m % n < n := by
  induction m, n using Nat.mod.inductionOn with
  | ind x y hxy ih =>
    rw [Nat.mod_eq_sub_mod hxy.2]
    exact ih h
  | base x y hxy =>
    have : x < y := Nat.lt_of_not_le fun hle => hxy ⟨h, hle⟩
    rwa [Nat.mod_eq_of_lt this]

theorem ic_diag (P : Nat → Nat → Prop) (h : ∀ n, P n n) (h' : ∀ m n, P m n → P m (n + 1)) (m d : Nat) : P m (m + d) := by
  induction d with
  | zero => exact h m
  | succ d ih => exact h' m (m + d) ih

theorem ic_induction_hyps (n : Nat) (h : 2 ≤ n) : n + 2 ≤ 2 * n := by
  induction n with
  | zero => omega
  | succ n ih =>
    cases Nat.lt_or_ge n 2 with
    | inl hlt =>
      have : n = 1 := by omega
      subst this
      decide
    | inr hge =>
      specialize ih hge
      omega

theorem ic_bitvec_cases (b : BitVec 1) : b = 0#1 ∨ b = 1#1 := by
  revert b
  decide
