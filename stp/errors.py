"""What can go wrong, for the user.

StpError                 one clear sentence: what is wrong and how to mend it; exit status 1
├── ConfigError          a configuration key or value is wrong, or does not fit the folder
├── LeanMissing          no Lean is installed; names the one command that installs it
├── LeanError            Lean is there but cannot be used (broken install, worker does not start)
├── InputError           a file the user gave cannot be read or is not what it should be
├── ServiceError         a checking service cannot be started, reached or understood
├── CampaignError        the campaign folder is locked, foreign or damaged
└── Stopped              the user pressed Ctrl-C; says how to go on; exit status 130
"""

from __future__ import annotations


class StpError(Exception):
    """A problem the user can mend. `str(error)` is one sentence, shown without a traceback."""

    exit_code = 1


class ConfigError(StpError):
    """A configuration key or value is wrong, or differs from the folder's campaign."""


class LeanMissing(StpError):
    """No usable Lean is installed."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            (f"{detail} " if detail else "No Lean is installed. ") + "Install it with: stp lean install"
        )


class LeanError(StpError):
    """Lean is installed but does not work."""


class InputError(StpError):
    """A file given by the user cannot be used."""


class ServiceError(StpError):
    """A service that checks or samples cannot be started, is not reached or refuses a request.

    `status` is the HTTP status of its answer, None if there was no answer.
    """

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class CampaignError(StpError):
    """A campaign folder is in use, belongs to another campaign or is damaged."""


class Stopped(StpError):
    """The user asked to stop; what was in hand has been written."""

    exit_code = 130
