/-!
Proofs left to automation: `omega`, `grind` (with lemmas, with `only`, with case hints), `simp` in its variants,
`simp_all`, `decide` and `decide +kernel`, `ac_rfl`, `norm_cast`, `solve_by_elim`, arithmetic by `+arith`.
-/

theorem au_omega_linear (x y : Nat) (h : 2 * x + 3 * y = 12) (h' : x > y) : x = 6 ∨ x = 3 := by omega

theorem au_omega_int (a b c : Int) (h : a < b) (h' : b < c) : a + 2 ≤ c := by omega

theorem au_omega_sub (a b : Nat) (h : a - b = 3) : a = b + 3 := by omega

theorem au_omega_div (n : Nat) : n / 4 ≤ n / 2 ∧ 2 * (n / 2) ≤ n := by omega

theorem au_omega_mod (n : Nat) (h : n % 6 = 5) : n % 3 = 2 ∧ n % 2 = 1 := by omega

theorem au_omega_dvd (n : Nat) (h : 12 ∣ n) : 4 ∣ n ∧ 3 ∣ n := by omega

theorem au_omega_props (a b : Int) (h : ¬(a < b ∨ a = b)) : b < a ∧ ¬ a ≤ b := by omega

theorem au_omega_iff (x : Int) : 3 * x < 7 ↔ x ≤ 2 := by omega

theorem au_omega_minmax (a b : Nat) : min a b + max a b = a + b := by omega

theorem au_omega_goal_imp (x : Nat) : x < 4 → 2 < x → x = 3 := by omega

theorem au_omega_fin (n : Nat) (i j : Fin n) (h : i.val + j.val ≥ n) : 0 < j.val := by omega

theorem au_omega_false (x y : Int) (h : 4 * x + 6 * y = 5) : False := by omega

theorem au_omega_cast (n : Nat) (z : Int) (h : (n : Int) = z + 1) : 0 ≤ z + 1 := by omega

theorem au_omega_after_have (a b : Nat) (h : a * b = 10) (h' : a * b + a < 12) : a ≤ 1 := by
  have := h
  omega

theorem au_omega_generalized (a b c : Nat) (h : a * b < c) : a * b + 1 ≤ c := by
  generalize a * b = p at h ⊢
  omega

theorem au_grind_logic (p q r : Prop) (h : p → q) (h' : q → r) (hn : ¬r) : ¬p := by grind

theorem au_grind_eq (α : Type) (f : α → α) (a b : α) (h : f (f a) = b) (h' : f a = a) : b = a := by grind

theorem au_grind_cases (a b : Bool) (h : (a || b) = true) (h' : a = false) : b = true := by grind

theorem au_grind_ring (a b : Int) : (a + b) * (a + b) = a * a + 2 * a * b + b * b := by grind

theorem au_grind_ring_three (x y z : Int) (h : x + y + z = 0) :
    x ^ 3 + y ^ 3 + z ^ 3 = 3 * x * y * z := by
  have hz : z = -x - y := by omega
  subst hz
  grind

theorem au_grind_order (a b c : Int) (h : a ≤ b) (h' : b ≤ c) (h'' : c ≤ a) : a = c := by grind

theorem au_grind_list (α : Type) (x : α) (xs ys : List α) (h : x ∈ xs) : x ∈ xs ++ ys := by grind

theorem au_grind_lemma (f : Nat → Nat) (hf : ∀ x, f x = x + 1) : f (f 3) = 5 := by grind

theorem au_grind_with (a b c : Nat) (h : a ∣ b) (h' : b ∣ c) : a ∣ c := by
  grind [Nat.dvd_trans]

theorem au_grind_only (α : Type) (p q : α → Prop) (h : ∀ x, p x → q x) (a : α) (ha : p a) : q a := by
  grind only

theorem au_grind_if (a b : Nat) : (if a < b then a else b) ≤ a := by grind

theorem au_grind_option (α : Type) (o : Option α) (h : o ≠ none) : ∃ a, o = some a := by
  cases o with grind

theorem au_grind_array (xs : Array Nat) (i : Nat) (v : Nat) (h : i < xs.size) : (xs.set i v).size = xs.size := by grind

theorem au_grind_field (a b : Rat) (h : a + b = 1) (h' : a - b = 3) : a = 2 := by grind

theorem au_grind_induction (xs ys : List Nat) : (xs ++ ys).length = ys.length + xs.length := by
  induction xs with grind

theorem au_simp_basic (n : Nat) : n + 0 = n ∧ 0 + n = n := by simp

theorem au_simp_hyp (a b c : Nat) (h : a = b) (h' : b = c) : a = c := by simp [h, h']

theorem au_simp_star (p q : Prop) (hp : p) (hq : q) : p ∧ q ∧ True := by simp [*]

theorem au_simp_only (xs : List Nat) : ([] ++ xs) ++ [] = xs := by
  simp only [List.nil_append, List.append_nil]

theorem au_simp_at (a b : Nat) (h : a + 0 = b * 1) : a = b := by
  simp at h
  exact h

theorem au_simp_at_star (a b : Nat) (h : a + 0 = b) (h' : b = 0 + 3) : a = 3 := by
  simp only [Nat.add_zero, Nat.zero_add] at *
  rw [h, h']

theorem au_simp_minus (f : Nat → Nat) (h : ∀ n, f n = n) : f (2 + 0) = 2 := by
  simp [-Nat.add_zero, h]

theorem au_simp_left_arrow (a b c : Nat) : a * b + a * c = a * (b + c) := by
  simp [← Nat.mul_add]

theorem au_simp_config : (2 ∣ 10) ∧ ¬(3 ∣ 10) := by
  simp (config := { decide := true })

theorem au_simp_plus_decide : (10 : Nat) % 3 = 1 ∧ Nat.gcd 12 18 = 6 := by
  simp +decide

theorem au_simp_arith (a b : Nat) (h : a + 2 ≤ b) : a + 1 < b + 1 := by
  simp +arith
  omega

theorem au_simp_contextual (a b : Nat) : a = b → a + 1 = b + 1 := by
  simp +contextual

theorem au_simp_discharge (a b : Nat) (h : b ≠ 0) : a * b / b = a := by
  simp [Nat.pos_of_ne_zero h]

theorem au_simpa_using (a b : Nat) (h : a + 0 = 0 + b) : a = b := by simpa using h

theorem au_simpa_args (f : Nat → Nat) (hf : ∀ x, f x = x) (h : f 3 + f 4 = 7) : 3 + 4 = f 7 := by
  simpa [hf] using h

theorem au_simpa_this (xs : List Nat) (h : xs.length = 0) : xs = [] := by
  have : xs.length = 0 := h
  simpa

theorem au_simp_all (p q r : Prop) (h : p ∧ q) (h' : q → r) : r ∧ p := by simp_all

theorem au_simp_all_subst (a b c : Nat) (h : a = b + 1) (h' : b = 2) (hc : c = a) : c = 3 := by
  simp_all

theorem au_dsimp (f : Nat → Nat) (n : Nat) : (fun x => f (x + 0)) n = f n := by
  dsimp

theorem au_dsimp_only (α β : Type) (a : α) (b : β) : (a, b).1 = a := by
  dsimp only

theorem au_simp_iff (a b : Nat) : a + 1 = b + 1 ↔ a = b := by simp

theorem au_simp_exists (n : Nat) : ∃ m, m = n := by simp

theorem au_simp_let (n : Nat) : (let m := n + 1; m - 1) = n := by simp

theorem au_simp_conv_lambda : (fun n : Nat => n + 0 + 0) = fun n => n := by simp

theorem au_simp_if (n : Nat) (h : 0 < n) : (if n = 0 then 1 else n) = n := by
  simp [Nat.ne_of_gt h]

theorem au_simp_list (x y : Nat) : [x, y].map (· + 1) = [x + 1, y + 1] := by simp

theorem au_simp_mem (a b c : Nat) : b ∈ [a, b, c] := by simp

theorem au_simp_bool (a b : Bool) : (a && b) = true ↔ a = true ∧ b = true := by simp

theorem au_simp_proc : 123 + 456 = 579 ∧ 2 ^ 10 = 1024 ∧ 100 / 7 = 14 := by simp

theorem au_decide_forall : ∀ a b : Fin 5, a + b = b + a := by decide

theorem au_decide_exists : ∃ x : Fin 10, x.val * x.val = 49 := by decide

theorem au_decide_bool : ∀ a b c : Bool, (a && (b || c)) = ((a && b) || (a && c)) := by decide

theorem au_decide_list : [3, 1, 2].length = 3 ∧ 2 ∈ [3, 1, 2] ∧ 5 ∉ [3, 1, 2] := by decide

theorem au_decide_kernel : ∀ n : Fin 100, (n.val * (n.val + 1)) % 2 = 0 := by decide +kernel

theorem au_decide_bounded : ∀ n, n < 20 → n * n < 400 := by decide

theorem au_decide_term : 17 % 5 = 2 := of_decide_eq_true rfl

theorem au_decide_fun : ¬ ∃ x : Fin 7, (x.val * x.val) % 7 = 3 := by decide

theorem au_decide_revert (b : Bool) : (!(!b)) = b := by
  revert b
  decide

theorem au_decide_dvd : 7 ∣ 1001 ∧ ¬ 7 ∣ 1000 := by decide

theorem au_ac_rfl (a b c d : Nat) : (a + b) + (c + d) = d + (b + (c + a)) := by ac_rfl

theorem au_ac_mul (x y z : Int) : x * y * z = z * (x * y) := by ac_rfl

theorem au_ac_or (p q r : Prop) : ((p ∨ q) ∨ r) = (r ∨ (q ∨ p)) := by ac_rfl

theorem au_ac_nf (a b c : Nat) (h : a + b + c = 9) : c + (b + a) = 9 := by
  ac_nf at h ⊢

theorem au_norm_cast (a b : Nat) (h : (a : Int) + b = 5) : a + b = 5 := by
  norm_cast at h

theorem au_exact_mod_cast (a b : Nat) (h : a < b) : (a : Int) < b := by
  exact_mod_cast h

theorem au_push_cast (a b : Nat) : ((a + b : Nat) : Int) = b + a := by
  push_cast
  exact Int.add_comm _ _

theorem au_solve_by_elim (p q r : Prop) (f : p → q) (g : q → r) (hp : p) : r := by
  solve_by_elim

theorem au_trivial : True ∧ 1 = 1 := by
  constructor <;> trivial

theorem au_infer_instance : Nonempty (Nat × Bool) := by infer_instance

theorem au_infer_decidable : Decidable (3 < 5) → True := by intro _; trivial

theorem au_rfl_compute : (List.range 5).map (fun n => n * n) = [0, 1, 4, 9, 16] := by rfl

theorem au_eq_refl : Nat.succ 4 = 5 := by eq_refl

theorem au_with_reducible (a : Nat) : a = a := by with_reducible rfl

theorem au_subst_vars (a b c : Nat) (h : a = b) (h' : c = b) : a = c := by
  subst_vars
  rfl

theorem au_injections (a b : Nat) (h : some (a + 1) = some (b + 1)) : a = b := by
  injections

theorem au_split_ifs_by_split (a b : Nat) : (if a ≤ b then b - a else a - b) ≤ a + b := by
  split <;> omega

theorem au_bool_eq_cases (f : Bool → Bool) (x : Bool) : f (f (f x)) = f x := by
  cases h₁ : f true <;> cases h₂ : f false <;> cases x <;> simp [h₁, h₂]

theorem au_bv_omega (x y : BitVec 8) (h : x.toNat + y.toNat < 100) : x.toNat < 100 := by
  bv_omega

theorem au_simp_funext (f : Nat → Nat) (h : ∀ x, f x = 0) : f = fun _ => 0 := by
  funext x
  simp [h]

theorem au_grind_pattern_match (n : Nat) (h : n ≤ 3) (h₀ : n ≠ 0) (h₂ : n ≠ 2) : n = 1 ∨ n = 3 := by
  grind

theorem au_and_then_chain (a b c : Nat) (h : a < b) (hc : c = b) : a < c ∧ a ≤ c ∧ a ≠ c := by
  refine ⟨?_, ?_, ?_⟩ <;> omega

theorem au_simp_using_local (α : Type) (op : α → α → α) (comm : ∀ a b, op a b = op b a) (e : α)
    (unit : ∀ a, op e a = a) (x : α) : op x e = x := by
  simp [comm x e, unit]

theorem au_grind_comm (α : Type) (op : α → α → α) (assoc : ∀ a b c, op (op a b) c = op a (op b c))
    (a b c d : α) : op (op (op a b) c) d = op a (op b (op c d)) := by
  grind
