"""A folder with one SQLite file in it that one process writes: what a campaign and an evaluation have in common."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlite_utils

from stp.errors import StpError
from stp.files import disk_full

#: table → (columns, primary key, not-null columns)
Tables = Mapping[str, tuple[dict[str, Any], Any, set[str]]]


@dataclass(frozen=True)
class Kind:
    """What such a folder holds, and how errors speak of it."""

    article: str
    noun: str  # campaign
    file: str
    lock: str
    option: str  # that names another folder
    error: type[StpError]
    besides: tuple[str, ...] = ()  # what else may be there before the file is

    def refuse_foreign(self, folder: Path) -> None:
        """Raises the kind's error if `folder` is a file, or holds other things."""
        if folder.exists() and not folder.is_dir():
            raise self.error(f"{folder} is a file; name a folder for the {self.noun} ({self.option}).")
        if folder.is_dir() and not (folder / self.file).exists():
            others = [p.name for p in folder.iterdir() if p.name not in (self.lock, *self.besides)]
            if others:
                raise self.error(
                    f"{folder} holds other things ({others[0]}…) and no {self.noun}; name an empty or new folder ({self.option})."
                )

    def hold(self, folder: Path) -> IO[str]:
        """Make the folder if need be and hold its lock, until `release`. Raises the kind's error if another process does."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / self.lock).open("w")
        except OSError as error:
            raise self.error(
                f"The {self.noun} folder {folder} cannot be written: {error.strerror}."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise self.error(
                f"Another stp process is writing the {self.noun} in {folder}; wait for it or stop it."
            ) from None
        return lock

    def open(self, folder: Path) -> tuple[sqlite_utils.Database, IO[str]]:
        """The database for its one writer, made if it is new, and the lock. Raises the kind's error as the steps do."""
        self.refuse_foreign(folder)
        lock = self.hold(folder)
        try:
            with self.writing(folder):
                return self.connect(folder), lock
        except BaseException:
            release(lock)
            raise

    def connect(self, folder: Path) -> sqlite_utils.Database:
        """Its database, in WAL mode. Raises the kind's error if the file is none."""
        path = folder / self.file
        db = sqlite_utils.Database(sqlite3.connect(path, timeout=30, check_same_thread=False))
        try:
            db.enable_wal()
        except sqlite3.DatabaseError as error:
            db.close()
            raise self.error(
                f"{path} is not the database of {self.article} {self.noun} ({error})."
            ) from error
        return db

    def check_schema(self, folder: Path, found: str, wanted: int) -> None:
        """Raises the kind's error if the file was written by another version of stp."""
        if found != str(wanted):
            raise self.error(
                f"The {self.noun} in {folder} was written by another version of stp (schema {found or 'none'}, this one reads {wanted})."
            )

    @contextlib.contextmanager
    def writing(self, folder: Path) -> Iterator[None]:
        """Turn a full disk into the sentence that says how to go on."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            if disk_full(error):
                raise self.error(
                    f"The disk of {folder} is full; what was finished is kept. Free some space and run the same command again."
                ) from error
            raise self.error(f"The {self.noun} in {folder} cannot be written: {error}.") from error


def release(lock: IO[str] | None) -> None:
    """Closing alone would leave the lock to a worker that is being started at this moment and still has the file."""
    if lock is not None and not lock.closed:
        fcntl.flock(lock, fcntl.LOCK_UN)
        lock.close()


@contextlib.contextmanager
def at_once(db: sqlite_utils.Database) -> Iterator[None]:
    """All that is written inside appears at once or not at all; tables and columns too, before which sqlite3 begins no
    transaction by itself."""
    with db.conn:
        if not db.conn.in_transaction:
            db.conn.execute("begin immediate")
        yield


def create(db: sqlite_utils.Database, tables: Tables, indexes: Sequence[tuple[str, list[str]]]) -> None:
    for name, (columns, key, required) in tables.items():
        db.table(name).create(columns, pk=key, not_null=required, if_not_exists=True)
    for name, index in indexes:
        db.table(name).create_index(index, if_not_exists=True)


def insert(
    db: sqlite_utils.Database, tables: Tables, table: str, rows: Iterable[Mapping[str, Any]], *, replace: bool
) -> None:
    """Add rows, columns they lack being null; those whose key is there already stay as they are, unless `replace`."""
    columns = list(tables[table][0])
    db.conn.executemany(
        f"insert or {'replace' if replace else 'ignore'} into {table} ({', '.join(columns)}) "
        f"values ({', '.join('?' * len(columns))})",
        [tuple(row.get(column) for column in columns) for row in rows],
    )
