/-!
Facts about the types of the library: lists, arrays, options, finite numbers, bit vectors, rationals, integers,
strings, characters, products, sums, hash maps.
-/

theorem da_list_map_append {α β : Type} (f : α → β) (xs ys : List α) : (xs ++ ys).map f = xs.map f ++ ys.map f := by
  simp

theorem da_list_filter_filter {α : Type} (p q : α → Bool) (xs : List α) :
    (xs.filter p).filter q = xs.filter fun x => p x && q x := by
  rw [List.filter_filter]
  congr
  funext x
  exact Bool.and_comm _ _

theorem da_list_length_filter_split {α : Type} (p : α → Bool) (xs : List α) :
    (xs.filter p).length + (xs.filter (fun x => !p x)).length = xs.length := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    by_cases h : p x <;> simp [h] <;> omega

theorem da_list_reverse_map {α β : Type} (f : α → β) (xs : List α) : (xs.map f).reverse = xs.reverse.map f :=
  List.map_reverse.symm

theorem da_list_mem_filter {α : Type} (p : α → Bool) (a : α) (xs : List α) (h : a ∈ xs.filter p) : a ∈ xs ∧ p a = true := by
  rw [List.mem_filter] at h
  exact h

theorem da_list_take_length {α : Type} (xs : List α) (n : Nat) (h : n ≤ xs.length) : (xs.take n).length = n := by
  rw [List.length_take, Nat.min_eq_left h]

theorem da_list_getElem_append {α : Type} (xs ys : List α) (i : Nat) (h : i < xs.length) :
    (xs ++ ys)[i]'(by simp; omega) = xs[i] := by
  simp [h]

theorem da_list_get_last {α : Type} (xs : List α) (a : α) : (xs ++ [a]).getLast? = some a := by simp

theorem da_list_foldr_cons {α : Type} (xs : List α) : xs.foldr List.cons [] = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => rw [List.foldr_cons, ih]

theorem da_list_flatten_singletons {α : Type} (xs : List α) : (xs.map fun x => [x]).flatten = xs := by
  induction xs <;> simp_all

theorem da_list_all_any {α : Type} (p : α → Bool) (xs : List α) : (!xs.all p) = xs.any fun x => !p x := by
  simp [List.not_all_eq_any_not]

theorem da_list_nodup_cons {α : Type} (a b : α) (h : a ≠ b) : [a, b].Nodup := by
  simp [h]

theorem da_list_head_of_ne_nil {α : Type} (xs : List α) (h : xs ≠ []) : xs.head h :: xs.tail = xs := by
  match xs, h with
  | x :: xs, _ => rfl

theorem da_list_sum_append (xs ys : List Nat) : (xs ++ ys).sum = xs.sum + ys.sum := by
  induction xs with
  | nil => simp
  | cons x xs ih => simp only [List.cons_append, List.sum_cons, ih, Nat.add_assoc]

theorem da_list_range_length (n : Nat) : (List.range n).length = n := by simp

theorem da_list_mem_range (m n : Nat) : m ∈ List.range n ↔ m < n := List.mem_range

theorem da_list_replicate_append {α : Type} (m n : Nat) (a : α) :
    List.replicate m a ++ List.replicate n a = List.replicate (m + n) a := by
  rw [List.replicate_append_replicate]

theorem da_list_perm_swap {α : Type} (a b : α) (xs : List α) : List.Perm (a :: b :: xs) (b :: a :: xs) := List.Perm.swap b a xs

theorem da_list_ext {α : Type} (xs ys : List α) (h : ∀ i : Nat, xs[i]? = ys[i]?) : xs = ys := by
  apply List.ext_getElem?
  exact h

theorem da_list_prefix (xs ys : List Nat) : xs <+: xs ++ ys := ⟨ys, rfl⟩

theorem da_array_push_size (xs : Array Nat) (x : Nat) : (xs.push x).size = xs.size + 1 := Array.size_push x

theorem da_array_to_list (xs : List Nat) : xs.toArray.toList = xs := rfl

theorem da_array_append (xs ys : Array Nat) : (xs ++ ys).size = ys.size + xs.size := by
  rw [Array.size_append, Nat.add_comm]

theorem da_array_get_push {α : Type} (xs : Array α) (x : α) : (xs.push x)[xs.size]? = some x := by simp

theorem da_array_map_map {α β γ : Type} (f : α → β) (g : β → γ) (xs : Array α) : (xs.map f).map g = xs.map (g ∘ f) := by
  simp

theorem da_array_ext {α : Type} (xs ys : Array α) (h : xs.size = ys.size)
    (h' : ∀ i (hi : i < xs.size), xs[i] = ys[i]) : xs = ys := by
  ext i hi hj
  · exact h
  · exact h' i hi

theorem da_option_bind_assoc {α β γ : Type} (o : Option α) (f : α → Option β) (g : β → Option γ) :
    (o >>= f) >>= g = o >>= fun a => f a >>= g := by
  cases o <;> rfl

theorem da_option_map_eq_some {α β : Type} (f : α → β) (o : Option α) (b : β) :
    o.map f = some b ↔ ∃ a, o = some a ∧ f a = b := by
  constructor
  · intro h
    match o, h with
    | some a, h => exact ⟨a, rfl, Option.some.inj h⟩
  · rintro ⟨a, rfl, rfl⟩
    rfl

theorem da_option_get {α : Type} (o : Option α) (h : o.isSome) : some (o.get h) = o := by simp

theorem da_option_ext {α : Type} (x y : Option α) (h : ∀ a, x = some a ↔ y = some a) : x = y := by
  cases x with
  | some a => exact ((h a).mp rfl).symm
  | none =>
    cases y with
    | none => rfl
    | some b => exact (h b).mpr rfl

theorem da_option_or {α : Type} (x y : Option α) (h : (x.or y) = none) : x = none ∧ y = none := by
  cases x <;> simp_all

theorem da_fin_add_zero (n : Nat) (i : Fin (n + 1)) : i + 0 = i := by simp

theorem da_fin_ext {n : Nat} (i j : Fin n) (h : (i : Nat) = j) : i = j := Fin.ext h

theorem da_fin_last (n : Nat) (i : Fin (n + 1)) : i ≤ Fin.last n := Fin.le_last i

theorem da_fin_reverse {n : Nat} (i : Fin n) : i.rev.rev = i := by
  ext
  simp only [Fin.val_rev]
  omega

theorem da_fin_pigeon (f : Fin 3 → Fin 2) : ∃ i j, i < j ∧ f i = f j := by
  revert f
  have h : ∀ a b c : Fin 2, a = b ∨ a = c ∨ b = c := by decide
  intro f
  rcases h (f 0) (f 1) (f 2) with h | h | h
  · exact ⟨0, 1, by decide, h⟩
  · exact ⟨0, 2, by decide, h⟩
  · exact ⟨1, 2, by decide, h⟩

theorem da_fin_cast_succ {n : Nat} (i : Fin n) : i.castSucc < i.succ := by
  simp [Fin.lt_def]

theorem da_bv_add_comm (x y : BitVec 8) : x + y = y + x := BitVec.add_comm x y

theorem da_bv_xor_self {w : Nat} (x : BitVec w) : x ^^^ x = 0#w := by simp

theorem da_bv_and_or {w : Nat} (x y : BitVec w) : x &&& (x ||| y) = x := by
  ext i hi
  simp
  intro h
  exact .inl h

theorem da_bv_not_not {w : Nat} (x : BitVec w) : ~~~(~~~x) = x := by simp

theorem da_bv_literal : 0b1010#4 ||| 0b0101#4 = 0xf#4 ∧ (200#8 + 100#8).toNat = 44 := by decide

theorem da_bv_small : ∀ x y : BitVec 3, x * y = y * x := by decide

theorem da_bv_to_nat {w : Nat} (x : BitVec w) : x.toNat < 2 ^ w := x.isLt

theorem da_bv_shift : (1#8 <<< 3) = 8#8 ∧ (0x80#8 >>> 7) = 1#8 := by
  constructor <;> rfl

theorem da_bv_neg (x : BitVec 16) : x + -x = 0 := by
  rw [← BitVec.sub_eq_add_neg, BitVec.sub_self]
  rfl

theorem da_bv_demorgan {w : Nat} (x y : BitVec w) : ~~~(x &&& y) = ~~~x ||| ~~~y := by
  apply BitVec.eq_of_getElem_eq
  intro i hi
  simp

theorem da_rat_add_halves (x : Rat) : x / 2 + x / 2 = x := by grind

theorem da_rat_square_diff (x y : Rat) : (x - y) * (x + y) = x ^ 2 - y ^ 2 := by grind

theorem da_rat_linear (x y : Rat) (h : 2 * x + y = 7) (h' : x - y = 2) : x = 3 := by grind

theorem da_rat_order (a b : Rat) (h : a < b) : a < (a + b) / 2 := by grind

theorem da_rat_inverse (a b : Rat) (ha : a ≠ 0) (hb : b ≠ 0) : a⁻¹ * b⁻¹ * (a * b) = 1 := by
  grind

theorem da_rat_literal : (1 : Rat) / 3 + 1 / 6 = 1 / 2 := by grind

theorem da_rat_comm (a b c : Rat) : a * (b + c) = c * a + b * a := by
  rw [Rat.mul_add, Rat.mul_comm a b, Rat.mul_comm a c, Rat.add_comm]

theorem da_int_neg_mul (a b : Int) : -a * b = -(a * b) := Int.neg_mul a b

theorem da_int_natAbs (z : Int) : (z.natAbs : Int) = z ∨ (z.natAbs : Int) = -z := by omega

theorem da_int_emod_nonneg (a : Int) : 0 ≤ a % 7 ∧ a % 7 < 7 := by
  refine ⟨Int.emod_nonneg a ?_, Int.emod_lt_of_pos a ?_⟩ <;> decide

theorem da_int_square_nonneg (a : Int) : 0 ≤ a * a := by
  rcases Int.le_total 0 a with h | h
  · exact Int.mul_nonneg h h
  · exact Int.mul_nonneg_of_nonpos_of_nonpos h h

theorem da_int_toNat (a : Int) (h : 0 ≤ a) : (a.toNat : Int) = a := Int.toNat_of_nonneg h

theorem da_int_no_zero_divisors (a b : Int) (h : a * b = 0) : a = 0 ∨ b = 0 := Int.mul_eq_zero.mp h

theorem da_nat_gcd_comm (a b : Nat) : Nat.gcd a b = Nat.gcd b a := Nat.gcd_comm a b

theorem da_nat_gcd_dvd_sum (a b : Nat) : Nat.gcd a b ∣ a + b :=
  Nat.dvd_add (Nat.gcd_dvd_left a b) (Nat.gcd_dvd_right a b)

theorem da_nat_testbit (n : Nat) : (2 * n).testBit 0 = false := by simp

theorem da_nat_xor_self (n : Nat) : n ^^^ n = 0 := Nat.xor_self n

theorem da_nat_log : Nat.log2 1024 = 10 := by decide

theorem da_nat_succ_pred (n : Nat) (h : n ≠ 0) : n.pred.succ = n := Nat.succ_pred h

theorem da_uint (x : UInt8) : x + 0 = x := by simp

theorem da_uint_wrap : (255 : UInt8) + 1 = 0 := by decide

theorem da_string_append_empty (s : String) : s ++ "" = s := by simp

theorem da_string_length_append (s t : String) : (s ++ t).length = t.length + s.length := by
  rw [String.length_append, Nat.add_comm]

theorem da_string_toList (s t : String) (h : s.toList = t.toList) : s = t := String.toList_inj.mp h

theorem da_char_digit : ∀ c ∈ ['0', '5', '9'], c.isDigit = true := by decide

theorem da_char_ext (c d : Char) (h : c.toNat = d.toNat) : c = d := by
  apply Char.ext
  apply UInt32.toNat.inj
  exact h

theorem da_prod_swap {α β : Type} (p : α × β) : p.swap.swap = p := rfl

theorem da_prod_map {α β γ δ : Type} (f : α → γ) (g : β → δ) (p : α × β) : (Prod.map f g p).1 = f p.1 := rfl

theorem da_sum_elim {α β γ : Type} (h : α ⊕ β → γ) : Sum.elim (h ∘ Sum.inl) (h ∘ Sum.inr) = h := by
  funext x
  cases x <;> rfl

theorem da_sum_inl_injective {α β : Type} (a b : α) (h : (Sum.inl a : α ⊕ β) = Sum.inl b) : a = b := by
  cases h
  rfl

theorem da_except (e : Except String Nat) : (∃ s, e = .error s) ∨ ∃ n, e = .ok n := by
  cases e with
  | error s => exact Or.inl ⟨s, rfl⟩
  | ok n => exact Or.inr ⟨n, rfl⟩

theorem da_ordering (o : Ordering) : o.swap.swap = o := by cases o <;> rfl

theorem da_hashmap_insert (m : Std.HashMap Nat String) (k : Nat) (v : String) : (m.insert k v)[k]? = some v := by simp

theorem da_hashmap_empty (k : Nat) : (∅ : Std.HashMap Nat Nat)[k]? = none := by simp

theorem da_hashset (s : Std.HashSet Nat) (a : Nat) : a ∈ s.insert a := by simp

theorem da_treemap (m : Std.TreeMap Nat Nat) (k v : Nat) : (m.insert k v).contains k = true := by simp

theorem da_vector_size {n : Nat} (v : Vector Nat n) : v.toArray.size = n := v.size_toArray

theorem da_vector_literal : #v[1, 2, 3].toList = [1, 2, 3] := rfl

theorem da_subarray_free (xs : Array Nat) : (xs.extract 0 xs.size) = xs := by simp

theorem da_decide_eq (p : Prop) [Decidable p] : decide p = true ↔ p := decide_eq_true_iff

theorem da_bool_to_nat (b : Bool) : b.toNat ≤ 1 := by cases b <;> decide
