"""Files that are complete or absent."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
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
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into the sentence for the user. Raises InputError."""
    try:
        yield
    except BrokenPipeError:
        raise  # of somebody else's stream, inside the block
    except OSError as error:
        why = (
            "the disk is full; free some space and run the command again"
            if disk_full(error)
            else (error.strerror or str(error))
        )
        raise InputError(f"{path} cannot be written: {why}.") from error


@contextlib.contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A text stream that becomes `path` when the block ends well, and nothing otherwise.

    Raises InputError with a sentence if the folder cannot be written or the disk is full.
    """
    staged = None
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(staged, 0o644)
            os.replace(staged, path)
            staged = None
    finally:
        if staged is not None:
            with contextlib.suppress(OSError):
                os.unlink(staged)


def write_folder(out: Path, write: Callable[[Path], object]) -> None:
    """Make the folder `out` with what `write` puts into it, completely or not at all.

    `write` fills a sibling folder, which is flushed to disk and renamed. What a killed process left of such a
    sibling is removed by the next attempt. Raises InputError if `out` exists.
    """
    check_absent(out)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        write(partial)
        for file in partial.rglob("*"):
            _flush(file)
        _flush(partial)
        os.rename(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _flush(out.parent)


def replace_folder(out: Path, write: Callable[[Path], object]) -> None:
    """`write_folder`, in place of a folder that may be there and stays until the new one is complete.

    Raises InputError with a sentence if the place cannot be written or the disk is full.
    """
    fresh, old = (out.with_name(f".{out.name}.{suffix}") for suffix in ("new", "old"))
    with explained(out):
        if not out.exists():
            write_folder(out, write)
            for left in (fresh, old):  # of a process that was killed between the two renames below
                shutil.rmtree(left, ignore_errors=True)
            return
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
        write_folder(fresh, write)
        os.rename(out, old)
        os.rename(fresh, out)
        shutil.rmtree(old)


def check_absent(out: Path) -> None:
    """Raises InputError if `out` exists."""
    if out.exists():
        raise InputError(f"{out} exists already; choose another folder or remove it.")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
