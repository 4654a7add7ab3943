/-!
Unusual names, comments in every place, and odd but legal layout: one-liners, deep indentation, blank lines, `by` on a
line of its own, tactic blocks in braces, words of the language inside comments and names.
-/

theorem nl_ünïcode (α β : Prop) (hα : α) (hβ : β) : α ∧ β := ⟨hα, hβ⟩

theorem nl_subscripts (x₁ x₂ x₃ : Nat) (h₁₂ : x₁ < x₂) (h₂₃ : x₂ < x₃) : x₁ < x₃ := Nat.lt_trans h₁₂ h₂₃

theorem nl_primes' (x' x'' : Nat) (h' : x' = x'') (h'' : x'' = 0) : x' = 0 := by
  rw [h', h'']

theorem nl_primes'' (a' : Nat) : a'.succ = a' + 1 := rfl

theorem «nl weird name with spaces» (p : Prop) : p → p := fun h => h

theorem «nl-dashes+and*signs» («the first» «the second» : Nat) (h : «the first» = «the second») :
    «the second» = «the first» := h.symm

theorem nl_keyword_names («theorem» «by» «fun» : Nat) (h : «theorem» = «by») (h' : «by» = «fun») : «theorem» = «fun» := by
  rw [h, h']

theorem nl_quoted.«part of a name».«end» (n : Nat) : n = n := rfl

theorem nl.dotted.name (n : Nat) : 0 ≤ n := Nat.zero_le n

theorem nl_greek (φ₁ μ σ τ : Nat) (h : φ₁ + μ = σ) (h' : σ = τ) : μ + φ₁ = τ := by
  rw [Nat.add_comm, h, h']

theorem nl_blackboard (ℓ 𝓁 : Nat) (𝒽 : ℓ = 𝓁) : 𝓁 = ℓ := 𝒽.symm

theorem nl_sorry_in_name_apology (sorry_not : Nat) : sorry_not + 0 = sorry_not := rfl

theorem nl_axiom_free (axiomatic : Prop) (unsafe_looking : axiomatic) : axiomatic := unsafe_looking

theorem nl_underscore_names (_x _y : Nat) (_h : _x = _y) : _y = _x := _h.symm

theorem nl_bang (xs : Array Nat) (h : xs.size = 0) : xs[0]! = 0 := by
  have : xs = #[] := Array.eq_empty_of_size_eq_zero h
  rw [this]
  rfl

theorem nl_question (xs : List Nat) : xs[xs.length]? = none := by
  simp

theorem nl_oneline (p q : Prop) (h : p ∧ q) : q ∧ p := by obtain ⟨hp, hq⟩ := h; constructor; exact hq; exact hp

theorem nl_oneline_cases (p q : Prop) (h : p ∨ q) : q ∨ p := by cases h with | inl h => right; exact h | inr h => left; exact h

theorem nl_oneline_induction (n : Nat) : 0 + n = n := by induction n with | zero => rfl | succ n ih => rw [← Nat.add_assoc, ih]

theorem nl_oneline_match : ∀ b : Bool, (b && true) = b | true => rfl | false => rfl

theorem nl_by_alone (a b : Nat) (h : a = b) : b = a :=
  by
    symm
    exact h

theorem nl_by_next_line (a b : Nat) (h : a = b)
    : b = a
    := by
  exact
    h.symm

theorem nl_everything_apart
    (a
     b
     :
     Nat)
    (h
     : a
       = b)
    :
    b
    =
    a
    :=
    Eq.symm
      h

theorem nl_deep_indentation (p q r : Prop) (h : p → q ∧ r) (hp : p) : r ∧ q := by
                                            have h' := h hp
                                            constructor
                                            · exact h'.2
                                            · exact h'.1

theorem nl_blank_lines (p q : Prop) (hp : p) (f : p → q) : q := by

  have hq : q := f hp


  -- done soon

  exact hq

theorem nl_braces (a b : Nat) (h : a < b) : a ≤ b ∧ a ≠ b := by {
  constructor;
  { exact Nat.le_of_lt h; };
  { exact Nat.ne_of_lt h }
}

theorem nl_semicolon_lines (x y z : Nat) : x + y + z = z + y + x := by
  rw [Nat.add_comm x y]; rw [Nat.add_comm (y + x) z];
  rw [Nat.add_assoc]

-- a comment before a theorem, with the words sorry, axiom, #eval and set_option
theorem nl_comment_before (n : Nat) : n = n := rfl

/- a block comment before a theorem := by sorry -/
theorem nl_block_before (n : Nat) : n ≤ n := Nat.le_refl n

theorem nl_comment_inside (a b : Nat) (h : a = b) : a + 1 = b + 1 := by
  -- theorem fake : False := by sorry
  rw [h] -- axiom nothing : False

theorem nl_block_inside (a b : Nat) (h : a = b) : /- here -/ a + 1 /- there -/ = /- everywhere -/ b + 1 := by
  /- end of story -/ rw /- really -/ [h /- forward -/]

theorem nl_nested_comment (p : Prop) (h : p) : p := by
  /- outer /- inner /- innermost -/ by sorry -/ still a comment -/
  exact h

theorem nl_comment_with_quotes (p : Prop) (h : p) : p := by
  -- "unbalanced quote, an open «bracket, and (parenthesis
  exact h /- "another -/

theorem nl_comment_dashes (n : Nat) : n + 0 = n := by -- -- --- /- not opened
  rfl

theorem nl_comment_slash (n : Nat) : n * 1 = n := by
  /-/ still open: the dash that opens does not close
  -/
  exact Nat.mul_one n

theorem nl_comment_at_end (n : Nat) : n < n + 1 := Nat.lt_succ_self n -- the end
/- and a comment after it -/

theorem nl_comment_unicode (n : Nat) : n = n := by
  -- ∀ ε > 0, ∃ δ > 0 … „Anführungszeichen“, 定理, доказательство, 🎉
  rfl

theorem nl_comment_between_args (a b c : Nat) (h : a = b) -- first equation
    (h' : b = c) -- second equation
    : a = c := -- by transitivity
  h.trans -- first
    h' -- second

theorem nl_comment_between_alternatives : ∀ b : Bool, (b || b) = b
  -- true comes first
  | true => rfl
  /- false comes second -/
  | false => rfl -- and that is all

theorem nl_todo_comment (n : Nat) : n ∣ n * n := by
  -- TODO: replace sorry by a proof; FIXME admit; stop
  exact Nat.dvd_mul_right n n

theorem nl_string_comment : "-- not a comment".length = 16 ∧ "/- nor this -/" ≠ "" := by
  constructor
  · decide
  · decide

theorem nl_string_keywords : "sorry" ≠ "axiom" ∧ "theorem x : False := by sorry" ≠ "by" := by decide

theorem nl_char_quote : '"' ≠ '\'' ∧ '-' ≠ '/' := by decide

theorem nl_raw_string : r"\n" = "\\n" := by decide

theorem nl_raw_string_hash : r#"say "hi""# = "say \"hi\"" := by decide

theorem nl_string_gap : "ab\
    cd" = "abcd" := rfl

theorem nl_operators_tight (a b c:Nat)(h:a=b)(h':b=c):a=c:=by rw[h,h']

theorem nl_operators_loose ( a   b : Nat )  ( h : a  =  b ) : b   =   a   :=   ( h  ▸  rfl )

theorem nl_lambda_symbol (p : Prop) : p → p := λ h => h

theorem nl_arrow_forms (p q r : Prop) : (p -> q) → (q → r) -> p → r := fun f g h ↦ g (f h)

theorem nl_ascii_forms (p q : Prop) : p /\ q <-> q /\ p :=
  Iff.intro (fun h => And.intro h.right h.left) (fun h => And.intro h.right h.left)

theorem nl_ascii_quantifiers (p : Nat → Prop) (h : forall n, p n) : exists n, p n := Exists.intro 0 (h 0)

theorem nl_ascii_or_not (p : Prop) (h : Not p \/ p) (hn : Not (Not p)) : p :=
  match h with
  | Or.inl k => absurd k hn
  | Or.inr k => k

theorem nl_ascii_relations (a b : Nat) (h : a <= b) (h' : b >= a) (hn : a != b) : a < b := by
  simp at hn
  omega

theorem nl_focus_dot_ascii (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor; . exact hp
  . exact hq

theorem nl_parenthesised : (((((1 : Nat)))) = (1)) := (((rfl)))

theorem nl_numerals : 0xff = 255 ∧ 0b101 = 5 ∧ 0o17 = 15 ∧ 1_000_000 = 1000000 := by decide

theorem nl_scientific : (1.5 : Rat) = 3 / 2 ∧ (2e1 : Rat) = 20 := by
  constructor <;> grind

theorem nl_long_line (a b c d e f g h : Nat) (h₁ : a ≤ b) (h₂ : b ≤ c) (h₃ : c ≤ d) (h₄ : d ≤ e) (h₅ : e ≤ f) (h₆ : f ≤ g) (h₇ : g ≤ h) : a ≤ h := Nat.le_trans h₁ (Nat.le_trans h₂ (Nat.le_trans h₃ (Nat.le_trans h₄ (Nat.le_trans h₅ (Nat.le_trans h₆ h₇)))))

theorem nl_shadowing (n : Nat) (h : n = 1) : ∃ n, n = 2 := by
  have n := 2
  have h : 2 = 2 := rfl
  exact ⟨2, h⟩

theorem nl_shadowed_binder (h : ∀ h : Nat, h = h) : (fun h : Nat => h) 3 = 3 := h 3

theorem nl_inaccessible (p q : Prop) : p → q → p := by
  intros
  rename_i hp _
  exact ‹p›

theorem nl_this_and_that (p q : Prop) (this : p) (that : p → q) : q := that this

theorem nl_same_line_alternatives (a b : Bool) : (a && b) = true → a = true := match a, b with | true, _ => fun _ => rfl | false, _ => fun h => h

theorem nl_pipe_right_chain (p q r : Prop) (h : p ∧ q ∧ r) : r ∧ p :=
  h
    |>.right
    |>.right
    |> fun hr => ⟨hr, h.left⟩

theorem nl_dollar_chain (p q r : Prop) (f : p → q) (g : q → r) (h : p) : r := id $ g $ id <| f <| h

theorem nl_dot_calls (a b c : Nat) (h : a = b) (h' : b = c) : c = a := (h.trans h').symm

theorem nl_dot_ident (p q : Prop) (hp : p) : p ∨ q ∨ False := .inl hp

theorem nl_explicit_universe : @id.{1} Nat 3 = 3 := rfl

theorem nl_root_names (a b : Nat) : _root_.Nat.add a b = b + a := _root_.Nat.add_comm a b

theorem nl_open_term (a b : Nat) (h : a ≤ b) : a < b + 1 := open Nat in lt_succ_of_le h

theorem nl_open_tactic (xs : List Nat) : (xs ++ []).length = xs.length := by
  open List in
  rw [append_nil]

theorem nl_open_only (a b : Nat) : min a b ≤ a := by
  open Nat (min_le_left) in exact min_le_left a b

theorem nl_open_renaming (a b : Nat) : a ≤ max a b :=
  open Nat renaming le_max_left → leLeft in leLeft a b

theorem nl_open_hiding (a b : Nat) (h : a < b) : a ≤ b := open Nat hiding le_of_lt in Nat.le_of_lt h

theorem nl_open_two (a b c : Nat) : a + b + c = c + b + a := by
  open Nat List in
    rw [Nat.add_comm a b, Nat.add_comm (b + a) c, ← Nat.add_assoc]

theorem nl_open_scoped (p q : Prop) (h : ¬(p ∧ q)) : ¬p ∨ ¬q := by
  open scoped Classical in
  by_cases hp : p
  · exact .inr fun hq => h ⟨hp, hq⟩
  · exact .inl hp

theorem nl_open_in_statement : open Nat in ∀ n : Nat, succ n = n + 1 := fun _ => rfl

theorem nl_tabs_free_alignment (a b c : Nat) (h : a = b)
                               (k : b = c) : a = c := by
  calc a = b := h
       _ = c := k

theorem nl_last_line_comment (p : Prop) : p → p := by
  intro h
  exact h
  -- nothing more to do
  /- really
     nothing -/
