"""Processes that a library starts for us: where they write, and that they end when we do."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any

#: Reads process ids until its input ends, which it does when we die, however; then ends them, first with manners.
_WATCH = """
while read -r id && [ "$id" != done ]; do ids="$ids $id"; done
[ "$id" = done ] || [ -z "$ids" ] || { kill -TERM $ids; sleep 10; kill -KILL $ids; } 2>/dev/null
"""
#: Seconds between two looks at which processes have been started.
_LOOK = 0.05


class Children:
    """The processes that `multiprocessing` starts within `starting`.

    They have a file as standard output and error, unless `shown`. If this process dies before `close`, kill -9
    included, they are ended: vLLM's engine would wait for requests, and keep its GPU, for ever.
    """

    def __init__(self, shown: bool = False) -> None:
        self._shown = shown
        self._log = tempfile.TemporaryFile(prefix="stp-children-")  # noqa: SIM115
        self._processes: list[BaseProcess] = []
        # A session of its own: Ctrl-C must not end it before us.
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH], stdin=subprocess.PIPE, start_new_session=True
        )

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """While the library starts its processes. This one writes on to where it did."""
        older = set(multiprocessing.active_children())
        ready = threading.Event()

        def look() -> None:
            last = False
            while not last:
                last = ready.wait(_LOOK)
                for child in set(multiprocessing.active_children()) - older:
                    self._tell(str(child.pid))
                    older.add(child)
                    self._processes.append(child)

        looking = threading.Thread(target=look, name="stp-children")
        looking.start()
        try:
            with contextlib.nullcontext() if self._shown else self._redirected():
                yield
        finally:
            ready.set()
            looking.join()

    @contextlib.contextmanager
    def _redirected(self) -> Iterator[None]:
        streams = sys.stdout, sys.stderr
        for stream in streams:
            stream.flush()
        kept = os.dup(1), os.dup(2)
        with open(kept[0], "w", buffering=1) as out, open(kept[1], "w", buffering=1) as err:
            sys.stdout = out if _writes_to(streams[0], 1) else streams[0]
            sys.stderr = err if _writes_to(streams[1], 2) else streams[1]
            try:
                os.dup2(self._log.fileno(), 1)
                os.dup2(self._log.fileno(), 2)
                yield
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os.dup2(kept[0], 1)
                os.dup2(kept[1], 2)
                sys.stdout, sys.stderr = streams

    def when_one_ends(self, say: Callable[[], object]) -> None:
        """Call `say`, on a thread, when the first of them ends, for whatever reason."""

        def wait() -> None:
            connection.wait([child.sentinel for child in self._processes])
            say()

        threading.Thread(target=wait, name="stp-children", daemon=True).start()

    def cause(self) -> str:
        """The first exception that they wrote of, which others follow from; empty if there is none."""
        self._log.seek(0)
        text = self._log.read().decode(errors="replace")
        found = re.search(r"(?:^|\s)(\w*(?:Error|Exception): \S.*)$", text, re.MULTILINE)
        return found.group(1).strip().rstrip(".") if found else ""

    def close(self) -> None:
        """They have ended, by whatever means the library has."""
        multiprocessing.active_children()  # takes leave of those that have ended
        if self._watch.poll() is None:
            self._tell("done")
        assert self._watch.stdin is not None
        self._watch.stdin.close()
        self._watch.wait()
        self._log.close()

    def _tell(self, word: str) -> None:
        assert self._watch.stdin is not None
        self._watch.stdin.write(f"{word}\n".encode())
        self._watch.stdin.flush()


def _writes_to(stream: Any, descriptor: int) -> bool:
    try:
        return bool(stream.fileno() == descriptor)
    except (OSError, ValueError, AttributeError):  # a stream that is no file, as in a notebook
        return False
