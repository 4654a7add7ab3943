"""Verdicts kept between runs, by environment, statement and proof. Only those that count as a try (`Verdict.decisive`).

The environment's id holds Lean's version, the checker's source and its allowlist, so a verdict never outlives a
change to any of them. Whoever can write the file decides what counts as proved: it lies in the user's own cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from stp.records import Check, Environment, Verdict

_BLOCK = 500


class VerdictCache:
    """A SQLite file of verdicts for one environment; several processes may use it at once.

    texts: pass over rejections that were kept without Lean's text of the error. A file that cannot be used is as good
    as an empty one: the checks are then made.
    """

    def __init__(self, path: Path, environment: Environment, *, texts: bool = False) -> None:
        self._environment = environment.id
        self._texts = texts
        self._lock = threading.Lock()
        self._database: Database | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
            database = Database(connection)
            database.enable_wal()
            connection.execute(
                "pragma synchronous = normal"
            )  # a killed process loses nothing, and that is enough
            database.create_table("verdicts", {"key": str, "verdict": str}, pk="key", if_not_exists=True)
            self._database = database
        except (OSError, sqlite3.Error):
            self._database = None

    def find(self, jobs: Sequence[Check]) -> dict[Check, Verdict]:
        """The verdicts at hand; their `seconds` are those of the check that was made."""
        keys = {self._key(job): job for job in jobs}
        found: dict[Check, Verdict] = {}
        with self._lock:
            for start in range(0, len(keys), _BLOCK):
                part = list(keys)[start : start + _BLOCK]
                for key, text in self._rows(part):
                    verdict = _verdict(text)
                    if verdict.detail or verdict.outcome != "rejected" or not self._texts:
                        found[keys[key]] = verdict
        return found

    def add(self, job: Check, verdict: Verdict) -> None:
        """Keep a verdict, at once."""
        row = (self._key(job), json.dumps(asdict(verdict), ensure_ascii=False))
        with self._lock:
            if self._database is not None:
                # a full disk, say: the verdict has been given all the same
                with contextlib.suppress(sqlite3.Error), self._database.conn:
                    self._database.conn.execute("insert or replace into verdicts values (?, ?)", row)

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.conn.close()
                self._database = None

    def _key(self, job: Check) -> str:
        forbid = json.dumps(sorted(job.forbid))
        aim = f"{job.vacuous} {job.negated}"  # a verdict on a negation is none on the statement
        parts = [self._environment, job.header, job.statement, job.proof, forbid, aim]
        # all of the digest: whoever chooses texts could find two with the same short one
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _rows(self, keys: list[str]) -> list[tuple[str, str]]:
        if self._database is None:
            return []
        marks = ",".join("?" * len(keys))
        try:
            return list(
                self._database.conn.execute(f"select key, verdict from verdicts where key in ({marks})", keys)
            )
        except sqlite3.Error:
            return []


def _verdict(text: str) -> Verdict:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(text).items()
    }
    return Verdict(**fields)
