/-!
Sets as predicates: membership, inclusion, union, intersection, complement, difference,
images and preimages.
-/

namespace Seed

/-- A set of elements of `α` is a predicate on `α`. -/
def Set (α : Type) : Type := α → Prop

/-- `a` is an element of `s`. -/
def Mem {α : Type} (a : α) (s : Set α) : Prop := s a

/-- Every element of `s` is an element of `t`. -/
def SubsetOf {α : Type} (s t : Set α) : Prop := ∀ a, Mem a s → Mem a t

/-- The elements of `s` or of `t`. -/
def Cup {α : Type} (s t : Set α) : Set α := fun a => Mem a s ∨ Mem a t

/-- The common elements of `s` and `t`. -/
def Cap {α : Type} (s t : Set α) : Set α := fun a => Mem a s ∧ Mem a t

/-- The elements outside `s`. -/
def Compl {α : Type} (s : Set α) : Set α := fun a => ¬Mem a s

/-- The elements of `s` outside `t`. -/
def Minus {α : Type} (s t : Set α) : Set α := fun a => Mem a s ∧ ¬Mem a t

/-- The set without elements. -/
def EmptySet {α : Type} : Set α := fun _ => False

/-- The set of all elements of `α`. -/
def FullSet {α : Type} : Set α := fun _ => True

/-- The set whose only element is `a`. -/
def SingleSet {α : Type} (a : α) : Set α := fun x => x = a

/-- The elements sent into `t` by `f`. -/
def Preimage {α β : Type} (f : α → β) (t : Set β) : Set α := fun a => Mem (f a) t

/-- The values of `f` on `s`. -/
def Image {α β : Type} (f : α → β) (s : Set α) : Set β := fun b => ∃ a, Mem a s ∧ f a = b

/-- No element lies in both `s` and `t`. -/
def Disjoint {α : Type} (s t : Set α) : Prop := ∀ a, Mem a s → ¬Mem a t

theorem set_ext {α : Type} (s t : Set α) (h : ∀ a, Mem a s ↔ Mem a t) : s = t := by
  funext a
  exact propext (h a)

theorem subset_refl_set {α : Type} (s : Set α) : SubsetOf s s :=
  fun _ h => h

theorem subset_trans_set {α : Type} (s t u : Set α) (h1 : SubsetOf s t) (h2 : SubsetOf t u) :
    SubsetOf s u :=
  fun a ha => h2 a (h1 a ha)

theorem subset_antisymm_set {α : Type} (s t : Set α) (h1 : SubsetOf s t) (h2 : SubsetOf t s) :
    s = t := by
  apply set_ext
  intro a
  exact ⟨h1 a, h2 a⟩

theorem set_eq_iff_subsets {α : Type} (s t : Set α) : s = t ↔ SubsetOf s t ∧ SubsetOf t s := by
  constructor
  · rintro rfl
    exact ⟨subset_refl_set s, subset_refl_set s⟩
  · intro h
    exact subset_antisymm_set s t h.1 h.2

theorem empty_subset {α : Type} (s : Set α) : SubsetOf EmptySet s :=
  fun _ h => h.elim

theorem subset_full {α : Type} (s : Set α) : SubsetOf s FullSet :=
  fun _ _ => trivial

theorem subset_empty_eq {α : Type} (s : Set α) (h : SubsetOf s EmptySet) : s = EmptySet :=
  subset_antisymm_set s EmptySet h (empty_subset s)

theorem full_subset_eq {α : Type} (s : Set α) (h : SubsetOf FullSet s) : s = FullSet :=
  subset_antisymm_set s FullSet (subset_full s) h

theorem eq_empty_of_no_member {α : Type} (s : Set α) (h : ∀ a, ¬Mem a s) : s = EmptySet :=
  subset_empty_eq s (fun a ha => h a ha)

theorem eq_full_of_all_members {α : Type} (s : Set α) (h : ∀ a, Mem a s) : s = FullSet := by
  apply full_subset_eq
  intro a _
  exact h a

theorem union_swap_subset {α : Type} (s t : Set α) : SubsetOf (Cup s t) (Cup t s) := by
  intro a h
  cases h with
  | inl h1 => exact Or.inr h1
  | inr h1 => exact Or.inl h1

theorem union_comm_set {α : Type} (s t : Set α) : Cup s t = Cup t s :=
  subset_antisymm_set _ _ (union_swap_subset s t) (union_swap_subset t s)

theorem inter_swap_subset {α : Type} (s t : Set α) : SubsetOf (Cap s t) (Cap t s) :=
  fun _ h => ⟨h.2, h.1⟩

theorem inter_comm_set {α : Type} (s t : Set α) : Cap s t = Cap t s :=
  subset_antisymm_set _ _ (inter_swap_subset s t) (inter_swap_subset t s)

theorem subset_union_left {α : Type} (s t : Set α) : SubsetOf s (Cup s t) :=
  fun _ h => Or.inl h

theorem subset_union_right {α : Type} (s t : Set α) : SubsetOf t (Cup s t) := by
  rw [union_comm_set]
  exact subset_union_left t s

theorem union_subset {α : Type} (s t u : Set α) (h1 : SubsetOf s u) (h2 : SubsetOf t u) :
    SubsetOf (Cup s t) u := by
  intro a h
  rcases h with hs | ht
  · exact h1 a hs
  · exact h2 a ht

theorem union_subset_iff {α : Type} (s t u : Set α) :
    SubsetOf (Cup s t) u ↔ SubsetOf s u ∧ SubsetOf t u := by
  constructor
  · intro h
    exact ⟨subset_trans_set s _ u (subset_union_left s t) h,
      subset_trans_set t _ u (subset_union_right s t) h⟩
  · intro h
    exact union_subset s t u h.1 h.2

theorem inter_subset_left {α : Type} (s t : Set α) : SubsetOf (Cap s t) s :=
  fun _ h => h.1

theorem inter_subset_right {α : Type} (s t : Set α) : SubsetOf (Cap s t) t := by
  rw [inter_comm_set]
  exact inter_subset_left t s

theorem subset_inter {α : Type} (s t u : Set α) (h1 : SubsetOf u s) (h2 : SubsetOf u t) :
    SubsetOf u (Cap s t) :=
  fun a h => ⟨h1 a h, h2 a h⟩

theorem subset_inter_iff {α : Type} (s t u : Set α) :
    SubsetOf u (Cap s t) ↔ SubsetOf u s ∧ SubsetOf u t := by
  constructor
  · intro h
    exact ⟨subset_trans_set u _ s h (inter_subset_left s t),
      subset_trans_set u _ t h (inter_subset_right s t)⟩
  · intro h
    exact subset_inter s t u h.1 h.2

theorem inter_subset_union {α : Type} (s t : Set α) : SubsetOf (Cap s t) (Cup s t) :=
  subset_trans_set _ s _ (inter_subset_left s t) (subset_union_left s t)

theorem union_self_set {α : Type} (s : Set α) : Cup s s = s := by
  apply subset_antisymm_set
  · exact union_subset s s s (subset_refl_set s) (subset_refl_set s)
  · exact subset_union_left s s

theorem inter_self_set {α : Type} (s : Set α) : Cap s s = s := by
  apply subset_antisymm_set
  · exact inter_subset_left s s
  · exact subset_inter s s s (subset_refl_set s) (subset_refl_set s)

theorem union_eq_of_subset {α : Type} (s t : Set α) (h : SubsetOf s t) : Cup s t = t :=
  subset_antisymm_set _ t (union_subset s t t h (subset_refl_set t)) (subset_union_right s t)

theorem inter_eq_of_subset {α : Type} (s t : Set α) (h : SubsetOf s t) : Cap s t = s :=
  subset_antisymm_set _ s (inter_subset_left s t) (subset_inter s t s (subset_refl_set s) h)

theorem subset_of_union_eq {α : Type} (s t : Set α) (h : Cup s t = t) : SubsetOf s t :=
  h ▸ subset_union_left s t

theorem subset_of_inter_eq {α : Type} (s t : Set α) (h : Cap s t = s) : SubsetOf s t :=
  h ▸ inter_subset_right s t

theorem empty_union_set {α : Type} (s : Set α) : Cup EmptySet s = s :=
  union_eq_of_subset EmptySet s (empty_subset s)

theorem union_empty_set {α : Type} (s : Set α) : Cup s EmptySet = s := by
  rw [union_comm_set, empty_union_set]

theorem empty_inter_set {α : Type} (s : Set α) : Cap EmptySet s = EmptySet :=
  inter_eq_of_subset EmptySet s (empty_subset s)

theorem inter_empty_set {α : Type} (s : Set α) : Cap s EmptySet = EmptySet :=
  (inter_comm_set s EmptySet).trans (empty_inter_set s)

theorem inter_full_set {α : Type} (s : Set α) : Cap s FullSet = s :=
  inter_eq_of_subset s FullSet (subset_full s)

theorem union_full_set {α : Type} (s : Set α) : Cup s FullSet = FullSet :=
  union_eq_of_subset s FullSet (subset_full s)

theorem full_inter_set {α : Type} (s : Set α) : Cap FullSet s = s := by
  rw [inter_comm_set, inter_full_set]

theorem union_monotone {α : Type} (s s' t t' : Set α) (h1 : SubsetOf s s') (h2 : SubsetOf t t') :
    SubsetOf (Cup s t) (Cup s' t') := by
  apply union_subset
  · exact subset_trans_set s s' _ h1 (subset_union_left s' t')
  · exact subset_trans_set t t' _ h2 (subset_union_right s' t')

theorem inter_monotone {α : Type} (s s' t t' : Set α) (h1 : SubsetOf s s') (h2 : SubsetOf t t') :
    SubsetOf (Cap s t) (Cap s' t') := by
  apply subset_inter
  · exact subset_trans_set _ s s' (inter_subset_left s t) h1
  · exact subset_trans_set _ t t' (inter_subset_right s t) h2

theorem union_grow_left {α : Type} (s s' t : Set α) (h : SubsetOf s s') :
    SubsetOf (Cup s t) (Cup s' t) :=
  union_monotone s s' t t h (subset_refl_set t)

theorem inter_shrink_left {α : Type} (s s' t : Set α) (h : SubsetOf s s') :
    SubsetOf (Cap s t) (Cap s' t) :=
  inter_monotone s s' t t h (subset_refl_set t)

theorem union_assoc_set {α : Type} (s t u : Set α) :
    Cup (Cup s t) u = Cup s (Cup t u) := by
  apply set_ext
  intro a
  exact or_assoc

theorem inter_assoc_set {α : Type} (s t u : Set α) :
    Cap (Cap s t) u = Cap s (Cap t u) :=
  set_ext _ _ (fun _ => and_assoc)

theorem union_left_swap {α : Type} (s t u : Set α) :
    Cup s (Cup t u) = Cup t (Cup s u) := by
  rw [← union_assoc_set, union_comm_set s t, union_assoc_set]

theorem inter_left_swap {α : Type} (s t u : Set α) :
    Cap s (Cap t u) = Cap t (Cap s u) := by
  rw [← inter_assoc_set, inter_comm_set s t, inter_assoc_set]

theorem union_absorb_inner {α : Type} (s t : Set α) : Cup s (Cup s t) = Cup s t := by
  rw [← union_assoc_set, union_self_set]

theorem inter_absorb_inner {α : Type} (s t : Set α) : Cap s (Cap s t) = Cap s t := by
  rw [← inter_assoc_set, inter_self_set]

theorem absorb_union_inter {α : Type} (s t : Set α) : Cup (Cap s t) s = s :=
  union_eq_of_subset _ s (inter_subset_left s t)

theorem absorb_inter_union {α : Type} (s t : Set α) : Cap s (Cup s t) = s :=
  inter_eq_of_subset s _ (subset_union_left s t)

theorem inter_union_distrib {α : Type} (s t u : Set α) :
    Cap s (Cup t u) = Cup (Cap s t) (Cap s u) := by
  apply set_ext
  intro a
  constructor
  · rintro ⟨hs, ht | hu⟩
    · exact Or.inl ⟨hs, ht⟩
    · exact Or.inr ⟨hs, hu⟩
  · intro h
    exact h.elim (fun h1 => ⟨h1.1, Or.inl h1.2⟩) (fun h1 => ⟨h1.1, Or.inr h1.2⟩)

theorem union_inter_distrib_right {α : Type} (s t u : Set α) :
    Cap (Cup t u) s = Cup (Cap t s) (Cap u s) := by
  rw [inter_comm_set, inter_union_distrib, inter_comm_set s t, inter_comm_set s u]

theorem union_inter_distrib {α : Type} (s t u : Set α) :
    Cup s (Cap t u) = Cap (Cup s t) (Cup s u) := by
  rw [inter_union_distrib, inter_comm_set (Cup s t) s, absorb_inter_union,
    union_inter_distrib_right, ← union_assoc_set, union_comm_set s (Cap s u), absorb_union_inter]

theorem compl_antitone {α : Type} (s t : Set α) (h : SubsetOf s t) : SubsetOf (Compl t) (Compl s) :=
  fun a ht hs => ht (h a hs)

theorem subset_compl_compl {α : Type} (s : Set α) : SubsetOf s (Compl (Compl s)) :=
  fun _ h hn => hn h

theorem compl_compl_set {α : Type} (s : Set α) : Compl (Compl s) = s := by
  apply subset_antisymm_set
  · intro a h
    exact Classical.byContradiction h
  · exact subset_compl_compl s

theorem compl_three {α : Type} (s : Set α) : Compl (Compl (Compl s)) = Compl s :=
  compl_compl_set (Compl s)

theorem compl_inj {α : Type} (s t : Set α) (h : Compl s = Compl t) : s = t := by
  rw [← compl_compl_set s, h, compl_compl_set]

theorem subset_of_compl_subset {α : Type} (s t : Set α) (h : SubsetOf (Compl t) (Compl s)) :
    SubsetOf s t := by
  rw [← compl_compl_set s, ← compl_compl_set t]
  exact compl_antitone _ _ h

theorem compl_union {α : Type} (s t : Set α) : Compl (Cup s t) = Cap (Compl s) (Compl t) :=
  set_ext _ _ (fun _ => not_or)

theorem compl_inter {α : Type} (s t : Set α) : Compl (Cap s t) = Cup (Compl s) (Compl t) := by
  apply compl_inj
  rw [compl_union, compl_compl_set, compl_compl_set, compl_compl_set]

theorem inter_compl_self {α : Type} (s : Set α) : Cap s (Compl s) = EmptySet :=
  eq_empty_of_no_member _ (fun _ h => h.2 h.1)

theorem union_compl_self {α : Type} (s : Set α) : Cup s (Compl s) = FullSet :=
  eq_full_of_all_members _ (fun a => Classical.em (Mem a s))

theorem compl_empty {α : Type} : Compl (EmptySet : Set α) = FullSet :=
  eq_full_of_all_members _ (fun _ h => h)

theorem compl_full {α : Type} : Compl (FullSet : Set α) = EmptySet := by
  rw [← compl_empty, compl_compl_set]

theorem diff_eq_inter_compl {α : Type} (s t : Set α) : Minus s t = Cap s (Compl t) :=
  rfl

theorem diff_subset {α : Type} (s t : Set α) : SubsetOf (Minus s t) s :=
  inter_subset_left s (Compl t)

theorem diff_self_empty {α : Type} (s : Set α) : Minus s s = EmptySet := by
  rw [diff_eq_inter_compl, inter_compl_self]

theorem diff_empty_set {α : Type} (s : Set α) : Minus s EmptySet = s := by
  rw [diff_eq_inter_compl, compl_empty, inter_full_set]

theorem diff_union {α : Type} (s t u : Set α) : Minus s (Cup t u) = Cap (Minus s t) (Minus s u) := by
  rw [diff_eq_inter_compl, compl_union, diff_eq_inter_compl, diff_eq_inter_compl,
    inter_assoc_set, inter_left_swap (Compl t), inter_absorb_inner]

theorem diff_inter {α : Type} (s t u : Set α) : Minus s (Cap t u) = Cup (Minus s t) (Minus s u) := by
  rw [diff_eq_inter_compl, compl_inter, inter_union_distrib, diff_eq_inter_compl,
    diff_eq_inter_compl]

theorem diff_twice {α : Type} (s t u : Set α) : Minus (Minus s t) u = Minus s (Cup t u) := by
  rw [diff_eq_inter_compl, diff_eq_inter_compl, diff_eq_inter_compl, compl_union, inter_assoc_set]

theorem diff_diff_self {α : Type} (s t : Set α) : Minus s (Minus s t) = Cap s t := by
  rw [diff_eq_inter_compl, diff_eq_inter_compl, compl_inter, compl_compl_set,
    inter_union_distrib, inter_compl_self, empty_union_set]

theorem diff_union_inter {α : Type} (s t : Set α) : Cup (Minus s t) (Cap s t) = s := by
  rw [diff_eq_inter_compl, ← inter_union_distrib, union_comm_set, union_compl_self, inter_full_set]

theorem disjoint_swap {α : Type} (s t : Set α) (h : Disjoint s t) : Disjoint t s :=
  fun a ht hs => h a hs ht

theorem disjoint_inter_empty {α : Type} (s t : Set α) (h : Disjoint s t) : Cap s t = EmptySet :=
  eq_empty_of_no_member _ (fun a ha => h a ha.1 ha.2)

theorem disjoint_of_inter_empty {α : Type} (s t : Set α) (h : Cap s t = EmptySet) :
    Disjoint s t := by
  intro a hs ht
  have h1 : Mem a (Cap s t) := ⟨hs, ht⟩
  rw [h] at h1
  exact h1

theorem disjoint_iff_subset_compl {α : Type} (s t : Set α) :
    Disjoint s t ↔ SubsetOf s (Compl t) :=
  Iff.rfl

theorem disjoint_shrink_left {α : Type} (s s' t : Set α) (h1 : SubsetOf s' s) (h : Disjoint s t) :
    Disjoint s' t :=
  (disjoint_iff_subset_compl s' t).mpr (subset_trans_set s' s _ h1 h)

theorem disjoint_shrink_right {α : Type} (s t t' : Set α) (h1 : SubsetOf t' t) (h : Disjoint s t) :
    Disjoint s t' :=
  disjoint_swap t' s (disjoint_shrink_left t t' s h1 (disjoint_swap s t h))

theorem disjoint_diff {α : Type} (s t : Set α) : Disjoint t (Minus s t) :=
  disjoint_swap (Minus s t) t (fun _ h => h.2)

theorem disjoint_union_left {α : Type} (s t u : Set α) (h1 : Disjoint s u) (h2 : Disjoint t u) :
    Disjoint (Cup s t) u :=
  union_subset s t (Compl u) h1 h2

theorem disjoint_self_empty {α : Type} (s : Set α) (h : Disjoint s s) : s = EmptySet := by
  rw [← inter_self_set s]
  exact disjoint_inter_empty s s h

theorem single_subset_of_mem {α : Type} (a : α) (s : Set α) (h : Mem a s) :
    SubsetOf (SingleSet a) s := by
  intro x hx
  have e : x = a := hx
  rw [e]
  exact h

theorem mem_of_single_subset {α : Type} (a : α) (s : Set α) (h : SubsetOf (SingleSet a) s) : Mem a s :=
  h a rfl

theorem single_inj {α : Type} (a b : α) (h : SingleSet a = SingleSet b) : a = b :=
  mem_of_single_subset a (SingleSet b) (h ▸ subset_refl_set (SingleSet a))

theorem single_union_mem {α : Type} (a : α) (s : Set α) (h : Mem a s) : Cup (SingleSet a) s = s :=
  union_eq_of_subset _ s (single_subset_of_mem a s h)

theorem single_inter_mem {α : Type} (a : α) (s : Set α) (h : Mem a s) :
    Cap (SingleSet a) s = SingleSet a :=
  inter_eq_of_subset _ s (single_subset_of_mem a s h)

theorem preimage_monotone {α β : Type} (f : α → β) (s t : Set β) (h : SubsetOf s t) :
    SubsetOf (Preimage f s) (Preimage f t) :=
  fun a ha => h (f a) ha

theorem preimage_union {α β : Type} (f : α → β) (s t : Set β) :
    Preimage f (Cup s t) = Cup (Preimage f s) (Preimage f t) :=
  rfl

theorem preimage_compl {α β : Type} (f : α → β) (s : Set β) :
    Preimage f (Compl s) = Compl (Preimage f s) :=
  rfl

theorem preimage_inter {α β : Type} (f : α → β) (s t : Set β) :
    Preimage f (Cap s t) = Cap (Preimage f s) (Preimage f t) :=
  rfl

theorem preimage_diff {α β : Type} (f : α → β) (s t : Set β) :
    Preimage f (Minus s t) = Minus (Preimage f s) (Preimage f t) := by
  rw [diff_eq_inter_compl, preimage_inter, preimage_compl, diff_eq_inter_compl]

theorem mem_image_of_mem {α β : Type} (f : α → β) (s : Set α) (a : α) (h : Mem a s) :
    Mem (f a) (Image f s) :=
  ⟨a, h, rfl⟩

theorem image_subset_iff {α β : Type} (f : α → β) (s : Set α) (t : Set β) :
    SubsetOf (Image f s) t ↔ SubsetOf s (Preimage f t) := by
  constructor
  · intro h a ha
    exact h (f a) (mem_image_of_mem f s a ha)
  · rintro h b ⟨a, ha, rfl⟩
    exact h a ha

theorem subset_preimage_image {α β : Type} (f : α → β) (s : Set α) :
    SubsetOf s (Preimage f (Image f s)) :=
  (image_subset_iff f s _).mp (subset_refl_set _)

theorem image_preimage_subset {α β : Type} (f : α → β) (t : Set β) :
    SubsetOf (Image f (Preimage f t)) t :=
  (image_subset_iff f _ t).mpr (subset_refl_set _)

theorem image_monotone {α β : Type} (f : α → β) (s t : Set α) (h : SubsetOf s t) :
    SubsetOf (Image f s) (Image f t) := by
  rw [image_subset_iff]
  exact subset_trans_set s t _ h (subset_preimage_image f t)

theorem image_union {α β : Type} (f : α → β) (s t : Set α) :
    Image f (Cup s t) = Cup (Image f s) (Image f t) := by
  apply subset_antisymm_set
  · rw [image_subset_iff, preimage_union]
    exact union_monotone s _ t _ (subset_preimage_image f s) (subset_preimage_image f t)
  · exact union_subset _ _ _ (image_monotone f s _ (subset_union_left s t))
      (image_monotone f t _ (subset_union_right s t))

theorem image_inter_subset {α β : Type} (f : α → β) (s t : Set α) :
    SubsetOf (Image f (Cap s t)) (Cap (Image f s) (Image f t)) := by
  apply subset_inter
  · exact image_monotone f _ s (inter_subset_left s t)
  · exact image_monotone f _ t (inter_subset_right s t)

theorem image_empty {α β : Type} (f : α → β) : Image f EmptySet = EmptySet :=
  subset_empty_eq _ ((image_subset_iff f EmptySet EmptySet).mpr (empty_subset _))

theorem image_single {α β : Type} (f : α → β) (a : α) : Image f (SingleSet a) = SingleSet (f a) := by
  apply subset_antisymm_set
  · exact (image_subset_iff f _ _).mpr (single_subset_of_mem a _ rfl)
  · exact single_subset_of_mem (f a) _ (mem_image_of_mem f (SingleSet a) a rfl)

end Seed
