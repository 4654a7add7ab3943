"""For processes that tests send signals to."""

from __future__ import annotations

import signal


def signals() -> None:
    """As `preexec_fn`: a job of a shell's background, or of nohup, inherits that these are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
