"""Statements that are false: those whose negation Lean accepts a proof of.

Two ways, both checked by Lean as `negated` jobs. A statement without variables is decided by the kernel, or given
to a few tactics (`tactics.NEGATION`). One with numbers for its first variables is specialised to small values of
them: what is left is closed, and the kernel decides it for all of these values at once,

    by intro h; have h := fun a (_ : a ∈ [0, 1, …]) b (_ : b ∈ [0, 1, …]) => @h a b; revert h; decide +kernel

Where nothing decides it (`∃`, a function for a variable), tactics are asked about a handful of values one by one.
Variables and hypotheses are told by the text alone. What is told wrongly costs a check, never soundness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from stp.lean.pool import LeanPool
from stp.lean.tactics import NEGATION
from stp.lm.lean_text import tokens
from stp.records import Check

Progress = Callable[[int, str], None]

_NAMES = {"ℕ": "Nat", "ℤ": "Int", "ℚ": "Rat"}
#: Small values, those that refute most first: as many are taken as `_MOST` allows. `_`: of a type that is not written.
_VALUES = {
    "Nat": "0 1 2 3 4 5 6 7 8 9 10 11 12 13",
    "Int": "0 1 -1 2 -2 3 -3 4 -4 5 -5 6 -6 7 10 -10",
    "Rat": "0 1 -1 2 1/2 -2 3 -1/2 -3 1/3 10 -10 3/2 2/3 -1/3 1/10",
    "Bool": "true false",
    "_": "0 1 2 3 4 5 6 7 8 9 10",
}
_FIN = re.compile(r"Fin (\d)")
_FUNCTION = re.compile(r"(Nat|Int|Rat)((?: → (?:Nat|Int|Rat))+)")
#: Combinations of values that the kernel decides together, and that tactics are asked about one by one.
_MOST = 125
_FEW = 6
#: Characters of a statement that is looked at: no small value refutes what is longer.
_LONGEST = 4_000
#: Statements that are given to Lean together, and seconds that one proof may take.
_BLOCK = 64
SECONDS = 10.0
#: Where numbers grow beyond all bounds, or a definition recurses on one of them, values are small, and a statement that
#: itself names large ones is left alone: the kernel is slow to stop at its limit, and Lean's runtime ends the process.
_TOWER = re.compile(r"\^\s*\(*[\w ]*\^")
_RECURSIVE = re.compile(r"!|choose|factorial|sqrt|[dD]igits")
_TAME = frozenset(["0", "1", "2", "3", "4", "-1", "-2", "1/2"])
_NUMBER = re.compile(r"(?<![\w.])\d+")
_LARGE = r"(?:2[6-9]|[3-9]\d|\d{3,})"
_ENDLESS = re.compile(
    rf"\^\s*\(*\d{{6}}|{_LARGE}\)*\s*!|(?:choose|factorial|sqrt|[dD]igits)[^=<>≤≥≠∣]*?(?<![\w.]){_LARGE}"
)
#: What must be put otherwise to be decided, by the words that give it away. (The definitions are Mathlib's.)
_READINGS = {
    "Even": "∀ a : {}, Even a ↔ a % 2 = 0 := fun a => ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨a / 2, by omega⟩⟩",
    "Odd": "∀ a : {}, Odd a ↔ a % 2 = 1 := fun a => ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨a / 2, by omega⟩⟩",
}
_PRIME = """∀ p, Nat.Prime p ↔ 2 ≤ p ∧ ∀ m, m < p + 1 → m ∣ p → m = 1 ∨ m = p :=
    fun p => ⟨fun h => ⟨h.1, fun m _ => h.2 m⟩, fun h => ⟨h.1, fun m d =>
      h.2 m (Nat.lt_succ_of_le (Nat.le_of_dvd (by omega) d)) d⟩⟩"""

_OPENING, _CLOSING = "([{⦃⟨", ")]}⦄⟩"
_RELATIONS = frozenset([*"=<>≤≥≠∣∈∉⊆∧∨¬↔≡∃∀|", "True", "False"])


@dataclass(frozen=True)
class _Binder:
    """A leading variable or hypothesis of a statement."""

    name: str
    type: str  # `_` if it is not written; empty: a hypothesis
    of: tuple[str, ...] = ()  # a hypothesis's tokens
    witness: bool = False  # bound by `¬ ∃`


class _Reader:
    """Reads the leading binders off a statement's tokens: before the colon, `∀ …,`, `hypothesis →`, `¬ ∃ …,`."""

    def __init__(self, head: str) -> None:
        self.found: list[_Binder] = []
        self._tokens = tokens(head)
        self._at = 2
        if [t.text for t in self._tokens[2:4]] == [".", "{"]:
            self._at = self._closing(3) + 1
        self._group(":")
        while self._at < len(self._tokens) and self._next():
            pass

    def _words(self, start: int, stop: int) -> tuple[str, ...]:
        return tuple(t.text for t in self._tokens[start:stop])

    def _closing(self, opening: int) -> int:
        """The bracket that closes this one."""
        depth = 0
        for i in range(opening, len(self._tokens)):
            depth += (self._tokens[i].text in _OPENING) - (self._tokens[i].text in _CLOSING)
            if not depth:
                return i
        return len(self._tokens)

    def _outside(self, start: int) -> Iterator[tuple[int, str]]:
        """The tokens from here on that stand in no bracket, up to one that closes what was open before."""
        i = start
        while i < len(self._tokens) and self._tokens[i].text not in _CLOSING:
            if self._tokens[i].text in _OPENING:
                i = self._closing(i)
            else:
                yield i, self._tokens[i].text
            i += 1

    def _next(self) -> bool:
        """Whether another binder stands at the beginning of what is left."""
        words = self._words(self._at, self._at + 3)
        if words[0] == "∀":
            self._at += 1
            self._group(",")
            return True
        if words[0] == "¬" and "∃" in words[1:]:
            self._at += words.index("∃")
            while self._words(self._at, self._at + 1) == ("∃",):
                self._at += 1
                self._group(",", witness=True)
            return False
        for i, word in self._outside(self._at):
            if word in ("∀", "∃", "fun", "λ", "↔", ","):
                return False
            if word == "→":
                if any(later == "↔" for _, later in self._outside(i)):
                    return False  # `p → q ↔ r` is `(p → q) ↔ r`
                self._add(["_"], self._words(self._at, i), hypothesis=True)
                self._at = i + 1
                return True
        return False

    def _group(self, stop: str, *, witness: bool = False) -> None:
        """Binders up to `stop`: `a b`, `(a b : T)`, `a b : T`, `a > 0`."""
        bare: list[str] = []
        while self._at < len(self._tokens) and (word := self._tokens[self._at].text) != stop:
            if word in "([{⦃":
                self._add(bare, (), witness=witness)
                bare = []
                end = self._closing(self._at)
                names, _, _ = " ".join(self._words(self._at + 1, end)).partition(" : ")
                start = self._at + 2 + len(names.split())
                if word == "[":
                    self._add(["_"], ("[",))
                else:
                    self._add(names.split(), self._words(start, end), witness=witness)
                self._at = end + 1
            elif word == ":" or word in _RELATIONS:
                end = next((i for i, sign in self._outside(self._at) if sign == stop), len(self._tokens))
                if word == ":":
                    self._add(bare, self._words(self._at + 1, end), witness=witness)
                else:
                    self._add(bare, (), witness=witness)
                    if not witness:
                        for _ in bare:
                            self._add(["_"], self._words(self._at, end), hypothesis=True)
                bare = []
                self._at = end
            else:
                bare.append(word)
                self._at += 1
        self._add(bare, (), witness=witness)
        self._at += 1

    def _add(
        self, names: Sequence[str], words: tuple[str, ...], *, hypothesis: bool = False, witness: bool = False
    ) -> None:
        type_ = " ".join(_NAMES.get(word, word) for word in words) or "_"
        known = type_ in _VALUES or _FIN.fullmatch(type_) or _FUNCTION.fullmatch(type_)
        said = not known and any(
            word in _RELATIONS or any(word.split(".")[0] == b.name for b in self.found) for word in words
        )
        for name in names:
            if hypothesis or said:
                self.found.append(_Binder(name, "", words))
            else:
                self.found.append(_Binder(name, type_, witness=witness))


def _equations(found: Sequence[_Binder]) -> dict[int, int]:
    """Hypotheses `x = term` whose variable they determine: its place → that of the hypothesis."""
    places = {b.name: i for i, b in enumerate(found) if b.type and not b.witness}
    result: dict[int, int] = {}
    for i, b in enumerate(found):
        if not b.type and len(b.of) > 2 and b.of[1] == "=" and b.of[0] in places:
            variable, term = places[b.of[0]], b.of[2:]
            logical = _RELATIONS & set(term) and "fun" not in term
            if variable < i and variable not in result and b.of[0] not in term and not logical:
                result[variable] = i
    return result


@dataclass(frozen=True)
class _Special:
    """A statement's leading binders, as far as values can be put in for them."""

    binders: tuple[_Binder, ...]
    determined: dict[int, int]

    @property
    def free(self) -> list[int]:
        return [i for i, b in enumerate(self.binders) if b.type and i not in self.determined]

    def term(self, values: dict[int, str], domains: dict[int, str]) -> str:
        """`fun … => @h …`: values put in for some variables, others ranging over a list."""
        given = set(self.determined.values())
        binders: list[str] = []
        arguments: list[str] = []
        witnesses: list[str] = []
        for i, b in enumerate(self.binders):
            if i in self.determined:
                argument = "_"
            elif i in given:
                argument = "rfl"
            elif i in values:
                argument = values[i]
            else:
                argument = f"x{i}"
                ranging = f" (_ : x{i} ∈ ({domains[i]}))" if i in domains else ""
                binders.append((f"(x{i} : {b.type})" if b.type else f"x{i}") + ranging)
            (witnesses if b.witness else arguments).append(argument)
        if witnesses:
            binders.append("w")
            arguments.append(f"⟨{', '.join([*witnesses, 'w'])}⟩")
        told = f"fun {' '.join(binders)} => " if binders else ""
        return f"{told}@h {' '.join(arguments)}"


def _special(head: str, *, functions: bool = False) -> _Special | None:
    """The longest run of leading binders that values can be put in for; functions: for those too. None: there is none."""
    found = _Reader(head).found
    first = next((i for i, b in enumerate(found) if b.witness), len(found))
    end = len(found)
    while True:
        determined = _equations(found[:end])
        stop = next(
            (i for i in range(end) if i not in determined and not _has_values(found[i].type, functions)), end
        )
        if stop == end:
            break
        end = min(stop, first)  # of `¬ ∃ a b, …` all variables, or none
    while end and not found[end - 1].type and end - 1 not in determined.values():
        end -= 1
    return _Special(tuple(found[:end]), determined) if end else None


def _has_values(type_: str, functions: bool) -> bool:
    """Whether there are values of the type, or it is that of a hypothesis, which needs none."""
    known = not type_ or type_ in _VALUES or _FIN.fullmatch(type_)
    return bool(known or (functions and _FUNCTION.fullmatch(type_)))


def _values(type_: str, head: str) -> list[str]:
    """Values to put in for a variable of this type, those first that refute most."""
    if match := _FIN.fullmatch(type_):
        return [str(i) for i in range(int(match[1]))]
    if match := _FUNCTION.fullmatch(type_):
        arrows = match[2].count("→")
        blank = " ".join("_" * arrows)
        return [f"fun {blank} => 0", f"fun x{' _' * (arrows - 1)} => x", f"fun {blank} => 1"]
    found = _VALUES[type_].split()
    return [v for v in found if v in _TAME] if _RECURSIVE.search(head) or _TOWER.search(head) else found


def _endless(head: str) -> bool:
    """Whether numbers may come up that no computer holds, or would be computed by as many steps as they say."""
    tower = _TOWER.search(head) and any(len(n) > 1 or n > "4" for n in _NUMBER.findall(head))
    return bool(tower or _ENDLESS.search(head))


def decided(head: str) -> str:
    """The proof that lets the kernel decide small values, or a statement without variables."""
    special = _special(head)
    if special is None:
        return "by decide +kernel"
    free = special.free
    each = int(_MOST ** (1 / len(free)) + 1e-9) if free else 0
    domains = {}
    for i in free:
        type_ = special.binders[i].type
        domains[i] = f"[{', '.join(_values(type_, head)[: max(1, each)])}] : List ({type_})"
    steps = (
        "intro h",
        f"have h := {special.term({}, domains)}",
        *_rephrased(head),
        "revert h",
        "decide +kernel",
    )
    return "by\n  " + "\n  ".join(steps)


def _rephrased(head: str) -> list[str]:
    steps = []
    for word, reading in _READINGS.items():
        if re.search(rf"\b{word}\b", head):
            for type_ in ("Nat", "Int"):
                steps.append(f"try (have e : {reading.format(type_)}; simp only [e] at h)")
    if "Prime" in head:
        steps.append(f"try (have e : {_PRIME}; simp only [e] at h)")
    if "MOD" in head:
        steps.append("try simp only [Nat.ModEq] at h")
    return steps


def one_by_one(head: str, special: _Special) -> str:
    """The proof that asks tactics about a few values, one after the other."""
    free = special.free
    each = 3 if len(free) <= _FEW else 1
    choices = [list(enumerate(_values(special.binders[i].type, head)[:each])) for i in free]
    combinations = sorted(product(*choices), key=lambda chosen: sum(place for place, _ in chosen))
    lines = []
    for chosen in combinations[:_FEW]:
        values = {i: f"({value})" for i, (_, value) in zip(free, chosen, strict=True)}
        lines.append(
            f"  | (refine absurd ({special.term(values, {})}) ?_; clear h; first | (simp <;> omega) | grind)"
        )
    return "by\n  intro h\n  first\n" + "\n".join(lines)


def disprove(
    statements: Sequence[tuple[str, str]],
    pool: LeanPool,
    *,
    header: str = "",
    progress: Progress = lambda done, remark: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, str]:
    """The proofs of negations that Lean accepts, by the statements' ids.

    statements: (id, head). header: trusted text that all of them are read under. progress: is told how many are done and
    how many of them were disproved. stop: is asked between blocks; if it says so, what was found until then is returned.
    A statement about which Lean gave no answer in `SECONDS` is simply not disproved.
    """
    found: dict[str, str] = {}
    for start in range(0, len(statements), _BLOCK):
        if stop():
            break
        block = statements[start : start + _BLOCK]
        jobs = [
            Check(id, head, proof, header, timeout=SECONDS, negated=True)
            for id, head in block
            for proof in candidates(head)
        ]
        for job, verdict in pool.check(jobs):
            if verdict.proved:
                found.setdefault(job.id, job.proof)
        progress(start + len(block), f"{len(found)} disproved")
    return found


def candidates(head: str) -> list[str]:
    """The proofs of the statement's negation that are tried; none if they might not end, or it is too long to be read."""
    if len(head) > _LONGEST or _endless(head):
        return []
    special = _special(head, functions=True)
    if special is None:
        return [decided(head), *NEGATION]
    functions = any(_FUNCTION.fullmatch(special.binders[i].type) for i in special.free)
    return [decided(head), *([one_by_one(head, special)] if functions or "∃" in head else [])]
