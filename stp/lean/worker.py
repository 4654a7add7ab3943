"""One Lean process that serves the checker's protocol: a JSON request a line in, a marked JSON line out."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stp.errors import LeanError
from stp.lean import build
from stp.lean.toolchain import Toolchain

#: Seconds a worker may take to start on a busy machine (about 10 on a quiet one).
START_TIMEOUT = 180.0
_STDERR_KEPT = 40
#: Seconds between two looks at the memory of a worker that is at work.
_LOOK_EVERY = 0.2
_PAGE = os.sysconf("SC_PAGE_SIZE")


class WorkerDied(Exception):
    """The process ended or broke the protocol. `tail` holds the last lines of its standard error."""

    def __init__(self, tail: str, code: int | None, out_of_memory: bool = False) -> None:
        super().__init__(f"exit status {code}")
        self.tail = tail
        self.code = code
        self.out_of_memory = out_of_memory or any(
            text in tail.lower() for text in ("out of memory", "allocation failed")
        )


class WorkerTimeout(Exception):
    """No answer within the time given; the process has been killed."""


@dataclass(frozen=True)
class Settings:
    """What a worker's environment is made of: the modules it imports and a trusted header."""

    imports: tuple[str, ...] = ("Init", "Std", "Seed")
    header: str = "open Seed"


class Worker:
    """A running checker. Not thread-safe: one thread starts it, asks it and closes it."""

    def __init__(
        self,
        toolchain: Toolchain,
        settings: Settings,
        start_timeout: float = START_TIMEOUT,
        built: build.Built | None = None,
    ) -> None:
        started = time.monotonic()
        built = built or build.ensure(toolchain)
        self._nonce = secrets.token_hex(16)
        self._buffer = b""
        self._next_id = 0
        self._process = toolchain.popen(
            ["-q", "--run", str(built.main)], read=[built.main.parent], libraries=[built.folder]
        )
        assert self._process.stdout and self._process.stderr and self._process.stdin
        self._selector = selectors.DefaultSelector()
        os.set_blocking(self._process.stdout.fileno(), False)
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._stderr: deque[str] = deque(maxlen=_STDERR_KEPT)
        threading.Thread(target=self._drain, daemon=True).start()
        try:
            self._send(
                {
                    "nonce": self._nonce,
                    "imports": list(settings.imports),
                    "header": settings.header,
                    **build.allowlist(),
                }
            )
            ready = self._receive(start_timeout)
        except WorkerDied as died:
            raise LeanError(
                f"The Lean worker ended while starting ({died}): {died.tail.strip()[-400:] or 'no message'}. "
                "Look into it with: stp lean doctor"
            ) from died
        except WorkerTimeout:
            raise LeanError(
                f"The Lean worker did not start within {start_timeout:.0f} s. Look into it with: stp lean doctor"
            ) from None
        if "error" in ready:
            self.close()
            raise LeanError(f"The trusted header does not elaborate: {ready['error']}")
        self.version: str = ready["version"]
        self.commit: str = ready["githash"]
        self.checker: str = ready["checker"]
        self.start_seconds = time.monotonic() - started

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_bytes(self) -> int:
        """Resident memory in bytes; 0 where the platform does not tell."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError, ValueError):
            return 0

    @property
    def asked(self) -> int:
        """How many requests it has been sent."""
        return self._next_id

    def running(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any], timeout: float, memory: float = float("inf")) -> dict[str, Any]:
        """The answer to `request`, within `timeout` seconds of wall clock and `memory` resident bytes.

        Raises WorkerTimeout (the process is then dead) or WorkerDied; after either the worker is of no
        further use.
        """
        self._next_id += 1
        self._send({**request, "id": self._next_id})
        answer = self._receive(timeout, memory)
        if answer.get("id") != self._next_id or "error" in answer:
            self.close()
            raise WorkerDied(f"broken protocol: {json.dumps(answer)[:200]}", None)
        return answer

    def kill(self) -> None:
        """Kill the process and everything it started. From any thread: one that waits for an answer gets WorkerDied."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(Exception):
            self._process.kill()

    def close(self) -> None:
        """`kill`, and reap it; not while another thread asks it."""
        self.kill()
        self._process.wait()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            raise self._died() from None

    def _receive(self, timeout: float, memory: float = float("inf")) -> dict[str, Any]:
        """The next line that carries the nonce; anything else on the stream is not an answer."""
        deadline = time.monotonic() + timeout
        mark = self._nonce.encode() + b" "
        assert self._process.stdout
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                if line.startswith(mark):
                    try:
                        answer = json.loads(line[len(mark) :])
                    except ValueError:
                        raise self._died() from None
                    assert isinstance(answer, dict)
                    return answer
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                self.close()
                raise WorkerTimeout
            if not self._selector.select(min(left, _LOOK_EVERY)):
                if (resident := self.resident_bytes()) > memory:
                    self.close()
                    raise WorkerDied(
                        f"{resident / 1e9:.1f} GB resident, {memory / 1e9:.1f} allowed", None, True
                    )
                continue
            block = os.read(self._process.stdout.fileno(), 1 << 16)
            if not block:
                raise self._died()
            self._buffer += block

    def _died(self) -> WorkerDied:
        with contextlib.suppress(Exception):
            self._process.wait(timeout=2)
        code = self._process.returncode
        self.close()
        return WorkerDied("\n".join(self._stderr), code)

    def _drain(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        with contextlib.suppress(ValueError, OSError):
            while line := stream.readline(4096):
                text = line.decode("utf-8", "replace").rstrip()
                if "[DEBUG" not in text:
                    self._stderr.append(text)
            stream.close()
