"""The campaign's database: rows in, rows out. Knows nothing of models or Lean.

Rows are only ever added, in transactions of whole blocks, and every row's key is made from what it is about:
a stage that runs again finds its rows and adds none. `kill -9` loses at most the block in hand.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlite_utils

from stp.config import Config, differences, parse
from stp.errors import CampaignError, ConfigError
from stp.records import Environment, Verdict
from stp.store.folder import Kind, at_once, create, insert, release
from stp.store.schema import ADDED, BEFORE, DATA_SET_SQL, INDEXES, SCHEMA, TABLES

FILE = "campaign.db"
LOCK = "campaign.lock"
#: Keys in one query.
KEYS = 500
KIND = Kind("a", "campaign", FILE, LOCK, "--dir", CampaignError, ("models",))


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
        store = cls(folder, *KIND.open(folder))
        try:
            with KIND.writing(folder):
                store._prepare(config)
        except BaseException:
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
        store = cls(folder, KIND.connect(folder))
        store._check_schema()
        return store

    def close(self) -> None:
        self.db.close()
        release(self._lock)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, config: Config) -> None:
        if "meta" not in self.db.table_names():
            with at_once(self.db):
                create(self.db, TABLES, INDEXES)
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
        """Bring a folder of an earlier version up to date; refuse one of a later version."""
        found = self.meta("schema")
        for schema in sorted(ADDED):
            if found != str(schema - 1):
                continue
            with self.transaction():
                if self.meta("schema") == found:  # no other process has meanwhile
                    for table, column, kind in ADDED[schema]:
                        self.db.table(table).add_column(column, kind)
                    create(self.db, TABLES, INDEXES)
                    self._put("config", json.dumps(_completed(self.config(), BEFORE.get(schema, {}))))
                    self._put("schema", str(schema))
            found = self.meta("schema")
        KIND.check_schema(self.folder, found, SCHEMA)

    # --- writing ----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside appears at once or not at all."""
        with KIND.writing(self.folder), at_once(self.db):
            yield

    def add(self, table: str, rows: Iterable[Mapping[str, Any]], *, replace: bool = False) -> None:
        """Add rows; those whose key is there already are left as they are, unless `replace`. Call inside
        `transaction`."""
        insert(self.db, TABLES, table, rows, replace=replace)

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
                    "seconds": sum(spent.get(kind, 0.0) for kind in ("sampling", "lean", "training")),
                    "sampling": spent.get("sampling", 0.0),
                    "lean": spent.get("lean", 0.0),
                    "training": spent.get("training", 0.0),
                    "figures": json.dumps(dict(figures)),
                }
            ],
        )

    def spend(self, iteration: int, stage: str, kind: str, seconds: float) -> None:
        """Add to the time spent in a stage. Call inside `transaction`.

        `sampling`, `lean` and `training` are seconds of wall clock that do not overlap; `checking` are seconds that
        Lean workers were busy, all together, whatever else went on.
        """
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

    def rows_of(self, sql: str, keys: Sequence[str], *parameters: Any) -> Iterator[dict[str, Any]]:
        """The rows for `keys`, some hundred at a time: `{keys}` in the SQL stands for a part of them, behind `parameters`."""
        for start in range(0, len(keys), KEYS):
            part = keys[start : start + KEYS]
            yield from self.rows(sql.format(keys=f"({','.join('?' * len(part))})"), *parameters, *part)

    def data_set_proved(self, iteration: int) -> int:
        """How many statements of the data set have a correct proof from up to `iteration`."""
        return int(
            self.value(
                "select count(distinct s.id) from statements s join proofs p on p.statement = s.id "
                f"join verdicts v on v.proof = p.id where v.outcome = 'proved' and v.iteration <= ? and {DATA_SET_SQL}",
                iteration,
            )
        )

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


def _completed(old: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """An older version's configuration, with the keys that it lacked set to what that version did."""
    for dotted, value in before.items():
        section, key = dotted.split(".")
        old.setdefault(section, {}).setdefault(key, value)
    completed: dict[str, Any] = json.loads(parse(old, "the campaign's configuration").as_json())
    return completed
