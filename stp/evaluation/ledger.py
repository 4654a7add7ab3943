"""An evaluation's database: what was sampled and what Lean said of it.

As in a campaign, rows are added in whole transactions and their keys are made from what they are about, so that a
run that was killed leaves nothing twice and nothing half. A statement is known by its place in the selection, which
is the same in every shard.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlite_utils

from stp.evaluation import EvaluationError
from stp.evaluation.plan import Plan
from stp.records import Environment, Verdict
from stp.store.folder import Kind, at_once, create, insert, release

FILE = "evaluation.db"
LOCK = "evaluation.lock"
KIND = Kind("an", "evaluation", FILE, LOCK, "--out", EvaluationError)
SCHEMA = 1

#: table → (columns, primary key, not-null columns)
TABLES: dict[str, tuple[dict[str, Any], Any, set[str]]] = {
    # one row a key: schema, plan (JSON), environment (JSON), samples (how many a statement the last run asked for)
    "meta": ({"key": str, "value": str}, "key", {"value"}),
    # `fault` says why a statement is not evaluated; else `key` and `rest` are Lean's (StatementInfo)
    "statements": ({"place": int, "key": str, "rest": str, "fault": str}, "place", set()),
    # copies 0, 1, … of a statement without a gap; `proof` is null where the text is no proof at all
    "samples": (
        {"statement": int, "copy": int, "proof": str, "tokens": int, "truncated": int},
        ("statement", "copy"),
        {"tokens", "truncated"},
    ),
    "proofs": ({"id": str, "statement": int, "text": str}, "id", {"statement", "text"}),
    "verdicts": (
        {"proof": str, "outcome": str, "reason": str, "detail": str, "decisive": int, "seconds": float},
        "proof",
        {"outcome", "decisive"},
    ),
    # seconds over all runs: sampling, lean
    "clock": ({"kind": str, "seconds": float}, "kind", {"seconds"}),
}
INDEXES = [("samples", ["proof"])]


class Ledger:
    """An open evaluation. `Ledger.open` for the one writer, `Ledger.read` for everybody else. Threads may share it."""

    def __init__(self, folder: Path, db: sqlite_utils.Database, lock: Any = None) -> None:
        self.folder = folder
        self.db = db
        self._file_lock = lock
        self._lock = threading.RLock()

    @classmethod
    def open(cls, folder: Path, plan: Plan) -> Ledger:
        """Open `folder` for writing, making it if it is new.

        Raises EvaluationError if another process writes it, if it is no evaluation, or, naming each difference, if it
        was begun with another plan.
        """
        ledger = cls(folder, *KIND.open(folder))
        try:
            with KIND.writing(folder):
                ledger._begin(plan)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Open an existing evaluation for reading. Raises EvaluationError if there is none."""
        if not (folder / FILE).is_file():
            raise EvaluationError(
                f"There is no evaluation in {folder}; make one with: stp eval --out {folder} …"
            )
        ledger = cls(folder, KIND.connect(folder))
        ledger._check_schema()
        return ledger

    def close(self) -> None:
        self.db.close()
        release(self._file_lock)

    def discard(self) -> None:
        """Close it and remove what it wrote: for an evaluation that cannot begin."""
        self.close()
        for file in (FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK):
            (self.folder / file).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it holds something else, or stood there before
            self.folder.rmdir()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what it was begun with -------------------------------------------------------------------------

    def _begin(self, plan: Plan) -> None:
        if "meta" not in self.db.table_names():
            with at_once(self.db):
                create(self.db, TABLES, INDEXES)
                self.put("schema", str(SCHEMA))
                self.put("plan", json.dumps(plan.as_json()))
            return
        self._check_schema()
        if found := differences(self.plan(), plan.as_json()):
            raise EvaluationError(
                f"The evaluation in {self.folder} was begun with something else ({'; '.join(found)}); go on with that, "
                "or name another folder (--out)."
            )

    def _check_schema(self) -> None:
        KIND.check_schema(self.folder, self.meta("schema"), SCHEMA)

    def set_environment(self, environment: Environment) -> None:
        """Record the environment; raises EvaluationError, naming each difference, if it is another one."""
        new = environment_row(environment)
        known = self.environment()
        if found := differences(known, new) if known else []:
            raise EvaluationError(
                f"The evaluation in {self.folder} was checked in another environment ({'; '.join(found)}); its verdicts "
                "would not be comparable. Use the same Lean, options and version of stp, or another folder (--out)."
            )
        with self.transaction():
            self.put("environment", json.dumps(new))

    def plan(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.meta("plan"))
        return {**loaded, "format": loaded.get("format", "stp")}  # all were, before it was written down

    def environment(self) -> dict[str, Any]:
        """Empty if none has been set."""
        loaded: dict[str, Any] = json.loads(self.meta("environment") or "{}")
        return loaded

    # --- writing ----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside appears at once or not at all; other threads wait."""
        with self._lock, KIND.writing(self.folder), self.db.conn:
            yield

    def put(self, key: str, value: str) -> None:
        self.db.conn.execute("insert or replace into meta (key, value) values (?, ?)", (key, value))

    def add(self, table: str, rows: Iterable[Mapping[str, Any]], *, replace: bool = False) -> None:
        """Add rows; those whose key is there already stay as they are, unless `replace`. Call inside `transaction`."""
        insert(self.db, TABLES, table, rows, replace=replace)

    def add_statements(self, rows: Iterable[tuple[int, str, str, str | None]]) -> None:
        """What Lean knows of statements: place, key, rest, and why one is not evaluated."""
        with self.transaction():
            self.add(
                "statements",
                [
                    {"place": place, "fault": fault} if fault else {"place": place, "key": key, "rest": rest}
                    for place, key, rest, fault in rows
                ],
            )

    def add_verdicts(self, verdicts: Iterable[tuple[str, Verdict]]) -> None:
        """Verdicts by proof; one replaces an older one, which can only have said nothing of the proof."""
        with self.transaction():
            self.add(
                "verdicts",
                [
                    {
                        "proof": proof,
                        "outcome": v.outcome,
                        "reason": v.reason,
                        "detail": v.detail[:500],
                        "decisive": int(v.decisive),
                        "seconds": v.seconds,
                    }
                    for proof, v in verdicts
                ],
                replace=True,
            )

    def spend(self, kind: str, seconds: float) -> None:
        with self.transaction():
            self.db.conn.execute(
                "insert into clock (kind, seconds) values (?, ?) "
                "on conflict (kind) do update set seconds = seconds + excluded.seconds",
                (kind, seconds),
            )

    # --- reading ----------------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self.db.conn.execute(sql, tuple(parameters)).fetchall()

    def meta(self, key: str) -> str:
        found = self.rows("select value from meta where key = ?", (key,))
        return str(found[0][0]) if found else ""

    def sampled(self) -> dict[int, int]:
        """Copies that each statement has; they are numbered from 0 without a gap."""
        return dict(self.rows("select statement, count(*) from samples group by statement"))

    def decided(self, proof: str) -> bool:
        """Whether the proof has a verdict that counts."""
        return bool(self.rows("select 1 from verdicts where proof = ? and decisive", (proof,)))

    def undecided(self, samples: int) -> list[str]:
        """Proofs among the first `samples` copies without a verdict that counts."""
        return [
            row[0]
            for row in self.rows(
                "select distinct p.id from samples s join proofs p on p.id = s.proof "
                "left join verdicts v on v.proof = p.id "
                "where s.copy < ? and not coalesce(v.decisive, 0) order by p.statement, p.id",
                (samples,),
            )
        ]


def environment_row(environment: Environment) -> dict[str, Any]:
    return {"id": environment.id, **vars(environment), "imports": list(environment.imports)}


def differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """What differs, as `key: old, now new`."""
    found: list[str] = []
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found += differences(a, b, f"{prefix}{key}.")
        elif a != b and key != "id":
            found.append(f"{prefix}{key}: {a}, now {b}")
    return found
