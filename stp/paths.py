"""Where things lie: the cache folder, and what the project ships."""

from __future__ import annotations

import os
from pathlib import Path

from stp.errors import StpError


def home() -> Path:
    """The cache folder: $STP_HOME, else $XDG_CACHE_HOME/stp, else ~/.cache/stp. Not created here."""
    if explicit := os.environ.get("STP_HOME"):
        return Path(explicit).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(base).expanduser() / "stp").resolve()


def shipped(relative: str) -> Path:
    """A file or folder that the project ships (`lean_project`, `data/…`), in a checkout or in a wheel."""
    package = Path(__file__).resolve().parent
    for root in (package / "_shipped", package.parent):
        if (root / relative).exists():
            return root / relative
    raise StpError(f"{relative} is missing from this installation of stp; install the package again.")
