module
public import Lean.Elab.Frontend
public import Lean.Data.Json
public meta import Lean.Elab.Frontend
public meta import Lean.Data.Json

/-!
# The checker

A long-lived process: one JSON request a line on standard input, one answer a line on standard output,
marked with a nonce that the first line of input sets. It holds one immutable environment (imports and a
trusted header); every check works on that environment and its result is dropped.

A proof counts only through its term:
1. the statement is parsed and elaborated alone, with pinned options; its type is the only goal there is;
2. the proof is parsed by Lean's parser and every syntax kind in it must be on the allowlist;
3. it is elaborated against the trusted type, on the trusted environment: as a term, or, if it declares something
   of its own (`where`, `let rec`, recursion), as the body of a theorem of that statement;
4. the constants it reaches are walked: no axiom but the three, no forbidden constant, nothing unsafe;
5. the kernel checks the new declarations and the theorem again, on the clean environment. It is the only one to do
   so: the elaborator is told to leave that out, except where a proof asks the kernel for a decision.

Why it is written so plainly: the embedded Lean has only the exported level of its library, without compiled
specialisations, and finds no code for closures of this file. Hence recursion over lists where one would take
`for`, `mapM` or `toJson`, no local functions, and `@[inline]` wherever an action is passed as an argument.
-/

-- Everything here is run by Lean's interpreter out of the compiled file, which holds code for public `meta`
-- definitions only, and none for closed terms that the compiler would split off.
set_option compiler.extract_closed false

public meta section

open Lean Elab Parser

namespace Stp

/-- Raised with every change that could change a verdict; part of the environment id. -/
def checkerVersion : String := "5"

/-- The only axioms a proof may rest on. -/
def allowedAxioms : List Name := [``propext, ``Classical.choice, ``Quot.sound]

/-- Constants through which the compiler, not the kernel, would vouch for a proof, or a hole would pass. -/
def neverConstants : List Name :=
  [``sorryAx, ``Lean.reduceBool, ``Lean.reduceNat, ``Lean.ofReduceBool, ``Lean.ofReduceNat,
   `Lean.trustCompiler, ``lcProof, ``lcUnreachable]

/-- The name under which the kernel checks the theorem; no parser produces it. -/
def targetName : Name := .mkSimple "stp target"

/-! ## Lists (the embedded Lean cannot run the library's higher-order ones) -/

def memName (n : Name) : List Name → Bool
  | [] => false
  | m :: rest => m == n || memName n rest

/-- The array's elements in front of `acc`, the last one first. -/
partial def arrayOnto (a : Array Name) (i : Nat) (acc : List Name) : List Name :=
  if h : i < a.size then arrayOnto a (i + 1) (a[i] :: acc) else acc

def constantsOf (e : Expr) : List Name := arrayOnto e.getUsedConstants 0 []

def allAmong (names : List Name) : List Name → Bool
  | [] => true
  | n :: rest => memName n names && allAmong names rest

def countNames : List Name → Nat
  | [] => 0
  | _ :: rest => countNames rest + 1

/-- The first list, reversed, in front of the second. -/
def namesOnto : List Name → List Name → List Name
  | [], l => l
  | n :: rest, l => namesOnto rest (n :: l)

/-- Names as plain dotted text, without escapes. -/
def nameText : Name → String
  | .anonymous => ""
  | .str .anonymous s => s
  | .num .anonymous n => toString n
  | .str p s => nameText p ++ "." ++ s
  | .num p n => nameText p ++ "." ++ toString n

def inputOf (text : String) : InputContext :=
  { inputString := text, fileName := "<input>", fileMap := FileMap.ofString text, endPos := text.rawEndPos,
    endPos_valid := by simp }

def stringsJsonFrom (l : List Name) (acc : Array Json) : Array Json :=
  match l with
  | [] => acc
  | n :: rest => stringsJsonFrom rest (acc.push (Json.str (nameText n)))

def namesJson (l : List Name) : Json := Json.arr (stringsJsonFrom l #[])

/-! ## Limits and faults -/

structure Limits where
  heartbeats : Nat := 200000
  recDepth : Nat := 512
  /-- Leave out the text of errors: printing a failed goal can take longer than the failing. -/
  brief : Bool := false

inductive Fault where
  | message (text : String)
  | timeout
  | deepRecursion

def faultOf (limits : Limits) (ex : Exception) : IO Fault := do
  if ex.isMaxHeartbeat then return .timeout
  if ex.isMaxRecDepth then return .deepRecursion
  if limits.brief then return .message ""
  return .message (← ex.toMessageData.toString)

/-- The first error among messages. A limit that was reached is told by its kind, not by its text. -/
def firstFault (limits : Limits) : List Message → IO (Option Fault)
  | [] => return none
  | m :: rest =>
    match m.severity with
    | .error =>
      match m.data.kind with
      | `runtime.maxHeartbeats => return some .timeout
      | `runtime.maxRecDepth => return some .deepRecursion
      | _ => do
        if limits.brief then return some (.message "")
        return some (.message (← m.data.toString))
    | _ => firstFault limits rest

def faultText : Fault → String
  | .message t => t
  | .timeout => "out of heartbeats"
  | .deepRecursion => "maximum recursion depth"

/-! ## The environment -/

/-- What is known of the library's constants: those looked at, and which of them rest on which axiom. One for each
header's environment, which never changes. -/
structure Memo where
  done : NameSet := {}
  propext : NameSet := {}
  choice : NameSet := {}
  quot : NameSet := {}
  /-- on an axiom that is not allowed -/
  other : NameSet := {}

/-- The trusted environment with the scope (open namespaces, options) that its header left. -/
structure Base where
  env : Environment
  /-- The header's environment as it was left, and what is known of it. -/
  root : Environment
  memo : IO.Ref Memo
  ns : Name
  openDecls : List OpenDecl
  opts : Options
  levelNames : List Name
  headerKinds : List Name
  /-- Binders of the `variable`s that the header declares. -/
  vars : Array Syntax := #[]

/-- The kinds that are not in `before`, in front of `acc`. -/
def kindsMinus (before : NameSet) (acc : List Name) : List Name → List Name
  | [] => acc
  | k :: rest => kindsMinus before (if before.contains k then acc else k :: acc) rest

def namesIn (l : List Name) (acc : NameSet) : NameSet :=
  match l with
  | [] => acc
  | n :: rest => namesIn rest (acc.insert n)

/-- Options every statement is read under, before the header. -/
def pinned : String :=
  "set_option autoImplicit false\nset_option relaxedAutoImplicit false\nset_option Elab.async false\n"

partial def rawBinders (binders : Array (TSyntax ``Term.bracketedBinder)) (i : Nat) (acc : Array Syntax) : Array Syntax :=
  if h : i < binders.size then rawBinders binders (i + 1) (acc.push binders[i].raw) else acc

/-- Elaborate the trusted header on `env`. -/
def elabHeader (env : Environment) (header : String) : IO (Except String Base) := do
  let ictx := inputOf (pinned ++ header)
  let state ← IO.processCommands ictx {} (Command.mkState env)
  let cmd := state.commandState
  if let some f ← firstFault {} cmd.messages.toList then return .error (faultText f)
  match cmd.scopes with
  | scope :: _ =>
    match scope.includedVars, scope.omittedVars with
    | [], [] => pure ()
    | _, _ => return .error "a header must not `include` or `omit` variables"
    let kinds := kindsMinus (namesIn (getSyntaxNodeKinds env) {}) [] (getSyntaxNodeKinds cmd.env)
    let memo ← IO.mkRef ({} : Memo)
    return .ok { env := cmd.env, root := cmd.env, memo, ns := scope.currNamespace, openDecls := scope.openDecls, opts := scope.opts,
                 levelNames := scope.levelNames, headerKinds := kinds, vars := rawBinders scope.varDecls 0 #[] }
  | [] => return .error "a header must not close what it has not opened"

/-! ## Parsing -/

/-- Run one of Lean's own parsers at the state's position, unless something before it failed. -/
def parseStep (b : Base) (ictx : InputContext) (p : ParserFn) (s : ParserState) : ParserState :=
  match s.errorMsg with
  | some _ => s
  | none =>
    let pmctx : ParserModuleContext :=
      { env := b.env, options := b.opts, currNamespace := b.ns, openDecls := b.openDecls }
    p.run ictx pmctx (getTokenTable b.env) s

/-- What the parsers left on the stack, if they took all of the input; else Lean's own error. -/
def parsed (ictx : InputContext) (s : ParserState) : Except String SyntaxStack :=
  match s.errorMsg with
  | some _ => .error (s.toErrorMsg ictx)
  | none =>
    if ictx.atEnd s.pos then .ok s.stxStack
    else .error ((s.mkError "end of input").toErrorMsg ictx)

/-- `theorem name.{u} binders : type`: the name with its universes, and the signature. -/
def parseHead (b : Base) (head : String) : Except String (Syntax × Syntax) :=
  let ictx := inputOf head
  let s := parseStep b ictx whitespace (mkParserState head)
  let keyword := parseStep b ictx (symbol "theorem").fn s
  let s := match keyword.errorMsg with
    | some _ => parseStep b ictx (nonReservedSymbol "lemma").fn s
    | none => keyword
  let s := parseStep b ictx Command.declId.fn s
  let s := parseStep b ictx Command.declSig.fn s
  match parsed ictx s with
  | .error e => .error e
  | .ok stack => .ok (stack.get! 1, stack.get! 2)

/-- A proof: what stands behind a theorem's `:=`, or the equations (`| …`) or fields (`where …`) in its place. -/
inductive ProofSyntax where
  | value (body suffix decls : Syntax)
  | other (declVal : Syntax)

def otherProof (ictx : InputContext) (s : ParserState) : Except String ProofSyntax :=
  match parsed ictx s with
  | .error e => .error e
  | .ok stack => .ok (.other stack.back)

def parseProof (b : Base) (text : String) : Except String ProofSyntax :=
  let ictx := inputOf text
  let start := parseStep b ictx whitespace (mkParserState text)
  let equations := (parseStep b ictx (symbol "|").fn start).errorMsg.isNone
  let fields := (parseStep b ictx (symbol "where").fn start).errorMsg.isNone
  if equations then otherProof ictx (parseStep b ictx Command.declValEqns.fn start)
  else if fields then otherProof ictx (parseStep b ictx Command.whereStructInst.fn start)
  else
    let s := parseStep b ictx (categoryParser `term 0).fn start
    let s := parseStep b ictx Termination.suffix.fn s
    let s := parseStep b ictx (optional Term.whereDecls).fn s
    match parsed ictx s with
    | .error e => .error e
    | .ok stack => .ok (.value (stack.get! 0) (stack.get! 1) (stack.get! 2))

def ProofSyntax.parts : ProofSyntax → Array Syntax
  | .value body suffix decls => #[body, suffix, decls]
  | .other declVal => #[declVal]

/-- The proof as the part of a declaration behind its head. -/
def ProofSyntax.declVal : ProofSyntax → Syntax
  | .value body suffix decls => mkNode ``Command.declValSimple #[mkAtom ":=", body, suffix, decls]
  | .other declVal => declVal

/-! ## The allowlist of syntax -/

/-- `exact` names are admitted; a name below one of `below` too, unless it is in `never`. `exact` and `never`
hold whole dotted texts as simple names, since parts of a kind's name may hold dots themselves. -/
structure Allowed where
  exact : NameSet
  below : List Name
  never : NameSet
  /-- Kinds that a whole file may hold besides: commands, and what they are made of. -/
  commands : NameSet
  files : Bool := false

def isBelow (k : Name) : List Name → Bool
  | [] => false
  | p :: rest => p.isPrefixOf k || isBelow k rest

def Allowed.admits (a : Allowed) (b : Base) (k : Name) : Bool :=
  let text := Name.mkSimple (nameText k)
  !a.never.contains text && (a.exact.contains text || memName k b.headerKinds || isBelow k a.below
    || (a.files && a.commands.contains text))

/-- All that the value of a tactic's option `(name := value)` may be made of. Lean *runs* that value to read it, as
unsafe code, so that anything that computes could do anything: write another answer, for one. -/
def plainKinds : List Name :=
  [`null, `num, `str, `choice, ``Term.structInst, ``Term.structInstFields, ``Term.structInstField, ``Term.structInstFieldDef,
   ``Term.structInstLVal, ``Term.optEllipsis, ``Term.dotIdent, ``Tactic.valConfigItem, ``Tactic.posConfigItem,
   `«term{}», `«term[_]»]

/-- `.pos [1]` or `.neg [1]`: the one application among the values that people write. -/
def isOccurrences (args : Array Syntax) : Bool :=
  if h : 0 < args.size then
    args[0].getKind == ``Term.dotIdent && (args[0][1].getId == `pos || args[0][1].getId == `neg)
  else false

/-- `native`, among the parts of a field's or a constructor's name. -/
partial def nativeIn (args : Array Syntax) (i : Nat) : Option Name :=
  if h : i < args.size then
    match args[i] with
    | .ident _ _ `native _ => some `native
    | .node _ `null #[] => nativeIn args (i + 1)
    | .ident .. => nativeIn args (i + 1)
    | .atom .. => nativeIn args (i + 1)
    | stx => some stx.getKind
  else none

/-- Constructors that options of core tactics have for values. -/
def optionConstructors : List Name :=
  [`all, `default, `reducible, `instances, `none, `pos, `neg, `nonDependentFirst, `nonDependentOnly, `notClasses]

/-- The name behind the dot, unless it is one of those: `.x` may stand for any constant in the namespace of its type. -/
def foreignConstructor (args : Array Syntax) : Option Name :=
  if h : 1 < args.size then
    match args[1] with
    | .ident _ _ n _ => if memName n optionConstructors then Option.none else some n
    | stx => some stx.getKind
  else some ``Term.dotIdent

mutual
/-- The first kind in a tactic's option that is more than a plain value. `native` is none either: it runs code. -/
partial def computedKind : Syntax → Option Name
  | .node _ k args =>
    if k == ``Term.structInstLVal then nativeIn args 0  -- a field's name
    else if k == ``Term.dotIdent then foreignConstructor args
    else if memName k plainKinds || (k == ``Term.app && isOccurrences args) then
      computedIn args (if k == ``Term.app then 1 else 0)
    else some k
  | .ident _ _ `true _ => none
  | .ident _ _ `false _ => none
  -- any other name may stand for something that computes
  | .ident _ _ n _ => some n
  | _ => none
partial def computedIn (args : Array Syntax) (i : Nat) : Option Name :=
  if h : i < args.size then
    match computedKind args[i] with
    | some k => some k
    | none => computedIn args (i + 1)
  else none
end

/-- Why a tactic's option is refused, if it is one. -/
def refusedOption (k : Name) (args : Array Syntax) : Option Name :=
  if k == ``Tactic.posConfigItem then nativeIn args 0
  -- `(name := value)`: the name, and the value
  else if k == ``Tactic.valConfigItem then
    match nativeIn #[args[1]!] 0 with
    | some n => some n
    | none => computedIn #[args[3]!] 0
  else none

/-- Last parts of names that no statement and no proof has reason to write: through them the elaborator or the kernel
would run compiled code, or elaborate syntax that was built and not parsed. -/
def runningNames : List Name :=
  [`reduceBool, `reduceNat, `ofReduceBool, `ofReduceNat, `trustCompiler, `autoParam, `implemented_by, `evalConst]

/-- Parts of names that carry Lean's own marks of hygiene: Lean reads a name without them, so that it would not be the
one that was looked at. -/
def hygieneParts : List Name := [.mkSimple "_hyg", .mkSimple "_@", .mkSimple "_hygCtx"]

/-- Whether any part of the name is one of those: what follows may be a field of what stands before it. -/
def isRunningName : Name → Bool
  | .str p part => memName (.mkSimple part) runningNames || memName (.mkSimple part) hygieneParts || isRunningName p
  | .num p _ => isRunningName p
  | .anonymous => false

mutual
/-- The first syntax kind that is not admitted. -/
partial def refusedKind (a : Allowed) (b : Base) : Syntax → Option Name
  | .node _ k args =>
    if a.admits b k then
      match refusedOption k args with
      | some k => some k
      | none => refusedIn a b args 0
    else some k
  | .missing => some `missing
  | .ident _ _ n _ => if isRunningName n then some n else none
  | _ => none
partial def refusedIn (a : Allowed) (b : Base) (args : Array Syntax) (i : Nat) : Option Name :=
  if h : i < args.size then
    match refusedKind a b args[i] with
    | some k => some k
    | none => refusedIn a b args (i + 1)
  else none
end

/-- What only a declaration can hold. -/
def declaringKinds : List Name :=
  [``Term.letrec, ``Tactic.letrec, ``Term.whereDecls, ``Termination.terminationBy, ``Termination.decreasingBy]

mutual
/-- Whether the syntax holds one of `declaringKinds`. -/
partial def declares : Syntax → Bool
  | .node _ k args => memName k declaringKinds || declaresIn args 0
  | _ => false
partial def declaresIn (args : Array Syntax) (i : Nat) : Bool :=
  if h : i < args.size then declares args[i] || declaresIn args (i + 1) else false
end

mutual
/-- Identifiers that occur in the syntax. -/
partial def identsOf (acc : List Name) : Syntax → List Name
  | .node _ _ args => identsIn acc args 0
  | .ident _ _ n _ => if memName n acc then acc else n :: acc
  | _ => acc
partial def identsIn (acc : List Name) (args : Array Syntax) (i : Nat) : List Name :=
  if h : i < args.size then identsIn (identsOf acc args[i]) args (i + 1) else acc
end

/-! ## Statements -/

/-- A statement, elaborated apart from any proof. -/
structure Goal where
  name : Name
  /-- Its syntax, for a proof that must be read as the body of a declaration. -/
  declId : Syntax
  sig : Syntax
  /-- Where proofs are elaborated: the header's environment with what the statement itself declares (the auxiliary
  definition of a `match`, say). -/
  base : Base
  /-- The clean environment for the kernel: the header's, with those declarations as the kernel checked them. -/
  clean : Environment
  /-- Namespace in which the proof is read: that of the header, extended by the name's own prefix. -/
  ns : Name
  type : Expr
  levels : List Name
  binders : Nat
  /-- Library constants that it names. -/
  constants : List Name
  /-- Byte offset in the head's text at which what follows the name begins. -/
  rest : Nat

def nameOfDeclId (declId : Syntax) : Name := declId[0].getId

partial def levelNamesFrom (args : Array Syntax) (i : Nat) : List Name :=
  if h : i < args.size then
    match args[i] with
    | .ident _ _ n _ => n :: levelNamesFrom args (i + 1)
    | _ => levelNamesFrom args (i + 1)
  else []

/-- Universe names of `name.{u, v}`. -/
def levelsOfDeclId (declId : Syntax) : List Name :=
  if declId[1].getNumArgs == 0 then [] else levelNamesFrom declId[1][1].getArgs 0

def hasDuplicate : List Name → Bool
  | [] => false
  | n :: rest => memName n rest || hasDuplicate rest

partial def bindersFrom (args : Array Syntax) (i : Nat) : Nat :=
  if h : i < args.size then
    let k := args[i].getKind
    let here :=
      if k == ``Term.explicitBinder || k == ``Term.implicitBinder || k == ``Term.strictImplicitBinder then
        args[i][1].getNumArgs
      else 1
    here + bindersFrom args (i + 1)
  else 0

/-- `∀ binders, type`, as one term (`Term.elabBinders` cannot be run from here in the embedded Lean). -/
def closed (binders type : Syntax) : Syntax :=
  if binders.getNumArgs == 0 then type
  else mkNode ``Term.forall #[mkAtom "∀", binders, mkNullNode, mkAtom ",", type]

/-- `instantiateMVars`, for this monad alone. -/
@[inline] def instantiated (e : Expr) : MetaM Expr := fun _ ref => do
  let state ← ref.get
  let (e, mctx) := instantiateMVarsCore state.mctx e
  ref.set { state with mctx := mctx }
  return e

def memLMVar (m : LMVarId) : List LMVarId → Bool
  | [] => false
  | k :: rest => k.name == m.name || memLMVar m rest

def lmvarsOnto : List LMVarId → List LMVarId → List LMVarId
  | [], l => l
  | m :: rest, l => lmvarsOnto rest (m :: l)

def lookupLevel (m : LMVarId) : List (LMVarId × Level) → Level
  | [] => .mvar m
  | (k, l) :: rest => if k.name == m.name then l else lookupLevel m rest

def levelMVarsOfLevel (acc : List LMVarId) : Level → List LMVarId
  | .mvar m => if memLMVar m acc then acc else m :: acc
  | .succ l => levelMVarsOfLevel acc l
  | .max a b => levelMVarsOfLevel (levelMVarsOfLevel acc a) b
  | .imax a b => levelMVarsOfLevel (levelMVarsOfLevel acc a) b
  | _ => acc

def levelMVarsOfLevels (acc : List LMVarId) : List Level → List LMVarId
  | [] => acc
  | l :: rest => levelMVarsOfLevels (levelMVarsOfLevel acc l) rest

/-- Universes of the term that are left open, the last found first. -/
partial def levelMVars (e : Expr) (acc : List LMVarId) : List LMVarId :=
  if !e.hasLevelMVar then acc
  else match e with
    | .sort l => levelMVarsOfLevel acc l
    | .const _ ls => levelMVarsOfLevels acc ls
    | .app f a => levelMVars a (levelMVars f acc)
    | .lam _ t b _ => levelMVars b (levelMVars t acc)
    | .forallE _ t b _ => levelMVars b (levelMVars t acc)
    | .letE _ t v b _ => levelMVars b (levelMVars v (levelMVars t acc))
    | .mdata _ e => levelMVars e acc
    | .proj _ _ e => levelMVars e acc
    | _ => acc

/-- Universe parameters in the order in which they occur. -/
def levelNamesOf (e : Expr) : List Name := namesOnto (arrayOnto (collectLevelParams {} e).params 0 []) []

/-- A parameter `u_1`, `u_2`, … not in `used` for each. -/
partial def numbered (i : Nat) (used : List Name) : List LMVarId → List (LMVarId × Level)
  | [] => []
  | m :: rest =>
    let n := Name.mkSimple ("u_" ++ toString i)
    if memName n used then numbered (i + 1) used (m :: rest) else (m, Level.param n) :: numbered (i + 1) used rest

def withLevel (levels : List (LMVarId × Level)) : Level → Level
  | .mvar m => lookupLevel m levels
  | .succ l => .succ (withLevel levels l)
  | .max a b => .max (withLevel levels a) (withLevel levels b)
  | .imax a b => .imax (withLevel levels a) (withLevel levels b)
  | l => l

def withLevelList (levels : List (LMVarId × Level)) : List Level → List Level
  | [] => []
  | l :: rest => withLevel levels l :: withLevelList levels rest

/-- The term with the given universes in place of those left open. -/
partial def withLevels (levels : List (LMVarId × Level)) (e : Expr) : Expr :=
  if !e.hasLevelMVar then e
  else match e with
    | .sort l => .sort (withLevel levels l)
    | .const n ls => .const n (withLevelList levels ls)
    | .app f a => .app (withLevels levels f) (withLevels levels a)
    | .lam n t b i => .lam n (withLevels levels t) (withLevels levels b) i
    | .forallE n t b i => .forallE n (withLevels levels t) (withLevels levels b) i
    | .letE n t v b d => .letE n (withLevels levels t) (withLevels levels v) (withLevels levels b) d
    | .mdata m e => .mdata m (withLevels levels e)
    | .proj s i e => .proj s i (withLevels levels e)
    | e => e

/-- The statement's type and its universe parameters; or what is wrong with it. -/
def elabGoal (binders type : Syntax) : TermElabM (Except String (Expr × List Name)) := do
  let e ← Term.elabType (closed binders type)
  Term.synthesizeSyntheticMVarsNoPostponing
  let e ← instantiated e
  -- As for a theorem in a file, universes that nothing decides become parameters.
  let e := withLevels (numbered 1 (levelNamesOf e) (lmvarsOnto (levelMVars e []) [])) e
  if e.hasSorry then return .error "the statement contains `sorry`"
  if e.hasExprMVar then return .error "the statement has parts that Lean cannot infer"
  if e.hasLevelMVar then return .error "the statement has universe levels that Lean cannot infer"
  if !(← Meta.isProp e) then return .error "the statement is not a proposition"
  Meta.check e
  return .ok (e, levelNamesOf e)

/-! ## A canonical text for a type: equal exactly for statements that differ in names of variables only -/

def indexOf (n : Name) : List Name → Nat → Nat
  | [], i => i
  | m :: rest, i => if m == n then i else indexOf n rest (i + 1)

def levelText (params : List Name) : Level → String
  | .zero => "0"
  | .succ l => "s" ++ levelText params l
  | .max a b => "m(" ++ levelText params a ++ "," ++ levelText params b ++ ")"
  | .imax a b => "i(" ++ levelText params a ++ "," ++ levelText params b ++ ")"
  | .param n => "p" ++ toString (indexOf n params 0)
  | .mvar _ => "?"

def levelsText (params : List Name) : List Level → String
  | [] => ""
  | l :: rest => levelText params l ++ " " ++ levelsText params rest

/-- Pieces are pushed on a list, the newest first, so that the cost stays linear. A constant that `library` lacks is
one that the statement made for itself: its definition stands for its name, and what it proves for a proof. -/
partial def canonical (library env : Environment) (params : List Name) (acc : List String) : Expr → List String
  | .bvar i => s!"#{i} " :: acc
  | .sort l => s!"S{levelText params l} " :: acc
  | .const n ls =>
    if library.contains n then s!"{nameText n}.{levelsText params ls};" :: acc
    else match env.find? n with
      | some (.defnInfo v) =>
        "} " :: canonical library env params ("{D " :: acc) (v.value.instantiateLevelParams v.levelParams ls)
      | some (.thmInfo v) =>
        "} " :: canonical library env params ("{P " :: acc) (v.type.instantiateLevelParams v.levelParams ls)
      | _ => s!"{nameText n}.{levelsText params ls};" :: acc
  | .app f a => ") " :: canonical library env params (" " :: canonical library env params ("(" :: acc) f) a
  | .lam _ t b _ => "] " :: canonical library env params (canonical library env params ("[L " :: acc) t) b
  | .forallE _ t b _ => "] " :: canonical library env params (canonical library env params ("[A " :: acc) t) b
  | .letE _ t v b _ =>
    "] " :: canonical library env params
      (canonical library env params (canonical library env params ("[Z " :: acc) t) v) b
  | .lit (.natVal n) => s!"n{n} " :: acc
  | .lit (.strVal s) => s!"{s.quote} " :: acc
  | .mdata _ e => canonical library env params acc e
  | .proj s i e => ") " :: canonical library env params (s!"({nameText s}@{i} " :: acc) e
  | .fvar f => s!"f{nameText f.name} " :: acc
  | .mvar m => s!"?{nameText m.name} " :: acc

def joinReversed (l : List String) (acc : String) : String :=
  match l with
  | [] => acc
  | s :: rest => joinReversed rest (s ++ acc)

def keyOf (library env : Environment) (params : List Name) (type : Expr) : String :=
  joinReversed (canonical library env params [] type) ""

/-- `type`, with its conclusion replaced by `False`: provable exactly if its hypotheses are contradictory. -/
def vacuityOf : Expr → Expr
  | .forallE x t b bi => .forallE x t (vacuityOf b) bi
  | .mdata _ e => vacuityOf e
  | _ => mkConst ``False

/-- What a proof is to prove: the statement, `False` from its hypotheses, or its negation. -/
inductive Aim where
  | statement | vacuity | negation

def Aim.isStatement : Aim → Bool
  | .statement => true
  | _ => false

/-- The type of a proof, from the statement's. It has the same universe parameters: a negation that is proved holds at
every choice of them. -/
def Aim.typeFor (aim : Aim) (type : Expr) : Expr :=
  match aim with
  | .statement => type
  | .vacuity => vacuityOf type
  | .negation => mkApp (mkConst ``Not) type

def countBinders : Expr → Nat
  | .forallE _ _ b _ => countBinders b + 1
  | .mdata _ e => countBinders e
  | _ => 0

/-! ## Proofs -/

inductive Reason where
  | parse | syntax | error | incomplete | forbiddenAxiom | forbiddenConstant | kernel

def Reason.toString : Reason → String
  | .parse => "parse" | .syntax => "syntax" | .error => "error" | .incomplete => "incomplete"
  | .forbiddenAxiom => "forbidden_axiom" | .forbiddenConstant => "forbidden_constant" | .kernel => "kernel"

inductive Outcome where
  | proved (axioms : List Name) (theorems : List Name) (premises : List Name)
  | rejected (reason : Reason) (detail : String)
  | timeout (detail : String)

/-- A local context into which binders have been moved. -/
structure Intro where
  xs : Array Expr
  lctx : LocalContext
  instances : LocalInstances
  body : Expr

/-- The first `count` binders of `type` as local variables, under their own names; instances among them count
as instances. (`forallBoundedTelescope`, which the embedded Lean cannot run from here.) -/
partial def intros (count : Nat) (type : Expr) (xs : Array Expr) (lctx : LocalContext)
    (instances : LocalInstances) : MetaM Intro := do
  match count, type with
  | n + 1, .forallE name dom body bi =>
    let dom := dom.instantiateRev xs
    let fvarId : FVarId := { name := .num (.mkSimple "stp binder") xs.size }
    let x := mkFVar fvarId
    let class? ← fun ctx => Meta.isClass? dom { ctx with lctx := lctx, localInstances := instances }
    let instances := match class? with
      | some className => instances.push { className, fvar := x }
      | none => instances
    intros n body (xs.push x) (lctx.mkLocalDecl fvarId name dom bi) instances
  | n, .mdata _ type => intros n type xs lctx instances
  | _, _ => return { xs, lctx, instances, body := type.instantiateRev xs }

/-- The proof of `body`, abstracted over `xs`. -/
def elabBody (xs : Array Expr) (body : Expr) (proof : Syntax) : TermElabM Expr := do
  let e ← Term.elabTermEnsuringType proof (some body)
  Term.synthesizeSyntheticMVarsNoPostponing
  let e ← instantiated e
  let e ← Meta.mkLambdaFVars xs e
  instantiated e

/-- The proof's term, closed. -/
def elabProof (type : Expr) (binders : Nat) (proof : Syntax) : TermElabM Expr := do
  let i ← intros binders type #[] {} #[]
  fun tctx tst ctx =>
    elabBody i.xs i.body proof tctx tst { ctx with lctx := i.lctx, localInstances := i.instances }

def renameParams : Nat → List Name → List Level → List Name × List Level
  | _, [], acc => ([], acc)
  | i, _ :: rest, acc =>
    let u := Name.mkSimple ("u" ++ toString i)
    let (us, ls) := renameParams (i + 1) rest acc
    (u :: us, Level.param u :: ls)

def joinNames : List Name → String
  | [] => ""
  | [n] => nameText n
  | n :: rest => nameText n ++ ", " ++ joinNames rest

/-- A type as the head `theorem t.{u1} : ∀ …`, printed so that it reads back. -/
def printTheorem (levels : List Name) (type : Expr) : MetaM String := do
  let fmt ← Meta.ppExpr type
  let universes := match levels with
    | [] => ""
    | _ => ".{" ++ joinNames levels ++ "}"
  return "theorem t" ++ universes ++ " : " ++ fmt.pretty (width := 100000)

def paramLevels : List Name → List Level
  | [] => []
  | n :: rest => Level.param n :: paramLevels rest

/-- Where a theorem is declared whose proof must be a declaration: apart, so that no library constant of its name
stands in the way, and a proof that names itself finds itself first. No parser produces this name. -/
def declaringNamespace : Name := .mkSimple "stp declaration"

def noncomputableSyntax : Syntax := mkNullNode #[mkNode ``Command.noncomputable #[mkAtom "noncomputable"]]

/-- `def declId binders : …`, with what stands behind. -/
def definitionSyntax (declId binders typeSpec declVal : Syntax) : Syntax :=
  mkNode ``Command.definition
    #[mkAtom "def", declId, mkNode ``Command.optDeclSig #[binders, mkNullNode #[typeSpec]], declVal, mkNullNode]

/-- A `noncomputable def` and not a `theorem`: for that Lean would compile what it declares besides, and the code could
be run while the rest is elaborated. -/
def noncomputableDef (declId binders typeSpec declVal : Syntax) : Syntax :=
  let none := mkNullNode
  mkNode ``Command.declaration
    #[mkNode ``Command.declModifiers #[none, none, none, none, noncomputableSyntax, none, none],
      definitionSyntax declId binders typeSpec declVal]

/-- Whether an identifier may stand for the theorem itself: the theorem is then read as a declaration, in which a
proof can call itself. -/
def recurs (name : Name) : List Name → Bool
  | [] => false
  | id :: rest =>
    match name with
    | .str _ last => id.getRoot == .mkSimple last || name.isPrefixOf id || recurs name rest
    | _ => false

/-- What the elaborator is asked to do; a value, since actions cannot be passed as arguments here. -/
inductive Task where
  | goal (binders type : Syntax)
  | proof (type : Expr) (binders : Nat) (proof : Syntax)
  | print (levels : List Name) (type : Expr)

inductive Done where
  | goal (result : Except String (Expr × List Name))
  | proof (value : Expr)
  | print (head : String)

def perform : Task → TermElabM Done
  | .goal binders type => do
    let r ← elabGoal binders type
    return .goal r
  | .proof type binders stx => do
    let value ← elabProof type binders stx
    return .proof value
  | .print levels type => do
    let head ← printTheorem levels type
    return .print head

/-- The elaborator's context: errors are errors, not holes. Its field that tells which names may not become
auto-bound must be a function, for which the embedded Lean finds no code. It is only asked where auto-bound
implicits are switched on, which they never are here, and asking it would end the process: hence the cast. -/
unsafe def termContext : Term.Context :=
  { errToSorry := false, declName? := some targetName, autoBoundImplicitForbidden := unsafeCast () }

/-- Do one task on the trusted environment; its messages come back beside its result. -/
unsafe def run (b : Base) (ns : Name) (levels : List Name) (limits : Limits) (opts : Options) (task : Task) :
    IO (Except Fault Done × MessageLog × Environment) := do
  IO.setNumHeartbeats 0
  let ctx : Core.Context :=
    { fileName := "<input>", fileMap := FileMap.ofString "", options := opts, currNamespace := ns,
      openDecls := b.openDecls, maxHeartbeats := limits.heartbeats * 1000, maxRecDepth := limits.recDepth,
      initHeartbeats := 0 }
  let core ← IO.mkRef ({ env := b.env, auxDeclNGen := { namePrefix := targetName } } : Core.State)
  let metaState ← IO.mkRef ({} : Meta.State)
  let termState ← IO.mkRef ({ levelNames := levels } : Term.State)
  -- As Lean's own commands do: without these, unification that a plain file gets done is given up here.
  let metaCtx : Meta.Context :=
    { keyedConfig := Meta.Config.toConfigWithKey { foApprox := true, ctxApprox := true } }
  let result ← (perform task termContext termState metaCtx metaState ctx core).toBaseIO
  let state ← core.get
  match result with
  | .ok a => return (.ok a, state.messages, state.env)
  | .error ex => return (.error (← faultOf limits ex), state.messages, state.env)

def commandState (b : Base) (ns : Name) (limits : Limits) : Command.State :=
  let opts := (b.opts.setNat `maxHeartbeats limits.heartbeats).setNat `maxRecDepth limits.recDepth
  let scope : Command.Scope :=
    { header := "", opts, currNamespace := ns, openDecls := b.openDecls, levelNames := b.levelNames,
      isNoncomputable := true }
  { Command.mkState b.env {} opts with scopes := [scope] }

/-- What Lean's own command elaborator makes of a declaration, on the trusted environment. -/
unsafe def runCommand (b : Base) (ns : Name) (limits : Limits) (declaration : Syntax) :
    IO (Option Fault × MessageLog × Environment) := do
  IO.setNumHeartbeats 0
  let ctx : Command.Context :=
    { fileName := "<input>", fileMap := FileMap.ofString "", snap? := none, cancelTk? := none }
  let ref ← IO.mkRef (commandState b ns limits)
  let result ← (Command.elabCommand declaration ctx ref).toBaseIO
  let state ← ref.get
  match result with
  | .ok _ => return (none, state.messages, state.env)
  | .error ex => return (some (← faultOf limits ex), state.messages, state.env)

/-- What a walk over the constants that a proof reaches has found. -/
structure Walk where
  /-- The header's environment, and what is known of it. -/
  root : Environment
  memo : Memo
  /-- New declarations, each after those it needs. -/
  fresh : List Declaration := []
  seenFresh : List Name := []
  /-- Library constants that the new declarations name. -/
  named : List Name := []
  axioms : List Name := []
  theorems : List Name := []
  fault : Option (Reason × String) := none

def kindIsAxiom (env : Environment) (n : Name) : Bool :=
  match getOriginalConstKind? env n with
  | some .axiom => true
  | _ => false

def kindIsTheorem (env : Environment) (n : Name) : Bool :=
  match getOriginalConstKind? env n with
  | some .thm => true
  | _ => false

/-- Constants in the body of a library declaration; none where the body is not at hand, as for the proofs
of the embedded Lean's own library, which is then taken on trust. -/
def libraryNeeds (base : Environment) (n : Name) : List Name :=
  match base.find? n with
  | some (.thmInfo v) => constantsOf v.value
  | some (.defnInfo v) => constantsOf v.value
  | some (.opaqueInfo v) => constantsOf v.value
  | _ => []

/-- Visit constants of the library and all that they rest on, collecting axioms. -/
partial def visitLibrary (base : Environment) (seen : NameSet) (axioms : List Name) :
    List Name → NameSet × List Name
  | [] => (seen, axioms)
  | n :: rest =>
    if seen.contains n then visitLibrary base seen axioms rest
    else
      let seen := seen.insert n
      if kindIsAxiom base n then visitLibrary base seen (n :: axioms) rest
      else visitLibrary base seen axioms (namesOnto (libraryNeeds base n) rest)

/-- Note that `n` rests on what the constant `need` rests on. -/
def Memo.restsOn (m : Memo) (n need : Name) : Memo :=
  let m := if m.propext.contains need then { m with propext := m.propext.insert n } else m
  let m := if m.choice.contains need then { m with choice := m.choice.insert n } else m
  let m := if m.quot.contains need then { m with quot := m.quot.insert n } else m
  if m.other.contains need then { m with other := m.other.insert n } else m

def Memo.isAxiom (m : Memo) (n : Name) : Memo :=
  if n == ``propext then { m with propext := m.propext.insert n }
  else if n == ``Classical.choice then { m with choice := m.choice.insert n }
  else if n == ``Quot.sound then { m with quot := m.quot.insert n }
  else { m with other := m.other.insert n }

mutual
/-- Learn on which axioms a constant of the header's environment rests. -/
partial def learn (root : Environment) (m : Memo) (n : Name) : Memo :=
  if m.done.contains n then m
  else
    let m := { m with done := m.done.insert n }
    if kindIsAxiom root n then m.isAxiom n else learnFrom root m n (libraryNeeds root n)
partial def learnFrom (root : Environment) (m : Memo) (n : Name) : List Name → Memo
  | [] => m
  | need :: rest => learnFrom root ((learn root m need).restsOn n need) n rest
end

def withName (n : Name) (l : List Name) : List Name := if memName n l then l else n :: l

/-- The axioms on which a constant of the header's environment rests, in front of `acc`. -/
def axiomsOf (root : Environment) (m : Memo) (n : Name) (acc : List Name) : List Name :=
  if m.other.contains n then (visitLibrary root {} acc [n]).2
  else
    let acc := if m.propext.contains n then withName ``propext acc else acc
    let acc := if m.choice.contains n then withName ``Classical.choice acc else acc
    if m.quot.contains n then withName ``Quot.sound acc else acc

mutual
/-- Visit a constant that the proof reaches. -/
partial def visit (base env : Environment) (forbid : List Name) (w : Walk) (n : Name) : Walk :=
  if w.fault.isSome then w
  else if memName n neverConstants then
    { w with fault := some (.forbiddenAxiom, nameText n) }
  else if memName n forbid || (n.isInternalDetail && isBelow n forbid) then
    { w with fault := some (.forbiddenConstant, nameText n) }
  else if base.contains n then
    if memName n w.named then w
    else
      let theorems := if kindIsTheorem base n then n :: w.theorems else w.theorems
      if w.root.contains n then
        let memo := learn w.root w.memo n
        { w with memo, axioms := axiomsOf w.root memo n w.axioms, theorems, named := n :: w.named }
      else  -- the statement's own
        { w with axioms := (visitLibrary base {} w.axioms [n]).2, theorems, named := n :: w.named }
  else if memName n w.seenFresh then w
  else
    let w := { w with seenFresh := n :: w.seenFresh }
    match env.find? n with
    | some (.thmInfo v) =>
      let w := visitAll base env forbid (visitAll base env forbid w (constantsOf v.type)) (constantsOf v.value)
      { w with fresh := .thmDecl v :: w.fresh }
    | some (.defnInfo v) =>
      match v.safety with
      | .safe =>
        let w := visitAll base env forbid (visitAll base env forbid w (constantsOf v.type)) (constantsOf v.value)
        { w with fresh := .defnDecl v :: w.fresh }
      | _ => { w with fault := some (.kernel, s!"the auxiliary definition {nameText n} is not safe") }
    | some _ => { w with fault := some (.kernel, s!"the proof declares {nameText n}, which is neither a theorem nor a definition") }
    | none => { w with fault := some (.kernel, s!"unknown constant {nameText n}") }

partial def visitAll (base env : Environment) (forbid : List Name) (w : Walk) : List Name → Walk
  | [] => w
  | n :: rest => visitAll base env forbid (visit base env forbid w n) rest
end

/-- Walk from the given constants of `env`; what `clean` holds is the library. -/
@[noinline] def walk (b : Base) (clean env : Environment) (forbid names : List Name) : IO Walk := do
  let memo ← b.memo.get
  let w := visitAll clean env forbid { root := b.root, memo } names
  b.memo.set w.memo
  return w

def notAllowed : List Name → Option Name
  | [] => none
  | n :: rest => if memName n allowedAxioms then notAllowed rest else some n

def reversed (l acc : List Declaration) : List Declaration :=
  match l with
  | [] => acc
  | d :: rest => reversed rest (d :: acc)

inductive KernelFault where
  | refused (text : String)
  | timeout

def kernelFault (e : Kernel.Exception) (opts : Options) : IO KernelFault := do
  match e with
  | .deterministicTimeout => return .timeout
  | _ => return .refused (← (e.toMessageData opts).toString)

/-- Let the kernel check the declarations, in order, on the clean environment; nothing is kept. -/
def replay (opts : Options) (heartbeats : Nat) (env : Environment) :
    List Declaration → IO (Option KernelFault × Environment)
  | [] => return (none, env)
  | d :: rest => do
    IO.setNumHeartbeats 0
    match env.addDeclCore (heartbeats * 1000).toUSize d none true with
    | .ok env => replay opts heartbeats env rest
    | .error e => return (some (← kernelFault e opts), env)

structure StatementType where
  type : Expr
  levels : List Name
  env : Environment

def binderCount (sig : Syntax) : Nat := bindersFrom sig[0].getArgs 0

/-- `∀`, for the first `n` of a term's `fun`. -/
def forallOfLambda : Nat → Expr → Option Expr
  | 0, e => some e
  | n + 1, .lam x t b i =>
    match forallOfLambda n b with
    | some b => some (.forallE x t b i)
    | none => none
  | n + 1, .mdata _ e => forallOfLambda (n + 1) e
  | _, _ => none

def statementNamespace : Name := .mkSimple "stp statement"

/-- The statement as a term; where that fails, as the body of a `def … : Prop`: then Lean settles what is open in the
type while the binders are still in scope, as it does for a theorem (the embedded Lean cannot run the function that
would do so here). -/
unsafe def elabStatement (b : Base) (ns : Name) (limits : Limits) (declId sig : Syntax) (known : List Name) :
    IO (Except String StatementType) := do
  let (result, log, env) ← run b ns known limits b.opts (.goal sig[0] sig[1][1])
  let fault ← firstFault limits log.toList
  match result, fault with
  | .ok (.goal (.ok (type, levels))), none => return .ok { type, levels, env }
  | _, _ =>
    let first := match result, fault with
      | .error f, _ => faultText f
      | .ok (.goal (.error e)), _ => e
      | _, some f => faultText f
      | _, none => "internal error"
    let prop := mkNode ``Term.typeSpec #[mkAtom ":", mkNode ``Term.prop #[mkAtom "Prop"]]
    let suffix := mkNode ``Termination.suffix #[mkNullNode, mkNullNode]
    let value := (ProofSyntax.value sig[1][1] suffix mkNullNode).declVal
    -- Under a name that no text holds, in the theorem's own namespace: else the statement could speak of itself.
    let own := (nameOfDeclId declId).getPrefix ++ statementNamespace
    let declId := declId.setArg 0 (mkIdent own)
    let space := b.ns ++ statementNamespace
    let (fault, log, env) ← runCommand b space limits (noncomputableDef declId sig[0] prop value)
    if fault.isSome then return .error first
    if (← firstFault { limits with brief := true } log.toList).isSome then return .error first
    match env.find? (space ++ own) with
    | some (.defnInfo v) =>
      match forallOfLambda (binderCount sig) v.value with
      | some type =>
        if v.value.hasSorry || type.hasExprMVar || type.hasLevelMVar then return .error first
        return .ok { type, levels := v.levelParams, env }
      | none => return .error first
    | _ => return .error first

/-! ## Variables: a statement has those that it mentions, those that these mention, and the instances about them -/

def memNat (n : Nat) : List Nat → Bool
  | [] => false
  | m :: rest => m == n || memNat n rest

/-- Of the binders before the `j`-th, from the `i`-th on, those that `e` mentions, in front of `acc`. -/
partial def mentioned (e : Expr) (j i : Nat) (acc : List Nat) : List Nat :=
  if i < j then mentioned e j (i + 1) (if e.hasLooseBVar (j - 1 - i) && !memNat i acc then i :: acc else acc) else acc

/-- Types and kinds of the first `count` binders, and what stands behind them. -/
partial def bindersOf (count : Nat) (e : Expr) (types : Array Expr) (kinds : Array BinderInfo) :
    Array Expr × Array BinderInfo × Expr :=
  match count, e with
  | n + 1, .forallE _ t b k => bindersOf n b (types.push t) (kinds.push k)
  | _, _ => (types, kinds, e)

/-- With what the binders in `acc` mention, from the `j`-th downwards. -/
partial def withMentioned (types : Array Expr) (j : Nat) (acc : List Nat) : List Nat :=
  match j with
  | 0 => acc
  | i + 1 =>
    if h : i < types.size then
      withMentioned types i (if memNat i acc then mentioned types[i] i 0 acc else acc)
    else withMentioned types i acc

partial def allKept (l acc : List Nat) : Bool :=
  match l with
  | [] => true
  | n :: rest => memNat n acc && allKept rest acc

/-- With the instances, from the `j`-th binder on, all that they mention being there. -/
partial def withInstances (types : Array Expr) (kinds : Array BinderInfo) (j : Nat) (acc : List Nat) : List Nat :=
  if h : j < types.size then
    if h' : j < kinds.size then
      let here := kinds[j].isInstImplicit && !memNat j acc && allKept (mentioned types[j] j 0 []) acc
      withInstances types kinds (j + 1) (if here then j :: acc else acc)
    else acc
  else acc

/-- Which of the first `count` binders of a statement's type it has as a theorem under these variables. -/
def keptVariables (count : Nat) (type : Expr) : List Nat :=
  let (types, kinds, body) := bindersOf count type #[] #[]
  withInstances types kinds 0 (withMentioned types count (mentioned body count 0 []))

partial def keptNames (kept : List Nat) (names : Array Syntax) (first i : Nat) (acc : Array Syntax) : Array Syntax :=
  if h : i < names.size then
    keptNames kept names first (i + 1) (if memNat (first + i) kept then acc.push names[i] else acc)
  else acc

/-- The binders that are kept; `first`: the number of the next one. -/
partial def keptBinders (kept : List Nat) (binders : Array Syntax) (i first : Nat) (acc : Array Syntax) : Array Syntax :=
  if h : i < binders.size then
    let b := binders[i]
    let k := b.getKind
    if k == ``Term.explicitBinder || k == ``Term.implicitBinder || k == ``Term.strictImplicitBinder then
      let names := keptNames kept b[1].getArgs first 0 #[]
      keptBinders kept binders (i + 1) (first + b[1].getNumArgs)
        (if names.size == 0 then acc else acc.push (b.setArg 1 (mkNullNode names)))
    else keptBinders kept binders (i + 1) (first + 1) (if memNat first kept then acc.push b else acc)
  else acc

partial def syntaxOnto (acc more : Array Syntax) (i : Nat) : Array Syntax :=
  if h : i < more.size then syntaxOnto (acc.push more[i]) more (i + 1) else acc

/-- The signature with binders in front of its own. -/
def withBinders (sig : Syntax) (binders : Array Syntax) : Syntax :=
  if binders.size == 0 then sig else sig.setArg 0 (mkNullNode (syntaxOnto binders sig[0].getArgs 0))

/-- The signature with the variables that a theorem of that statement has. -/
unsafe def withVariables (b : Base) (ns : Name) (limits : Limits) (declId sig : Syntax) (known : List Name) :
    IO (Except String Syntax) := do
  if b.vars.size == 0 then return .ok sig
  match ← elabStatement b ns limits declId (withBinders sig b.vars) known with
  | .error e => return .error e
  | .ok s => return .ok (withBinders sig (keptBinders (keptVariables (bindersFrom b.vars 0) s.type) b.vars 0 0 #[]))

/-- Parse and elaborate a statement. What it declares for itself is walked and checked as a proof's declarations are. -/
unsafe def readGoal (b : Base) (allowed : Allowed) (limits : Limits) (head : String) : IO (Except String Goal) := do
  match parseHead b head with
  | .error e => return .error s!"does not parse: {e}"
  | .ok (declId, sig) =>
    if let some k := refusedIn allowed b #[declId, sig] 0 then
      return .error s!"uses syntax that is not admitted: {nameText k}"
    if declaresIn #[sig] 0 then return .error "a statement cannot declare a function: `let rec` and `where` are for proofs"
    let name := nameOfDeclId declId
    let declared := levelsOfDeclId declId
    if hasDuplicate declared then return .error "a universe is declared twice"
    let ns := b.ns ++ name.getPrefix
    let known := namesOnto declared b.levelNames
    match ← withVariables b ns limits declId sig known with
    | .error e => return .error e
    | .ok sig =>
    match ← elabStatement b ns limits declId sig known with
    | .error e => return .error e
    | .ok { type, levels, env } =>
      let w ← walk b b.env env [] (constantsOf type)
      if let some (_, detail) := w.fault then return .error s!"the statement rests on {detail}"
      if let some n := notAllowed w.axioms then return .error s!"the statement rests on the axiom {nameText n}"
      let (fault, clean) ← replay b.opts limits.heartbeats b.env (reversed w.fresh [])
      match fault with
      | some .timeout => return .error "out of heartbeats in the kernel"
      | some (.refused text) => return .error text
      | none =>
        let rest := match declId[0].getTailPos? with
          | some p => p.byteIdx
          | none => 0
        return .ok { name, declId, sig, base := { b with env }, clean, ns, type, levels, binders := binderCount sig, rest,
                     constants := namesOnto w.named [] }

def amongResolved (target : Name) : List (Name × List String) → Bool
  | [] => false
  | (n, _) :: rest => n == target || amongResolved target rest

def resolvesTo (b : Base) (ns : Name) (target : Name) : List Name → Bool
  | [] => false
  | id :: rest =>
    amongResolved target (ResolveName.resolveGlobalName b.env b.opts ns b.openDecls id)
      || resolvesTo b ns target rest

/-- Theorems that the proof names in its text and uses in its term. -/
def premisesAmong (b : Base) (ns : Name) (idents : List Name) : List Name → List Name
  | [] => []
  | t :: rest =>
    if resolvesTo b ns t idents then t :: premisesAmong b ns idents rest else premisesAmong b ns idents rest

@[noinline] def nanos : IO Nat := do
  let t ← IO.monoNanosNow
  return t

/-- Nanoseconds that the steps of a check took. -/
structure Times where
  parse : Nat := 0
  elaborate : Nat := 0
  walk : Nat := 0
  kernel : Nat := 0

/-- A proof's term, and the environment with all that it declared besides. -/
structure Elaborated where
  value : Expr
  env : Environment

/-- The outcome of an elaboration that did not yield a term. -/
def refusedFor : Fault → Outcome
  | .timeout => .timeout "out of heartbeats"
  | f => .rejected .error (faultText f)

/-- The proof as a term against the goal's type: the way of nearly all proofs. -/
unsafe def elabAsTerm (goal : Goal) (limits : Limits) (type : Expr) (binders : Nat) (opts : Options) (body : Syntax) :
    IO (Except Outcome Elaborated) := do
  let (result, log, env) ← run goal.base goal.ns goal.levels limits opts (.proof type binders body)
  match result with
  | .error f => return .error (refusedFor f)
  | .ok (.proof value) =>
    -- First, since Lean goes on after an error with `sorryAx`, which the text did not name.
    if let some f ← firstFault limits log.toList then return .error (refusedFor f)
    return .ok { value, env }
  | .ok _ => return .error (.rejected .error "internal error")

/-- The proof as the body of a definition of the goal's name and statement. That it is a theorem the kernel is told
afterwards. -/
unsafe def elabAsDeclaration (goal : Goal) (limits : Limits) (proof : ProofSyntax) : IO (Except Outcome Elaborated) := do
  let ns := goal.base.ns ++ declaringNamespace
  let (fault, log, env) ← runCommand goal.base ns limits (noncomputableDef goal.declId goal.sig[0] goal.sig[1] proof.declVal)
  if let some f := fault then return .error (refusedFor f)
  if let some f ← firstFault limits log.toList then return .error (refusedFor f)
  match env.find? (ns ++ goal.name) with
  | some (.defnInfo v) =>
    if countNames v.levelParams != countNames goal.levels then
      return .error (.rejected .error "the proof changes the universes of its theorem")
    -- The same names in another order, or names that Lean chose itself.
    if allAmong goal.levels v.levelParams then return .ok { value := v.value, env }
    return .ok { value := v.value.instantiateLevelParams v.levelParams (paramLevels goal.levels), env }
  | _ => return .error (.rejected .error "the proof did not become a theorem")

/-- Elaborate with errors as errors and, since `replay` follows, without the kernel; but a proof that asks the kernel
for a decision gets its answer. -/
def proofOptions (opts : Options) (idents : List Name) : Options :=
  if memName `kernel idents then opts else opts.setBool `debug.skipKernelTC true

/-- How many variables are in the context where a proof begins. -/
def bindersFor (goal : Goal) (aim : Aim) (type : Expr) : Nat :=
  match aim with
  | .statement => goal.binders
  | .vacuity => countBinders type
  | .negation => 0

unsafe def elabProofText (goal : Goal) (limits : Limits) (aim : Aim) (type : Expr) (idents : List Name)
    (proof : ProofSyntax) : IO (Except Outcome Elaborated) := do
  let asTerm := !declaresIn proof.parts 0 && (!aim.isStatement || !recurs goal.name idents)
  match asTerm, proof with
  | true, .value body _ _ =>
    elabAsTerm goal limits type (bindersFor goal aim type) (proofOptions goal.base.opts idents) body
  | _, _ =>
    if !aim.isStatement then return .error (.rejected .error "only a proof of the statement itself can declare something")
    elabAsDeclaration goal limits proof

-- In `IO` and not inlined, so that it is done where it stands and its time is its own.
@[noinline] def parseNow (b : Base) (text : String) : IO (Except String ProofSyntax) := return parseProof b text

unsafe def check (allowed : Allowed) (limits : Limits) (goal : Goal) (aim : Aim) (forbid : List Name)
    (text : String) : IO (Outcome × Times) := do
  let t0 ← nanos
  let proof ← parseNow goal.base text
  let t1 ← nanos
  let times : Times := { parse := t1 - t0 }
  match proof with
  | .error e => return (.rejected .parse e, times)
  | .ok proof =>
    let parts := proof.parts
    if let some k := refusedIn allowed goal.base parts 0 then return (.rejected .syntax (nameText k), times)
    let idents := identsIn [] parts 0
    let type := aim.typeFor goal.type
    let elaborated ← elabProofText goal limits aim type idents proof
    let t2 ← nanos
    let times := { times with elaborate := t2 - t1 }
    match elaborated with
    | .error outcome => return (outcome, times)
    | .ok e =>
      if e.value.hasExprMVar || e.value.hasFVar then
        return (.rejected .incomplete "the proof leaves goals open", times)
      let w ← walk goal.base goal.clean e.env forbid (constantsOf e.value)
      let t3 ← nanos
      let times := { times with walk := t3 - t2 }
      if let some (reason, detail) := w.fault then return (.rejected reason detail, times)
      if let some n := notAllowed w.axioms then return (.rejected .forbiddenAxiom (nameText n), times)
      let target : Declaration := .thmDecl { name := targetName, levelParams := goal.levels, type, value := e.value }
      let (fault, _) ← replay goal.base.opts limits.heartbeats goal.clean (reversed w.fresh [target])
      let t4 ← nanos
      let times := { times with kernel := t4 - t3 }
      match fault with
      | some .timeout => return (.timeout "out of heartbeats in the kernel", times)
      | some (.refused text) => return (.rejected .kernel text, times)
      | none => return (.proved w.axioms w.theorems (premisesAmong goal.base goal.ns idents w.theorems), times)

/-! ## The library: listing and printing its theorems -/

partial def listFrom (env : Environment) (names : Array Name) (i : Nat) (acc : Array Json) : Array Json :=
  if h : i < names.size then
    let n := names[i]
    let acc := if kindIsTheorem env n && !n.isInternalDetail && !isPrivateName n then acc.push (Json.str (nameText n)) else acc
    listFrom env names (i + 1) acc
  else acc

/-- Names of all modules of the environment. -/
partial def modulesFrom (a : Array Name) (i : Nat) (acc : Array Json) : Array Json :=
  if h : i < a.size then modulesFrom a (i + 1) (acc.push (Json.str (nameText a[i]))) else acc

/-- The theorems of one module, in the order of its file's constants. -/
partial def theoremsOfModule (env : Environment) (module : Name) (i : Nat) : Array Json :=
  if h : i < env.header.moduleNames.size then
    if env.header.moduleNames[i] == module then
      if h' : i < env.header.moduleData.size then listFrom env (env.header.moduleData[i]).constNames 0 #[] else #[]
    else theoremsOfModule env module (i + 1)
  else #[]

/-! ## Requests and answers -/

structure Server where
  nonce : String
  /-- Standard output as it was at the start. -/
  out : IO.FS.Stream
  base : Base
  allowed : Allowed
  /-- Header environments (or what is wrong with a header) and goals already elaborated, the newest first. -/
  bases : List (String × Except String Base)
  goals : List (String × Except String Goal)
  /-- Hashes of the library's theorems, once somebody has asked. -/
  hashes : List (UInt64 × Name) := []

def answer (s : Server) (id : Nat) (fields : List (String × Json)) : IO Unit := do
  s.out.putStr (s.nonce ++ " " ++ (Json.mkObj (("id", Json.num (JsonNumber.fromNat id)) :: fields)).compress ++ "\n")
  s.out.flush

def str (j : Json) (key : String) : String :=
  match j.getObjVal? key with
  | .ok (.str s) => s
  | _ => ""

def nat (j : Json) (key : String) (default : Nat) : Nat :=
  match j.getObjVal? key with
  | .ok v => match v.getNat? with
    | .ok n => n
    | .error _ => default
  | .error _ => default

def flag (j : Json) (key : String) : Bool :=
  match j.getObjVal? key with
  | .ok (.bool b) => b
  | _ => false

def charsBackwards (l : List Char) (acc : List Char) : List Char :=
  match l with
  | [] => acc
  | c :: rest => charsBackwards rest (c :: acc)

/-- `acc`, extended by the part whose characters are given last one first. -/
def addPart (part : List Char) (acc : Name) : Name :=
  match part with
  | [] => acc
  | _ => .str acc (String.ofList (charsBackwards part []))

/-- A name from its plain dotted text. -/
partial def nameFrom (cs : List Char) (part : List Char) (acc : Name) : Name :=
  match cs with
  | [] => addPart part acc
  | '.' :: rest => nameFrom rest [] (addPart part acc)
  | c :: rest => nameFrom rest (c :: part) acc

partial def namesFrom (a : Array Json) (i : Nat) (acc : List Name) : List Name :=
  if h : i < a.size then
    match a[i] with
    | .str s => namesFrom a (i + 1) (nameFrom s.toList [] .anonymous :: acc)
    | _ => namesFrom a (i + 1) acc
  else acc

partial def simpleNamesFrom (a : Array Json) (i : Nat) (acc : NameSet) : NameSet :=
  if h : i < a.size then
    match a[i] with
    | .str s => simpleNamesFrom a (i + 1) (acc.insert (.mkSimple s))
    | _ => simpleNamesFrom a (i + 1) acc
  else acc

/-- Texts as simple names. -/
def texts (j : Json) (key : String) : NameSet :=
  match j.getObjVal? key with
  | .ok (.arr a) => simpleNamesFrom a 0 {}
  | _ => {}

def names (j : Json) (key : String) : List Name :=
  match j.getObjVal? key with
  | .ok (.arr a) => namesOnto (namesFrom a 0 []) []
  | _ => []

def lookupBase (h : String) : List (String × Except String Base) → Option (Except String Base)
  | [] => none
  | (k, b) :: rest => if k == h then some b else lookupBase h rest

def lookupGoal (h : String) : List (String × Except String Goal) → Option (Except String Goal)
  | [] => none
  | (k, g) :: rest => if k == h then some g else lookupGoal h rest

def takeGoals : Nat → List (String × Except String Goal) → List (String × Except String Goal)
  | 0, _ => []
  | _, [] => []
  | n + 1, g :: rest => g :: takeGoals n rest

def takeBases : Nat → List (String × Except String Base) → List (String × Except String Base)
  | 0, _ => []
  | _, [] => []
  | n + 1, b :: rest => b :: takeBases n rest

def appendOpen : List OpenDecl → List OpenDecl → List OpenDecl
  | [], l => l
  | d :: rest, l => d :: appendOpen rest l

/-- The environment of a job: the worker's own, or one with the job's header on top, kept for the next. -/
def baseFor (s : Server) (header : String) : IO (Except String Base × Server) := do
  if header.isEmpty then return (.ok s.base, s)
  if let some b := lookupBase header s.bases then return (b, s)
  match ← elabHeader s.base.env header with
  | .error e => return (.error e, { s with bases := (header, .error e) :: takeBases 3 s.bases })
  | .ok b =>
    let b := { b with openDecls := appendOpen b.openDecls s.base.openDecls, headerKinds := namesOnto b.headerKinds s.base.headerKinds }
    return (.ok b, { s with bases := (header, .ok b) :: takeBases 3 s.bases })

unsafe def goalFor (s : Server) (b : Base) (limits : Limits) (header head : String) :
    IO (Except String Goal × Server) := do
  let key := header ++ "\x00" ++ head
  if let some g := lookupGoal key s.goals then return (g, s)
  let g ← readGoal b s.allowed limits head
  return (g, { s with goals := (key, g) :: takeGoals 15 s.goals })

/-- The statement of a request, under its header; or what is wrong with either. -/
unsafe def goalOf (s : Server) (limits : Limits) (j : Json) : IO (Except String (Base × Goal) × Server) := do
  let header := str j "header"
  let (base, s) ← baseFor s header
  match base with
  | .error e => return (.error ("the header does not elaborate: " ++ e), s)
  | .ok b =>
    let (goal, s) ← goalFor s b limits header (str j "statement")
    match goal with
    | .error e => return (.error e, s)
    | .ok g => return (.ok (b, g), s)

def notStated (e : String) : List (String × Json) := [("ok", Json.bool false), ("detail", Json.str e)]

def outcomeFields : Outcome → List (String × Json)
  | .proved axioms theorems premises =>
    [("outcome", Json.str "proved"), ("reason", Json.str ""), ("detail", Json.str ""),
     ("axioms", namesJson axioms), ("theorems", namesJson theorems), ("premises", namesJson premises)]
  | .rejected reason detail =>
    [("outcome", Json.str "rejected"), ("reason", Json.str reason.toString), ("detail", Json.str detail)]
  | .timeout detail =>
    [("outcome", Json.str "timeout"), ("reason", Json.str "heartbeats"), ("detail", Json.str detail)]

def micros (t : Nat) : Json := Json.num (JsonNumber.fromNat (t / 1000))

/-- Microseconds: parsing, elaborating, walking the constants, kernel. -/
def timesJson (t : Times) : Json :=
  Json.arr #[micros t.parse, micros t.elaborate, micros t.walk, micros t.kernel]

/-- What a request asks to have proved; it cannot ask for both. -/
def aimOf (vacuous negated : Bool) : Option Aim :=
  match vacuous, negated with
  | false, false => some .statement
  | true, false => some .vacuity
  | false, true => some .negation
  | true, true => none

unsafe def handleCheck (s : Server) (id : Nat) (j : Json) : IO Server := do
  let limits : Limits := { heartbeats := nat j "heartbeats" 200000, brief := flag j "brief" }
  let some aim := aimOf (flag j "vacuous") (flag j "negated")
    | do
      answer s id [("outcome", Json.str "bad_statement"), ("reason", Json.str "statement"),
        ("detail", Json.str "a check asks for `vacuous` or for `negated`, not for both")]
      return s
  let (goal, s) ← goalOf s limits j
  match goal with
  | .error e =>
    answer s id [("outcome", Json.str "bad_statement"), ("reason", Json.str "statement"), ("detail", Json.str e)]
  | .ok (_, g) =>
    let (outcome, times) ← check s.allowed limits g aim (names j "forbid") (str j "proof")
    answer s id (("us", timesJson times) :: outcomeFields outcome)
  return s

unsafe def handleStatement (s : Server) (id : Nat) (j : Json) : IO Server := do
  let (goal, s) ← goalOf s { heartbeats := nat j "heartbeats" 200000 } j
  match goal with
  | .error e => answer s id (notStated e)
  | .ok (b, g) =>
    answer s id [("ok", Json.bool true), ("name", Json.str (nameText g.name)), ("rest", Json.num (JsonNumber.fromNat g.rest)),
      ("key", Json.str (keyOf b.env g.base.env g.levels g.type)),
      ("binders", Json.num (JsonNumber.fromNat (countBinders g.type))), ("constants", namesJson g.constants)]
  return s

/-- Print one library theorem and read it back; `same` says whether the type survived. -/
unsafe def handlePrint (s : Server) (id : Nat) (j : Json) : IO Server := do
  let limits : Limits := { heartbeats := nat j "heartbeats" 200000 }
  let some info := s.base.env.find? (nameFrom (str j "name").toList [] .anonymous)
    | do
      answer s id [("ok", Json.bool false), ("detail", Json.str "unknown constant")]
      return s
  let (levels, us) := renameParams 1 info.levelParams []
  let type := info.type.instantiateLevelParams info.levelParams us
  let (result, _, _) ← run s.base s.base.ns [] limits s.base.opts (.print levels type)
  match result with
  | .error f => answer s id [("ok", Json.bool false), ("detail", Json.str (faultText f))]
  | .ok (.print head) =>
    match ← readGoal s.base s.allowed limits head with
    | .error e => answer s id [("ok", Json.bool false), ("detail", Json.str e), ("head", Json.str head)]
    | .ok g =>
      let env := s.base.env
      let key := keyOf env g.base.env g.levels g.type
      let same := key == keyOf env env (levelNamesOf type) type
      answer s id [("ok", Json.bool same), ("head", Json.str head), ("key", Json.str key),
        ("detail", Json.str (if same then "" else "the printed statement reads back to another type"))]
  | .ok _ => answer s id [("ok", Json.bool false), ("detail", Json.str "internal error")]
  return s

/-! ## Known statements -/

/-- `e` without annotations, which neither meaning nor printed text show. -/
partial def withoutMData : Expr → Expr
  | .mdata _ e => withoutMData e
  | .app f a => .app (withoutMData f) (withoutMData a)
  | .lam n t b i => .lam n (withoutMData t) (withoutMData b) i
  | .forallE n t b i => .forallE n (withoutMData t) (withoutMData b) i
  | .letE n t v b d => .letE n (withoutMData t) (withoutMData v) (withoutMData b) d
  | .proj s i e => .proj s i (withoutMData e)
  | e => e

/-- A type with its universes named in the order in which they occur, so that equal statements have equal hashes
(which do not depend on the names of variables). -/
def normalized (type : Expr) : Expr :=
  let levels := levelNamesOf type
  let (_, us) := renameParams 1 levels []
  type.instantiateLevelParams levels us

partial def hashesFrom (env : Environment) (names : Array Name) (constants : Array ConstantInfo) (i : Nat)
    (acc : List (UInt64 × Name)) : List (UInt64 × Name) :=
  if h : i < names.size then
    let n := names[i]
    if h' : i < constants.size then
      let acc := if kindIsTheorem env n && !n.isInternalDetail && !isPrivateName n then
        ((normalized (withoutMData (constants[i]).type)).hash, n) :: acc else acc
      hashesFrom env names constants (i + 1) acc
    else acc
  else acc

partial def moduleHashes (env : Environment) (i : Nat) (acc : List (UInt64 × Name)) : List (UInt64 × Name) :=
  if h : i < env.header.moduleData.size then
    let data := env.header.moduleData[i]
    moduleHashes env (i + 1) (hashesFrom env data.constNames data.constants 0 acc)
  else acc

/-- Theorems whose hash and whose canonical text are those of the statement. -/
partial def sameAs (env : Environment) (hash : UInt64) (key : String) (acc : List Name) :
    List (UInt64 × Name) → List Name
  | [] => acc
  | (h, n) :: rest =>
    if h == hash then
      match env.find? n with
      | some info =>
        if keyOf env env (levelNamesOf info.type) info.type == key then sameAs env hash key (n :: acc) rest
        else sameAs env hash key acc rest
      | none => sameAs env hash key acc rest
    else sameAs env hash key acc rest

/-- Which library theorems have the statement's type, up to the names of variables. -/
unsafe def handleKnown (s : Server) (id : Nat) (j : Json) : IO Server := do
  let (goal, s) ← goalOf s { heartbeats := nat j "heartbeats" 200000 } j
  match goal with
  | .error e =>
    answer s id (notStated e)
    return s
  | .ok (b, g) =>
    let s := match s.hashes with
      | [] => { s with hashes := moduleHashes s.base.env 0 [] }
      | _ => s
    let key := keyOf b.env g.base.env g.levels g.type
    let found := sameAs s.base.env (normalized (withoutMData g.type)).hash key [] s.hashes
    answer s id [("ok", Json.bool true), ("theorems", namesJson found)]
    return s

def posJson : Option String.Pos.Raw → Json
  | some p => Json.num (JsonNumber.fromNat p.byteIdx)
  | none => Json.null

def proofStart (declVal : Syntax) : Option String.Pos.Raw :=
  if declVal.getKind == ``Command.declValSimple then declVal[1].getPos? else declVal.getPos?

/-! ## Sources: a file cut into its commands -/

/-- Behind the end of a comment whose opening has been read. -/
partial def skipComment (text : String) (p : String.Pos.Raw) (nesting : Nat) : String.Pos.Raw :=
  if p.atEnd text then p
  else
    let next := p.next text
    if p.get text == '-' && next.get text == '/' then
      if nesting == 0 then next.next text else skipComment text (next.next text) (nesting - 1)
    else if p.get text == '/' && next.get text == '-' then skipComment text (next.next text) (nesting + 1)
    else skipComment text next nesting

def isDocOpening (text : String) (p : String.Pos.Raw) : Bool :=
  let p1 := p.next text
  let p2 := p1.next text
  p.get text == '/' && p1.get text == '-' && (p2.get text == '-' || p2.get text == '!')

/-- Words that begin a command. -/
def commandWords : List String :=
  ["theorem", "lemma", "def", "abbrev", "example", "instance", "structure", "class", "inductive", "coinductive", "axiom",
   "opaque", "open", "namespace", "section", "end", "variable", "universe", "set_option", "attribute", "export", "mutual",
   "notation", "infix", "infixl", "infixr", "prefix", "postfix", "notation3", "macro", "macro_rules", "syntax", "elab",
   "elab_rules", "declare_syntax_cat", "deriving", "include", "omit", "initialize", "alias", "irreducible_def", "run_cmd",
   "#check", "#eval", "#print", "#guard_msgs", "#synth", "assert_not_exists", "suppress_compilation", "add_decl_doc"]

/-- Words that may stand before those. -/
def commandPrefixes : List String :=
  ["@[", "private", "protected", "noncomputable", "unsafe", "partial", "nonrec", "local", "scoped", "public", "meta"]

def memText (t : String) : List String → Bool
  | [] => false
  | u :: rest => u == t || memText t rest

/-- A token of Lean's own lexer, or one character that it does not know. -/
structure Token where
  start : String.Pos.Raw
  stop : String.Pos.Raw

def pushToken (t : Token) (acc : Array Json) : Array Json :=
  (acc.push (Json.num (JsonNumber.fromNat t.start.byteIdx))).push (Json.num (JsonNumber.fromNat t.stop.byteIdx))

/-- The token at `p`, where no white space stands. -/
def tokenAt (b : Base) (ictx : InputContext) (p : String.Pos.Raw) : Token :=
  let text := ictx.inputString
  if isDocOpening text p then { start := p, stop := skipComment text (((p.next text).next text).next text) 0 }
  else
    let s := parseStep b ictx (tokenFn []) { mkParserState text with pos := p }
    let single : Token := { start := p, stop := p.next text }
    match s.errorMsg with
    | some _ => single
    | none =>
      match s.stxStack.back.getTailPos? with
      | some stop => if stop.byteIdx > p.byteIdx then { start := p, stop } else single
      | none => single

def startsLine (ictx : InputContext) (p : String.Pos.Raw) : Bool := (ictx.fileMap.toPosition p).column == 0

/-- The tokens of one command, each by its two positions, up to the word that begins the next one at the start of a line.
`begun`: the word that says what kind of command it is has been read. -/
partial def tokensFrom (b : Base) (ictx : InputContext) (p : String.Pos.Raw) (begun : Bool) (acc : Array Json) :
    String.Pos.Raw × Array Json :=
  let text := ictx.inputString
  let s := parseStep b ictx whitespace { mkParserState text with pos := p }
  let p := match s.errorMsg with
    | some _ => p
    | none => s.pos
  if p.atEnd text then (p, acc)
  else
    let t := tokenAt b ictx p
    let word := (Substring.Raw.mk text t.start t.stop).toString
    let begins := memText word commandWords
    let opens := begins || isDocOpening text p || memText word commandPrefixes
    if begun && opens && startsLine ictx p then (p, acc)
    else tokensFrom b ictx t.stop (begun || begins || (acc.size == 0 && !opens)) (pushToken t acc)

/-- Whether a command can end at `p`: behind it stands the end, the beginning of a line, or a word that begins one. Else
it was taken to end where a notation is unknown. -/
def endsAt (b : Base) (ictx : InputContext) (p : String.Pos.Raw) : Bool :=
  let text := ictx.inputString
  let s := parseStep b ictx whitespace { mkParserState text with pos := p }
  let p := match s.errorMsg with
    | some _ => p
    | none => s.pos
  if p.atEnd text || startsLine ictx p || isDocOpening text p then true
  else
    let t := tokenAt b ictx p
    let word := (Substring.Raw.mk text t.start t.stop).toString
    memText word commandWords || memText word commandPrefixes

/-- A command by its positions (bytes): where it begins and ends, its kind, and what the kind tells. -/
def eventJson (kind : String) (start stop : Option String.Pos.Raw) (more : List (String × Json)) : Json :=
  Json.mkObj (("kind", Json.str kind) :: ("start", posJson start) :: ("end", posJson stop) :: more)

def theoremFields (cmd decl : Syntax) : List (String × Json) :=
  let doc := cmd[0][0]
  [("name", Json.str (nameText (nameOfDeclId decl[1]))), ("keyword", posJson decl.getPos?),
   ("name_start", posJson decl[1][0].getPos?), ("name_end", posJson decl[1][0].getTailPos?),
   ("head_end", posJson decl[2].getTailPos?), ("proof_start", posJson (proofStart decl[3])),
   ("proof_end", posJson decl[3].getTailPos?), ("doc_start", posJson doc.getPos?), ("doc_end", posJson doc.getTailPos?)]

/-- `start`: where the event begins, if that is before the command: at an `open … in`, say. -/
partial def commandEvent (start : Option String.Pos.Raw) (cmd : Syntax) : Json :=
  let stop := cmd.getTailPos?
  let k := cmd.getKind
  if k == ``Command.in then commandEvent start cmd[2]
  else if k == ``Command.declaration && cmd[1].getKind == ``Command.theorem then
    eventJson "theorem" start stop (("command_start", posJson cmd.getPos?) :: theoremFields cmd cmd[1])
  else if k == ``Command.namespace then eventJson "namespace" start stop [("name", Json.str (nameText cmd[1].getId))]
  else if k == ``Command.section then eventJson "section" start stop []
  else if k == ``Command.end then eventJson "end" start stop []
  else if k == ``Command.moduleDoc then eventJson "comment" start stop []
  else eventJson "other" start stop []

/-- The commands of a source text. One that does not parse (its notation is not in this environment, say) is given by
its tokens; `plain`: all are. -/
partial def eventsOf (b : Base) (ictx : InputContext) (plain : Bool) (state : ModuleParserState) (acc : Array Json) : Array Json :=
  let pmctx : ParserModuleContext := { env := b.env, options := b.opts, currNamespace := b.ns, openDecls := b.openDecls }
  let (cmd, after, log) := parseCommand ictx pmctx state {}
  if log.hasErrors || (!isTerminalCommand cmd && (plain || !endsAt b ictx after.pos)) then
    let (stop, tokens) := tokensFrom b ictx state.pos false #[]
    if tokens.size == 0 then acc
    else
      let acc := acc.push (eventJson "unparsed" (some state.pos) (some stop) [("tokens", Json.arr tokens)])
      eventsOf b ictx plain { pos := stop, recovering := false } acc
  else if isTerminalCommand cmd then acc
  else eventsOf b ictx plain after (acc.push (commandEvent cmd.getPos? cmd))

partial def importsJson (imports : Array Import) (i : Nat) (acc : Array Json) : Array Json :=
  if h : i < imports.size then importsJson imports (i + 1) (acc.push (Json.str (nameText imports[i].module))) else acc

/-! ## Whole files -/

/-- Options whose setting a file may ask for, without effect: the limits are the caller's, and printing and linters
decide nothing. -/
def idleOption (n : Name) : Bool :=
  n == `maxHeartbeats || n == `maxRecDepth || n == `synthInstance.maxHeartbeats || n.getRoot == `pp || n.getRoot == `linter

/-- A command without the idle `set_option … in` in front of it; `none` if nothing is left of it. -/
partial def withoutIdle (cmd : Syntax) : Option Syntax :=
  if cmd.getKind == ``Command.set_option then if idleOption cmd[1].getId then none else some cmd
  else if cmd.getKind == ``Command.in then
    match withoutIdle cmd[0] with
    | none => withoutIdle cmd[2]
    | some _ => some cmd
  else some cmd

def fullName (ns n : Name) : Name :=
  if n.getRoot == `_root_ then n.replacePrefix `_root_ .anonymous else ns ++ n

/-- The command with its definitions made `noncomputable`, and its theorems too, as such definitions, if they declare
something besides: all that code could be run while the rest is read. -/
partial def withoutCode (cmd : Syntax) : Syntax :=
  if cmd.getKind == ``Command.in then cmd.setArg 2 (withoutCode cmd[2])
  else if cmd.getKind == ``Command.declaration then
    if !(cmd[1].getKind == ``Command.theorem) then cmd.setArg 0 (cmd[0].setArg 4 noncomputableSyntax)
    else if declaresIn cmd[1].getArgs 0 then
      let sig := cmd[1][2]
      (cmd.setArg 0 (cmd[0].setArg 4 noncomputableSyntax)).setArg 1 (definitionSyntax cmd[1][1] sig[0] sig[1] cmd[1][3])
    else cmd
  else cmd

/-- What stands before an `in`, if it is more than an `open`, `variable` or `universe`: after a `namespace`, a `section`
or an `end`, the theorem behind it would bear another name than its text says. -/
partial def otherIn (cmd : Syntax) : Option Name :=
  if cmd.getKind == ``Command.in then
    let k := cmd[0].getKind
    if k == ``Command.open || k == ``Command.variable || k == ``Command.universe then otherIn cmd[2] else some k
  else none

/-- The name that a theorem or lemma declares in the namespace `ns`. -/
partial def declaredName (ns : Name) (cmd : Syntax) : Option Name :=
  if cmd.getKind == ``Command.in then declaredName ns cmd[2]
  else if cmd.getKind == ``Command.declaration && cmd[1].getKind == ``Command.theorem then some (fullName ns (nameOfDeclId cmd[1][1]))
  else if cmd.getKind == `lemma then some (fullName ns (nameOfDeclId cmd[1][1]))
  else none

def fieldsOnto : List (String × Json) → List (String × Json) → List (String × Json)
  | [], l => l
  | f :: rest, l => f :: fieldsOnto rest l

structure FileMessage where
  severity : String
  start : Position
  stop : Option Position
  text : String

def positionFields (line column : String) (p : Position) : List (String × Json) :=
  [(line, Json.num (JsonNumber.fromNat p.line)), (column, Json.num (JsonNumber.fromNat p.column))]

def FileMessage.json (m : FileMessage) : Json :=
  let stop := match m.stop with
    | some p => positionFields "end_line" "end_column" p
    | none => []
  Json.mkObj (("severity", Json.str m.severity) :: ("text", Json.str m.text)
    :: fieldsOnto (positionFields "line" "column" m.start) stop)

partial def messagesJson (l : List FileMessage) (acc : Array Json) : Array Json :=
  match l with
  | [] => acc
  | m :: rest => messagesJson rest (acc.push m.json)

def severityText : MessageSeverity → String
  | .error => "error"
  | .warning => "warning"
  | .information => "info"

/-- Lean's messages, the newest first in front of `acc`. -/
def fileMessages (acc : List FileMessage) : List Message → IO (List FileMessage)
  | [] => return acc
  | m :: rest => do
    let text ← m.data.toString
    fileMessages ({ severity := severityText m.severity, start := m.pos, stop := m.endPos, text } :: acc) rest

/-- How far a file has come. -/
structure FileState where
  state : Command.State
  /-- The newest first. -/
  messages : List FileMessage := []
  theorems : List Name := []
  failed : Bool := false
  timeout : Bool := false

def FileState.fail (f : FileState) (ictx : InputContext) (stx : Syntax) (text : String) : FileState :=
  let position := match stx.getPos? with
    | some p => ictx.fileMap.toPosition p
    | none => { line := 1, column := 0 }
  { f with failed := true, messages := { severity := "error", start := position, stop := none, text } :: f.messages }

def isTimeout : Option Fault → Bool
  | some .timeout => true
  | _ => false

@[noinline] def someFault (limits : Limits) (ex : Exception) : IO (Option Fault) := do
  let f ← faultOf { limits with brief := true } ex
  return some f

unsafe def fileCommand (allowed : Allowed) (b : Base) (limits : Limits) (ictx : InputContext) (f : FileState)
    (cmd : Syntax) : IO FileState := do
  if let some k := refusedIn allowed b #[cmd] 0 then
    return f.fail ictx cmd s!"not admitted in a proof: {nameText k}"
  if cmd.getKind == `lemma && declaresIn #[cmd] 0 then
    return f.fail ictx cmd "a lemma that declares something besides: write theorem"
  if let some k := otherIn cmd then return f.fail ictx cmd s!"not admitted before `in`: {nameText k}"
  let ctx : Command.Context := { fileName := "<input>", fileMap := ictx.fileMap, snap? := none, cancelTk? := none }
  IO.setNumHeartbeats 0
  let ref ← IO.mkRef { f.state with messages := {} }
  let result ← (Command.elabCommand (withoutCode cmd) ctx ref).toBaseIO
  let state ← ref.get
  let ns := match f.state.scopes with
    | scope :: _ => scope.currNamespace
    | [] => .anonymous
  let fault ← match result with
    | .ok _ => firstFault { limits with brief := true } state.messages.toList
    | .error ex => someFault limits ex
  let messages ← fileMessages f.messages state.messages.toList
  let declared := declaredName ns cmd
  let theorems := match declared with
    | some n => n :: f.theorems
    | none => f.theorems
  let before := f.state.env
  let f := { f with state, messages, theorems, failed := f.failed || fault.isSome, timeout := f.timeout || isTimeout fault }
  match result with
  | .ok _ =>
    match declared with
    | some n =>
      if !f.failed && (before.contains n || !f.state.env.contains n) then
        return f.fail ictx cmd s!"does not declare {nameText n}"
      return f
    | none => return f
  | .error ex => return f.fail ictx cmd (← ex.toMessageData.toString)

/-- Read the commands of a file one after the other, until the end or a text that does not parse. -/
unsafe def fileCommands (allowed : Allowed) (b : Base) (limits : Limits) (ictx : InputContext) (parser : ModuleParserState)
    (f : FileState) : IO FileState := do
  match f.state.scopes with
  | [] => return f
  | scope :: _ =>
    let pmctx : ParserModuleContext :=
      { env := f.state.env, options := scope.opts, currNamespace := scope.currNamespace, openDecls := scope.openDecls }
    let (cmd, parser, log) := parseCommand ictx pmctx parser {}
    if log.hasErrors then
      return { f with failed := true, messages := ← fileMessages f.messages log.toList }
    if isTerminalCommand cmd then return f
    if f.timeout then return f
    match withoutIdle cmd with
    | none => fileCommands allowed b limits ictx parser f
    | some cmd =>
      let f ← fileCommand allowed b limits ictx f cmd
      fileCommands allowed b limits ictx parser f

partial def memModule (n : Name) (names : Array Name) (i : Nat) : Bool :=
  if h : i < names.size then names[i] == n || memModule n names (i + 1) else false

/-- The first import that the environment lacks. -/
partial def missingImport (env : Environment) (imports : Array Import) (i : Nat) : Option Name :=
  if h : i < imports.size then
    if memModule imports[i].module env.header.moduleNames 0 then missingImport env imports (i + 1)
    else some imports[i].module
  else none

def reversedMessages : List FileMessage → List FileMessage → List FileMessage
  | [], acc => acc
  | m :: rest, acc => reversedMessages rest (m :: acc)

def firstKnown (env : Environment) : List Name → Option Name
  | [] => none
  | n :: rest => if env.contains n then some n else firstKnown env rest

@[noinline] def returned (f : FileState) : IO FileState := return f

/-- What is to be said of a file whose commands have been read. -/
def fileOutcome (b : Base) (limits : Limits) (forbid : List Name) (f : FileState) : IO Outcome := do
  if f.timeout then return .timeout "out of heartbeats"
  if f.failed then return .rejected .error "the file has errors"
  match f.theorems with
  | [] => return .rejected .error "the file holds no theorem"
  | theorems =>
    -- Else a library constant would be walked in place of what the file declares.
    if let some n := firstKnown b.env theorems then
      return .rejected .error s!"{nameText n} is a constant of the environment"
    if hasDuplicate theorems then return .rejected .error "a theorem is declared twice"
    let w ← walk b b.env f.state.env forbid theorems
    if let some (reason, detail) := w.fault then return .rejected reason detail
    if let some n := notAllowed w.axioms then return .rejected .forbiddenAxiom (nameText n)
    let (fault, _) ← replay b.opts limits.heartbeats b.env (reversed w.fresh [])
    match fault with
    | some .timeout => return .timeout "out of heartbeats in the kernel"
    | some (.refused text) => return .rejected .kernel text
    | none => return .proved w.axioms w.theorems []

/-- Check a file of theorems with their proofs: commands on the allowlist only, then every theorem's constants walked
and all that is new checked by the kernel on the clean environment. -/
unsafe def checkFile (b : Base) (allowed : Allowed) (limits : Limits) (forbid : List Name) (text : String) :
    IO (Outcome × List Name × List FileMessage) := do
  let ictx := inputOf text
  let (header, parser, log) ← parseHeader ictx
  let f : FileState := { state := commandState b b.ns limits, messages := ← fileMessages [] log.toList, failed := log.hasErrors }
  let f ← match missingImport b.env (headerToImports header false) 0 with
    | some n => returned (f.fail ictx header s!"unknown module {nameText n}: the environment does not hold it")
    | none => if f.failed then returned f else fileCommands allowed b limits ictx parser f
  let outcome ← fileOutcome b limits forbid f
  let f := match outcome with
    | .rejected reason detail => if f.failed then f else f.fail ictx .missing s!"{reason.toString}: {detail}"
    | _ => f
  return (outcome, f.theorems, f.messages)

unsafe def handleFile (s : Server) (id : Nat) (j : Json) : IO Server := do
  let limits : Limits := { heartbeats := nat j "heartbeats" 200000 }
  let allowed := { s.allowed with files := true }
  let (outcome, theorems, messages) ← checkFile s.base allowed limits (names j "forbid") (str j "text")
  answer s id (("messages", Json.arr (messagesJson (reversedMessages messages []) #[])) :: ("declared", namesJson (namesOnto theorems []))
    :: outcomeFields outcome)
  return s

/-- A text cut into its commands; `plain`: all of them by their tokens. -/
def handleSource (s : Server) (id : Nat) (j : Json) : IO Server := do
  let ictx := inputOf (str j "text")
  let (header, state, log) ← parseHeader ictx
  if log.hasErrors then
    answer s id [("ok", Json.bool false), ("detail", Json.str "its imports do not parse")]
    return s
  answer s id [("ok", Json.bool true), ("imports", Json.arr (importsJson (headerToImports header false) 0 #[])),
    ("events", Json.arr (eventsOf s.base ictx (flag j "plain") state #[]))]
  return s

unsafe def handle (s : Server) (j : Json) : IO Server := do
  let id := nat j "id" 0
  match str j "op" with
  | "check" => handleCheck s id j
  | "statement" => handleStatement s id j
  | "print" => handlePrint s id j
  | "source" => handleSource s id j
  | "file" => handleFile s id j
  | "known" => handleKnown s id j
  | "modules" =>
    answer s id [("modules", Json.arr (modulesFrom s.base.env.header.moduleNames 0 #[]))]
    return s
  | "list" =>
    let module := nameFrom (str j "module").toList [] .anonymous
    answer s id [("theorems", Json.arr (theoremsOfModule s.base.env module 0))]
    return s
  | op =>
    answer s id [("error", Json.str s!"unknown operation {op}")]
    return s

unsafe def serve (stdin : IO.FS.Stream) (s : Server) : IO Unit := do
  let line ← stdin.getLine
  if line.isEmpty then return
  match Json.parse line with
  | .error e =>
    answer s 0 [("error", Json.str s!"not JSON: {e}")]
    serve stdin s
  | .ok j => serve stdin (← handle s j)

partial def importsFrom (l : List Name) (acc : Array Import) : Array Import :=
  match l with
  | [] => acc
  | n :: rest => importsFrom rest (acc.push { module := n })

/-- Serve standard input to its end.

The first line sets nonce, imports, header and allowlist; the answer to it tells which Lean this is. -/
unsafe def start : IO Unit := do
  let stdin ← IO.getStdin
  let line ← stdin.getLine
  match Json.parse line with
  | .error _ => throw (IO.userError "the first line must be JSON")
  | .ok j =>
    enableInitializersExecution
    let env ← importModules (importsFrom (names j "imports") #[]) {} (trustLevel := 0) (loadExts := true)
    let allowed : Allowed :=
      { exact := texts j "allowed", below := names j "allowed_below", never := texts j "never",
        commands := texts j "commands" }
    match ← elabHeader env (str j "header") with
    | .error e =>
      (← IO.getStdout).putStr (str j "nonce" ++ " " ++ (Json.mkObj [("error", Json.str e)]).compress ++ "\n")
    | .ok base =>
      let s : Server := { nonce := str j "nonce", out := ← IO.getStdout, base, allowed, bases := [], goals := [] }
      answer s 0 [("ready", Json.bool true), ("version", Json.str Lean.versionString),
        ("githash", Json.str Lean.githash), ("checker", Json.str checkerVersion)]
      serve stdin s

end Stp
