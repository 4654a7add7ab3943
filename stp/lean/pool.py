"""A pool of Lean workers: time-outs from outside, restart, one retry elsewhere, no zombies.

Jobs with the same statement are handed out together, so that a worker elaborates the statement once for all
its proofs. A worker that dies or hangs is replaced; its job is tried once more on a fresh one and then
reported as what it was, never as a rejected proof; the jobs behind it are not affected.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stp.errors import LeanError
from stp.lean import build
from stp.lean.toolchain import Toolchain
from stp.lean.worker import Settings, Worker, WorkerDied, WorkerTimeout
from stp.records import Check, Environment, StatementInfo, Verdict, digest

#: A text of more characters than this is refused unread: no proof that a model samples comes near it.
MAX_TEXT = 200_000
#: A worker whose resident memory passes this between two jobs is replaced by a fresh one.
RECYCLE_BYTES = 2_600_000_000
#: Jobs of one statement that a worker takes at once.
_CHUNK = 32

_Request = dict[str, Any]
_Answer = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """A request that got no answer: `timeout`, `out_of_memory` or `infrastructure`, with what is known."""

    outcome: str
    detail: str


class LeanPool:
    """`workers` checkers on one environment. Use as a context manager; one thread may ask at a time.

    timeout: seconds of wall clock an answer may take. heartbeats: Lean's own limit, in thousands.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        settings: Settings | None = None,
        *,
        workers: int = 2,
        timeout: float = 60.0,
        heartbeats: int = 20_000,
    ) -> None:
        self.settings = settings or Settings()
        self.heartbeats = heartbeats
        self.timeout = timeout
        self.restarts = 0
        self._toolchain = toolchain
        build.ensure(toolchain)
        self._tasks: queue.Queue[_Task | None] = queue.Queue()
        self._alive: set[Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._first: Worker | None = None
        self._fault: LeanError | None = None
        self._ready = threading.Event()
        self.environment: Environment
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(max(1, workers))]
        for thread in self._threads:
            thread.start()
        self._ready.wait()
        if self._fault is not None:
            self.close()
            raise self._fault
        assert self._first is not None
        self.environment = Environment(
            lean_version=self._first.version,
            lean_commit=self._first.commit,
            checker=f"{self._first.checker}-{build.checker_id()}",
            imports=self.settings.imports,
            header=self.settings.header,
            library=build.seed_digest() if "Seed" in self.settings.imports else "",
            heartbeats=heartbeats,
        )

    def __enter__(self) -> LeanPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill every worker at once and wait until they are gone."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        with self._lock:
            workers = list(self._alive)
        for worker in workers:
            worker.close()
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def workers(self) -> list[Worker]:
        """The workers alive now."""
        with self._lock:
            return list(self._alive)

    # --- what one can ask -------------------------------------------------------------------------------

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        """Verdicts, as they come in; the order is that of completion."""
        groups: dict[tuple[str, str, bool], list[Check]] = {}
        for job in jobs:
            groups.setdefault((job.header, job.statement, job.vacuous), []).append(job)
        requests: list[list[tuple[Check, _Request]]] = []
        refused: list[tuple[Check, Verdict]] = []
        for group in groups.values():
            good = []
            for job in group:
                if fault := _unreadable(job):
                    refused.append((job, Verdict("rejected", "parse", fault)))
                else:
                    good.append((job, self._check_request(job)))
            requests.extend(good[i : i + _CHUNK] for i in range(0, len(good), _CHUNK))
        yield from refused
        for job, answer, seconds in self._run(requests):
            yield job, _verdict(answer, seconds)

    def check_one(self, job: Check) -> Verdict:
        return next(iter(self.check([job])))[1]

    def statements(self, heads: Sequence[str], header: str = "") -> list[StatementInfo | str]:
        """What Lean knows of each head; a text that says what is wrong where it does not elaborate."""
        jobs: list[list[tuple[int, _Request]]] = []
        results: list[StatementInfo | str] = ["not asked"] * len(heads)
        for i, head in enumerate(heads):
            if fault := _unreadable(Check("", head, "", header)):
                results[i] = fault
            else:
                request = {
                    "op": "statement",
                    "statement": head,
                    "header": header,
                    "heartbeats": self.heartbeats,
                }
                jobs.append([(i, request)])
        for i, answer, _ in self._run(jobs):
            if isinstance(answer, Failure):
                results[i] = f"{answer.outcome}: {answer.detail}"
            elif not answer["ok"]:
                results[i] = str(answer["detail"])
            else:
                rest = heads[i].encode()[answer["rest"] :].decode()
                results[i] = StatementInfo(
                    answer["name"], rest, digest(answer["key"]), answer["binders"], tuple(answer["constants"])
                )
        return results

    def ask_all(self, requests: Sequence[_Request]) -> list[_Answer | Failure]:
        """The answers to plain requests of the protocol, in order."""
        results: list[_Answer | Failure] = [Failure("infrastructure", "not asked")] * len(requests)
        chunks = [list(enumerate(requests))[i : i + _CHUNK] for i in range(0, len(requests), _CHUNK)]
        for i, answer, _ in self._run(chunks):
            results[i] = answer
        return results

    # --- how it is done ---------------------------------------------------------------------------------

    def _check_request(self, job: Check) -> _Request:
        request: _Request = {
            "op": "check",
            "statement": job.statement,
            "proof": job.proof,
            "heartbeats": self.heartbeats,
        }
        if job.header:
            request["header"] = job.header
        if job.forbid:
            request["forbid"] = list(job.forbid)
        if job.vacuous:
            request["vacuous"] = True
        return request

    def _run(
        self, groups: Sequence[Sequence[tuple[Any, _Request]]]
    ) -> Iterator[tuple[Any, _Answer | Failure, float]]:
        done: queue.Queue[tuple[Any, _Answer | Failure, float] | LeanError] = queue.Queue()
        for group in groups:
            self._tasks.put(_Task(list(group), done.put))
        for _ in range(sum(len(group) for group in groups)):
            while True:
                try:
                    item = done.get(timeout=1.0)
                    break
                except queue.Empty:
                    if not any(thread.is_alive() for thread in self._threads):
                        raise LeanError(
                            "All Lean workers have ended. Look into it with: stp lean doctor"
                        ) from None
            if isinstance(item, LeanError):
                raise item
            yield item

    def _start(self) -> Worker:
        worker = Worker(self._toolchain, self.settings)
        with self._lock:
            if self._closed:
                worker.close()
                raise LeanError("The pool is closed.")
            self._alive.add(worker)
        return worker

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._alive.discard(worker)
        worker.close()

    def _serve(self) -> None:
        """One thread: owns one worker at a time (its process is killed when this thread ends)."""
        worker: Worker | None = None
        try:
            worker = self._start()
            if self._first is None:
                self._first = worker
        except LeanError as error:
            self._fault = error
            return
        finally:
            self._ready.set()
        while (task := self._tasks.get()) is not None and not self._closed:
            for key, request in task.jobs:
                answer: _Answer | Failure = Failure("infrastructure", "")
                started = time.monotonic()
                for _attempt in range(2):
                    started = time.monotonic()
                    try:
                        if worker is None:
                            self.restarts += 1
                            worker = self._start()
                        started = time.monotonic()
                        answer = worker.ask(request, self.timeout)
                        break
                    except WorkerTimeout:
                        answer = Failure("timeout", f"no answer within {self.timeout:.0f} s of wall clock")
                    except WorkerDied as died:
                        kind = "out_of_memory" if died.out_of_memory else "infrastructure"
                        answer = Failure(kind, f"the worker ended ({died}): {died.tail.strip()[-200:]}")
                    except LeanError as error:
                        if not self._closed:
                            task.done(error)
                        return
                    if worker is not None:
                        self._drop(worker)
                        worker = None
                    if self._closed:
                        return
                task.done((key, answer, time.monotonic() - started))
            if worker is not None and worker.resident_bytes() > RECYCLE_BYTES:
                self._drop(worker)
                worker = None
        if worker is not None:
            self._drop(worker)


@dataclass(frozen=True)
class _Task:
    jobs: list[tuple[Any, _Request]]
    done: Callable[[Any], None]


def _unreadable(job: Check) -> str:
    """Why Lean is not even asked; empty if it is."""
    for text in (job.statement, job.proof, job.header):
        if len(text) > MAX_TEXT:
            return f"longer than {MAX_TEXT:,} characters"
        if any("\ud800" <= c <= "\udfff" or c == "\0" for c in text):
            return "not a Unicode text (a lone surrogate or a NUL)"
    return ""


def _verdict(answer: _Answer | Failure, seconds: float) -> Verdict:
    if isinstance(answer, Failure):
        reason = "wall_clock" if answer.outcome == "timeout" else answer.outcome
        return Verdict(answer.outcome, reason, answer.detail, seconds=seconds)  # type: ignore[arg-type]
    return Verdict(
        answer["outcome"],
        answer["reason"],
        answer["detail"],
        tuple(answer.get("axioms", ())),
        tuple(answer.get("theorems", ())),
        tuple(answer.get("premises", ())),
        seconds,
    )
