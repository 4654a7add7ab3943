/-!
Lists: append, length, reverse, map, filter, membership and folds, mostly by structural induction.
-/

namespace Seed

theorem append_nil_list {α : Type} (xs : List α) : xs ++ [] = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.cons_append, ih]

theorem append_assoc_list {α : Type} (xs ys zs : List α) : (xs ++ ys) ++ zs = xs ++ (ys ++ zs) := by
  induction xs with
  | nil => rfl
  | cons x xs ih => exact congrArg (List.cons x) ih

theorem append_four_assoc {α : Type} (ws xs ys zs : List α) :
    ((ws ++ xs) ++ ys) ++ zs = ws ++ (xs ++ (ys ++ zs)) := by
  rw [append_assoc_list, append_assoc_list]

theorem snoc_append {α : Type} (xs ys : List α) (a : α) : (xs ++ [a]) ++ ys = xs ++ (a :: ys) :=
  append_assoc_list xs [a] ys

theorem snoc_ne_nil {α : Type} (xs : List α) (a : α) : xs ++ [a] ≠ [] := by
  cases xs with
  | nil => exact List.cons_ne_nil a []
  | cons x xs => exact List.cons_ne_nil x (xs ++ [a])

theorem append_eq_nil_left {α : Type} (xs ys : List α) (h : xs ++ ys = []) : xs = [] := by
  cases xs with
  | nil => rfl
  | cons x xs => contradiction

theorem append_eq_nil_right {α : Type} (xs ys : List α) (h : xs ++ ys = []) : ys = [] := by
  have hx := append_eq_nil_left xs ys h
  subst hx
  exact h

theorem append_eq_nil_both {α : Type} (xs ys : List α) : xs ++ ys = [] ↔ xs = [] ∧ ys = [] := by
  constructor
  · intro h
    exact ⟨append_eq_nil_left xs ys h, append_eq_nil_right xs ys h⟩
  · rintro ⟨rfl, rfl⟩
    rfl

theorem append_cancel_front {α : Type} (xs ys zs : List α) (h : xs ++ ys = xs ++ zs) : ys = zs := by
  induction xs with
  | nil => exact h
  | cons x xs ih =>
    injection h with _ h2
    exact ih h2

theorem append_self_right_nil {α : Type} (xs ys : List α) (h : xs ++ ys = xs) : ys = [] := by
  apply append_cancel_front xs ys []
  rw [h, append_nil_list]

theorem cons_cancel_tail {α : Type} (a b : α) (xs ys : List α) (h : a :: xs = b :: ys) : xs = ys := by
  injection h

theorem cons_cancel_head {α : Type} (a b : α) (xs ys : List α) (h : a :: xs = b :: ys) : a = b := by
  injection h

theorem singleton_inj {α : Type} (a b : α) (h : [a] = [b]) : a = b :=
  cons_cancel_head a b [] [] h

theorem pair_inj_second {α : Type} (a b c d : α) (h : [a, b] = [c, d]) : b = d :=
  singleton_inj b d (cons_cancel_tail a c [b] [d] h)

theorem length_append_list {α : Type} (xs ys : List α) :
    (xs ++ ys).length = xs.length + ys.length := by
  induction xs with
  | nil => exact (Nat.zero_add ys.length).symm
  | cons x xs ih => rw [List.cons_append, List.length_cons, ih, List.length_cons, Nat.add_right_comm]

theorem length_append_comm {α : Type} (xs ys : List α) : (xs ++ ys).length = (ys ++ xs).length := by
  rw [length_append_list, length_append_list, Nat.add_comm]

theorem length_snoc {α : Type} (xs : List α) (a : α) : (xs ++ [a]).length = xs.length + 1 :=
  length_append_list xs [a]

theorem length_append_three {α : Type} (xs ys zs : List α) :
    (xs ++ ys ++ zs).length = xs.length + ys.length + zs.length := by
  rw [length_append_list, length_append_list]

theorem length_double {α : Type} (xs : List α) : (xs ++ xs).length = 2 * xs.length := by
  rw [length_append_list, Nat.two_mul]

theorem length_le_append_left {α : Type} (xs ys : List α) : xs.length ≤ (xs ++ ys).length := by
  rw [length_append_list]
  exact Nat.le_add_right _ _

theorem length_le_append_right {α : Type} (xs ys : List α) : ys.length ≤ (xs ++ ys).length := by
  rw [length_append_comm]
  exact length_le_append_left ys xs

theorem length_zero_nil {α : Type} (xs : List α) (h : xs.length = 0) : xs = [] := by
  cases xs with
  | nil => rfl
  | cons x xs => exact absurd h (Nat.succ_ne_zero _)

theorem length_pos_of_ne_nil {α : Type} (xs : List α) (h : xs ≠ []) : 0 < xs.length := by
  apply Nat.pos_of_ne_zero
  intro h0
  exact h (length_zero_nil xs h0)

theorem ne_nil_has_head {α : Type} (xs : List α) (h : xs ≠ []) : ∃ a ys, xs = a :: ys := by
  cases xs with
  | nil => contradiction
  | cons x xs => exact ⟨x, xs, rfl⟩

theorem length_one_singleton {α : Type} (xs : List α) (h : xs.length = 1) : ∃ a, xs = [a] := by
  obtain ⟨a, ys, rfl⟩ := ne_nil_has_head xs (by rintro rfl; contradiction)
  have hy := length_zero_nil ys (Nat.succ.inj h)
  exact ⟨a, by rw [hy]⟩

theorem append_left_ne_nil {α : Type} (xs ys : List α) (h : xs ≠ []) : xs ++ ys ≠ [] :=
  fun h1 => h (append_eq_nil_left xs ys h1)

theorem append_right_ne_nil {α : Type} (xs ys : List α) (h : ys ≠ []) : xs ++ ys ≠ [] :=
  fun h1 => h (append_eq_nil_right xs ys h1)

theorem reverse_cons_list {α : Type} (a : α) (xs : List α) :
    (a :: xs).reverse = xs.reverse ++ [a] := by
  simp only [List.reverse_cons]

theorem reverse_append_list {α : Type} (xs ys : List α) :
    (xs ++ ys).reverse = ys.reverse ++ xs.reverse := by
  induction xs with
  | nil => exact (append_nil_list ys.reverse).symm
  | cons x xs ih =>
    rw [List.cons_append, reverse_cons_list, ih, reverse_cons_list, append_assoc_list]

theorem reverse_snoc {α : Type} (xs : List α) (a : α) : (xs ++ [a]).reverse = a :: xs.reverse :=
  reverse_append_list xs [a]

theorem reverse_twice {α : Type} (xs : List α) : xs.reverse.reverse = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [reverse_cons_list, reverse_snoc, ih]

theorem reverse_inj_list {α : Type} (xs ys : List α) (h : xs.reverse = ys.reverse) : xs = ys := by
  rw [← reverse_twice xs, h, reverse_twice]

theorem reverse_eq_swap {α : Type} (xs ys : List α) (h : xs.reverse = ys) : ys.reverse = xs := by
  rw [← h, reverse_twice]

theorem reverse_append_three {α : Type} (xs ys zs : List α) :
    (xs ++ ys ++ zs).reverse = zs.reverse ++ (ys.reverse ++ xs.reverse) := by
  rw [reverse_append_list, reverse_append_list]

theorem reverse_reverse_append {α : Type} (xs ys : List α) :
    (xs.reverse ++ ys.reverse).reverse = ys ++ xs := by
  rw [reverse_append_list, reverse_twice, reverse_twice]

theorem reverse_length {α : Type} (xs : List α) : xs.reverse.length = xs.length := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [reverse_cons_list, length_snoc, ih, List.length_cons]

theorem reverse_nil_only {α : Type} (xs : List α) (h : xs.reverse = []) : xs = [] :=
  (reverse_eq_swap xs [] h).symm

theorem append_reverse_palindrome {α : Type} (xs : List α) :
    (xs ++ xs.reverse).reverse = xs ++ xs.reverse := by
  rw [reverse_append_list, reverse_twice]

theorem append_cancel_back {α : Type} (xs ys zs : List α) (h : xs ++ zs = ys ++ zs) : xs = ys := by
  apply reverse_inj_list
  apply append_cancel_front zs.reverse
  rw [← reverse_append_list, h, reverse_append_list]

theorem snoc_cancel_front {α : Type} (xs ys : List α) (a : α) (h : xs ++ [a] = ys ++ [a]) : xs = ys :=
  append_cancel_back xs ys [a] h

theorem append_self_left_nil {α : Type} (xs ys : List α) (h : xs ++ ys = ys) : xs = [] :=
  append_cancel_back xs [] ys h

theorem snoc_cancel_last {α : Type} (xs ys : List α) (a b : α) (h : xs ++ [a] = ys ++ [b]) : a = b := by
  have h1 := congrArg List.reverse h
  rw [reverse_snoc, reverse_snoc] at h1
  exact cons_cancel_head a b _ _ h1

theorem map_append_list {α β : Type} (f : α → β) (xs ys : List α) :
    (xs ++ ys).map f = xs.map f ++ ys.map f := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.cons_append, List.map_cons, ih, List.map_cons, List.cons_append]

theorem map_snoc {α β : Type} (f : α → β) (xs : List α) (a : α) :
    (xs ++ [a]).map f = xs.map f ++ [f a] :=
  map_append_list f xs [a]

theorem map_twice {α β γ : Type} (f : α → β) (g : β → γ) (xs : List α) :
    (xs.map f).map g = xs.map (fun x => g (f x)) := by
  induction xs with
  | nil => rfl
  | cons x xs ih => exact congrArg (List.cons (g (f x))) ih

theorem map_same {α : Type} (xs : List α) : xs.map (fun x => x) = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.map_cons, ih]

theorem map_length {α β : Type} (f : α → β) (xs : List α) : (xs.map f).length = xs.length := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.map_cons, List.length_cons, ih, List.length_cons]

theorem map_eq_nil {α β : Type} (f : α → β) (xs : List α) (h : xs.map f = []) : xs = [] := by
  apply length_zero_nil
  rw [← map_length f xs, h, List.length_nil]

theorem map_commutes_reverse {α β : Type} (f : α → β) (xs : List α) :
    xs.reverse.map f = (xs.map f).reverse := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [reverse_cons_list, map_snoc, ih, List.map_cons, reverse_cons_list]

theorem map_reverse_length {α β : Type} (f : α → β) (xs : List α) :
    (xs.map f).reverse.length = xs.length := by
  rw [reverse_length, map_length]

theorem map_append_length {α β : Type} (f : α → β) (xs ys : List α) :
    (xs.map f ++ ys.map f).length = xs.length + ys.length := by
  rw [← map_append_list, map_length, length_append_list]

theorem map_with_left_inverse {α β : Type} (f : α → β) (g : β → α) (h : ∀ x, g (f x) = x)
    (xs : List α) : (xs.map f).map g = xs := by
  rw [map_twice]
  simp only [h]
  exact map_same xs

theorem map_cancel_by_inverse {α β : Type} (f : α → β) (g : β → α) (h : ∀ x, g (f x) = x)
    (xs ys : List α) (e : xs.map f = ys.map f) : xs = ys := by
  rw [← map_with_left_inverse f g h xs, e, map_with_left_inverse f g h ys]

theorem mem_cons_split {α : Type} (a b : α) (xs : List α) (h : a ∈ b :: xs) : a = b ∨ a ∈ xs := by
  cases h with
  | head => exact Or.inl rfl
  | tail _ h1 => exact Or.inr h1

theorem mem_append_front {α : Type} (a : α) (xs ys : List α) (h : a ∈ xs) : a ∈ xs ++ ys := by
  induction h with
  | head zs => exact List.Mem.head _
  | tail b _ ih => exact List.Mem.tail b ih

theorem mem_append_back {α : Type} (a : α) (xs ys : List α) (h : a ∈ ys) : a ∈ xs ++ ys := by
  induction xs with
  | nil => exact h
  | cons x xs ih => exact List.Mem.tail x ih

theorem mem_append_split {α : Type} (a : α) (xs ys : List α) (h : a ∈ xs ++ ys) :
    a ∈ xs ∨ a ∈ ys := by
  induction xs with
  | nil => exact Or.inr h
  | cons x xs ih =>
    rcases mem_cons_split a x (xs ++ ys) h with rfl | h1
    · exact Or.inl (List.Mem.head xs)
    · exact (ih h1).elim (fun h2 => Or.inl (List.Mem.tail x h2)) Or.inr

theorem mem_append_swap {α : Type} (a : α) (xs ys : List α) (h : a ∈ xs ++ ys) : a ∈ ys ++ xs := by
  rcases mem_append_split a xs ys h with h1 | h1
  · exact mem_append_back a ys xs h1
  · exact mem_append_front a ys xs h1

theorem mem_snoc_last {α : Type} (a : α) (xs : List α) : a ∈ xs ++ [a] :=
  mem_append_back a xs [a] (List.Mem.head [])

theorem mem_middle {α : Type} (a : α) (xs ys : List α) : a ∈ xs ++ a :: ys :=
  mem_append_back a xs (a :: ys) (List.Mem.head ys)

theorem mem_singleton_only {α : Type} (a b : α) (h : a ∈ [b]) : a = b := by
  rcases mem_cons_split a b [] h with h1 | h1
  · exact h1
  · contradiction

theorem mem_snoc_split {α : Type} (a b : α) (xs : List α) (h : a ∈ xs ++ [b]) : a ∈ xs ∨ a = b :=
  (mem_append_split a xs [b] h).imp id (mem_singleton_only a b)

theorem mem_pair_cases {α : Type} (a b c : α) (h : a ∈ [b, c]) : a = b ∨ a = c :=
  (mem_cons_split a b [c] h).imp id (mem_singleton_only a c)

theorem mem_reverse_to {α : Type} (a : α) (xs : List α) (h : a ∈ xs) : a ∈ xs.reverse := by
  induction h with
  | head zs => rw [reverse_cons_list]; exact mem_snoc_last a _
  | tail b _ ih => rw [reverse_cons_list]; exact mem_append_front a _ [b] ih

theorem mem_reverse_from {α : Type} (a : α) (xs : List α) (h : a ∈ xs.reverse) : a ∈ xs :=
  reverse_twice xs ▸ mem_reverse_to a xs.reverse h

theorem mem_split_around {α : Type} (a : α) (xs : List α) (h : a ∈ xs) : ∃ l r, xs = l ++ a :: r := by
  induction h with
  | head zs => exact ⟨[], zs, rfl⟩
  | tail b _ ih =>
    obtain ⟨l, r, rfl⟩ := ih
    exact ⟨b :: l, r, rfl⟩

theorem ne_nil_of_member {α : Type} (a : α) (xs : List α) (h : a ∈ xs) : xs ≠ [] := by
  rintro rfl
  contradiction

theorem length_pos_of_member {α : Type} (a : α) (xs : List α) (h : a ∈ xs) : 0 < xs.length :=
  length_pos_of_ne_nil xs (ne_nil_of_member a xs h)

theorem mem_map_image {α β : Type} (f : α → β) (a : α) (xs : List α) (h : a ∈ xs) :
    f a ∈ xs.map f := by
  obtain ⟨l, r, rfl⟩ := mem_split_around a xs h
  rw [map_append_list, List.map_cons]
  exact mem_middle (f a) _ _

theorem mem_map_preimage {α β : Type} (f : α → β) (b : β) (xs : List α) (h : b ∈ xs.map f) :
    ∃ a, a ∈ xs ∧ f a = b := by
  induction xs with
  | nil => contradiction
  | cons x xs ih =>
    rcases mem_cons_split b (f x) (xs.map f) h with rfl | h1
    · exact ⟨x, List.Mem.head xs, rfl⟩
    · obtain ⟨a, ha, e⟩ := ih h1
      exact ⟨a, List.Mem.tail x ha, e⟩

theorem map_property {α β : Type} (f : α → β) (P : β → Prop) (xs : List α)
    (h : ∀ a ∈ xs, P (f a)) : ∀ b ∈ xs.map f, P b := by
  intro b hb
  obtain ⟨a, ha, rfl⟩ := mem_map_preimage f b xs hb
  exact h a ha

theorem all_append_left {α : Type} (P : α → Prop) (xs ys : List α) (h : ∀ a ∈ xs ++ ys, P a) :
    ∀ a ∈ xs, P a :=
  fun a ha => h a (mem_append_front a xs ys ha)

theorem all_append_join {α : Type} (P : α → Prop) (xs ys : List α) (h1 : ∀ a ∈ xs, P a)
    (h2 : ∀ a ∈ ys, P a) : ∀ a ∈ xs ++ ys, P a := by
  intro a ha
  exact (mem_append_split a xs ys ha).elim (h1 a) (h2 a)

theorem all_reverse {α : Type} (P : α → Prop) (xs : List α) (h : ∀ a ∈ xs, P a) :
    ∀ a ∈ xs.reverse, P a :=
  fun a ha => h a (mem_reverse_from a xs ha)

theorem filter_append_list {α : Type} (p : α → Bool) (xs ys : List α) :
    (xs ++ ys).filter p = xs.filter p ++ ys.filter p := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    rw [List.cons_append, List.filter_cons, List.filter_cons, ih]
    split
    · rfl
    · rfl

theorem filter_length_le {α : Type} (p : α → Bool) (xs : List α) :
    (xs.filter p).length ≤ xs.length := by
  induction xs with
  | nil => exact Nat.le_refl 0
  | cons x xs ih =>
    rw [List.filter_cons]
    split
    · exact Nat.succ_le_succ ih
    · exact Nat.le_succ_of_le ih

theorem filter_append_length {α : Type} (p : α → Bool) (xs ys : List α) :
    ((xs ++ ys).filter p).length = (xs.filter p).length + (ys.filter p).length := by
  rw [filter_append_list, length_append_list]

theorem filter_append_length_le {α : Type} (p : α → Bool) (xs ys : List α) :
    (xs.filter p ++ ys.filter p).length ≤ xs.length + ys.length := by
  rw [← filter_append_list, ← length_append_list]
  exact filter_length_le p (xs ++ ys)

theorem filter_map_length_le {α β : Type} (f : α → β) (p : β → Bool) (xs : List α) :
    ((xs.map f).filter p).length ≤ xs.length :=
  map_length f xs ▸ filter_length_le p (xs.map f)

theorem filter_twice {α : Type} (p : α → Bool) (xs : List α) :
    (xs.filter p).filter p = xs.filter p := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    by_cases h : p x = true
    · simp only [List.filter_cons, h, if_true, ih]
    · simp only [List.filter_cons, h, if_false, ih, Bool.false_eq_true]

theorem filter_reverse_list {α : Type} (p : α → Bool) (xs : List α) :
    xs.reverse.filter p = (xs.filter p).reverse := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    rw [reverse_cons_list, filter_append_list, ih, List.filter_cons, List.filter_cons]
    split
    · exact (reverse_cons_list x (xs.filter p)).symm
    · exact append_nil_list _

theorem foldr_cons_nil {α : Type} (xs : List α) : xs.foldr List.cons [] = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.foldr_cons, ih]

theorem foldr_append_list {α β : Type} (f : α → β → β) (b : β) (xs ys : List α) :
    (xs ++ ys).foldr f b = xs.foldr f (ys.foldr f b) := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.cons_append, List.foldr_cons, ih, List.foldr_cons]

theorem foldr_cons_append {α : Type} (xs ys : List α) : xs.foldr List.cons ys = xs ++ ys := by
  calc xs.foldr List.cons ys = xs.foldr List.cons (ys.foldr List.cons []) := by rw [foldr_cons_nil]
    _ = (xs ++ ys).foldr List.cons [] := (foldr_append_list List.cons [] xs ys).symm
    _ = xs ++ ys := foldr_cons_nil (xs ++ ys)

theorem foldl_append_list {α β : Type} (f : β → α → β) (b : β) (xs ys : List α) :
    (xs ++ ys).foldl f b = ys.foldl f (xs.foldl f b) := by
  induction xs generalizing b with
  | nil => rfl
  | cons x xs ih => exact ih (f b x)

theorem foldl_snoc {α β : Type} (f : β → α → β) (b : β) (xs : List α) (a : α) :
    (xs ++ [a]).foldl f b = f (xs.foldl f b) a :=
  foldl_append_list f b xs [a]

theorem foldr_snoc {α β : Type} (f : α → β → β) (b : β) (xs : List α) (a : α) :
    (xs ++ [a]).foldr f b = xs.foldr f (f a b) :=
  foldr_append_list f b xs [a]

theorem foldl_reverse_foldr {α β : Type} (f : α → β → β) (b : β) (xs : List α) :
    xs.reverse.foldl (fun y x => f x y) b = xs.foldr f b := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [reverse_cons_list, foldl_snoc, ih, List.foldr_cons]

theorem foldr_reverse_foldl {α β : Type} (f : β → α → β) (b : β) (xs : List α) :
    xs.reverse.foldr (fun x y => f y x) b = xs.foldl f b := by
  rw [← foldl_reverse_foldr (fun x y => f y x), reverse_twice]

theorem foldr_count_length {α : Type} (xs : List α) : xs.foldr (fun _ n => n + 1) 0 = xs.length := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.foldr_cons, ih, List.length_cons]

theorem foldl_count_length {α : Type} (xs : List α) : xs.foldl (fun n _ => n + 1) 0 = xs.length := by
  rw [← foldr_reverse_foldl (fun n _ => n + 1), foldr_count_length, reverse_length]

end Seed
