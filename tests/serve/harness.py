"""A small verifier without Lean, and what a test holds of a service that runs on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import uvicorn

from stp.errors import LeanError
from stp.records import Check, Environment, FileCheck, FileVerdict, Message, Verdict
from stp.serve.app import Service

ENVIRONMENT = Environment("4.0.0", "abc", "1-x", ("Init", "Std"), "", "", 20_000)


@dataclass
class FakeWorker:
    pid: int = 4711

    def resident_bytes(self) -> int:
        return 1_500_000_000


@dataclass
class FakeVerifier:
    """Decides by the proof's text: "rfl" proves, "slow" waits for `go`, "lean error" and "bug" raise."""

    environment: Environment = ENVIRONMENT
    timeout: float = 60.0
    restarts: int = 3
    workers: list[FakeWorker] = field(default_factory=lambda: [FakeWorker()])
    go: threading.Event = field(default_factory=threading.Event)
    started: list[str] = field(default_factory=list)

    def _word(self, text: str) -> str:
        self.started.append(text)
        if "lean error" in text:
            raise LeanError("All Lean workers have ended.")
        if "bug" in text:
            raise RuntimeError("a bug")
        if "slow" in text:
            self.go.wait(20)
        return text

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        for job in reversed(list(jobs)):  # the pool gives them in the order of completion, too
            if self._word(job.proof) in ("rfl", "slow"):
                yield job, Verdict("proved", "", "", ("propext",), ("Nat.add_comm",), (), 0.25)
            else:
                yield job, Verdict("rejected", "error", f"no: {job.proof}", seconds=0.01)

    def files(self, jobs: Iterable[FileCheck]) -> Iterator[tuple[FileCheck, FileVerdict]]:
        for job in jobs:
            text = self._word(job.text)
            if "memory" in text:
                yield job, FileVerdict("out_of_memory")
            elif "late" in text:
                yield job, FileVerdict("timeout")
            elif "sorry" in text:
                yield job, FileVerdict("rejected", (Message("error", 2, 4, 2, 9, "sorry"),), ("t",), (), 0.5)
            elif "hidden" in text:
                yield job, FileVerdict("rejected", (Message("warning", 1, 0, None, None, "hm"),))
            elif "#check" in text:
                yield job, FileVerdict("proved", (Message("info", 1, 0, 1, 6, "Nat : Type"),))
            else:
                yield job, FileVerdict("proved", (), ("t",), ("propext",), 0.125)


@dataclass
class Running:
    url: str
    verifier: FakeVerifier
    service: Service
    server: uvicorn.Server


Start = Callable[..., Running]


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
