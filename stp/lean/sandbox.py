"""The fence around a process that runs Lean text written by a model. docs/lean.md tells what each layer is for.

On Linux the process, just before it becomes Lean, gives up what Lean does not need, for good: network, files
outside its own, other processes, privileges. Each layer is tried once before it is relied upon; one that then
fails in a process keeps that process from starting. STP_SANDBOX chooses: `auto` (what the machine offers),
`landlock` or `bwrap` (that one for files, or an error), `off`.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import resource
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stp.errors import LeanError
from stp.lean import seccomp

CHOICES = ("auto", "landlock", "bwrap", "off")
#: What any program needs of the system, as far as it exists: shared libraries, and facts about the machine.
SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/openssl.cnf"),
)
_MACHINE = (
    *("/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/sys/vm/overcommit_memory"),
    *("/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/urandom", "/dev/random", "/dev/zero"),
)
_OPEN_FILES = 1024
#: Bytes of stack for the main thread, as far as the system lets it have them.
STACK = 1 << 30
_STACK_HARD = resource.getrlimit(resource.RLIMIT_STACK)[1]
if _STACK_HARD != resource.RLIM_INFINITY:
    STACK = min(STACK, _STACK_HARD)


@dataclass(frozen=True)
class Plan:
    """The layers that processes get on this machine, and for each absent one why."""

    landlock: int = 0  #: the kernel's version of it; 0 without
    bwrap: str = ""  #: the program that shuts in, if Landlock does not
    calls: bool = False  #: system calls refused by seccomp
    network: int = 0  #: the `unshare` flags that give an empty network; 0 without
    capabilities: bool = False  #: root's privileges are dropped
    missing: dict[str, str] = field(default_factory=dict)

    def describe(self) -> dict[str, str]:
        """A sentence for each layer."""
        files = f"Landlock {self.landlock}: its own files and the system's libraries to read, none to write"
        if self.bwrap:
            files = "bubblewrap: its own files and the system's libraries to read, none to write"
        texts = {
            "files": (files, bool(self.landlock or self.bwrap)),
            "system_calls": ("seccomp: no processes, sockets, signals, changes of owner or mode", self.calls),
            "network": ("a network of its own, empty", bool(self.network or self.bwrap)),
            "privileges": (
                "root without capabilities, no setuid programs"
                if os.geteuid() == 0
                else "no setuid programs",
                self.capabilities or bool(self.bwrap),
            ),
        }
        return {
            key: text if there else f"none ({self.missing.get(key, 'not on this platform')})"
            for key, (text, there) in texts.items()
        }

    def refuses(self) -> set[str]:
        """Which of the deeds that `stp lean doctor` tries cannot succeed."""
        found = {"read", "write", "write_own"} if self.landlock or self.bwrap else set()
        return found | (
            {"connect", "spawn"} if self.calls else {"connect"} if self.network or self.bwrap else set()
        )


def launch(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    read: Sequence[Path],
    write: Path | None = None,
    layers: Plan | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` behind the fence, with pipes on its three streams, in a process group of its own, to be
    killed when the thread that started it ends. It may read `read` and write in `write`. layers: those of the
    fence; by default all of `plan()`.

    Raises OSError if it cannot be started, LeanError if a layer of the fence fails.
    """
    layers = layers or plan()
    keep: list[int] = []
    reader, writer = os.pipe()
    fence: _Fence | None = None
    try:
        if sys.platform == "linux":
            fence = _Fence(layers, writer, read, write)
        if layers.bwrap:
            keep = [_memory_file(bytes(seccomp.Filter(write is not None, own=False)))] if layers.calls else []
            command = _wrapped(layers.bwrap, command, folder, read, write, keep)
        return subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            pass_fds=keep,
            preexec_fn=fence,
        )
    except subprocess.SubprocessError as error:
        os.set_blocking(reader, False)
        with suppress(OSError):
            error = subprocess.SubprocessError(os.read(reader, 400).decode() or str(error))
        raise LeanError(
            f"The sandbox of the Lean process could not be set up ({error}), so it was not started. "
            "STP_SANDBOX=off would run it unprotected; look into it with: stp lean doctor"
        ) from error
    finally:
        for descriptor in (reader, writer, *keep, *(fence.descriptors if fence else ())):
            os.close(descriptor)


def plan() -> Plan:
    """What STP_SANDBOX asks for and this machine offers. Raises LeanError if it asks for what is not there."""
    return _plan(os.environ.get("STP_SANDBOX", "") or "auto")


@functools.cache
def _plan(choice: str) -> Plan:
    if choice not in CHOICES:
        raise LeanError(f"STP_SANDBOX is {choice!r}; it can be {', '.join(CHOICES)}.")
    if choice == "off":
        return Plan(
            missing=dict.fromkeys(("files", "system_calls", "network", "privileges"), "STP_SANDBOX=off")
        )
    missing: dict[str, str] = {}
    landlock, bwrap, network, calls, capabilities = 0, "", 0, False, False
    if choice != "bwrap":
        landlock = _landlock_version()
        if not landlock or not _works(Plan(landlock=landlock)):
            landlock, missing["files"] = 0, "the kernel has no Landlock"
    if choice == "bwrap" or (choice == "auto" and not landlock):
        bwrap, reason = _find_bwrap()
        missing["files"] = ", ".join(part for part in (missing.get("files"), reason) if part)
    if choice != "auto" and not (landlock or bwrap):
        raise LeanError(
            f"STP_SANDBOX={choice} asks for what this machine does not have ({missing['files']}); "
            "see what STP_SANDBOX=auto finds with: stp lean doctor"
        )
    if sys.platform == "linux":
        calls = seccomp.known() and (bool(bwrap) or _works(Plan(calls=True)))
        missing["system_calls"] = "refused by the kernel" if seccomp.known() else "unknown processor"
        if not bwrap:
            kinds = (_NEWNET, _NEWUSER | _NEWNET)  # the first needs privileges
            network = next((flags for flags in kinds if _works(Plan(network=flags))), 0)
            missing["network"] = "no right to make one"
            capabilities = _works(Plan(capabilities=True))
            missing["privileges"] = "refused by the kernel"
    return Plan(landlock, bwrap, calls, network, capabilities, missing)


def _works(plan: Plan) -> bool:
    """Whether a process can be started with this plan's layers."""
    try:
        trial = launch(
            ["/bin/sh", "-c", ":"],
            environment={},
            folder=Path("/"),
            read=[Path("/bin/sh")],
            layers=plan,
        )
        with trial as process:
            process.communicate()
        return process.returncode == 0
    except (OSError, LeanError):
        return False


def _find_bwrap() -> tuple[str, str]:
    """The path of a bubblewrap that works here, or why there is none."""
    path = shutil.which("bwrap")
    if path is None:
        return "", "no bubblewrap"
    trial = [path, *_BWRAP, "--ro-bind", "/", "/", "/bin/sh", "-c", ":"]
    done = subprocess.run(trial, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return (
        (path, "") if done.returncode == 0 else ("", f"bubblewrap does not work here: {done.stderr.strip()}")
    )


class _Fence:
    """Run in the child between fork and exec; all that can be made beforehand is made by the parent."""

    def __init__(self, plan: Plan, report: int, read: Sequence[Path], write: Path | None) -> None:
        self.plan, self.report = plan, report
        self.write = write is not None
        self.filter = seccomp.Filter(self.write, own=True) if plan.calls and not plan.bwrap else None
        self.rules = _ruleset(plan.landlock, read, write) if plan.landlock else -1
        self.descriptors = [self.rules] if self.rules >= 0 else []

    def __call__(self) -> None:
        try:
            self._enter()
        except BaseException as error:
            os.write(self.report, f"{type(error).__name__}: {error}".encode()[:400])
            raise

    def _enter(self) -> None:
        plan = self.plan
        if plan.network:
            _call(_LIBC.unshare, plan.network, what="a network of its own")
        if plan.capabilities:  # for good, with `no_new_privs` below
            version = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
            _call(_LIBC.capset, version, (ctypes.c_uint32 * 6)(), what="dropping capabilities")
        # After `unshare`, which would clear it.
        _call(_LIBC.prctl, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0, what="dying with the parent")
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, _STACK_HARD))
        if plan == Plan(missing=plan.missing):
            return  # switched off
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = _OPEN_FILES if files == resource.RLIM_INFINITY else min(files, _OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if not self.write:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        if plan.bwrap:
            return  # it does the rest itself
        _call(_LIBC.prctl, _SET_NO_NEW_PRIVS, 1, 0, 0, 0, what="no new privileges")
        if self.rules >= 0:
            # A folder of this process's own, so not the parent's to name.
            _allow(self.rules, "/proc/self", _READ)
            _call(_LIBC.syscall, _LANDLOCK_RESTRICT_SELF, self.rules, 0, what="Landlock")
        if self.filter is not None:
            head = self.filter.head(os.getpid())
            _call(_LIBC.prctl, _SET_SECCOMP, 2, ctypes.byref(head), 0, 0, what="seccomp")


# --- bubblewrap -------------------------------------------------------------------------------------------

#: Everything of its own, as nobody and without capabilities, and gone when the parent is.
_BWRAP = (
    *("--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"),
    "--die-with-parent",
)


def _wrapped(
    bwrap: str,
    command: Sequence[str],
    folder: Path,
    read: Sequence[Path],
    write: Path | None,
    filters: list[int],
) -> list[str]:
    shown = [path for path in (*SYSTEM, *map(str, read)) if os.path.exists(path)]
    mounts = [part for path in dict.fromkeys(shown) for part in ("--ro-bind", path, path)]
    if write is not None:
        mounts += ["--bind", str(write), str(write)]
    return [
        *(bwrap, *_BWRAP, "--proc", "/proc", "--dev", "/dev", *mounts),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *(part for number in filters for part in ("--seccomp", str(number))),
        *("--chdir", str(folder) if any(folder.is_relative_to(path) for path in read) else "/"),
        *("--", *command),
    ]


def _memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("seccomp")
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


# --- Landlock ---------------------------------------------------------------------------------------------

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_READ = 0b1101  # execute, read files, list folders
_ON_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # rights that a rule about a single file may hold
_WRITE_FILE = 1 << 1 | 1 << 14 | 1 << 15


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32)]


def _landlock_version() -> int:
    if sys.platform != "linux" or platform.machine() == "alpha":
        return 0
    return max(0, int(_LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, 0, 1)))


def _handled(version: int) -> int:
    """All rights over files that this version of Landlock knows."""
    return (1 << (16 if version >= 5 else 15 if version >= 3 else 14 if version == 2 else 13)) - 1


def _ruleset(version: int, read: Sequence[Path], write: Path | None) -> int:
    """A descriptor of the rules: no file, no TCP, no signals outside, but for what is listed."""
    rules = _Ruleset(_handled(version), 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = _call(_LIBC.syscall, _LANDLOCK_CREATE_RULESET, ctypes.byref(rules), size, 0, what="Landlock")
    readable: list[str | Path] = [*SYSTEM, *_MACHINE, *read]
    for path in readable:
        _allow(made, path, _READ)
    _allow(made, "/dev/null", (_READ | _WRITE_FILE) & _handled(version))
    if write is not None:
        _allow(made, write, _handled(version))
    return made


def _allow(rules: int, path: str | Path, rights: int) -> None:
    """Add a rule for a file or a folder and all in it; what does not exist needs none."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _ON_FILES
        rule = _Beneath(rights, descriptor)
        _call(_LIBC.syscall, _LANDLOCK_ADD_RULE, rules, 1, ctypes.byref(rule), 0, what=f"Landlock for {path}")
    finally:
        os.close(descriptor)


# --- the C library ----------------------------------------------------------------------------------------

_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: not between fork and exec
_SET_PDEATHSIG, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 22, 38
_CAPABILITY_VERSION = 0x20080522
_NEWUSER, _NEWNET = 0x10000000, 0x40000000


def _call(function: Callable[..., int], *arguments: Any, what: str) -> int:
    result = function(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result
