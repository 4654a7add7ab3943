/-!
`fun_induction` and `fun_cases` on functions of the library, with and without named cases, with wildcards, with goals
left to automation, with `generalizing`, and the induction principles used by name.
-/

theorem fi_take_drop (α : Type) (n : Nat) (xs : List α) : xs.take n ++ xs.drop n = xs := by
  fun_induction List.take n xs with
  | case1 xs => rfl
  | case2 n => simp
  | case3 n x xs ih => simp

theorem fi_drop_length (α : Type) (n : Nat) (xs : List α) : (xs.drop n).length = xs.length - n := by
  fun_induction List.drop n xs
  · simp
  · simp
  · rename_i ih
    rw [ih]
    simp

theorem fi_drop_while_suffix (α : Type) (p : α → Bool) (xs : List α) : ∃ ys, xs = ys ++ xs.dropWhile p := by
  fun_induction List.dropWhile p xs with
  | case1 => exact ⟨[], rfl⟩
  | case2 x xs h ih =>
    obtain ⟨ys, hys⟩ := ih
    exact ⟨x :: ys, congrArg (x :: ·) hys⟩
  | case3 x xs h => exact ⟨[], rfl⟩

theorem fi_filter_sub (α : Type) (p : α → Bool) (xs : List α) : List.Sublist (xs.filter p) xs := by
  fun_induction List.filter p xs with
  | case1 => exact .slnil
  | case2 x xs h ih => exact .cons₂ x ih
  | case3 x xs h ih => exact .cons x ih

theorem fi_foldl_count (α : Type) (xs : List α) (n : Nat) : xs.foldl (fun k _ => k + 1) n = n + xs.length := by
  fun_induction List.foldl (fun k (_ : α) => k + 1) n xs with
  | case1 n => rfl
  | case2 n x xs ih =>
    rw [ih, List.length_cons]
    omega

theorem fi_foldr_true (xs : List Bool) : xs.foldr (fun _ _ => true) true = true := by
  fun_induction List.foldr (fun (_ : Bool) _ => true) true xs <;> rfl

theorem fi_map_length (α β : Type) (f : α → β) (xs : List α) : (List.map f xs).length = xs.length := by
  fun_induction List.map f xs with
  | case1 => rfl
  | case2 x xs ih => simp

theorem fi_reverse_aux (α : Type) (xs ys : List α) : (List.reverseAux xs ys).length = ys.length + xs.length := by
  fun_induction List.reverseAux xs ys with
  | case1 ys => rfl
  | case2 ys x xs ih =>
    simp only [List.length_cons] at ih ⊢
    omega

theorem fi_replicate_mem (α : Type) (n : Nat) (a b : α) (h : b ∈ List.replicate n a) : b = a := by
  fun_induction List.replicate n a with
  | case1 => nomatch h
  | case2 _ _ ih =>
    cases h with
    | head => rfl
    | tail _ h => exact ih h

theorem fi_prefix_bool (xs ys : List Nat) (h : xs.isPrefixOf ys = true) : xs.length ≤ ys.length := by
  fun_induction List.isPrefixOf xs ys with
  | case1 => exact Nat.zero_le _
  | case2 => nomatch h
  | case3 x xs y ys ih =>
    simp at h
    have := ih (by simpa using h.2)
    simp only [List.length_cons]
    omega

theorem fi_find_some (α : Type) (p : α → Bool) (xs : List α) (a : α) (h : List.find? p xs = some a) : p a = true := by
  fun_induction List.find? p xs with
  | case1 => contradiction
  | case2 x xs hx =>
    cases h
    exact hx
  | case3 => simp_all

theorem fi_filter_map_none (α β : Type) (xs : List α) : List.filterMap (fun _ => (none : Option β)) xs = [] := by
  fun_induction List.filterMap (fun (_ : α) => (none : Option β)) xs <;> simp_all

theorem fi_drop_last_length (α : Type) (xs : List α) : xs.dropLast.length = xs.length - 1 := by
  fun_induction List.dropLast xs with
  | case1 => rfl
  | case2 x => rfl
  | case3 x xs hne ih =>
    cases xs with
    | nil => exact (hne rfl).elim
    | cons y ys => simp

theorem fi_zip_with_comm (f : Nat → Nat → Nat) (h : ∀ a b, f a b = f b a) (xs ys : List Nat) :
    List.zipWith f xs ys = List.zipWith f ys xs := by
  fun_induction List.zipWith f xs ys with
  | case1 x xs y ys ih => simp [ih, h x y]
  | case2 xs ys hno =>
    cases xs with
    | nil => simp
    | cons x xs =>
      cases ys with
      | nil => simp
      | cons y ys => exact (hno x xs y ys rfl rfl).elim

theorem fi_set_length (xs : List Nat) (i v : Nat) : (xs.set i v).length = xs.length := by
  fun_induction List.set xs i v <;> grind

theorem fi_cases_pred (n : Nat) : n.pred ≤ n := by
  fun_cases Nat.pred n with
  | case1 => exact Nat.le_refl 0
  | case2 m => exact Nat.le_succ m

theorem fi_cases_tail (α : Type) (xs : List α) : xs.tail.length = xs.length - 1 := by
  fun_cases List.tail xs
  · rfl
  · simp

theorem fi_cases_option_map (α β : Type) (f : α → β) (o : Option α) : (o.map f).isSome = o.isSome := by
  fun_cases Option.map f o with
  | case1 a => rfl
  | case2 => rfl

theorem fi_cases_swap (o : Ordering) : o.swap = .eq ↔ o = .eq := by
  fun_cases Ordering.swap o <;> simp

theorem fi_cases_nat_abs (z : Int) : z.natAbs = 0 → z = 0 := by
  fun_cases Int.natAbs z with
  | case1 n =>
    intro h
    subst h
    rfl
  | case2 n => intro h; nomatch h

theorem fi_cases_head (α : Type) (xs : List α) : xs.head? = none ↔ xs = [] := by
  fun_cases List.head? xs with
  | case1 => exact ⟨fun _ => rfl, fun _ => rfl⟩
  | case2 x xs => exact ⟨nofun, nofun⟩

theorem fi_principle_by_name (α : Type) (p : α → Bool) (xs : List α) : (xs.takeWhile p ++ xs.dropWhile p) = xs := by
  induction xs using List.takeWhile.induct (p := p) with
  | case1 => rfl
  | case2 x xs h ih => simp [h]
  | case3 x xs h => simp [h]

theorem fi_principle_in_term (n : Nat) : n / 2 ≤ n :=
  Nat.div.inductionOn (motive := fun x y => x / y ≤ x) n 2
    (fun x y _ _ => Nat.div_le_self x y)
    (fun x y _ => Nat.div_le_self x y)
