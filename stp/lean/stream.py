"""Checks of proofs that come in one by one, while others are still being sampled."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from stp.records import Check, Verdict

if TYPE_CHECKING:
    from stp.lean.pool import LeanPool

#: Threads that hand jobs to the pool: while one waits for the last answers of its jobs, another keeps the workers busy.
THREADS = 2
#: Seconds after which somebody who waits for a verdict looks up, so that Ctrl-C is heard.
PATIENCE = 0.2


class CheckStream:
    """Put jobs in, take verdicts out, in the order in which they are ready. Use as a context manager.

    Jobs put in together are handed to the pool together; those of one statement should be. On leaving, jobs that no
    worker has begun are dropped. A fault of the pool is raised by whoever takes.
    """

    def __init__(self, pool: LeanPool) -> None:
        self._pool = pool
        self._jobs: queue.Queue[list[Check] | None] = queue.Queue()
        self._verdicts: queue.Queue[tuple[Check, Verdict] | BaseException] = queue.Queue()
        self._closed = threading.Event()
        self.waiting = 0  # jobs put in whose verdict has not been taken
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> CheckStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for _thread in self._threads:
            self._jobs.put(None)

    def put(self, jobs: Iterable[Check]) -> None:
        """Have these checked."""
        if batch := list(jobs):
            self.waiting += len(batch)
            self._jobs.put(batch)

    def ready(self) -> list[tuple[Check, Verdict]]:
        """The verdicts that are there."""
        found = []
        while True:
            try:
                found.append(self._take(self._verdicts.get_nowait()))
            except queue.Empty:
                return found

    def rest(self) -> Iterator[list[tuple[Check, Verdict]]]:
        """Wait for all the others: lists of verdicts, empty ones now and then."""
        while self.waiting:
            try:
                first = [self._take(self._verdicts.get(timeout=PATIENCE))]
            except queue.Empty:
                first = []
            yield first + self.ready()

    def _take(self, item: tuple[Check, Verdict] | BaseException) -> tuple[Check, Verdict]:
        if isinstance(item, BaseException):
            raise item
        self.waiting -= 1
        return item

    def _serve(self) -> None:
        while (jobs := self._jobs.get()) is not None and not self._closed.is_set():
            try:
                for answer in self._pool.check(jobs):
                    if self._closed.is_set():
                        return
                    self._verdicts.put(answer)
            except BaseException as error:
                self._verdicts.put(error)
                return
