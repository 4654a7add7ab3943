"""`stp lean doctor`: which Lean there is, and whether it tells true from false."""

from __future__ import annotations

from typing import Any

from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.records import Check

TRUE = Check("true", "theorem t (a b : Nat) : a + b = b + a", "by omega")
FALSE = Check("false", "theorem t (a b : Nat) : a + b = a", "by omega")


def examine() -> dict[str, Any]:
    """What is found and how it does. Raises LeanMissing if there is no Lean."""
    found = toolchain.find()
    with LeanPool(found, workers=1) as pool:
        worker = pool.workers[0]
        started, resident = worker.start_seconds, worker.resident_bytes()
        proved, refuted = pool.check_one(TRUE), pool.check_one(FALSE)
        environment = pool.environment
    ok = proved.proved and refuted.outcome == "rejected"
    return {
        "ok": ok,
        "lean": found.kind,
        "version": environment.lean_version.split(",")[0],
        "commit": environment.lean_commit,
        "folder": str(found.folder),
        "environment": environment.id,
        "start_seconds": round(started, 1),
        "resident_mb": round(resident / 1e6),
        "proves": f"{TRUE.statement}: {proved.outcome}",
        "refutes": f"{FALSE.statement}: {refuted.outcome}",
        "sandbox": "Node's permission model: reads its own folders only, no writes, no processes"
        if found.kind == "embedded"
        else "none",
    }
