"""The statements of the experiment on propositional logic, drawn at random: intuitionistic tautologies with proof terms.

    python experiments/core/logic.py logic.jsonl       # two minutes; the same file whenever and wherever it is made
    stp data import logic.jsonl --name logic

Split `sft`: small ones with proofs to learn from, in chains in which each is made from the one before by a small change, so that
two neighbours are an example of how to go from a theorem to another. `train` and `held_out`: larger ones, without proofs.
All are provable: a statement is kept when the contraction-free sequent calculus LJT (Dyckhoff 1992; the proof terms as in
Augustsson's Djinn) finds a proof term, and Lean checks those of `sft` when a campaign begins. Lemmas of Lean's library stand at
the head of `sft`, with their own names forbidden to their proofs, and other proofs use them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

#: A formula is an atom's name, "False", or (connective, left, right); a term is a name or a tuple of its head and its parts.
Formula = Any
Term = Any

ATOMS = "pqrs"
KINDS = "→→∧∧∨¬"
NAMES = "abcdefghijklmno"
#: Lemmas of Lean's library with a proof that uses none of them.
LEMMAS = {
    "And.symm": ("(p q : Prop) (a : p ∧ q) : q ∧ p", "⟨a.2, a.1⟩"),
    "Or.symm": ("(p q : Prop) (a : p ∨ q) : q ∨ p", "Or.elim a (fun b => Or.inr b) (fun b => Or.inl b)"),
    "mt": ("(p q : Prop) (a : p → q) (b : ¬q) : ¬p", "fun c => b (a c)"),
    "And.imp": ("(p q r s : Prop) (a : p → r) (b : q → s) (c : p ∧ q) : r ∧ s", "⟨a c.1, b c.2⟩"),
    "Or.imp": (
        "(p q r s : Prop) (a : p → r) (b : q → s) (c : p ∨ q) : r ∨ s",
        "Or.elim c (fun d => Or.inl (a d)) (fun d => Or.inr (b d))",
    ),
    "Or.elim": (
        "(p q r : Prop) (a : p ∨ q) (b : p → r) (c : q → r) : r",
        "match a with | .inl d => b d | .inr d => c d",
    ),
    "not_not_intro": ("(p : Prop) (a : p) : ¬¬p", "fun b => b a"),
}


class OutOfSteps(Exception):
    """The search for a proof was given up."""


# --- formulas ---------------------------------------------------------------------------------------------


def negated(f: Formula) -> Formula:
    return ("→", f, "False")


def size(f: Formula) -> int:
    """Its connectives; a negation is one."""
    return 0 if isinstance(f, str) else 1 + size(f[1]) + size(f[2])


def random_formula(rng: random.Random, connectives: int) -> Formula:
    if connectives == 0:
        return rng.choice(ATOMS)
    kind = rng.choice(KINDS)
    if kind == "¬":
        return negated(random_formula(rng, connectives - 1))
    left = rng.randint(0, connectives - 1)
    return (kind, random_formula(rng, left), random_formula(rng, connectives - 1 - left))


def places(f: Formula, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where its parts stand, itself first."""
    yield path
    if not isinstance(f, str):
        for i in (1, 2):
            yield from places(f[i], (*path, i))


def replaced(f: Formula, path: Sequence[int], new: Formula) -> Formula:
    if not path:
        return new
    parts = list(f)
    parts[path[0]] = replaced(f[path[0]], path[1:], new)
    return tuple(parts)


def at(f: Formula, path: Sequence[int]) -> Formula:
    for i in path:
        f = f[i]
    return f


def changed(f: Formula, rng: random.Random) -> Formula:
    """One part of it replaced by a small formula, or joined with one."""
    path = rng.choice(list(places(f)))
    part = at(f, path)
    new = random_formula(rng, rng.choice((0, 1, 1, 2)))
    how = rng.random()
    if how < 0.3:
        return replaced(f, path, new)
    if how < 0.4:
        return replaced(f, path, negated(part))
    kind = rng.choice(KINDS.replace("¬", ""))
    return replaced(f, path, (kind, part, new) if rng.random() < 0.5 else (kind, new, part))


def parted(f: Formula) -> tuple[list[tuple[str, Formula]], Formula]:
    """Its hypotheses, with the names that they have in the statement, and its conclusion."""
    found: list[tuple[str, Formula]] = []
    while not isinstance(f, str) and f[0] == "→" and f[2] != "False":
        found.append((NAMES[len(found)], f[1]))
        f = f[2]
    return found, f


def statement(f: Formula) -> str:
    """Its head. Spaces stand around everything, so that an atom is one token wherever it stands."""
    used = [a for a in ATOMS if occurs(f, a)]
    given, goal = parted(f)
    binders = [f"( {' '.join(used)} : Prop )", *(f"( {name} : {text(g)} )" for name, g in given)]
    return f"{' '.join(binders)} : {text(goal)}"


def occurs(f: Formula, atom: str) -> bool:
    return f == atom if isinstance(f, str) else occurs(f[1], atom) or occurs(f[2], atom)


_LEVEL = {"→": 25, "∨": 30, "∧": 35}


def text(f: Formula, level: int = 0) -> str:
    """As Lean prints it: ∧, ∨ and → bind to the right."""
    if isinstance(f, str):
        return f
    if f[0] == "→" and f[2] == "False":
        return f"¬ {text(f[1], 40)}"
    own = _LEVEL[f[0]]
    inside = f"{text(f[1], own + 1)} {f[0]} {text(f[2], own)}"
    return f"( {inside} )" if own < level else inside


# --- proofs -----------------------------------------------------------------------------------------------


class Search:
    """LJT with proof terms. What may be chosen is chosen by chance, so that several runs find different proofs."""

    def __init__(self, rng: random.Random, steps: int = 3000) -> None:
        self._rng = rng
        self._left = steps
        self._fresh = 0

    def prove(self, f: Formula) -> Term | None:
        """A proof term in normal form from its hypotheses, or None if there is none. Raises OutOfSteps."""
        given, goal = parted(f)
        found = self._right(list(given), goal)
        return None if found is None else normal(found)

    def _name(self) -> str:
        self._fresh += 1
        return f"x{self._fresh}"

    def _right(self, context: list[tuple[Term, Formula]], goal: Formula) -> Term | None:
        """Rules of the goal that lose nothing, then those of hypotheses."""
        if self._left <= 0:
            raise OutOfSteps
        self._left -= 1
        if not isinstance(goal, str) and goal[0] == "→":
            x = self._name()
            body = self._right([*context, (x, goal[1])], goal[2])
            return None if body is None else ("fun", x, body)
        if not isinstance(goal, str) and goal[0] == "∧":
            left = self._right(context, goal[1])
            right = None if left is None else self._right(context, goal[2])
            return None if right is None else ("pair", left, right)
        return self._left_rules(context, goal)

    def _left_rules(self, context: list[tuple[Term, Formula]], goal: Formula) -> Term | None:
        for term, f in context:
            if f == goal:
                return term
        for term, f in context:
            if f == "False":
                return ("False.elim", term)
        for i, (term, f) in enumerate(context):
            others = context[:i] + context[i + 1 :]
            if isinstance(f, str):
                continue
            if f[0] == "∧":
                return self._right([*others, (("1", term), f[1]), (("2", term), f[2])], goal)
            if f[0] == "→":
                a, b = f[1], f[2]
                if isinstance(a, str):
                    known = next((t for t, g in others if g == a), None)
                    if known is not None:
                        return self._right([*others, (("app", term, known), b)], goal)
                    continue
                if a[0] == "∧":
                    x, y = self._name(), self._name()
                    curried = ("fun", x, ("fun", y, ("app", term, ("pair", x, y))))
                    return self._right([*others, (curried, ("→", a[1], ("→", a[2], b)))], goal)
                if a[0] == "∨":
                    x, y = self._name(), self._name()
                    left = ("fun", x, ("app", term, ("Or.inl", x)))
                    right = ("fun", y, ("app", term, ("Or.inr", y)))
                    return self._right([*others, (left, ("→", a[1], b)), (right, ("→", a[2], b))], goal)
        for i, (term, f) in enumerate(context):
            if not isinstance(f, str) and f[0] == "∨":
                others = context[:i] + context[i + 1 :]
                x, y = self._name(), self._name()
                left = self._right([*others, (x, f[1])], goal)
                right = None if left is None else self._right([*others, (y, f[2])], goal)
                return None if right is None else ("Or.elim", term, ("fun", x, left), ("fun", y, right))
        return self._choices(context, goal)

    def _choices(self, context: list[tuple[Term, Formula]], goal: Formula) -> Term | None:
        tries: list[tuple[str, int]] = []
        if not isinstance(goal, str) and goal[0] == "∨":
            tries += [("Or.inl", 1), ("Or.inr", 2)]
        tries += [
            ("→", i)
            for i, (_, f) in enumerate(context)
            if not isinstance(f, str) and f[0] == "→" and not isinstance(f[1], str) and f[1][0] == "→"
        ]
        self._rng.shuffle(tries)
        for kind, i in tries:
            if kind != "→":
                side = self._right(context, goal[i])
                if side is not None:
                    return (kind, side)
                continue
            term, (_, (_, a, b), c) = context[i][0], context[i][1]
            others = context[:i] + context[i + 1 :]
            x, y, z = self._name(), self._name(), self._name()
            weaker = ("fun", y, ("app", term, ("fun", z, y)))
            function = self._right([*others, (weaker, ("→", b, c)), (x, a)], b)
            if function is None:
                continue
            body = self._right([*others, (("app", term, ("fun", x, function)), c)], goal)
            if body is not None:
                return body
        return None


def normal(t: Term) -> Term:
    """Without detours: functions applied, parts of pairs taken; and η-short where that leaves a name."""
    if isinstance(t, str):
        return t
    if t[0] == "fun":
        body = normal(t[2])
        if not isinstance(body, str) and body[0] == "app" and body[2] == t[1] and not free(body[1], t[1]):
            return body[1]
        return ("fun", t[1], body)
    parts = [normal(part) for part in t[1:]]
    head = parts[0]
    if t[0] == "app" and not isinstance(head, str) and head[0] == "fun":
        return normal(substituted(head[2], head[1], parts[1]))
    if t[0] in "12" and not isinstance(head, str) and head[0] == "pair":
        return head[int(t[0])]
    return (t[0], *parts)


def free(t: Term, name: str) -> bool:
    return t == name if isinstance(t, str) else any(free(part, name) for part in t[1:])


def substituted(t: Term, name: str, value: Term) -> Term:
    """All names in a proof are different, so nothing is caught."""
    if isinstance(t, str):
        return value if t == name else t
    return (t[0], *(substituted(part, name, value) for part in t[1:]))


def with_lemmas(t: Term, rng: random.Random) -> Term:
    """Some of its parts said by a lemma instead, by their look: two of them want a `False` where any formula may stand, and then
    Lean refuses the proof, and a campaign goes without it."""
    if isinstance(t, str):
        return t
    t = (t[0], *(with_lemmas(part, rng) for part in t[1:]))
    if rng.random() < 0.5:
        match t:
            case ("pair", ("2", a), ("1", b)) if a == b:
                return ("And.symm", a)
            case ("pair", ("app", f, ("1", a)), ("app", g, ("2", b))) if a == b:
                return ("And.imp", f, g, a)
            case ("Or.elim", h, "Or.inr", "Or.inl"):
                return ("Or.symm", h)
            case ("Or.elim", h, ("fun", x, ("Or.inr", y)), ("fun", z, ("Or.inl", w))) if x == y and z == w:
                return ("Or.symm", h)
            case ("Or.elim", h, ("fun", x, ("Or.inl", a)), ("fun", y, ("Or.inr", b))):
                return ("Or.imp", ("fun", x, a), ("fun", y, b), h)
            case ("fun", x, ("app", f, ("app", g, y))) if x == y and not free(f, x) and not free(g, x):
                return ("mt", g, f)
            case ("fun", x, ("app", y, a)) if x == y and not free(a, x):
                return ("not_not_intro", a)
    return t


def term(t: Term, names: Mapping[str, str], inside: bool = False) -> str:
    """As Lean reads it. names: what those in the term are called; a bound one is called by how many are around it. Raises
    ValueError where they run out."""
    if isinstance(t, str):
        return names.get(t, t)
    if t[0] == "fun":
        given = dict(names)
        bound = []
        while not isinstance(t, str) and t[0] == "fun":
            if len(given) >= len(NAMES):
                raise ValueError("too deep")
            bound.append(NAMES[len(given)])
            given[t[1]] = bound[-1]
            t = t[2]
        written = f"fun {' '.join(bound)} => {term(t, given)}"
    elif t[0] == "pair":
        return f"⟨ {term(t[1], names)} , {term(t[2], names)} ⟩"
    elif t[0] in "12":
        return f"{term(t[1], names, True)}.{t[0]}"
    else:
        parts = t[1:] if t[0] == "app" else t
        written = " ".join(term(part, names, True) for part in parts)
    return f"( {written} )" if inside else written


def called(f: Formula) -> dict[str, str]:
    return {name: name for name, _ in parted(f)[0]}


def proofs(f: Formula, rng: random.Random, number: int) -> list[Term]:
    """Different proofs of it, the smallest first; none if none was found."""
    found: dict[Term, int] = {}
    try:
        for _ in range(number):
            t = Search(rng).prove(f)
            if t is None:
                return []
            found[t] = weight(t)
    except (OutOfSteps, RecursionError):
        pass
    return sorted(found, key=lambda t: (found[t], str(t)))


def weight(t: Term) -> int:
    return 1 if isinstance(t, str) else 1 + sum(weight(part) for part in t[1:])


# --- the splits -------------------------------------------------------------------------------------------


def sensible(f: Formula) -> bool:
    """Whether no hypothesis comes twice or is the conclusion, and there are few."""
    given, goal = parted(f)
    parts = [g for _, g in given]
    return len(set(parts)) == len(parts) < 6 and goal not in parts


def smallest(f: Formula, rng: random.Random) -> Term | None:
    """The smallest proof that a few runs find, if it uses every hypothesis."""
    found = proofs(f, rng, 4) if sensible(f) else []
    return found[0] if found and all(free(found[0], name) for name, _ in parted(f)[0]) else None


def chain(rng: random.Random, connectives: int, heaviest: int) -> list[tuple[Formula, Term]]:
    """Provable formulas of at most so many connectives, each with its smallest proof and made from the one before by a change,
    with proofs that grow up to a weight between `heaviest` and two less; the first, drawn at random, may be heavier."""
    found: list[tuple[Formula, Term]] = []
    while not found:
        f = random_formula(rng, rng.randint(2, 4))
        if (t := smallest(f, rng)) and weight(t) > 3:
            found.append((f, t))
    for _ in range(60 * heaviest):
        f, t = found[-1]
        if weight(t) >= heaviest - 2:
            break
        new = changed(f, rng)
        if size(new) > connectives:
            continue
        if (proof := smallest(new, rng)) and weight(t) < weight(proof) <= heaviest:
            found.append((new, proof))
    return found


def small(rng: random.Random, number: int, connectives: int, heaviest: int) -> list[tuple[Formula, Term]]:
    """Statements to learn from."""
    found: dict[Formula, Term] = {}
    while len(found) < number:
        found |= {f: t for f, t in chain(rng, connectives, rng.randint(6, heaviest)) if f not in found}
    return list(found.items())[:number]


def large(
    rng: random.Random, number: int, connectives: int, lightest: int, heaviest: int, known: set[Formula]
) -> list[tuple[Formula, Term]]:
    """Statements to prove, with proofs of all weights between the two, or up to two less, alike."""
    found: dict[Formula, Term] = {}
    while len(found) < number:
        wanted = rng.randint(lightest, heaviest)
        f, t = chain(rng, connectives, wanted)[-1]
        if wanted - 2 <= weight(t) and parted(f)[0] and f not in known:
            found[f] = t
    return list(found.items())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the JSON lines to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sft", type=int, default=16_000, help="statements to learn from")
    parser.add_argument("--train", type=int, default=500, help="statements to prove")
    parser.add_argument("--held-out", type=int, default=600)
    parser.add_argument("--learnt", type=int, default=11, help="weight of the heaviest proof to learn from")
    parser.add_argument("--lightest", type=int, default=10, help="of a statement to prove")
    parser.add_argument("--heaviest", type=int, default=40)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    rows = [
        {
            "name": name,
            "split": "sft",
            "statement": f"theorem {name} {rest}",
            "proof": proof,
            "forbid": [name],
        }
        for name, (rest, proof) in LEMMAS.items()
    ]
    learnt = small(rng, options.sft, 9, options.learnt)
    for i, (f, t) in enumerate(learnt):
        for j, variant in enumerate(dict.fromkeys((t, with_lemmas(t, rng)))):
            name = f"small{i:04d}_{j}"
            head = f"theorem {name} {statement(f)}"
            with contextlib.suppress(ValueError):  # more variables than names: a statement without this proof
                proof = term(variant, called(f))
                rows.append({"name": name, "split": "sft", "statement": head, "proof": proof})
    hard = large(
        rng, options.train + options.held_out, 18, options.lightest, options.heaviest, {f for f, _ in learnt}
    )
    for i, (f, _) in enumerate(hard):
        split = "train" if i < options.train else "held_out"
        rows.append(
            {"name": f"large{i:04d}", "split": split, "statement": f"theorem large{i:04d} {statement(f)}"}
        )
    options.out.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    print(f"{len(rows)} rows in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
