"""Let Lean read the conjectures, and keep those that proofs may be sampled of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from stp.lean.disprove import disprove
from stp.lean.tactics import CONTRADICTION, TRIVIAL
from stp.records import Check, StatementInfo, digest, head_of
from stp.stages.context import Context

#: What may become of a conjecture, in the order of the checks, and how it is told.
FATES = {
    "kept": "kept",
    "truncated": "cut off",
    "empty": "empty",
    "does_not_elaborate": "do not elaborate",
    "known": "known",
    "repeated": "repeated",
    "vacuous": "vacuous",
    "trivial": "trivial",
    "false": "false",
}


def screen(context: Context, iteration: int) -> None:
    """Keep the conjectures that are statements, new up to renaming, not vacuous, and what else the configuration asks for.

    One that is trivial or false is no statement of the campaign: nothing is sampled for it.
    """
    store = context.store
    sampled = list(store.rows("select * from conjectures where iteration = ? order by copy", iteration))
    screening = _Screening(context, iteration)
    with context.clock(iteration, "screen", "lean"):
        context.stop.check()
        screening.read(sampled)
        for fate, look in _LOOKS:
            context.stop.check()
            screening.drop(
                fate, look(context, {key: head_of(row["rest"]) for key, row in screening.kept.items()})
            )
    fates = screening.fates
    for key, row in screening.kept.items():
        fates[row["id"]] = ("kept", "", key)
    counts = Counter(fate for fate, _, _ in fates.values())
    with store.transaction():
        store.add(
            "statements", [_statement(context, iteration, key, row) for key, row in screening.kept.items()]
        )
        for identity, (fate, detail, key) in fates.items():
            statement = digest("statement", key) if key in screening.kept else None
            store.db.conn.execute(
                "update conjectures set screen = ?, detail = ?, statement = ? where id = ?",
                (fate, detail, statement, identity),
            )
        store.finish(iteration, "screen", dict(counts))
    told = ", ".join(f"{counts[fate]} {words}" for fate, words in FATES.items() if counts[fate])
    context.reporter.say(f"{len(sampled)} conjectures: {told}")


class _Screening:
    """Conjectures of an iteration on their way."""

    def __init__(self, context: Context, iteration: int) -> None:
        self._context = context
        self._iteration = iteration
        self.fates: dict[str, tuple[str, str, str]] = {}  # conjecture → (fate, evidence, key of its type)
        self.kept: dict[str, dict[str, Any]] = {}  # key of a type → the first conjecture of it

    def read(self, sampled: Sequence[dict[str, Any]]) -> None:
        """Keep those that elaborate to a new type."""
        context = self._context
        readable = [row for row in sampled if row["rest"]]
        for row in sampled:
            if not row["rest"]:
                self.fates[row["id"]] = ("truncated" if row["truncated"] else "empty", "", "")
        known = {
            row["key"]: row["split"]
            for row in context.store.rows(
                "select key, split from statements where source != 'conjecture' or iteration < ?",
                self._iteration,
            )
        }
        infos = context.pool.statements([head_of(row["rest"]) for row in readable])
        for row, info in zip(readable, infos, strict=True):
            if not isinstance(info, StatementInfo):
                self.fates[row["id"]] = ("does_not_elaborate", str(info)[:300], "")
            elif info.name != "t":
                self.fates[row["id"]] = ("does_not_elaborate", "another name", "")
            elif where := context.guard.where(info.key) or known.get(info.key):
                self.fates[row["id"]] = ("known", where, "")
            elif info.key in self.kept:
                self.fates[row["id"]] = ("repeated", "", info.key)
            else:
                self.kept[info.key] = row

    def drop(self, fate: str, evidence: dict[str, str]) -> None:
        """Those (by key) for which there is evidence."""
        for key, detail in evidence.items():
            self.fates[self.kept.pop(key)["id"]] = (fate, detail, "")


#: Looks for evidence against statements, given as key → head; returns it by key.
_Look = Callable[[Context, dict[str, str]], dict[str, str]]


def _in_library(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Theorems of Lean's library, with their names. A theorem of this campaign is no longer among `heads`."""
    if not context.config.conjecture.screen_known:
        return {}
    found = context.pool.known(list(heads.values()))
    return {
        key: ", ".join(names)[:300]
        for key, names in zip(heads, found, strict=True)
        if isinstance(names, tuple) and names
    }


def _vacuous(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Those from whose hypotheses `False` follows, with the tactic that shows it."""
    if not context.config.conjecture.screen_vacuous:
        return {}
    jobs = [Check(key, head, tactic, vacuous=True) for key, head in heads.items() for tactic in CONTRADICTION]
    return _proved(context, jobs)


def _trivial(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Those that one tactic proves: cheap tactics first, each on what the ones before it have left."""
    if not context.config.conjecture.screen_trivial:
        return {}
    found: dict[str, str] = {}
    for tactic in TRIVIAL:
        left = [Check(key, head, tactic) for key, head in heads.items() if key not in found]
        found |= _proved(context, left)
    return found


def _false(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Those whose negation is proved, with that proof."""
    if not context.config.conjecture.screen_false:
        return {}
    return disprove(list(heads.items()), context.pool)


def _proved(context: Context, jobs: Sequence[Check]) -> dict[str, str]:
    """What Lean accepts, by the jobs' ids: of several proofs the first one asked for, whichever is checked first."""
    accepted = {job for job, verdict in context.pool.check(jobs) if verdict.proved}
    return {job.id: job.proof for job in reversed(jobs) if job in accepted}


_LOOKS: tuple[tuple[str, _Look], ...] = (
    ("known", _in_library),
    ("vacuous", _vacuous),
    ("trivial", _trivial),
    ("false", _false),
)


def _statement(context: Context, iteration: int, key: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": digest("statement", key),
        "rest": row["rest"],
        "key": key,
        "source": "conjecture",
        "split": "train",
        "name": "",
        "module": "",
        "position": row["copy"],
        "iteration": iteration,
        "model": row["model"],
        "lemma": row["lemma"],
        "seed": row["seed"],
        "environment": context.environment,
    }
