"""Lean once more, before anything is written: do the proofs still stand, and which statements are trivial?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from stp.errors import CampaignError, LeanError
from stp.lean.pool import LeanPool
from stp.lean.tactics import TRIVIAL
from stp.records import Check, Environment, FileCheck, FileVerdict, Verdict, head_of
from stp.store import Store

Progress = Callable[[int, str], None]

#: Checks, and statements, that go to the workers together.
_BLOCK = 2048
#: What screening allows a single tactic, in thousands of heartbeats (`stp screen`).
TRIVIAL_HEARTBEATS = 2_000
#: Seconds of wall clock that a file of theorems may take.
FILE_TIMEOUT = 900.0


@dataclass(frozen=True)
class Recheck:
    """What became of checking again. differences: how the Lean at hand differs from the campaign's."""

    kind: Literal["passed", "skipped", "nothing"]
    proofs: int = 0
    environment: str = ""
    lean_version: str = ""
    differences: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        return bool(self.differences)


def open_pool(store: Store, *, workers: int, heartbeats: int = 0, timeout: float = 0.0) -> LeanPool:
    """Workers with the campaign's imports, header and limits, on the Lean at hand.

    heartbeats, timeout: other limits than the campaign's. Raises LeanMissing or LeanError if there is none.
    """
    from stp.lean import toolchain
    from stp.lean.worker import Settings

    row, config = environment_row(store), store.config()["lean"]
    return LeanPool(
        toolchain.find(Path(config["project"]) if config.get("project") else None),
        Settings(tuple(row["imports"].split(",")), row["header"]),
        workers=workers,
        timeout=timeout or config["timeout"],
        heartbeats=heartbeats or row["heartbeats"],
        memory=config.get("memory", 0.0) * 1e9 or None,
        spares=0,
        brief=True,
    )


def environment_row(store: Store) -> dict[str, Any]:
    """The campaign's environment, a row of `environments`."""
    return next(store.rows("select * from environments where id = ?", store.meta("environment")))


def recheck(store: Store, pool: LeanPool, progress: Progress) -> Recheck:
    """Check every chosen proof again.

    Raises CampaignError, which names the proof, if one does not stand; LeanError if Lean, asked twice, gives no
    answer.
    """
    differences = tuple(_differences(environment_row(store), pool.environment))
    done, todo = 0, _jobs(store, store.config()["lean"]["timeout"])
    while block := list(islice(todo, _BLOCK)):
        for job, verdict in _decided(pool, block):
            done += 1
            progress(done, "")
            if not verdict.proved:
                raise CampaignError(_fallen(store, job, verdict, differences))
    return Recheck(
        "passed" if done else "nothing",
        done,
        pool.environment.id,
        pool.environment.lean_version,
        differences,
    )


def trivial(store: Store, pool: LeanPool, statements: Sequence[str], progress: Progress) -> Iterator[str]:
    """Those of the statements (ids) that a single tactic of `TRIVIAL` proves, each time without the library's own
    copy. One of which nothing could be found out counts as not trivial."""
    for start in range(0, len(statements), _BLOCK):
        left = list(statements[start : start + _BLOCK])
        rows = {
            row["id"]: row
            for row in store.rows(
                f"select id, rest, name from statements where id in ({', '.join('?' * len(left))})", *left
            )
        }
        # one tactic after the other: those at the end are dear, and many statements do not get there
        for tactic in TRIVIAL:
            progress(start, tactic)
            jobs = [Check(s, head_of(rows[s]["rest"]), tactic, forbid=_forbid(rows[s]["name"])) for s in left]
            proved = {job.id for job, verdict in pool.check(jobs) if verdict.proved}
            yield from (s for s in left if s in proved)
            left = [s for s in left if s not in proved]


def files(pool: LeanPool, texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, FileVerdict]]:
    """Verdicts on whole files, given as (name, text); asked twice where there is no answer."""
    for given, verdict in pool.files([FileCheck(name, text) for name, text in texts]):
        if verdict.outcome not in ("proved", "rejected"):
            verdict = next(iter(pool.files([given])))[1]
        yield given.id, verdict


def _jobs(store: Store, timeout: float) -> Iterator[Check]:
    for row in store.rows(
        "select p.id, p.text, s.rest, s.name from chosen c cross join proofs p on p.id = c.proof "
        "join statements s on s.id = c.statement order by c.statement, c.proof"
    ):
        yield Check(
            row["id"], head_of(row["rest"]), row["text"], forbid=_forbid(row["name"]), timeout=timeout
        )


def _decided(pool: LeanPool, jobs: Sequence[Check]) -> Iterator[tuple[Check, Verdict]]:
    """Verdicts that say something; raises LeanError if there is none at the second try either."""
    again: list[Check] = []
    for job, verdict in pool.check(jobs):
        if verdict.decisive or verdict.outcome == "bad_statement":
            yield job, verdict
        else:
            again.append(job)
    for job, verdict in pool.check(again):
        if not (verdict.decisive or verdict.outcome == "bad_statement"):
            became = ": ".join(part for part in (verdict.outcome, verdict.reason) if part)
            raise LeanError(
                f"The proof {job.id} could not be checked again, twice ({became}), so nothing is written; "
                "run the export again with fewer --workers or on a quieter machine, or without checks (--no-recheck)."
            )
        yield job, verdict


def _fallen(store: Store, job: Check, verdict: Verdict, differences: Sequence[str]) -> str:
    statement = store.value("select statement from proofs where id = ?", job.id)
    why = ": ".join(part for part in (verdict.outcome, verdict.reason, verdict.detail) if part)
    text = " ".join(job.proof.split())
    shown = text if len(text) <= 80 else text[:79] + "…"
    advice = (
        f"it was checked in another environment ({'; '.join(differences)}), so export with the Lean and the version of stp "
        "that the campaign ran with, or without checks (--no-recheck)"
        if differences
        else "nothing that its verdict depends on has changed, so look into it with: stp lean selftest"
    )
    return (
        f"The proof {job.id} of statement {statement} ({shown!r}) does not stand any more ({' '.join(why.split())[:200]}), "
        f"and nothing is written; {advice}"
    )


def _differences(old: dict[str, Any], new: Environment) -> Iterator[str]:
    """`key: old → new` for what a verdict depends on."""
    now = {**vars(new), "imports": ",".join(new.imports)}
    for key, value in now.items():
        if old[key] != value:
            yield f"{key.replace('_', ' ')}: {old[key]} → {value}"


def _forbid(name: str) -> tuple[str, ...]:
    return (name,) if name else ()
