module
public meta import Checker
public meta import Init.System.IO

/-- `lean --run Main.lean`, with the compiled `Checker` on the search path: serve standard input to its end. -/
public meta unsafe def main : IO Unit := Stp.start
