"""What Lean says of proofs from elsewhere.

With a data set, the statement is the data set's, never the text's: the proof is cut out of the text and checked against
it. Without one a text is judged as a file, and what its theorems say is its own affair.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from stp.data.dataset import Entry
from stp.errors import LeanError
from stp.evaluation.result import Row
from stp.evaluation.texts import Given, imports
from stp.jsonl import one_line
from stp.lean import source
from stp.lean.pool import MAX_TEXT, Failure, LeanPool
from stp.records import Check, FileCheck, FileVerdict, Verdict

#: Rows read, and checked, together.
BLOCK = 256

#: Reasons for which a proof may fail for lack of what its text has and this environment, or the proof alone, has not.
_FOR_LACK = ("error", "parse")
#: What declares something that a proof cut out of the text cannot use. (An `axiom` is no help but a hole.)
_DECLARES = re.compile(
    r"^\s*(?:@\[[^\]]*\]\s*)?(?:(?:private|protected|noncomputable|local|scoped)\s+)*"
    r"(?:def|abbrev|instance|structure|class|inductive|notation|infix[lr]?|macro|lemma|variable)\b",
    re.MULTILINE,
)


@dataclass
class Summary:
    """What came of all rows. reasons: of the rejected, counted. by_name: with a data set, proofs and those that stand."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    proved: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    @property
    def all_decided(self) -> bool:
        return not (self.unreadable or self.outcomes["undecided"])


@dataclass(frozen=True)
class _Found:
    """What is said of one row. outcome: proved, rejected or undecided."""

    given: Given
    name: str
    outcome: str
    reason: str = ""
    detail: str = ""
    axioms: tuple[str, ...] = ()
    seconds: float = 0.0


def recheck(
    rows: Iterable[Given], pool: LeanPool, summary: Summary, entries: Sequence[Entry] | None = None
) -> Iterator[Row]:
    """A row `{"name", "source", "outcome", "reason", "axioms", "seconds", "compared"}` for each proof, in order;
    `summary` is filled on the way. entries: the data set's, whose statements are then the ones that count."""
    rows = iter(rows)
    judge = _Judge(pool, summary, entries)
    while block := list(islice(rows, BLOCK)):
        for found in judge.block(block):
            summary.outcomes[found.outcome] += 1
            if found.outcome == "rejected":
                summary.reasons[found.reason] += 1
            if entries is not None:
                summary.tried[found.name] += 1
                summary.proved[found.name] += found.outcome == "proved"
            yield {
                "name": found.name,
                "source": found.given.source,
                "outcome": found.outcome,
                "reason": ": ".join(part for part in (found.reason, one_line(found.detail)) if part),
                "axioms": sorted(found.axioms),
                "seconds": round(found.seconds, 4),
                "compared": entries is not None,
            }


class _Judge:
    def __init__(self, pool: LeanPool, summary: Summary, entries: Sequence[Entry] | None) -> None:
        self.pool = pool
        self.summary = summary
        self.entries = None if entries is None else {entry.name: entry for entry in entries}
        self._modules: frozenset[str] | None = None

    def block(self, block: Sequence[Given]) -> Iterator[_Found]:
        readable = [item for item in block if not self._refused(item)]
        if self.entries is None:
            yield from self._as_files(readable)
        else:
            yield from self._against(self.entries, readable)

    def _refused(self, item: Given) -> bool:
        text = item.as_file()
        if len(text) > MAX_TEXT:
            return self._unreadable(item, f"longer than {MAX_TEXT:,} characters")
        if any("\ud800" <= c <= "\udfff" or c == "\0" for c in text):
            return self._unreadable(item, "not a Unicode text (a lone surrogate or a NUL)")
        return False

    def _unreadable(self, item: Given, why: str) -> bool:
        self.summary.unreadable.append(f"{item.source}: {why}")
        return True

    # --- without a data set -----------------------------------------------------------------------------

    def _as_files(self, block: Sequence[Given]) -> Iterator[_Found]:
        jobs = [FileCheck(str(i), item.as_file()) for i, item in enumerate(block)]
        verdicts = {job.id: verdict for job, verdict in self.pool.files(jobs)}
        for i, item in enumerate(block):
            verdict = verdicts[str(i)]
            reason, detail = _file_reason(verdict)
            name = item.name or ", ".join(verdict.theorems[-1:])
            outcome = verdict.outcome if verdict.outcome in ("proved", "rejected") else "undecided"
            if outcome == "rejected" and reason in _FOR_LACK and (lacking := self._lacking(item)):
                outcome, reason, detail = "undecided", "imports", f"this environment lacks {lacking}"
            yield _Found(item, name, outcome, reason, detail, verdict.axioms, verdict.seconds)

    # --- with one ---------------------------------------------------------------------------------------

    def _against(self, entries: dict[str, Entry], block: Sequence[Given]) -> Iterator[_Found]:
        cut = self._cut([item for item in block if item.text])
        planned: list[tuple[Given, Entry, str, bool]] = []  # …, proof, whether its text declares more
        for item in block:
            if not item.text:
                name = _name_in(item, entries)
                if name:
                    planned.append((item, entries[name], item.proof, False))
                else:
                    self._unreadable(item, f"no statement of the data set is named {item.name or 'so'}")
                continue
            read = next(cut)
            if isinstance(read, str):
                self._unreadable(item, read)
                continue
            picked = _pick(item, read, entries)
            if isinstance(picked, str):
                self._unreadable(item, picked)
                continue
            for name, theorem in picked:
                more = bool(_DECLARES.search(theorem.header)) or any(
                    other.position < theorem.position for other in read.theorems
                )
                planned.append((item, entries[name], theorem.proof, more))
        jobs = [
            Check(str(i), entry.statement, proof, entry.header, entry.forbid)
            for i, (_, entry, proof, _) in enumerate(planned)
        ]
        verdicts = {job.id: verdict for job, verdict in self.pool.check(jobs)}
        for i, (item, entry, _, more) in enumerate(planned):
            yield self._judged(item, entry.name, verdicts[str(i)], more)

    def _judged(self, item: Given, name: str, verdict: Verdict, more: bool) -> _Found:
        reason, detail = verdict.reason, verdict.detail
        if verdict.proved:
            outcome = "proved"
        elif verdict.outcome == "bad_statement":
            outcome, reason = "undecided", "the statement does not elaborate here"
        elif not verdict.decisive:
            outcome = "undecided"
        elif reason in _FOR_LACK and more:
            outcome, reason = "undecided", "its text declares other things that the proof alone cannot use"
        elif reason in _FOR_LACK and (lacking := self._lacking(item)):
            outcome, reason, detail = "undecided", "imports", f"this environment lacks {lacking}"
        else:
            outcome = "rejected"
        return _Found(item, name, outcome, reason, detail, verdict.axioms, verdict.seconds)

    def _cut(self, block: Sequence[Given]) -> Iterator[source.Source | str]:
        """The theorems of each text; why not, where Lean gave no answer."""
        texts = [item.text for item in block]
        try:
            yield from source.read(self.pool, texts)
            return
        except LeanError:
            pass  # one of them ended its worker: each by itself then
        for text in texts:
            try:
                yield from source.read(self.pool, [text])
            except LeanError as error:
                yield str(error)

    def _lacking(self, item: Given) -> str:
        """The modules that a text imports and this environment has not; empty if there are none."""
        wanted = imports(item.as_file())
        if not wanted:
            return ""
        if self._modules is None:
            (answer,) = self.pool.ask_all([{"op": "modules"}])
            if isinstance(answer, Failure):
                raise LeanError(f"Lean could not list its modules: {answer.detail}")
            self._modules = frozenset(answer["modules"])
        return ", ".join(module for module in wanted if module not in self._modules)


def _name_in(item: Given, entries: dict[str, Entry]) -> str:
    """The data set's name of a row's statement: the row's own, or that of its theorem; empty if there is none."""
    stated = re.search(r"\b(?:theorem|lemma)\s+([^\s:({\[⦃]+)", item.statement)
    for name in (item.name, stated[1] if stated else ""):
        if name in entries:
            return name
    return ""


def _pick(
    item: Given, read: source.Source, entries: dict[str, Entry]
) -> list[tuple[str, source.Theorem]] | str:
    """Which theorems of a text are which statements. A text named as a statement is about that one, and holds it under
    that name or as its only theorem; another text may hold several, under their names. Or why there is none."""
    if not read.theorems:
        return read.faults[0] if read.faults else "no theorem in it"
    named: dict[str, source.Theorem] = {}
    for theorem in read.theorems:
        for name in (theorem.full_name, theorem.name, theorem.name.rsplit(".", 1)[-1]):
            if name in entries:
                named[name] = theorem  # the last of several of one name
                break
    if item.name in entries:
        if item.name in named:
            return [(item.name, named[item.name])]
        if len(read.theorems) == 1:
            return [(item.name, read.theorems[0])]
        return f"no theorem in it is named {item.name}"
    return list(named.items()) or (
        f"no statement of the data set is named {item.name or read.theorems[-1].name}"
    )


def _file_reason(verdict: FileVerdict) -> tuple[str, str]:
    """Reason, as in a `Verdict`, and detail of a file's verdict: from its first error."""
    if verdict.outcome == "proved":
        return "", ""
    text = next((m.text for m in verdict.messages if m.severity == "error"), "")
    kind, colon, rest = text.partition(": ")
    if colon and kind in _REASONS:
        return kind, rest
    return ("error" if verdict.outcome == "rejected" else verdict.outcome), text


_REASONS = ("parse", "syntax", "error", "incomplete", "forbidden_axiom", "forbidden_constant", "kernel")
