"""Progress of long work: a live bar on a terminal, plain lines elsewhere. And the wish to stop."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from stp.errors import Stopped

#: Seconds between two plain lines of one piece of work.
PLAIN_EVERY = 15.0

Advance = Callable[[int, str], None]


class Reporter:
    """Says what goes on. `Reporter(quiet=True)` says nothing (tests). stderr: say it there, for commands whose
    answer stands on the standard output."""

    def __init__(self, *, quiet: bool = False, stderr: bool = False) -> None:
        self.console = Console(quiet=quiet, stderr=stderr, highlight=False)
        if not self.console.is_terminal:
            self.console = Console(quiet=quiet, stderr=stderr, highlight=False, width=120)
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """One line, with the time since the start."""
        elapsed = int(time.monotonic() - self._started)
        stamp = (f"{elapsed // 60:3d}:{elapsed % 60:02d}  ", "dim")
        self.console.print(Text.assemble(stamp, text), soft_wrap=True)

    @contextlib.contextmanager
    def work(self, label: str, total: int | None = None) -> Iterator[Advance]:
        """A piece of work of `total` steps, if known; call the result with (steps done so far, remark)."""
        if self.console.is_terminal and not self.console.quiet:
            columns = (
                TextColumn("       {task.description}"),
                BarColumn(bar_width=24),
                *([] if total is None else [MofNCompleteColumn()]),
                TimeElapsedColumn(),
                TextColumn("{task.fields[remark]}"),
            )
            with Progress(
                *columns, console=self.console, transient=True, redirect_stdout=not self.console.stderr
            ) as bar:
                task = bar.add_task(label, total=total, remark="")

                def update(done: int, remark: str = "") -> None:
                    bar.update(task, completed=done, remark=remark)

                yield update
            return
        last = time.monotonic()

        def advance(done: int, remark: str = "") -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_EVERY:
                last = time.monotonic()
                count = "" if total is None else f"{done}/{total} "
                self.say(f"  {label} {count}{remark}".rstrip())

        yield advance


class StopFlag:
    """Set by Ctrl-C or SIGTERM; work looks at it between two writes. A second Ctrl-C does not wait."""

    def __init__(self) -> None:
        self.wanted = False

    def check(self) -> None:
        """Raise Stopped if the user wants to stop."""
        if self.wanted:
            raise Stopped("stopped")

    @contextlib.contextmanager
    def listening(self, reporter: Reporter) -> Iterator[None]:
        """Handle the signals while inside (in the main thread)."""

        def handler(number: int, frame: FrameType | None) -> None:
            if self.wanted:
                raise KeyboardInterrupt
            self.wanted = True
            reporter.console.print("stopping after the write in hand (again: at once)")

        old = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, previous in old.items():
                signal.signal(number, previous)
