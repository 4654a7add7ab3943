module
public meta import Repl
public meta import Init.System.IO

public meta unsafe def main : IO Unit := Rival.start
