"""The campaign's database: rows in, rows out. Knows nothing of models or Lean.

Rows are only ever added, in transactions of whole blocks, and every row's key is made from what it is about:
a stage that runs again finds its rows and adds none. `kill -9` loses at most the block in hand.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlite_utils

from stp.config import Config, differences
from stp.errors import CampaignError, ConfigError
from stp.files import disk_full
from stp.records import Environment, Verdict
from stp.store.schema import INDEXES, SCHEMA, TABLES

FILE = "campaign.db"
LOCK = "campaign.lock"


class Store:
    """An open campaign. `Store.create_or_open` for the one writer, `Store.read` for everybody else."""

    def __init__(self, folder: Path, db: sqlite_utils.Database, lock: Any = None) -> None:
        self.folder = folder
        self.db = db
        self._lock = lock

    @classmethod
    def create_or_open(cls, folder: Path, config: Config) -> Store:
        """Open `folder` for writing, making it if it is new.

        Raises CampaignError if another process writes it, if it is no campaign or a newer version's, and
        ConfigError, naming each difference, if it was begun with another configuration.
        """
        _refuse_foreign(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / LOCK).open("w")
        except OSError as error:
            raise CampaignError(
                f"The campaign folder {folder} cannot be written: {error.strerror}."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise CampaignError(
                f"Another stp process is writing the campaign in {folder}; wait for it or stop it."
            ) from None
        with writing(folder):
            db = _connect(folder / FILE)
            store = cls(folder, db, lock)
            try:
                store._prepare(config)
            except Exception:
                store.close()
                raise
        return store

    @classmethod
    def read(cls, folder: Path) -> Store:
        """Open an existing campaign for reading. Raises CampaignError if there is none."""
        if not (folder / FILE).exists():
            raise CampaignError(
                f"There is no campaign in {folder}; start one with: stp run CONFIG.toml --dir {folder}"
            )
        store = cls(folder, _connect(folder / FILE))
        store._check_schema()
        return store

    def close(self) -> None:
        self.db.close()
        if self._lock is not None:
            fcntl.flock(
                self._lock, fcntl.LOCK_UN
            )  # a worker that is being forked may hold the file a little longer
            self._lock.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, config: Config) -> None:
        if "meta" not in self.db.table_names():
            with self.db.conn:
                for name, (columns, key, required) in TABLES.items():
                    self.db.table(name).create(columns, pk=key, not_null=required, if_not_exists=True)
                for name, index in INDEXES:
                    self.db.table(name).create_index(index, if_not_exists=True)
                self._put("schema", str(SCHEMA))
                self._put("config", config.as_json())
            return
        self._check_schema()
        found = differences(json.loads(self.meta("config")), json.loads(config.as_json()))
        if found:
            raise ConfigError(
                f"The campaign in {self.folder} was begun with another configuration ({'; '.join(found)}); "
                "use its configuration or another folder (--dir)."
            )
        with self.db.conn:
            self._put("config", config.as_json())

    def _check_schema(self) -> None:
        try:
            version = int(self.meta("schema") or 0)
        except sqlite3.DatabaseError as error:
            raise CampaignError(f"{self.folder / FILE} is not a campaign's database ({error}).") from error
        if version != SCHEMA:
            raise CampaignError(
                f"The campaign in {self.folder} was written by another version of stp (schema {version}, this one reads {SCHEMA})."
            )

    # --- writing ----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside appears at once or not at all."""
        with writing(self.folder), self.db.conn:
            yield

    def add(self, table: str, rows: Iterable[Mapping[str, Any]], *, replace: bool = False) -> None:
        """Add rows; those whose key is there already are left as they are, unless `replace`. Call inside
        `transaction`."""
        columns = list(TABLES[table][0])
        marks = ", ".join("?" * len(columns))
        self.db.conn.executemany(
            f"insert or {'replace' if replace else 'ignore'} into {table} ({', '.join(columns)}) values ({marks})",
            [tuple(row.get(column) for column in columns) for row in rows],
        )

    def set_environment(self, environment: Environment) -> None:
        """Record the environment; refuse to go on with another one than the campaign's."""
        known = self.meta("environment")
        if known and known != environment.id:
            old = next(self.rows("select * from environments where id = ?", known))
            new = {**vars(environment), "imports": ",".join(environment.imports)}
            changed = [
                k
                for k in (
                    "lean_version",
                    "lean_commit",
                    "checker",
                    "imports",
                    "header",
                    "library",
                    "heartbeats",
                )
                if old[k] != new[k]
            ]
            raise CampaignError(
                f"The campaign in {self.folder} was checked in another environment (different: {', '.join(changed)}); "
                "its verdicts would not be comparable. Use the same Lean and version of stp, or another folder (--dir)."
            )
        with self.transaction():
            self.add(
                "environments",
                [{**vars(environment), "imports": ",".join(environment.imports), "id": environment.id}],
            )
            self._put("environment", environment.id)

    def add_verdicts(self, verdicts: Iterable[tuple[str, Verdict]], iteration: int) -> None:
        """Add (proof id, verdict) pairs under the campaign's environment. A verdict replaces an older one of
        the same proof, which can only be one that said nothing of the proof. Call inside `transaction`."""
        environment = self.meta("environment")
        self.add(
            "verdicts",
            [
                {
                    "proof": proof,
                    "environment": environment,
                    "outcome": v.outcome,
                    "reason": v.reason,
                    "detail": v.detail[:500],
                    "axioms": json.dumps(v.axioms),
                    "theorems": json.dumps(v.theorems),
                    "premises": json.dumps(v.premises),
                    "seconds": v.seconds,
                    "iteration": iteration,
                }
                for proof, v in verdicts
            ],
            replace=True,
        )

    def finish(self, iteration: int, stage: str, figures: Mapping[str, Any]) -> None:
        """Mark a stage as finished, with its figures and the time spent on it. Call inside `transaction`."""
        spent = {
            row["kind"]: row["seconds"]
            for row in self.rows(
                "select kind, seconds from clock where iteration = ? and stage = ?", iteration, stage
            )
        }
        self.add(
            "stages",
            [
                {
                    "iteration": iteration,
                    "stage": stage,
                    "seconds": sum(spent.values()),
                    "sampling": spent.get("sampling", 0.0),
                    "lean": spent.get("lean", 0.0),
                    "training": spent.get("training", 0.0),
                    "figures": json.dumps(dict(figures)),
                }
            ],
        )

    def spend(self, iteration: int, stage: str, kind: str, seconds: float) -> None:
        """Add to the time spent in a stage (`sampling`, `lean`, `training`). Call inside `transaction`."""
        self.db.conn.execute(
            "insert into clock (iteration, stage, kind, seconds) values (?, ?, ?, ?) "
            "on conflict (iteration, stage, kind) do update set seconds = seconds + excluded.seconds",
            (iteration, stage, kind, seconds),
        )

    def _put(self, key: str, value: str) -> None:
        self.db.conn.execute("insert or replace into meta (key, value) values (?, ?)", (key, value))

    # --- reading ----------------------------------------------------------------------------------------

    def rows(self, sql: str, *parameters: Any) -> Iterator[dict[str, Any]]:
        return self.db.query(sql, parameters)

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, None if there is none."""
        row = self.db.conn.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def meta(self, key: str) -> str:
        return str(self.value("select value from meta where key = ?", key) or "")

    def finished(self, iteration: int, stage: str) -> bool:
        return (
            self.value("select 1 from stages where iteration = ? and stage = ?", iteration, stage) is not None
        )

    def config(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.meta("config"))
        return loaded


def _connect(path: Path) -> sqlite_utils.Database:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    db = sqlite_utils.Database(connection)
    try:
        db.enable_wal()
    except sqlite3.DatabaseError as error:
        raise CampaignError(f"{path} is not a campaign's database ({error}).") from error
    return db


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CampaignError(f"{folder} is a file; name a folder for the campaign (--dir).")
    if folder.is_dir() and not (folder / FILE).exists():
        others = [p.name for p in folder.iterdir() if p.name not in (LOCK, "models")]
        if others:
            raise CampaignError(
                f"{folder} holds other things ({others[0]}…) and no campaign; name an empty or new folder (--dir)."
            )


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk into the sentence that says how to go on."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        if disk_full(error):
            raise CampaignError(
                f"The disk of {folder} is full; what was finished is kept. Free some space and run the same command again."
            ) from error
        raise CampaignError(f"The campaign in {os.fspath(folder)} cannot be written: {error}.") from error
