"""What every stage is given, and the two things that most of them do: sample and check."""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.config import Config
from stp.errors import CampaignError
from stp.lean.pool import LeanPool
from stp.progress import Reporter, StopFlag
from stp.records import Check, Verdict, digest, head_of
from stp.stages import datasets
from stp.store import Store

if TYPE_CHECKING:
    from stp.data.splits import Guard
    from stp.lm.formats import Format
    from stp.lm.sampler import Sampler
    from stp.lm.trainer import Trainer

#: Checks between two writes: what `kill -9` can cost, at most.
CHECK_BLOCK = 256


@dataclass
class Context:
    """A running campaign: configuration, store, Lean, how roles are put into text, and where the models come from."""

    config: Config
    store: Store
    pool: LeanPool
    format: Format
    sampler: Callable[[Path], Sampler]
    trainer: Trainer
    reporter: Reporter = field(default_factory=Reporter)
    stop: StopFlag = field(default_factory=StopFlag)
    base: Path | None = None  # the model that the campaign starts from; None: a new one

    @functools.cached_property
    def guard(self) -> Guard:
        """The statements of held-out splits of the data sets at hand, which nothing is trained on."""
        return datasets.guard(self.config, self.pool, self.reporter)

    def refuse_held_out(self, iteration: int) -> None:
        """Raises CampaignError if an example of this iteration, or of one before, is about a held-out statement."""
        self.guard.refuse(
            row["key"]
            for row in self.store.rows(
                "select distinct s.key from examples e, json_each(e.parents) p "
                "join statements s on s.id = p.value or s.id = e.statement where e.iteration <= ?",
                iteration,
            )
        )

    @property
    def environment(self) -> str:
        return self.store.meta("environment")

    def model(self, iteration: int) -> dict[str, Any]:
        """The newest model made up to and including `iteration`."""
        row = next(
            self.store.rows(
                "select * from models where iteration <= ? order by iteration desc limit 1", iteration
            ),
            None,
        )
        if row is None:
            raise CampaignError(
                f"The campaign in {self.store.folder} has no model yet; its preparation is not finished."
            )
        return row

    def model_folder(self, iteration: int) -> Path:
        return self.store.folder / str(self.model(iteration)["folder"])

    @contextlib.contextmanager
    def clock(self, iteration: int, stage: str, kind: str) -> Iterator[None]:
        """Count the time inside as spent on `kind` (`sampling`, `lean`, `training`)."""
        started = time.monotonic()
        try:
            yield
        finally:
            with self.store.transaction():
                self.store.spend(iteration, stage, kind, time.monotonic() - started)

    def seed(self, *parts: object) -> int:
        """A number made from the campaign's seed and `parts` alone (63 bits)."""
        return int(digest(str(self.config.seed), *(str(p) for p in parts)), 16) >> 1

    # --- checking ---------------------------------------------------------------------------------------

    def check_proofs(self, iteration: int, stage: str, proofs: Sequence[str], label: str) -> None:
        """Check the proofs (ids) that have no decisive verdict yet, and keep what Lean says of them.

        A verdict that says nothing of the proof (time-out of the wall clock, a lost worker) is kept as what
        it is and tried again the next time the proof comes up.
        """
        waiting = list(self._jobs(proofs))
        if not waiting:
            return
        proved = 0
        with self.clock(iteration, stage, "lean"), self.reporter.work(label, len(waiting)) as advance:
            for start in range(0, len(waiting), CHECK_BLOCK):
                self.stop.check()
                block = waiting[start : start + CHECK_BLOCK]
                verdicts: list[tuple[str, Verdict]] = []
                for job, verdict in self.pool.check(block):
                    verdicts.append((job.id, verdict))
                    proved += verdict.proved
                    if verdict.proved:
                        self.announce(stage, job)
                    advance(start + len(verdicts), f"{proved} proved")
                with self.store.transaction():
                    self.store.add_verdicts(verdicts, iteration)

    def accepted(self, jobs: Sequence[Check]) -> dict[str, str]:
        """What Lean accepts, by the jobs' ids: of several proofs the first one asked for, whichever is checked first.
        Nothing is kept of it."""
        proved = {job for job, verdict in self.pool.check(jobs) if verdict.proved}
        return {job.id: job.proof for job in reversed(jobs) if job in proved}

    def announce(self, stage: str, job: Check) -> None:
        """Show the first verified proof of all, and the first that a model found."""
        key, what = _FIRST.get(stage, ("", ""))
        if key and not self.store.meta(key):
            self.reporter.say(f"{what}: {one_line(job.statement, job.proof)}")
            with self.store.transaction():
                self.store.add("meta", [{"key": key, "value": job.id}])

    def _jobs(self, proofs: Sequence[str]) -> Iterator[Check]:
        names = self.forbidden()
        for proof in dict.fromkeys(proofs):
            row = next(
                self.store.rows(
                    "select p.id, p.text, s.rest, s.id as statement from proofs p join statements s on s.id = p.statement "
                    "left join verdicts v on v.proof = p.id and v.environment = ? "
                    f"where p.id = ? and (v.outcome is null or not {DECISIVE_SQL})",
                    self.environment,
                    proof,
                ),
                None,
            )
            if row is not None:
                yield Check(
                    row["id"], head_of(row["rest"]), row["text"], forbid=names.get(row["statement"], ())
                )

    def forbidden(self) -> Mapping[str, tuple[str, ...]]:
        """For each statement that is a theorem of the environment: its own names, which no proof may use."""
        return {
            row["id"]: tuple(dict.fromkeys([row["name"], *json.loads(row["forbid"] or "[]")]))
            for row in self.store.rows(
                "select id, name, forbid from statements where name != '' and source != 'conjecture'"
            )
        }


_FIRST = {
    "portfolio": ("first_proof", "first verified proof"),
    "evaluate": ("first_model_proof", "first proof by the model"),
}


def one_line(statement: str, proof: str, width: int = 160) -> str:
    """A theorem with its proof, on one line of at most `width` characters."""
    steps = "; ".join(line.strip() for line in proof.splitlines() if line.strip()).replace("by; ", "by ")
    text = f"{' '.join(statement.split())} := {steps}"
    return text if len(text) <= width else text[: width - 1] + "…"


#: SQL: the verdicts that count as a try of the prover (`Verdict.decisive`).
DECISIVE_SQL = "(v.outcome in ('proved', 'rejected') or (v.outcome = 'timeout' and v.reason = 'heartbeats'))"
