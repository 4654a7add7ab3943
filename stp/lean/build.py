"""The project's own Lean, compiled once per Lean and per source into the cache: the checker and the seed library.

Compiled code is what makes a worker start in seconds: without it every start would elaborate the checker
anew (twice the time, 700 MB more memory; docs/lean.md).
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stp import paths
from stp.errors import LeanError
from stp.lean.toolchain import Toolchain
from stp.records import digest

Progress = Callable[[str], None]

#: Makes a plain Lean file a module whose declarations, and bodies of definitions, importers can see.
_MODULE = "module\n@[expose] public section\n"
#: `-R`, the folder in which the module's name begins: without it Lean names it by its path, and refuses to if that
#: does not lie under the current folder.
_OPTIONS = ("-q", "-R")
_COMPILE_TIMEOUT = 600.0


@dataclass(frozen=True)
class Built:
    """A folder with `Checker.olean`, `Seed.olean` and what goes with them; `main` is what a worker runs."""

    folder: Path
    main: Path


def seed_files() -> list[Path]:
    """The seed library's files, in the order in which they are read."""
    return sorted((paths.shipped("data/seeds") / "Seed").glob("*.lean"))


def checker_id() -> str:
    """Digest of all on the project's side that decides a verdict."""
    folder = paths.shipped("lean_project")
    return digest(*((folder / name).read_text() for name in ("Checker.lean", "allowed_syntax.txt")))


def seed_digest() -> str:
    return digest(*(path.read_text() for path in seed_files()))


def allowlist() -> dict[str, list[str]]:
    """The admitted syntax kinds, for the checker: keys `allowed`, `allowed_below`, `never`, `commands`."""
    found: dict[str, list[str]] = {"allowed": [], "allowed_below": [], "never": [], "commands": []}
    for line in (paths.shipped("lean_project") / "allowed_syntax.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, name = line.partition(" ")
        if word in _GROUPS and name:
            found[_GROUPS[word]].append(name)
        else:
            found["allowed"].append(line)
    return found


_GROUPS = {"below": "allowed_below", "never": "never", "command": "commands"}


def built_folder(toolchain: Toolchain) -> Path:
    source = paths.shipped("lean_project") / "Checker.lean"
    name = digest(toolchain.id, source.read_text(), seed_digest(), _MODULE, *_OPTIONS)
    return (paths.home() / "lean" / f"built-{name}").resolve()


def ensure(toolchain: Toolchain, progress: Progress = lambda _: None) -> Built:
    """Compile the checker and the seed library unless that is done; complete or absent.

    Raises LeanError with Lean's first message if a source does not compile.
    """
    target = built_folder(toolchain)
    built = Built(target, paths.shipped("lean_project") / "Main.lean")
    if _usable(target):
        return built
    progress("compiling the checker and the seed library (once)")
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        (staging / "Seed.lean").write_text(_MODULE + "\n".join(path.read_text() for path in seed_files()))
        shutil.copy(paths.shipped("lean_project") / "Checker.lean", staging / "Checker.lean")
        faults: list[LeanError] = []
        threads = [
            threading.Thread(target=_compile, args=(toolchain, staging, module, faults))
            for module in ("Checker", "Seed")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]
        (staging / "complete").touch()
        for file in staging.iterdir():
            file.chmod(0o644)  # Lean in WebAssembly writes what everybody may write
        staging.chmod(0o755)
        if _usable(target):  # another process was faster; its workers read it already
            return built
        if target.exists():
            shutil.rmtree(target)
        os.rename(staging, target)
    except OSError as error:
        raise LeanError(
            f"{target.parent} cannot be written ({error.strerror}); free some space or set STP_HOME."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return built


def _usable(folder: Path) -> bool:
    """Whether all is there, and nobody else could have changed what judges proofs (earlier versions left it open to all)."""
    try:
        open_to_others = any(file.stat().st_mode & 0o022 for file in folder.iterdir())
        return (folder / "complete").exists() and not (open_to_others and os.name == "posix")
    except OSError:  # not there, or another process is at it
        return False


def _compile(toolchain: Toolchain, folder: Path, module: str, faults: list[LeanError]) -> None:
    try:
        process = toolchain.popen(
            [*_OPTIONS, str(folder), "-o", str(folder / f"{module}.olean"), str(folder / f"{module}.lean")],
            write=folder,
        )
    except LeanError as error:
        faults.append(error)
        return
    fault = ""
    try:
        out, err = process.communicate(timeout=_COMPILE_TIMEOUT)
    except Exception as error:
        process.kill()
        process.wait()
        fault = f"{module}: {error}"
    else:
        if match := re.search(r"\.lean:(\d+:\d+: error.*)", out.decode("utf-8", "replace")):
            fault = f"{module}.lean:{match[1]}"
        elif process.returncode != 0 or not (folder / f"{module}.olean").exists():
            # The embedded Lean's own notes are left out.
            lines = [line for line in err.decode("utf-8", "replace").splitlines() if "DEBUG" not in line]
            fault = f"{module}: exit status {process.returncode} {' '.join(lines[-3:])}"
    if fault:
        faults.append(
            LeanError(f"The project's own Lean does not compile: {fault}. Look into it with: stp lean doctor")
        )
