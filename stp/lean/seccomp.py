"""The filter of system calls that Lean has no use for: the kernel runs it on each call, and nothing can undo it."""

from __future__ import annotations

import ctypes
import platform
import sys

#: Name, number on x86_64, number on aarch64 (`-`: there is none).
_REFUSED = """
socket 41 198                fork 57 -                    vfork 58 -                ptrace 101 117
kill 62 129                  tkill 200 130                rt_sigqueueinfo 129 138   rt_tgsigqueueinfo 297 240
pidfd_send_signal 424 424    pidfd_open 434 434           pidfd_getfd 438 438       open_by_handle_at 304 265
process_vm_readv 310 270     process_vm_writev 311 271    mount 165 40              unshare 272 97
setns 308 268                bpf 321 280                  perf_event_open 298 241   userfaultfd 323 282
keyctl 250 219               add_key 248 217              request_key 249 218       mq_open 240 180
shmget 29 194                msgget 68 186                semget 64 190
"""
#: Landlock does not speak of these. A process that may write somewhere keeps them.
_REFUSED_TO_READERS = """
truncate 76 45       chmod 90 -           fchmod 91 52         fchmodat 268 53      fchmodat2 452 452
chown 92 -           lchown 94 -          fchown 93 55         fchownat 260 54      setxattr 188 5
lsetxattr 189 6      fsetxattr 190 7      removexattr 197 14   lremovexattr 198 15  fremovexattr 199 16
utime 132 -          utimes 235 -         futimesat 261 -      utimensat 280 88
"""
#: Said not to exist: the C library and Node then use older calls, which a filter can look into.
_ABSENT = "clone3 435 435  io_uring_setup 425 425"
_CLONE, _TGKILL, _PRLIMIT = (56, 220), (234, 131), (302, 261)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_PASS, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the filter is given
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # a second set of numbers for the same calls on x86_64


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Head(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step))]


def known() -> bool:
    """Whether the numbers of system calls are known for this machine."""
    return _machine() is not None


def _machine() -> tuple[int, int] | None:
    """The column of the tables above, and the kernel's number of the architecture."""
    machines = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
    return machines.get(platform.machine()) if sys.maxsize > 1 << 32 else None


class Filter:
    """The filter as the kernel takes it.

    writer: the process may write files somewhere. own: signals go to the process's own threads only, whose
    number `head` is told; without it (bubblewrap) there are no other processes in sight.
    """

    def __init__(self, writer: bool, *, own: bool) -> None:
        machine = _machine()
        assert machine is not None
        column, architecture = machine
        steps = [
            (_LOAD, 0, 0, _ARCHITECTURE),
            (_EQUAL, 1, 0, architecture),
            (_RETURN, 0, 0, _KILL),
            (_LOAD, 0, 0, _NUMBER),
            (_AT_LEAST, 0, 1, _X32),
            (_RETURN, 0, 0, _EPERM),
        ]
        for table, answer in (
            (_REFUSED, _EPERM),
            ("" if writer else _REFUSED_TO_READERS, _EPERM),
            (_ABSENT, _ENOSYS),
        ):
            for number in table.split()[1 + column :: 3]:
                if number != "-":
                    steps += [(_EQUAL, 0, 1, int(number)), (_RETURN, 0, 0, answer)]
        # Threads, but no processes; the process's own limits only, for which it says 0.
        steps += _if_argument(_CLONE[column], _ANY_BIT, _CLONE_THREAD)
        steps += _if_argument(_PRLIMIT[column], _EQUAL, 0)
        self._own_number = len(steps) + 2 if own else -1
        if own:
            steps += _if_argument(_TGKILL[column], _EQUAL, 0)
        steps.append((_RETURN, 0, 0, _PASS))
        self._steps = (_Step * len(steps))(*(_Step(*step) for step in steps))

    def head(self, pid: int) -> ctypes.Structure:
        """What `prctl` takes, for the process `pid`."""
        if self._own_number >= 0:
            self._steps[self._own_number].k = pid
        return _Head(len(self._steps), self._steps)

    def __bytes__(self) -> bytes:
        return bytes(self._steps)


def _if_argument(call: int, test: int, value: int) -> list[tuple[int, int, int, int]]:
    """Refuse `call` unless its first argument passes the test. Jumps count steps from the next one."""
    return [
        (_EQUAL, 0, 4, call),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (test, 0, 1, value),
        (_RETURN, 0, 0, _PASS),
        (_RETURN, 0, 0, _EPERM),
    ]
