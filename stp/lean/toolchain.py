"""Which Lean runs, and how a process of it is started.

A native Lean is used when a `lake` project is configured (`lean.project` in the configuration or the
variable STP_LAKE_PROJECT), the embedded one otherwise. Both run the same `lean_project/Checker.lean`, and both
behind the fence of `stp/lean/sandbox.py`.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stp.errors import LeanError, LeanMissing
from stp.lean import embedded, sandbox

#: V8 keeps its own frames and wasm's on the machine stack, of `sandbox.STACK` bytes; the rest is for
#: Node itself. Deep recursion is then stopped by Lean's own guards, and not by the end of the process.
STACK_KB = sandbox.STACK * 15 // 16 // 1024
#: `lake env` may have to fetch a toolchain first.
_LAKE_TIMEOUT = 900.0


@dataclass(frozen=True)
class Native:
    """What `lake env` tells of a project: its `lean`, that Lean's folder, and where compiled modules lie."""

    lean: Path
    sysroot: Path
    path: tuple[Path, ...]


@dataclass(frozen=True)
class Toolchain:
    """A Lean that can be started. `folder` is the install (embedded) or the lake project (native)."""

    kind: Literal["embedded", "native"]
    folder: Path

    @property
    def id(self) -> str:
        """Tells one version from another: what is compiled for it serves no other."""
        pin = self.folder / "lean-toolchain"
        return f"{self.kind} {self.folder} {pin.read_text().strip() if pin.is_file() else ''}"

    def command(self, arguments: list[str], *, read: list[Path], write: Path | None = None) -> list[str]:
        """The command line that runs `lean arguments…`; `read` and `write` are folders it may use."""
        if self.kind == "native":
            return [str(native(self.folder).lean), *arguments]
        return [
            str(embedded.node_binary()),
            f"--stack-size={STACK_KB}",
            "--expose-gc",  # called once, after the start (embedded.py)
            *self.permissions(read, write),
            str(self.folder / "lean.js"),
            *arguments,
        ]

    def permissions(self, read: list[Path], write: Path | None = None) -> list[str]:
        """Node's own permission model, as options of `node`: the first fence of the embedded Lean."""
        granted = [("read", path) for path in (self.folder, *read)] + [
            ("write", path) for path in [write] if path
        ]
        return [
            *("--permission", "--allow-worker", "--disable-warning=SecurityWarning"),
            *(f"--allow-fs-{right}={path}{suffix}" for right, path in granted for suffix in ("", "/*")),
        ]

    def environment(self, *, read: list[Path], libraries: list[Path]) -> dict[str, str]:
        """The process's environment variables: none of the parent's, which may hold secrets."""
        if self.kind == "native":
            found = native(self.folder)
            # The project's own modules come last: they cannot stand in for the checker.
            path = (*libraries, *found.path)
            return {
                "PATH": "/usr/bin:/bin",
                "LEAN_SYSROOT": str(found.sysroot),
                "LEAN_PATH": os.pathsep.join(str(folder) for folder in path),
            }
        return {
            "LEAN_PATH": os.pathsep.join(str(path) for path in (self.folder / "lib", *libraries)),
            "STP_MOUNTS": json.dumps([str(path) for path in dict.fromkeys((self.folder, *read))]),
        }

    def readable(self) -> list[Path]:
        """What this Lean itself is made of."""
        if self.kind == "embedded":
            return [self.folder, embedded.node_binary()]
        found = native(self.folder)
        return [found.lean, found.sysroot, *found.path]

    def popen(
        self,
        arguments: list[str],
        *,
        read: list[Path] | None = None,
        libraries: list[Path] | None = None,
        write: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start `lean arguments…` behind the fence, with pipes on its three streams, in a process group of its
        own, to be killed when the thread that started it ends. `read` and `libraries` are folders it may also
        read (the latter hold compiled modules), `write` is one it may also write to."""
        libraries = list(libraries or [])
        read = [*(read or []), *libraries, *([write] if write else [])]
        try:
            return sandbox.launch(
                self.command(arguments, read=read, write=write),
                environment=self.environment(read=read, libraries=libraries),
                folder=self.folder,
                read=[*self.readable(), *read],
                write=write,
            )
        except OSError as error:
            raise LeanError(
                f"Lean could not be started ({error}). Look into it with: stp lean doctor"
            ) from error


def find(project: Path | None = None) -> Toolchain:
    """The Lean to use. Raises LeanMissing, which names the command that installs one."""
    configured = project or (
        Path(os.environ["STP_LAKE_PROJECT"]) if os.environ.get("STP_LAKE_PROJECT") else None
    )
    if configured is not None:
        folder = configured.expanduser().resolve()
        if not any((folder / name).exists() for name in ("lakefile.toml", "lakefile.lean")):
            raise LeanError(
                f"{folder} is configured as the lake project but holds no lakefile; "
                "correct STP_LAKE_PROJECT (or lean.project), or unset it to use the embedded Lean."
            )
        _lake()
        return Toolchain("native", folder)
    return find_embedded()


def find_embedded() -> Toolchain:
    """The embedded Lean, whatever is configured. Raises LeanMissing."""
    folder = embedded.install_folder()
    if not embedded.is_installed(folder):
        interrupted = folder.parent.exists() and (folder.exists() or any(folder.parent.glob(".staging-*")))
        raise LeanMissing("The embedded Lean is incomplete or outdated." if interrupted else "")
    return Toolchain("embedded", folder)


def _lake() -> str:
    lake = shutil.which("lake")
    if lake is None:
        raise LeanMissing(
            "A lake project is configured but `lake` is not on the PATH; install elan, or unset STP_LAKE_PROJECT."
        )
    return lake


@functools.cache
def native(project: Path) -> Native:
    """Ask lake, once and outside the fence: lake reads the project's own configuration, which is trusted, and
    may have to fetch things. The workers then run `lean` itself, without lake between."""
    ask = 'command -v lean; printf "%s\\n" "$LEAN_SYSROOT" "$LEAN_PATH"'
    try:
        run = subprocess.run(
            [_lake(), "env", "sh", "-c", ask],
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LAKE_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LeanError(f"`lake env` could not be run in {project} ({error}).") from error
    lines = run.stdout.splitlines()
    if run.returncode != 0 or len(lines) < 3:
        said = " ".join((run.stderr.strip() or run.stdout.strip() or "no message").split())[-400:]
        raise LeanError(f"`lake env` fails in {project}: {said}. See to it there with: lake build")
    command, prefix, search = lines[-3:]
    sysroot = Path(prefix) if prefix else Path(command).resolve().parent.parent
    # An elan proxy would look for the toolchain again, and fail behind the fence.
    lean = sysroot / "bin" / "lean"
    folders = (project / folder for folder in search.split(os.pathsep) if folder)
    return Native(
        (lean if lean.exists() else Path(command)).absolute(),
        sysroot.resolve(),
        tuple(dict.fromkeys(folder.resolve() for folder in folders)),
    )
