/-!
Statements that hold more than plain formulas: `match` and `if` and `let` inside the statement, `do`-blocks over
`Option`, lambdas with patterns, string and character literals, list and array literals, anonymous constructors,
structure instances, existentials with computed witnesses, decidable finite quantifiers.
-/

theorem ms_match_total (n : Nat) : (match n with | 0 => true | _ + 1 => false) = decide (n = 0) := by
  cases n with
  | zero => rfl
  | succ n => simp

theorem ms_match_option (o : Option Nat) :
    (match o with
     | none => 0
     | some x => x) = o.getD 0 := by
  cases o <;> rfl

theorem ms_match_pair (x : Nat × Nat) : (match x with | (a, b) => a + b) = x.1 + x.2 := by
  obtain ⟨a, b⟩ := x
  rfl

theorem ms_match_two_discriminants (a b : Bool) :
    (match a, b with
     | true, true => true
     | _, _ => false) = (a && b) := by
  cases a <;> cases b <;> rfl

theorem ms_match_prop (o : Option Nat) (h : match o with | none => False | some n => n > 3) : ∃ n, o = some n ∧ 3 < n := by
  match o, h with
  | some n, h => exact ⟨n, rfl, h⟩

theorem ms_match_nested (x : Option (Nat × Option Nat)) :
    (match x with
     | some (_, some k) => k
     | some (n, none) => n
     | none => 0) = (match x with
     | none => 0
     | some p => p.2.getD p.1) := by
  rcases x with _ | ⟨n, _ | k⟩
  · rfl
  · rfl
  · rfl

theorem ms_match_list (xs : List Nat) :
    (match xs with | [] => 0 | [x] => x | x :: _ :: _ => x) = xs.headD 0 := by
  match xs with
  | [] => rfl
  | [_] => rfl
  | _ :: _ :: _ => rfl

theorem ms_match_with_hypothesis (n : Nat) :
    (match h : n with
     | 0 => 0
     | k + 1 => (⟨k, by rw [h]; exact Nat.lt_succ_self k⟩ : Fin n).val) ≤ n := by
  cases n with
  | zero => exact Nat.le_refl 0
  | succ k => exact Nat.le_succ k

theorem ms_match_overlap (n : Nat) : (match n with | 0 | 1 => 1 | m + 2 => m + 1) ≥ 1 := by
  match n with
  | 0 => exact Nat.le_refl 1
  | 1 => exact Nat.le_refl 1
  | m + 2 => exact Nat.succ_le_succ (Nat.zero_le m)

theorem ms_match_literal (n : Nat) (h : n = 42) : (match n with | 42 => "answer" | _ => "question") = "answer" := by
  subst h
  rfl

theorem ms_match_char (c : Char) : (match c with | 'a' => 1 | 'b' => 2 | _ => 0) < 3 := by
  split <;> decide

theorem ms_match_string : (match "abc" with | "abc" => true | _ => false) = true := rfl

theorem ms_match_implies (a b : Bool) : (match a with | true => b = true | false => True) ↔ (a = true → b = true) := by
  cases a with
  | true => exact ⟨fun h _ => h, fun h => h rfl⟩
  | false => exact ⟨fun _ h => (nomatch h), fun _ => trivial⟩

theorem ms_fun_match : (fun | 0 => 1 | n + 1 => n : Nat → Nat) 5 = 4 := rfl

theorem ms_fun_pair : (fun (a, b) => a * b : Nat × Nat → Nat) (3, 4) = 12 := rfl

theorem ms_fun_anonymous (p : Nat → Prop) (f : { n // p n } → Nat) (h : { n // p n }) : f h = (fun ⟨n, hn⟩ => f ⟨n, hn⟩) h := rfl

theorem ms_let_in_statement (n : Nat) : let m := n * 2; let k := m + 1; k % 2 = 1 := by
  intro m k
  omega

theorem ms_let_pattern (p : Nat × Nat) : (let (a, b) := p; a + b) = (let ⟨x, y⟩ := p; y + x) := by
  cases p
  exact Nat.add_comm _ _

theorem ms_have_in_statement (n : Nat) (h : 0 < n) : (have : n ≠ 0 := Nat.ne_of_gt h; n / n) = 1 := Nat.div_self h

theorem ms_if_prop (a b : Nat) : (if a ≤ b then a else b) = min a b := rfl

theorem ms_if_let (o : Option Nat) : (if let some n := o then n + 1 else 0) = (o.map (· + 1)).getD 0 := by
  cases o with
  | none => rfl
  | some n => rfl

theorem ms_dependent_if (xs : List Nat) : (if h : 0 < xs.length then xs[0] else 7) = xs.headD 7 := by
  cases xs with
  | nil => rfl
  | cons x xs => simp

theorem ms_nested_if (x : Int) : (if x < 0 then -x else if x = 0 then 0 else x) = (x.natAbs : Int) := by
  split
  · omega
  · split <;> omega

theorem ms_do_some : (do let x ← some 3; let y ← some 4; pure (x + y)) = some 7 := rfl

theorem ms_do_none (f : Nat → Nat) : (do let x ← (none : Option Nat); return f x) = none := rfl

theorem ms_do_lines (o : Option Nat) : (do
    let x ← o
    let y := x + 1
    return y * 2) = o.map fun x => (x + 1) * 2 := by
  cases o <;> rfl

theorem ms_do_guard (n : Nat) (h : 3 < n) : (do guard (3 < n); pure n : Option Nat) = some n := by
  simp [guard, h]

theorem ms_do_match (o : Option (Nat × Nat)) : (do let (a, b) ← o; some (b, a)) = o.map Prod.swap := by
  rcases o with _ | ⟨a, b⟩ <;> rfl

theorem ms_do_orElse (o : Option Nat) : (o <|> none) = o := by
  cases o <;> rfl

theorem ms_do_if (o : Option Nat) : (do
    let x ← o
    if x = 0 then none else return x) = o.filter (· ≠ 0) := by
  cases o with
  | none => rfl
  | some x => by_cases h : x = 0 <;> simp [h, Option.filter]

theorem ms_id_do : (Id.run do let mut s := 0; s := s + 5; return s * 2) = 10 := rfl

theorem ms_functor_ops (f : Nat → Nat) (o : Option Nat) : f <$> o = (o >>= fun x => some (f x)) := by
  cases o with
  | none => rfl
  | some _ => rfl

theorem ms_seq_ops : (some (· + 2) <*> some 3) = some 5 ∧ (some 1 *> some 2) = some 2 ∧ (some 1 <* some 'x') = some 1 :=
  ⟨rfl, rfl, rfl⟩

theorem ms_string_append : "foo" ++ "bar" = "foobar" := by decide

theorem ms_string_length : "λx".length = 2 := by decide

theorem ms_string_order : ("abc" : String) ≠ "abd" := by decide

theorem ms_string_escape : "tab\t".toList = ['t', 'a', 'b', '\t'] := by decide

theorem ms_string_hex : "\x41" = "A" ∧ "\u03bb" = "λ" := by decide

theorem ms_char_value : 'a'.toNat = 97 ∧ '\n'.toNat = 10 ∧ '0'.isDigit = true := by decide

theorem ms_char_order : 'a' < 'b' ∧ 'Z' < 'a' := by decide

theorem ms_char_upper : 'q'.toUpper = 'Q' ∧ ('q'.isUpper || 'Q'.isUpper) = true := by decide

theorem ms_list_literal : [1, 2, 3] ++ [4] = [1, 2, 3, 4] ∧ [1, 2, 3].reverse = [3, 2, 1] := ⟨rfl, rfl⟩

theorem ms_array_literal : #[1, 2, 3].size = 3 ∧ #[1, 2, 3].toList = [1, 2, 3] := by simp

theorem ms_range_literal : List.range 4 = [0, 1, 2, 3] := rfl

theorem ms_list_get : [10, 20, 30][1] = 20 := rfl

theorem ms_list_get_question : [10, 20][5]? = none ∧ [10, 20][1]? = some 20 := ⟨rfl, rfl⟩

theorem ms_list_slice (xs : List Nat) : xs.take 2 ++ xs.drop 2 = xs := List.take_append_drop 2 xs

theorem ms_structure_literal : ({ fst := 1, snd := 'c' } : Nat × Char) = (1, 'c') := rfl

theorem ms_structure_update (p : Nat × Nat) : { p with fst := 5 } = (5, p.2) := rfl

theorem ms_anonymous_literal : (⟨3, by decide⟩ : Fin 5) = 3 := rfl

theorem ms_projection_numbers (x : Nat × Nat × Nat) : (x.1, x.2.1, x.2.2) = x := rfl

theorem ms_exists_computed : ∃ n : Nat, n * n = 1764 ∧ n % 5 = 2 := ⟨42, by decide⟩

theorem ms_exists_list : ∃ xs : List Nat, xs.length = 3 ∧ xs.sum = 10 ∧ xs.reverse = xs :=
  ⟨[3, 4, 3], rfl, rfl, rfl⟩

theorem ms_exists_fun : ∃ f : Bool → Bool, f true = false ∧ f false = true ∧ ∀ b, f (f b) = b :=
  ⟨not, rfl, rfl, fun b => by cases b <;> rfl⟩

theorem ms_exists_pair : ∃ p : Nat × Nat, p.1 + p.2 = 10 ∧ p.1 * p.2 = 21 := ⟨(3, 7), by simp⟩

theorem ms_exists_solution : ∃ x y : Int, 5 * x + 7 * y = 1 := ⟨3, -2, rfl⟩

theorem ms_exists_string : ∃ s : String, s ++ s = "tartar" := ⟨"tar", by decide⟩

theorem ms_exists_prime_like : ∃ p, 10 < p ∧ p < 20 ∧ ∀ d, d < p → 1 < d → p % d ≠ 0 := by
  refine ⟨13, ?_⟩
  decide

theorem ms_exists_notation : ∃ x > 3, x < 5 ∧ x * 2 = 8 := ⟨4, by decide, by decide, rfl⟩

theorem ms_forall_in (xs : List Nat) (h : ∀ x ∈ xs, x < 5) (y : Nat) (hy : y ∈ xs) : y ≤ 4 := Nat.le_of_lt_succ (h y hy)

theorem ms_forall_lt : ∀ n < 10, n / 10 = 0 := by
  intro n hn
  exact Nat.div_eq_of_lt hn

theorem ms_fin_all : ∀ i j : Fin 4, i ≤ j ∨ j ≤ i := by decide

theorem ms_fin_forall_exists : ∀ i : Fin 6, ∃ j : Fin 6, i + j = 0 := by decide

theorem ms_fin_function_literal : (fun i : Fin 3 => i.val * 2) 2 = 4 := rfl

theorem ms_bool_xor_assoc : ∀ a b c : Bool, ((a ^^ b) ^^ c) = (a ^^ (b ^^ c)) := by decide

theorem ms_decide_in_statement (a b : Nat) : decide (a < b) = true ↔ a < b := by simp

theorem ms_coe_bool (a : Bool) (h : a) : a = true := h

theorem ms_beq_statement (a b : Nat) (h : (a == b) = true) : a = b := by simpa using h

theorem ms_show_in_statement : (show Nat from 3) + (by exact 4) = 7 := rfl

theorem ms_cdot (xs : List Nat) : xs.map (· + 1) = xs.map fun x => x + 1 := rfl

theorem ms_cdot_two : (· * · + 1) 3 4 = 13 := rfl

theorem ms_pipe_statement (xs : List Nat) : (xs |>.map (· * 2) |>.length) = xs.length := by simp

theorem ms_compose_statement (f g : Nat → Nat) (x : Nat) : (f ∘ g ∘ f) x = f (g (f x)) := rfl

theorem ms_subtype_statement (x : { n : Nat // n < 3 }) : x.val < 4 := Nat.lt_succ_of_lt x.property

theorem ms_sum_type (s : Nat ⊕ Bool) : (∃ n, s = .inl n) ∨ (∃ b, s = .inr b) := by
  rcases s with n | b
  · exact .inl ⟨n, rfl⟩
  · exact .inr ⟨b, rfl⟩

theorem ms_sigma_type (x : (n : Nat) × Fin (n + 1)) : x.2.val ≤ x.1 := Nat.le_of_lt_succ x.2.isLt

theorem ms_psigma (x : (n : Nat) ×' (n > 2)) : x.1 ≠ 0 := by
  rcases x with ⟨n, hn⟩
  exact Nat.ne_of_gt (Nat.lt_trans (by decide) hn)

theorem ms_nested_quantifiers : ∀ f : Nat → Nat, (∀ x y, x < y → f x < f y) → ∀ x, x ≤ f x := by
  intro f hf x
  induction x with
  | zero => exact Nat.zero_le _
  | succ x ih => exact Nat.lt_of_le_of_lt ih (hf x (x + 1) (Nat.lt_succ_self x))
