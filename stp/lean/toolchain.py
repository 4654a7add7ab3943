"""Which Lean runs, and how a process of it is started.

A native Lean is used when a `lake` project is configured (`lean.project` in the configuration or the
variable STP_LAKE_PROJECT), the embedded one otherwise. Both run the same `lean_project/Checker.lean`.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stp.errors import LeanError, LeanMissing
from stp.lean import embedded

#: V8 keeps its own frames and wasm's on the machine stack (8 MB by default): leave a margin for Node itself.
STACK_KB = 7600


@dataclass(frozen=True)
class Toolchain:
    """A Lean that can be started. `folder` is the install (embedded) or the lake project (native)."""

    kind: Literal["embedded", "native"]
    folder: Path

    def command(self, arguments: list[str], *, read: list[Path], libraries: list[Path]) -> list[str]:
        """The command line that runs `lean arguments…`; `read` and `libraries` are folders it may read."""
        if self.kind == "native":
            extra = os.pathsep.join(str(path) for path in libraries)
            script = f'LEAN_PATH="$LEAN_PATH:{extra}" exec lean "$@"' if extra else 'exec lean "$@"'
            return [_lake(), "env", "sh", "-c", script, "lean", *arguments]
        allowed = [self.folder, *read, *libraries]
        return [
            str(embedded.node_binary()),
            f"--stack-size={STACK_KB}",
            "--expose-gc",  # called once, after the start (embedded.py)
            "--permission",
            "--allow-worker",
            *(f"--allow-fs-read={path}{suffix}" for path in allowed for suffix in ("", "/*")),
            "--disable-warning=SecurityWarning",
            str(self.folder / "lean.js"),
            *arguments,
        ]

    def environment(self, *, read: list[Path], libraries: list[Path]) -> dict[str, str]:
        """The process's environment variables."""
        if self.kind == "native":
            return dict(os.environ)
        mounts = [self.folder, *read, *libraries]
        return {
            "PATH": os.environ.get("PATH", ""),
            "LEAN_PATH": os.pathsep.join(str(path) for path in (self.folder / "lib", *libraries)),
            "STP_MOUNTS": json.dumps([str(path) for path in dict.fromkeys(mounts)]),
        }

    def popen(
        self,
        arguments: list[str],
        *,
        read: list[Path] | None = None,
        libraries: list[Path] | None = None,
        write: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start `lean arguments…` with pipes on its three streams, in a process group of its own, to be
        killed when the thread that started it ends. `write` is a folder it may also write to."""
        read, libraries = list(read or []), list(libraries or [])
        if write is not None:
            read.append(write)
        command = self.command(arguments, read=read, libraries=libraries)
        if write is not None and self.kind == "embedded":
            command[4:4] = [f"--allow-fs-write={write}", f"--allow-fs-write={write}/*"]
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env=self.environment(read=read, libraries=libraries),
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
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


def _prctl() -> Callable[..., int] | None:
    try:
        return ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None


_PRCTL = _prctl() if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)
