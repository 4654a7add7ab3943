"""`stp lean doctor`: which Lean there is, whether it tells true from false, and whether it is shut in."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

from stp.errors import LeanError
from stp.lean import embedded, sandbox, toolchain
from stp.lean.pool import LeanPool
from stp.lean.toolchain import Toolchain
from stp.records import Check

TRUE = Check("true", "theorem t (a b : Nat) : a + b = b + a", "by omega")
FALSE = Check("false", "theorem t (a b : Nat) : a + b = a", "by omega")

#: Run by Node behind the same fence as Lean: what a proof could do if it could run any code. Prints, for each deed,
#: the error it met, or nothing.
ATTEMPTS = """
const fs = require("fs"), [file, port, own] = process.argv.slice(1), met = {};
const attempt = (name, deed) => { try { deed(); met[name] = "" } catch (e) { met[name] = String(e.code || e) } };
attempt("read", () => fs.readFileSync(file));
attempt("write", () => fs.writeFileSync(file + ".new", "x"));
attempt("write_own", () => fs.writeFileSync(own + "/stp-doctor", "x"));
attempt("spawn", () => { const run = require("child_process").spawnSync(process.execPath, ["--version"]);
                         if (run.error) throw run.error });
attempt("environment", () => { if (!process.env.STP_DOCTOR_SECRET) throw {code: "not there"} });
const done = what => { met.connect = what; console.log(JSON.stringify(met)); process.exit() };
try { require("net").connect(+port, "127.0.0.1", () => done("")).on("error", e => done(String(e.code || e))) }
catch (e) { done(String(e.code || e)) }
"""


def examine() -> dict[str, Any]:
    """What is found and how it does. Raises LeanMissing if there is no Lean."""
    found = toolchain.find()
    plan = sandbox.plan()
    layers, attempts = plan.describe(), {"by_system": attempt(found)}
    expected = {"by_system": plan.refuses() | {"environment"}}
    if found.kind == "embedded":
        layers["node"] = "permission model: reads its own folders, no writes, processes, add-ons or inspector"
        attempts["by_node"] = attempt(found, found.permissions([]))
        expected["by_node"] = {"read", "write", "write_own", "spawn", "environment"}
    got_through = sorted(
        f"{deed}, not refused {by}"
        for by, deeds in expected.items()
        for deed in deeds
        if attempts[by].get(deed, "") == ""
    )
    with LeanPool(found, workers=1, spares=0) as pool:
        worker = pool.workers[0]
        started, resident = worker.start_seconds, worker.resident_bytes()
        proved, refuted = pool.check_one(TRUE), pool.check_one(FALSE)
        environment = pool.environment
    return {
        "ok": proved.proved and refuted.outcome == "rejected" and not got_through,
        "lean": found.kind,
        "version": environment.lean_version.split(",")[0],
        "commit": environment.lean_commit,
        "folder": str(found.folder),
        "environment": environment.id,
        "start_seconds": round(started, 1),
        "resident_mb": round(resident / 1e6),
        "proves": f"{TRUE.statement}: {proved.outcome}",
        "refutes": f"{FALSE.statement}: {refuted.outcome}",
        "sandbox": layers,
        **{
            f"refused_{by}": {deed: error or "NOT REFUSED" for deed, error in deeds.items()}
            for by, deeds in attempts.items()
        },
        "got_through": ", ".join(got_through) or "none",
    }


def attempt(found: Toolchain, options: list[str] | None = None) -> dict[str, str]:
    """The error that each deed meets behind the fence of `found`; empty where it succeeds.

    options: of Node; without them only the fence of the system is tried.
    """
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        file = Path(folder).resolve() / "secret"
        file.write_text("secret")
        os.environ["STP_DOCTOR_SECRET"] = "secret"
        arguments = [str(file), str(server.getsockname()[1]), str(found.folder)]
        node = embedded.node_binary()
        try:
            with sandbox.launch(
                [str(node), *(options or []), "-e", ATTEMPTS, *arguments],
                environment=found.environment(read=[], libraries=[]),
                folder=found.folder,
                read=[*found.readable(), node],
            ) as process:
                out, err = process.communicate(timeout=60)
        except OSError as error:
            raise LeanError(f"The sandbox cannot be tried ({error}).") from error
        finally:
            del os.environ["STP_DOCTOR_SECRET"]
            (found.folder / "stp-doctor").unlink(missing_ok=True)
    try:
        met = json.loads(out)
        assert isinstance(met, dict)
        return met
    except ValueError:
        tail = err.decode("utf-8", "replace").strip()[-300:]
        raise LeanError(
            f"The sandbox cannot be tried: Node ended with {process.returncode} behind it ({tail})."
        ) from None
