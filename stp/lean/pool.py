"""A pool of Lean workers: time-outs from outside, restart, one retry elsewhere, no zombies.

Jobs with the same statement are handed out together, so that a worker elaborates the statement once for all
its proofs; equal jobs are checked once. A worker that dies or hangs is replaced by a spare; its job is tried once more on a fresh one and then
reported as what it was, never as a rejected proof; the jobs behind it are not affected.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stp.errors import LeanError
from stp.lean import build, selftest
from stp.lean.cache import VerdictCache
from stp.lean.selftest import Canary
from stp.lean.toolchain import Toolchain
from stp.lean.worker import START_TIMEOUT, Settings, Worker, WorkerDied, WorkerTimeout
from stp.records import Check, Environment, FileCheck, FileVerdict, Message, StatementInfo, Verdict, digest

#: A text of more characters than this is refused unread: no proof that a model samples comes near it.
MAX_TEXT = 200_000
#: Resident bytes at which a worker is killed in the middle of a job. A fresh one takes 1.1 GB; wasm's addresses
#: end at 2 GiB, beside which Node has 0.5 GB of its own.
MEMORY_BYTES = 2.4e9
#: The same for a native Lean, whose Mathlib is mapped into memory (about 5 GB).
NATIVE_MEMORY_BYTES = 16e9
#: Between two jobs a worker is replaced at this share of the memory, or after so many answers.
RECYCLE_SHARE = 0.75
RECYCLE_CHECKS = 20_000
#: Answers of a worker between two rounds of canaries.
CANARY_EVERY = 2_000
#: Seconds until the first spare is started, unless a worker ends before.
SPARE_AFTER = 20.0
#: Jobs of one statement that a worker takes at once.
_CHUNK = 32
#: Key of a request for its own time-out; the checker passes it over.
_TIMEOUT = "timeout"

_Request = dict[str, Any]
_Answer = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """A request that got no answer: `timeout`, `out_of_memory` or `infrastructure`, with what is known."""

    outcome: str
    detail: str

    def __str__(self) -> str:
        return f"{self.outcome}: {self.detail}"


class LeanPool:
    """`workers` checkers on one environment. Use as a context manager; several threads may ask at once.

    timeout: seconds of wall clock an answer may take. heartbeats: Lean's own limit, in thousands. memory: resident
    bytes at which a worker is killed in the middle of a job (`out_of_memory`). spares: workers kept started, to take
    the place of one that ends. brief: leave out Lean's text of errors, which can take longer than the check.
    cache: a file of earlier verdicts of this environment. canaries: ask every worker, when it starts and now and
    then, what it must refuse; if one accepts, every call from then on raises LeanError.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        settings: Settings | None = None,
        *,
        workers: int = 2,
        timeout: float = 60.0,
        heartbeats: int = 20_000,
        memory: float | None = None,
        spares: int = 1,
        brief: bool = False,
        cache: Path | None = None,
        canaries: bool = True,
    ) -> None:
        self.settings = settings or Settings()
        self.heartbeats = heartbeats
        self.timeout = timeout
        self.brief = brief
        self.memory = memory or (MEMORY_BYTES if toolchain.kind == "embedded" else NATIVE_MEMORY_BYTES)
        self.restarts = 0
        self.busy_seconds = 0.0  # that workers have spent on jobs, all together
        self._toolchain = toolchain
        self._built = build.ensure(toolchain)
        self._tasks: queue.Queue[_Task | None] = queue.Queue()
        self._alive: set[Worker] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._first: Worker | None = None
        self._fault: LeanError | None = None
        self._ready = threading.Event()
        self._canaries: list[Canary] = selftest.canaries() if canaries else []
        self._spare_count = spares
        self._spares: queue.Queue[Worker] = queue.Queue()
        self._wanted = threading.Semaphore(0)
        self._death = threading.Event()
        self._cache: VerdictCache | None = None
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
        if cache:
            self._cache = VerdictCache(cache, self.environment, texts=not brief)
        if spares > 0:
            self._threads.append(threading.Thread(target=self._keep_spares, daemon=True))
            self._threads[-1].start()

    def __enter__(self) -> LeanPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill every worker at once and wait until they are gone."""
        self._closed.set()
        self._death.set()
        self._wanted.release()
        for _ in self._threads:
            self._tasks.put(None)
        with self._lock:
            workers = list(self._alive)
        for worker in workers:
            worker.kill()
        for thread in self._threads:
            thread.join(timeout=10)
        for worker in workers:
            worker.close()
        if self._cache:
            self._cache.close()

    @property
    def workers(self) -> list[Worker]:
        """The workers alive now."""
        with self._lock:
            return list(self._alive)

    # --- what one can ask -------------------------------------------------------------------------------

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        """Verdicts, as they come in; the order is that of completion. Equal jobs are checked once."""
        same: dict[tuple[object, ...], list[Check]] = {}
        for job in jobs:
            key = (job.header, job.statement, job.proof, job.forbid, job.vacuous, job.negated, job.timeout)
            same.setdefault(key, []).append(job)
        known = self._cache.find([group[0] for group in same.values()]) if self._cache else {}
        groups: dict[tuple[str, str, bool, bool], list[tuple[list[Check], _Request]]] = {}
        for group in same.values():
            job = group[0]
            if fault := _unreadable(job.statement, job.proof, job.header):
                verdict = Verdict("rejected", "parse", fault)
            elif job in known:
                verdict = known[job]
            else:
                goal = (job.header, job.statement, job.vacuous, job.negated)
                groups.setdefault(goal, []).append((group, self._check_request(job)))
                continue
            for equal in group:
                yield equal, verdict
        requests = [g[i : i + _CHUNK] for g in groups.values() for i in range(0, len(g), _CHUNK)]
        for group, answer, seconds in self._run(requests):
            verdict = _verdict(answer, seconds)
            if self._cache and verdict.decisive:
                self._cache.add(group[0], verdict)
            for equal in group:
                yield equal, verdict

    def check_one(self, job: Check) -> Verdict:
        return next(iter(self.check([job])))[1]

    def statements(
        self, heads: Sequence[str], header: str | Sequence[str] = ""
    ) -> list[StatementInfo | Failure | str]:
        """What Lean knows of each head; a text that says what is wrong where it does not elaborate.

        header: of all of them, or one for each.
        """
        results: list[StatementInfo | Failure | str] = []
        for head, answer in zip(heads, self._ask_heads("statement", heads, header), strict=True):
            if isinstance(answer, Failure | str):
                results.append(answer)
            else:
                rest = head.encode()[answer["rest"] :].decode()
                results.append(
                    StatementInfo(
                        answer["name"],
                        rest,
                        digest(answer["key"]),
                        answer["binders"],
                        tuple(answer["constants"]),
                    )
                )
        return results

    def files(self, jobs: Iterable[FileCheck]) -> Iterator[tuple[FileCheck, FileVerdict]]:
        """Verdicts on whole files of theorems, as they come in.

        A file may hold what the allowlist names as commands: theorems, definitions, namespaces, `open`, `variable`.
        Its imports must be the environment's; options that set limits are passed over. `theorems` are those that
        it declares; all of them must stand.
        """
        requests: list[list[tuple[FileCheck, _Request]]] = []
        for job in jobs:
            if fault := _unreadable(job.text):
                yield job, FileVerdict("rejected", (Message("error", 1, 0, None, None, fault),), (), (), 0.0)
            else:
                request = {
                    "op": "file",
                    "text": job.text,
                    "forbid": list(job.forbid),
                    "heartbeats": self.heartbeats,
                    _TIMEOUT: job.timeout,
                }
                requests.append([(job, request)])
        for job, answer, seconds in self._run(requests):
            yield job, _file_verdict(answer, seconds)

    def known(
        self, heads: Sequence[str], header: str | Sequence[str] = ""
    ) -> list[tuple[str, ...] | Failure | str]:
        """The library's theorems that have each statement's type up to the names of variables; a text that says
        what is wrong where it does not elaborate. header: as in `statements`."""
        return [
            answer if isinstance(answer, Failure | str) else tuple(answer["theorems"])
            for answer in self._ask_heads("known", heads, header)
        ]

    def ask_all(self, requests: Sequence[_Request]) -> list[_Answer | Failure]:
        """The answers to plain requests of the protocol, in order."""
        results: list[_Answer | Failure] = [Failure("infrastructure", "not asked")] * len(requests)
        chunks = [list(enumerate(requests))[i : i + _CHUNK] for i in range(0, len(requests), _CHUNK)]
        for i, answer, _ in self._run(chunks):
            results[i] = answer
        return results

    # --- how it is done ---------------------------------------------------------------------------------

    def _ask_heads(
        self, op: str, heads: Sequence[str], header: str | Sequence[str]
    ) -> list[_Answer | Failure | str]:
        """The answers about statements; a text where Lean, or the pool, says that it is none.

        Those under one header are asked about together: a worker keeps a few headers elaborated.
        """
        headers = [header] * len(heads) if isinstance(header, str) else header
        results: list[_Answer | Failure | str] = [
            _unreadable(*texts) for texts in zip(heads, headers, strict=True)
        ]
        first = {text: place for place, text in reversed(list(enumerate(headers)))}
        jobs = [
            [(i, {"op": op, "statement": heads[i], "header": headers[i], "heartbeats": self.heartbeats})]
            for i in sorted(range(len(heads)), key=lambda i: first[headers[i]])
            if not results[i]
        ]
        for i, answer, _ in self._run(jobs):
            lacking = not isinstance(answer, Failure) and not answer["ok"]
            results[i] = str(answer["detail"]) if lacking else answer  # type: ignore[index]
        return results

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
        if job.negated:
            request["negated"] = True
        if self.brief:
            request["brief"] = True
        if job.timeout:
            request[_TIMEOUT] = job.timeout
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
                    if self._fault is not None:
                        raise self._fault from None
                    if self._closed.is_set() or not any(thread.is_alive() for thread in self._threads):
                        raise LeanError(
                            "All Lean workers have ended. Look into it with: stp lean doctor"
                        ) from None
            if isinstance(item, LeanError):
                raise item
            yield item

    # --- workers ----------------------------------------------------------------------------------------

    def _start(self) -> Worker:
        """A new worker that has answered the canaries."""
        worker = Worker(self._toolchain, self.settings, built=self._built)
        with self._lock:
            if self._closed.is_set():
                worker.close()
                raise LeanError("The pool is closed.")
            self._alive.add(worker)
        try:
            self._ask_canaries(worker)
        except (WorkerDied, WorkerTimeout) as error:
            self._drop(worker)
            raise LeanError(
                f"A Lean worker did not get through its first checks ({error}). Look into it with: stp lean doctor"
            ) from error
        except LeanError:
            self._drop(worker)
            raise
        return worker

    def _ask_canaries(self, worker: Worker) -> None:
        """Raises LeanError if the worker takes what it must refuse, or the other way round."""
        for canary in self._canaries:
            answer = worker.ask(self._check_request(canary.check), START_TIMEOUT, self.memory)
            proved = answer["outcome"] == "proved"
            if proved != canary.proved:
                said = "accepted a known attack" if proved else "refused a known proof"
                self._fault = LeanError(
                    f"The checker {said} ({canary.check.id!r}), so nothing that it says can be trusted and all "
                    "checking stops here; find out more with: stp lean selftest"
                )
                raise self._fault

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._alive.discard(worker)
        worker.close()

    def _replacement(self) -> Worker:
        """A worker in place of one that has ended: a spare, if one is ready."""
        self.restarts += 1
        self._death.set()
        while True:
            try:
                worker = self._spares.get_nowait()
            except queue.Empty:
                return self._start()
            self._wanted.release()
            if worker.running():
                return worker
            self._drop(worker)

    def _keep_spares(self) -> None:
        """Start spares: the first once the others have had time to themselves, or one has died."""
        self._death.wait(SPARE_AFTER)
        for _ in range(self._spare_count):
            self._wanted.release()
        while True:
            self._wanted.acquire()
            if self._closed.is_set():
                return
            try:
                self._spares.put(self._start())
            except LeanError:
                if self._closed.is_set() or self._fault is not None:
                    return
                # none to spare; `_replacement` starts one when it must, and says what is wrong

    def _serve(self) -> None:
        """One thread: owns one worker at a time (its process is killed when the thread that started it ends)."""
        worker: Worker | None = None
        try:
            worker = self._start()
            if self._first is None:
                self._first = worker
        except Exception as error:
            fault = error if isinstance(error, LeanError) else LeanError(f"Lean cannot be started: {error}.")
            with self._lock:
                self._fault = self._fault or fault
            return
        finally:
            self._ready.set()
        while (task := self._tasks.get()) is not None and not self._closed.is_set():
            for key, request in task.jobs:
                if self._fault is not None:
                    task.done(self._fault)
                    return
                try:
                    if worker is not None and self._is_spent(worker):
                        self._drop(worker)
                        worker = None
                    worker, answer, seconds = self._ask(worker, request)
                    if worker is not None and worker.asked % CANARY_EVERY == 0:
                        self._ask_canaries(worker)
                except LeanError as error:
                    if not self._closed.is_set():
                        task.done(error)
                    return
                except (WorkerDied, WorkerTimeout):  # of a canary: the next job gets another worker
                    assert worker is not None
                    self._drop(worker)
                    worker = None
                if self._closed.is_set():
                    return
                with self._lock:
                    self.busy_seconds += seconds
                task.done((key, answer, seconds))
        if worker is not None:
            self._drop(worker)

    def _is_spent(self, worker: Worker) -> bool:
        return worker.asked >= RECYCLE_CHECKS or worker.resident_bytes() > RECYCLE_SHARE * self.memory

    def _ask(
        self, worker: Worker | None, request: _Request
    ) -> tuple[Worker | None, _Answer | Failure, float]:
        """The answer, or after a second failure on another worker what became of the job; and the worker left."""
        answer: _Answer | Failure = Failure("infrastructure", "")
        started = time.monotonic()
        own = float(request.get(_TIMEOUT, 0.0))
        timeout = min(self.timeout, own or self.timeout)
        for _attempt in range(2):
            worker = worker or self._replacement()
            started = time.monotonic()
            try:
                return worker, worker.ask(request, timeout, self.memory), time.monotonic() - started
            except WorkerTimeout:
                answer = Failure("timeout", f"no answer within {timeout:g} s of wall clock")
                if own:
                    self._drop(worker)
                    return None, answer, time.monotonic() - started
            except WorkerDied as died:
                kind = "out_of_memory" if died.out_of_memory else "infrastructure"
                answer = Failure(kind, f"the worker ended ({died}): {died.tail.strip()[-200:]}")
            self._drop(worker)
            worker = None
            if self._closed.is_set():
                break
        return worker, answer, time.monotonic() - started


@dataclass(frozen=True)
class _Task:
    jobs: list[tuple[Any, _Request]]
    done: Callable[[Any], None]


def _unreadable(*texts: str) -> str:
    """Why Lean is not even asked; empty if it is."""
    for text in texts:
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


def _file_verdict(answer: _Answer | Failure, seconds: float) -> FileVerdict:
    if isinstance(answer, Failure):
        message = Message("error", 1, 0, None, None, answer.detail)
        return FileVerdict(answer.outcome, (message,), (), (), seconds)  # type: ignore[arg-type]
    messages = tuple(
        Message(m["severity"], m["line"], m["column"], m.get("end_line"), m.get("end_column"), m["text"])
        for m in answer["messages"]
    )
    return FileVerdict(
        answer["outcome"], messages, tuple(answer["declared"]), tuple(answer.get("axioms", ())), seconds
    )
