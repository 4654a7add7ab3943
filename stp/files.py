"""Files that are complete or absent."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from stp.errors import InputError


def disk_full(error: BaseException) -> bool:
    """Whether `error` says that the disk is full. Libraries written in Rust or C say so in their text alone."""
    text = str(error).lower()
    return (
        getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or "no space left on device" in text
        or "disk is full" in text
    )


@contextlib.contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A text stream that becomes `path` when the block ends well, and nothing otherwise.

    Raises InputError with a sentence if the folder cannot be written or the disk is full.
    """
    staged = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(staged, 0o644)
        os.replace(staged, path)
        staged = None
    except BrokenPipeError:
        raise  # of somebody else's stream, inside the block
    except OSError as error:
        why = (
            "the disk is full; free some space and run the command again"
            if disk_full(error)
            else (error.strerror or str(error))
        )
        raise InputError(f"{path} cannot be written: {why}.") from error
    finally:
        if staged is not None:
            with contextlib.suppress(OSError):
                os.unlink(staged)
