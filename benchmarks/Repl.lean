module
public import Lean.Elab.Frontend
public import Lean.Data.Json
public meta import Lean.Elab.Frontend
public meta import Lean.Data.Json

/-!
The rival of `lean_checks.py`: a warm REPL as the community's (leanprover-community/repl) and Kimina Lean Server use
it. The environment of the imports and the header is kept; each request is a whole file text, elaborated by Lean's
own frontend with info trees on, as the REPL does; the answer is its messages. It trusts what it is sent.
-/

set_option compiler.extract_closed false

public meta section

open Lean Elab Parser

namespace Rival

def inputOf (text : String) : InputContext :=
  { inputString := text, fileName := "<input>", fileMap := FileMap.ofString text, endPos := text.rawEndPos,
    endPos_valid := by simp }

def str (j : Json) (key : String) : String :=
  match j.getObjVal? key with
  | .ok (.str s) => s
  | _ => ""

def messagesFrom : List Message → Array Json → IO (Array Json)
  | [], acc => return acc
  | m :: rest, acc => do
    let severity := match m.severity with
      | .error => "error" | .warning => "warning" | .information => "info"
    let text ← m.data.toString
    messagesFrom rest (acc.push (Json.mkObj [("severity", Json.str severity), ("data", Json.str text),
      ("line", Json.num (JsonNumber.fromNat m.pos.line))]))

unsafe def loop (stdin : IO.FS.Stream) (nonce : String) (base : Command.State) : IO Unit := do
  let line ← stdin.getLine
  if line.isEmpty then return
  match Json.parse line with
  | .error e => throw (IO.userError e)
  | .ok j =>
    let id := (j.getObjVal? "id").toOption.getD Json.null
    let state ← IO.processCommands (inputOf (str j "text")) {} base
    let messages ← messagesFrom state.commandState.messages.toList #[]
    let out ← IO.getStdout
    out.putStr (nonce ++ " " ++ (Json.mkObj [("id", id), ("messages", Json.arr messages)]).compress ++ "\n")
    out.flush
    loop stdin nonce base

partial def importsFrom (a : Array Json) (i : Nat) (acc : Array Import) : Array Import :=
  if h : i < a.size then
    match a[i] with
    | .str s => importsFrom a (i + 1) (acc.push { module := .mkSimple s })
    | _ => importsFrom a (i + 1) acc
  else acc

unsafe def start : IO Unit := do
  let stdin ← IO.getStdin
  let line ← stdin.getLine
  match Json.parse line with
  | .error e => throw (IO.userError e)
  | .ok j =>
    enableInitializersExecution
    let imports := match j.getObjVal? "imports" with
      | .ok (.arr a) => importsFrom a 0 #[]
      | _ => #[]
    let env ← importModules imports {} (trustLevel := 0) (loadExts := true)
    let state ← IO.processCommands (inputOf (str j "header")) {} (Command.mkState env)
    let state := state.commandState
    let out ← IO.getStdout
    out.putStr (str j "nonce" ++ " " ++ (Json.mkObj [("ready", Json.bool true), ("version", Json.str Lean.versionString),
      ("githash", Json.str Lean.githash), ("checker", Json.str "repl")]).compress ++ "\n")
    out.flush
    loop stdin (str j "nonce") { state with infoState := { state.infoState with enabled := true }, messages := {} }

end Rival
