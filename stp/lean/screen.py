"""Screening: is a statement well-formed, new, not vacuous and not trivial? Each finding comes with its evidence.

The checks come in the order in which they say most for the least time; a statement leaves at its first finding.
What could not be found out (a lost worker, the wall clock) is `undecided`, and such a statement is never `ok`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

from stp.lean.pool import Failure, LeanPool
from stp.lean.tactics import TRIVIAL, VACUOUS
from stp.records import Check, StatementInfo, Verdict

Kind = Literal["malformed", "known", "vacuous", "trivial", "undecided"]
Progress = Callable[[int, str], None]

#: Statements that go through the checks together.
_BLOCK = 512


@dataclass(frozen=True)
class Statement:
    """A theorem's head, without `:=`, and the trusted text read before it."""

    id: Any  # what the caller calls it: any JSON value
    head: str
    header: str = ""

    @property
    def label(self) -> str:
        return self.id if isinstance(self.id, str) else json.dumps(self.id)


@dataclass(frozen=True)
class Finding:
    """What one check found.

    source: who says so. `lean` of a malformed statement; `library`, `file` (an earlier statement of the same file)
    or the data set's name of a known one; `tactic` of a vacuous or trivial one; the check that is undecided.
    evidence: Lean's reason, the names of the same statement, the tactic, or what became of the check.
    """

    kind: Kind
    source: str
    evidence: str

    @property
    def text(self) -> str:
        return f"{self.source}: {self.evidence}" if self.kind in ("known", "undecided") else self.evidence


@dataclass(frozen=True)
class Screened:
    """A statement with what was found, in the order of the checks."""

    statement: Statement
    findings: tuple[Finding, ...] = ()

    @property
    def decisive(self) -> Finding | None:
        """The finding that gives the verdict: the first, where those that are undecided stand behind the others."""
        return min(self.findings, key=lambda finding: finding.kind == "undecided", default=None)

    @property
    def verdict(self) -> Literal["ok"] | Kind:
        return self.decisive.kind if self.decisive else "ok"

    @property
    def evidence(self) -> str:
        return self.decisive.text if self.decisive else ""


class Index:
    """Statements by their types, to find those that are equal up to the names of variables."""

    def __init__(self, pool: LeanPool) -> None:
        self._pool = pool
        self._places: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
        self._in_library: dict[str, bool] = {}

    def add(self, source: str, statement: Statement, info: StatementInfo) -> None:
        places = self._places[info.key]
        if not any(place == source and same.header == statement.header for place, same in places):
            places.append((source, statement))

    def find(self, statement: Statement, info: StatementInfo) -> list[Finding]:
        """The first equal statement of each source."""
        found: dict[str, Finding] = {}
        for source, same in self._places.get(info.key, ()):
            means = same.header == statement.header or self._means_the_same(info)
            if isinstance(means, Failure):
                doubt = f"{source}: {same.label}, under another header: {means}"
                found.setdefault(source, Finding("undecided", "known", doubt))
            elif means:
                found.setdefault(source, Finding("known", source, same.label))
        return list(found.values())

    def _means_the_same(self, info: StatementInfo) -> bool | Failure:
        """Whether the statement's type means the same under every header: it names the library's constants only."""
        new = [name for name in info.constants if name not in self._in_library]
        answers = self._pool.ask_all(
            [{"op": "print", "name": name, "heartbeats": self._pool.heartbeats} for name in new]
        )
        for name, answer in zip(new, answers, strict=True):
            if isinstance(answer, Failure):
                return answer
            self._in_library[name] = answer["ok"] or answer["detail"] != "unknown constant"
        return all(self._in_library[name] for name in info.constants)


def index(data: Mapping[str, Sequence[Statement]], pool: LeanPool) -> tuple[Index, list[str]]:
    """The statements of data sets, given by the names of the sets; and why some of them are not among them."""
    found, faults = Index(pool), []
    for source, statements in data.items():
        for statement, info in zip(statements, _elaborated(statements, pool), strict=True):
            if isinstance(info, Finding):
                faults.append(f"{source}: {statement.label}: {info.evidence}")
            else:
                found.add(source, statement, info)
    return found, faults


def screen(
    statements: Iterable[Statement],
    pool: LeanPool,
    *,
    against: Index | None = None,
    everything: bool = False,
    progress: Progress = lambda done, remark: None,
) -> Iterator[Screened]:
    """What is found of each statement, in order, a block at a time.

    against: statements that count as known, besides the library's and the earlier ones here. everything: go on
    with a statement after its first finding. progress: is told how many are done, and what is looked for.
    """
    done, own, todo = 0, Index(pool), iter(statements)
    while block := list(islice(todo, _BLOCK)):
        screening = _Block(block, pool, everything, partial(progress, done))
        yield from screening.run([against, own] if against else [own], own)
        done += len(block)


class _Block:
    """Statements that go through the checks together."""

    def __init__(
        self, statements: list[Statement], pool: LeanPool, everything: bool, say: Callable[[str], None]
    ) -> None:
        self._statements = statements
        self._pool = pool
        self._everything = everything
        self._say = say
        self._findings: list[list[Finding]] = [[] for _ in statements]
        self._infos: dict[int, StatementInfo] = {}
        self._names: dict[int, tuple[str, ...]] = {}  # the library's theorems of the same type

    def run(self, known: Sequence[Index], own: Index) -> Iterator[Screened]:
        self._read()
        self._compare(known, own)
        self._look_up()
        self._refute_hypotheses()
        self._prove()
        for statement, findings in zip(self._statements, self._findings, strict=True):
            yield Screened(statement, tuple(findings))

    def _open(self) -> list[int]:
        """Statements still to be looked at."""
        return [
            i
            for i in self._infos
            if self._everything or all(finding.kind == "undecided" for finding in self._findings[i])
        ]

    def _read(self) -> None:
        self._say("reading statements")
        for i, info in enumerate(_elaborated(self._statements, self._pool)):
            if isinstance(info, Finding):
                self._findings[i].append(info)
            else:
                self._infos[i] = info

    def _compare(self, known: Sequence[Index], own: Index) -> None:
        """With data sets, and with what stood earlier in the file."""
        for i, info in self._infos.items():
            for place in known:
                self._findings[i] += place.find(self._statements[i], info)
            own.add("file", self._statements[i], info)

    def _look_up(self) -> None:
        self._say("looking them up in the library")
        members = self._open()
        found = self._pool.known(
            [self._statements[i].head for i in members], [self._statements[i].header for i in members]
        )
        for i, names in zip(members, found, strict=True):
            if not isinstance(names, tuple):
                self._findings[i].append(Finding("undecided", "library", str(names)))
            elif names:
                self._names[i] = names
                self._findings[i].append(Finding("known", "library", ", ".join(names)))

    def _refute_hypotheses(self) -> None:
        """With all tactics at once: nearly always all are needed, and a worker then reads a statement once."""
        self._say("looking for contradictory hypotheses")
        self._try("vacuous", [i for i in self._open() if self._infos[i].binders], [VACUOUS])

    def _prove(self) -> None:
        """With one tactic after the other: those at the end are dear, and many statements do not get there."""
        self._say("trying tactics")
        self._try("trivial", self._open(), [(tactic,) for tactic in TRIVIAL])

    def _try(
        self, kind: Literal["vacuous", "trivial"], members: list[int], rounds: Sequence[tuple[str, ...]]
    ) -> None:
        doubts: dict[int, Finding] = {}
        for tactics in rounds:
            jobs = [self._check(i, tactic, kind == "vacuous") for i in members for tactic in tactics]
            proved: dict[int, list[str]] = defaultdict(list)
            for job, verdict in self._pool.check(jobs):
                if verdict.proved:
                    proved[int(job.id)].append(job.proof)
                elif not verdict.decisive:
                    doubt = Finding("undecided", kind, f"{job.proof}: {_became(verdict)}")
                    doubts.setdefault(int(job.id), doubt)
            for i, proofs in proved.items():
                self._findings[i].append(Finding(kind, "tactic", min(proofs, key=tactics.index)))
                doubts.pop(i, None)
            members = [i for i in members if i not in proved]
        for i, doubt in doubts.items():
            self._findings[i].append(doubt)

    def _check(self, i: int, tactic: str, vacuous: bool) -> Check:
        """A theorem of the library must not prove itself."""
        statement = self._statements[i]
        forbid = () if vacuous else self._names.get(i, ())
        return Check(str(i), statement.head, tactic, statement.header, forbid, vacuous)


def _elaborated(statements: Sequence[Statement], pool: LeanPool) -> list[StatementInfo | Finding]:
    """What Lean knows of each statement, or why it knows nothing."""
    found: list[StatementInfo | Finding] = []
    for info in pool.statements([s.head for s in statements], [s.header for s in statements]):
        if isinstance(info, StatementInfo):
            found.append(info)
        elif isinstance(info, Failure):
            found.append(Finding("undecided", "statement", str(info)))
        else:
            found.append(Finding("malformed", "lean", info))
    return found


def _became(verdict: Verdict) -> str:
    return ": ".join(part for part in (verdict.outcome, verdict.detail) if part)
