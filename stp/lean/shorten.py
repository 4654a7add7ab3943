"""Proofs made shorter after they succeeded, by small edits of their text that Lean agrees with.

What is cut is told by tokens, brackets and columns, without Lean: an edit that Lean reads otherwise than it was meant
is refused by it like any other wrong proof, and costs one check. All of it is deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stp.lean.tactics import TRIVIAL
from stp.lm.lean_text import Token, tokens
from stp.records import Check, Verdict

if TYPE_CHECKING:
    from stp.lean.pool import LeanPool

#: The verdicts that a caller has already, of those checks.
Known = Callable[[Sequence[Check]], Mapping[Check, Verdict]]

#: Candidates of a proof in one call of the pool.
WAVE = 4
#: Proofs that are tried in the place of any longer one.
WHOLE = (*TRIVIAL, "rfl", "by rfl", "by simp_all")

_PAIRS = dict(zip("([{⟨⦃⟦⌊⌈‹⟪", ")]}⟩⦄⟧⌋⌉›⟫", strict=True)) | {"@[": "]"}
#: Tactics with a list of lemmas in brackets, and those of them that can be without.
_NEED_LIST = frozenset(["rw", "rwa", "erw", "rewrite"])
_LISTS = _NEED_LIST | {"simp", "simp_all", "simpa", "dsimp", "grind", "simp_arith"}
#: Tactics whose block is all that follows, up to the end of the block that they stand in.
_WRAPPERS = frozenset(["try", "repeat", "all_goals", "any_goals"])
#: What may be the last step of a block whose goal is closed already: any other would have failed.
_IDLE = _WRAPPERS | {"skip", "done"}
_BULLETS = frozenset(["·", "."])
_CASES = frozenset(["case", "next"])
_WITH_ARMS = frozenset(["cases", "induction", "match"])
#: What ends a term, or a `by` in it, within brackets.
_TERM_ENDS = frozenset([",", "then", "else"])
#: Blocks within blocks that are read: Lean's own limit is near.
_DEEPEST = 60


def candidates(proof: str, whole: Sequence[str] = WHOLE) -> list[str]:
    """The proofs one edit away that are shorter (in characters), the shortest first, then in the order of text.

    The edits: one of `whole` instead of everything; a step less of a tactic block or of a `<;>` chain (a bullet or
    the alternative of a `case` stays); a lemma less in a list, or no list, or no `only`; `first | a | b`,
    `(a)`, `try a` and their like become `a`; `by exact e` becomes `e`; `fun x => f x` becomes `f`.
    A text whose brackets do not match has only `whole`.
    """
    reader = _Reader(proof)
    edited = (reader.apply(edit) for edit in reader.edits)
    # White space in front stays: it gives the first line its column.
    found = {text.rstrip() for text in (*whole, *edited)}
    return sorted((text for text in found if len(text) < len(proof) and balanced(text)), key=_shortness)


def _shortness(text: str) -> tuple[int, str]:
    return len(text), text


def balanced(text: str) -> bool:
    """Whether the brackets of a Lean text match, those in strings and comments aside."""
    return _partners(tokens(text)) is not None


def _partners(found: Sequence[Token]) -> dict[int, int] | None:
    """For each opening bracket the place of its closing one; None if they do not match."""
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for i, token in enumerate(found):
        if token.text in _PAIRS:
            waiting.append(i)
        elif token.text in _CLOSING:
            if not waiting or _PAIRS[found[waiting[-1]].text] != token.text:
                return None
            partner[waiting.pop()] = i
    return None if waiting else partner


_CLOSING = frozenset(_PAIRS.values())


@dataclass(frozen=True)
class _Edit:
    """`text` in the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str = ""


class _Reader:
    """Goes through a proof once and notes its edits. Places are indices of tokens; an end is that behind the last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.edits: list[_Edit] = []
        self._tokens = tokens(text)
        partners = _partners(self._tokens)
        self._partner = partners or {}
        self._depth = 0
        if partners is not None:
            self._term(0, len(self._tokens), frozenset())

    def apply(self, edit: _Edit) -> str:
        return self.text[: edit.start] + edit.text + self.text[edit.end :]

    # --- edits ------------------------------------------------------------------------------------------

    def _drop(self, parts: Sequence[tuple[int, int]], i: int) -> None:
        """Without the i-th of several parts, and without the separator on one side."""
        if i + 1 < len(parts):
            self.edits.append(_Edit(self._start(parts[i][0]), self._start(parts[i + 1][0])))
        else:
            self.edits.append(_Edit(self._end(parts[i - 1][1]), self._end(parts[i][1])))

    def _keep(self, outer: tuple[int, int], inner: tuple[int, int]) -> None:
        """A part of a piece in its place, in its column."""
        if inner[0] >= inner[1]:
            return
        start, end = self._start(outer[0]), self._end(outer[1])
        left = self._tokens[inner[0]].column - self._tokens[outer[0]].column
        first, *others = self.text[self._start(inner[0]) : self._end(inner[1])].split("\n")
        moved = [
            line[min(left, len(line) - len(line.lstrip(" "))) :] if left > 0 else line for line in others
        ]
        space = " " if start and self.text[start - 1].isalnum() else ""
        self.edits.append(_Edit(start, end, space + "\n".join([first, *moved])))

    def _start(self, i: int) -> int:
        return self._tokens[i].start

    def _end(self, end: int) -> int:
        return self._tokens[end - 1].end

    # --- reading ----------------------------------------------------------------------------------------

    def _word(self, i: int) -> str:
        return self._tokens[i].text if i < len(self._tokens) else ""

    def _glued(self, i: int, sign: str) -> bool:
        """Whether `sign` stands here, whose characters are tokens of their own."""
        return self.text.startswith(sign, self._start(i)) and self._word(i) == sign[0]

    def _term(self, i: int, stop: int, ends: frozenset[str]) -> None:
        """Tokens of a term: the `by` in it."""
        self._depth += 1
        while i < stop and self._depth < _DEEPEST:
            i = self._skip(i, stop, ends)
        self._depth -= 1

    def _skip(self, i: int, stop: int, ends: frozenset[str]) -> int:
        """The place behind a token of a term, a bracket's content or a `by` with its block."""
        word = self._word(i)
        if i in self._partner:
            self._term(i + 1, self._partner[i], _TERM_ENDS)
            return self._partner[i] + 1
        if word == "by" and i + 1 < stop:
            return self._by(i, stop, ends)
        if word == "fun":
            self._eta(i, stop)
        return i + 1

    def _by(self, i: int, stop: int, ends: frozenset[str]) -> int:
        items, end = self._sequence(i + 1, stop, ends)
        if len(items) == 1 and self._word(i + 1) == "exact" and i + 2 < items[0][1]:
            self._keep((i, items[0][1]), (i + 2, items[0][1]))
        return end

    def _eta(self, i: int, stop: int) -> None:
        """`fun x y => f x y`: `fun x => f x`, where the last variable stands nowhere else."""
        arrow = i + 1
        while arrow < stop and _is_name(self._word(arrow)):
            arrow += 1
        body = arrow + 2
        if arrow == i + 1 or body >= stop or not self._glued(arrow, "=>"):
            return
        atoms = [body]
        while atoms[-1] < stop and (atoms[-1] in self._partner or _is_name(self._word(atoms[-1]))):
            atoms.append(self._partner.get(atoms[-1], atoms[-1]) + 1)
        end, variable = atoms[-1], self._word(arrow - 1)
        if len(atoms) < 3 or (end < stop and self._word(end) not in (",", ";")):
            return
        inner = [self._word(j).split(".")[0] for j in range(body, end)]
        if inner[-1] == variable == self._word(end - 1) and inner.count(variable) == 1:
            kept = self.text[self._start(body) : self._end(atoms[-2])]
            others = self.text[self._start(i + 1) : self._end(arrow - 1)] if arrow > i + 2 else ""
            self.edits.append(
                _Edit(self._start(i), self._end(end), f"fun {others} => {kept}" if others else kept)
            )

    def _sequence(
        self, i: int, stop: int, ends: frozenset[str], *, closing: bool = True
    ) -> tuple[list[tuple[int, int]], int]:
        """The tactics of a block that begins at i, each with its chain, and where the block ends.

        closing: no goal may be left at its end, so that its last step is not to be spared.
        """
        items: list[tuple[int, int]] = []
        column = self._tokens[i].column if i < stop else 0
        self._depth += 1
        while i < stop and self._depth < _DEEPEST:
            begin, i = i, self._chain(i, stop, column, ends)
            items.append((begin, i))
            if i < stop and self._word(i) == ";":
                i += 1
            elif i >= stop or not self._tokens[i].first or self._tokens[i].column != column:
                break
            if i < stop and self._word(i) in ends:
                break
        self._depth -= 1
        if len(items) > 1:
            for number, (begin, _) in enumerate(items):
                last = number + 1 == len(items)
                if self._word(begin) not in _BULLETS | _CASES and not (
                    last and closing and self._word(begin) not in _IDLE
                ):
                    self._drop(items, number)
        return items, i

    def _chain(self, i: int, stop: int, column: int, ends: frozenset[str]) -> int:
        parts = []
        while True:
            begin, i = i, self._tactic(i, stop, column, ends)
            parts.append((begin, i))
            if i + 3 >= stop or not self._glued(i, "<;>"):
                break
            i += 3
        if len(parts) > 1:
            for number in range(len(parts)):
                self._drop(parts, number)
        return i

    def _tactic(self, i: int, stop: int, column: int, ends: frozenset[str]) -> int:
        """One tactic, without what is chained to it."""
        word, inside = self._word(i), i + 1
        if word in _BULLETS:
            return self._sequence(inside, stop, ends)[1]
        if word in _WRAPPERS:
            items, end = self._sequence(inside, stop, ends, closing=False)
            if items:
                self._keep((i, items[-1][1]), (inside, items[-1][1]))
            return end
        if word == "first" and self._word(inside) == "|":
            return self._alternatives(i, stop, ends)
        end = self._plain(i, stop, column, ends)
        if word in _CASES and (arrow := self._arrow(i, end)):
            return self._sequence(arrow, stop, ends)[1]
        if word == "(" and end == self._partner[i] + 1:
            self._keep((i, end), (inside, end - 1))
        elif word == "exact" and self._word(inside) == "by" and inside + 1 < end:
            self._keep((i, end), (inside + 1, end))
        elif word == "exact" and self._word(inside) == "rfl" and end == i + 2:
            self._keep((i, end), (inside, end))
        elif word in _LISTS:
            self._list(i, end)
        return end

    def _plain(self, i: int, stop: int, column: int, ends: frozenset[str]) -> int:
        """A tactic's tokens: up to a separator or a line that is not indented under it."""
        begin = i
        arms = self._word(i) in _WITH_ARMS
        if self._word(i) == "(":
            self._sequence(i + 1, self._partner[i], frozenset(), closing=False)
            i = self._partner[i] + 1
        while i < stop:
            token = self._tokens[i]
            if i > begin and (token.text == ";" or token.text in ends or self._glued(i, "<;>")):
                break
            if token.first and i > begin and token.column <= column:
                break
            if arms and token.text == "with" and self._word(i + 1) == "|":
                return self._arms(i + 1, stop, column, ends)
            if self._word(begin) in _CASES and self._glued(i, "=>"):
                return min(i + 2, stop)
            i = self._skip(i, stop, ends)
        return max(i, begin + 1)

    def _arrow(self, begin: int, end: int) -> int | None:
        """The place behind the `=>` that ends there."""
        return end if end - begin > 2 and self._glued(end - 2, "=>") and end < len(self._tokens) else None

    def _alternatives(self, i: int, stop: int, ends: frozenset[str]) -> int:
        """`first | a | b`: one of them alone."""
        found, end = [], i + 1
        while end + 1 < stop and self._word(end) == "|":
            items, after = self._sequence(end + 1, stop, ends | {"|"}, closing=False)
            if not items:
                break
            found.append((end + 1, items[-1][1]))
            end = after
        for inner in found:
            self._keep((i, found[-1][1]), inner)
        return max(end, i + 1)

    def _arms(self, i: int, stop: int, column: int, ends: frozenset[str]) -> int:
        """`| pattern => block`, one behind the other."""
        while i < stop and self._word(i) == "|" and self._tokens[i].column >= column:
            while i < stop and not self._glued(i, "=>"):
                i = self._partner.get(i, i) + 1
            if i + 2 >= stop:
                return stop
            i = self._sequence(i + 2, stop, ends | {"|"})[1]
        return i

    def _list(self, i: int, end: int) -> None:
        """`simp only [a, b]`: without `only`, a lemma or the list."""
        opening = next((j for j in range(i, end) if self._word(j) == "["), None)
        only = i + 1 if self._word(i + 1) == "only" and i + 1 < end else None
        if only:
            self.edits.append(_Edit(self._end(i + 1), self._end(only + 1)))
        if opening is None:
            return
        closing = self._partner[opening]
        if self._word(i) not in _NEED_LIST:
            before = only if only == opening - 1 else opening
            self.edits.append(_Edit(self._end(before), self._end(closing + 1)))
        items, begin, j = [], opening + 1, opening + 1
        while j <= closing:
            if j == closing or self._word(j) == ",":
                items.append((begin, j))
                begin = j + 1
            j = self._partner.get(j, j) + 1
        if len(items) > 1 and all(a < b for a, b in items):
            for number in range(len(items)):
                self._drop(items, number)


def _is_name(word: str) -> bool:
    return bool(word) and (word[0].isalpha() or word[0] in "_«")


@dataclass(frozen=True)
class Wave:
    """What one call of the pool has brought.

    checked: candidates that Lean was asked about, accepted or not, under the ids of the proofs that they come from.
    shorter: id → the shortest proof accepted so far and its verdict, of the proofs that have one.
    """

    checked: tuple[tuple[Check, Verdict], ...]
    shorter: Mapping[str, tuple[str, Verdict]]


@dataclass
class _State:
    """A proof on its way: `job` its shortest form, `waiting` the candidates of this round that are still to be tried."""

    job: Check
    rounds: int = 0
    waiting: list[Check] = field(default_factory=list)


def none_known(_: Sequence[Check]) -> Mapping[Check, Verdict]:
    """For a caller that keeps no verdicts."""
    return {}


def shorten(
    proved: Sequence[Check],
    pool: LeanPool,
    *,
    rounds: int = 4,
    limit: int = 24,
    whole: Sequence[str] = WHOLE,
    known: Known = none_known,
) -> Iterator[Wave]:
    """Make each of these proofs shorter while Lean agrees; the last wave has what came of it.

    Greedily: of a proof's candidates (the `limit` shortest) the first that is accepted, in the order of `candidates`,
    takes its place, at most `rounds` times. All proofs go on together, `WAVE` candidates of each in a call of the
    pool, so that the longer ones are not checked in vain.

    proved: accepted already, under ids of their own. known: has the verdicts of earlier runs (`VerdictCache.find` is
    one); those that count as a try are believed, and not in `checked`. So a caller that writes down each wave's
    verdicts repeats, when it is started again, nothing but the wave that it was killed in. A candidate without a
    decisive verdict (a lost worker) is passed over.
    """
    met: dict[Check, Verdict] = {}  # by the check without its id: proofs of one statement share candidates
    shorter: dict[str, tuple[str, Verdict]] = {}

    def ahead(job: Check) -> list[Check]:
        found = (replace(job, proof=text) for text in candidates(job.proof, whole))
        return [trial for trial in found if (verdict := met.get(_bare(trial))) is None or verdict.proved][
            :limit
        ]

    states = [_State(job, waiting=ahead(job)) for job in proved] if rounds > 0 else []
    while states := [state for state in states if state.waiting]:
        trials = [state.waiting[:WAVE] for state in states]
        asked = list({_bare(t): t for found in trials for t in found if _bare(t) not in met}.values())
        old = {trial: verdict for trial, verdict in known(asked).items() if verdict.decisive}
        checked = tuple(pool.check(trial for trial in asked if trial not in old))
        met.update((_bare(trial), verdict) for trial, verdict in (*old.items(), *checked))
        for state, found in zip(states, trials, strict=True):
            state.waiting = state.waiting[WAVE:]
            best = next((trial for trial in found if met[_bare(trial)].proved), None)
            if best is not None:
                shorter[best.id] = best.proof, met[_bare(best)]
                state.job, state.rounds = best, state.rounds + 1
                state.waiting = ahead(best) if state.rounds < rounds else []
        yield Wave(checked, dict(shorter))


def _bare(check: Check) -> Check:
    return replace(check, id="")
