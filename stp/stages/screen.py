"""Let Lean read the conjectures, and keep those that proofs may be sampled of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stp.lean.pool import Failure
from stp.lean.tactics import CONTRADICTION, TRIVIAL
from stp.records import Check, StatementInfo, digest, head_of
from stp.stages.context import Context
from stp.stages.disprove import refute

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
    "undecided": "without an answer by Lean",
}

#: Conjectures that go through the checks together: what `kill -9` can cost.
BLOCK = 512


def screen(context: Context, iteration: int) -> None:
    """Keep the conjectures that are statements, new up to renaming, not vacuous, and what else the configuration asks for.

    One that is trivial or false is no statement of the campaign: nothing is sampled for it. What becomes of them is written
    down a block at a time.
    """
    store = context.store
    total = store.value("select count(*) from conjectures where iteration = ?", iteration)
    with context.clock(iteration, "screen", "lean"), context.reporter.work("screening", total) as advance:
        while block := list(
            store.rows(
                "select * from conjectures where iteration = ? and screen is null order by copy limit ?",
                iteration,
                BLOCK,
            )
        ):
            context.stop.check()
            _write(context, iteration, _screened(context, iteration, block))
            advance(total - store.value(_LEFT, iteration), "")
    counts = dict(
        store.db.conn.execute(
            "select screen, count(*) from conjectures where iteration = ? group by 1", (iteration,)
        ).fetchall()
    )
    with store.transaction():
        store.finish(iteration, "screen", counts)
    told = ", ".join(f"{counts[fate]} {words}" for fate, words in FATES.items() if fate in counts)
    context.reporter.say(f"{total} conjectures: {told}")


_LEFT = "select count(*) from conjectures where iteration = ? and screen is null"


@dataclass(frozen=True)
class _Screened:
    """What became of a block of conjectures."""

    fates: Mapping[
        str, tuple[str, str, str]
    ]  # conjecture → (fate, evidence, key of the statement that it is)
    kept: Mapping[str, dict[str, Any]]  # key of a new type → the first conjecture of it
    types: Mapping[str, str]  # conjecture that Lean could read → key of its type


def _screened(context: Context, iteration: int, block: Sequence[dict[str, Any]]) -> _Screened:
    fates: dict[str, tuple[str, str, str]] = {
        row["id"]: ("truncated" if row["truncated"] else "empty", "", "") for row in block if not row["rest"]
    }
    kept: dict[str, dict[str, Any]] = {}
    readable = [row for row in block if row["rest"]]
    infos = context.pool.statements([head_of(row["rest"]) for row in readable])
    known = {
        row["key"]: row
        for row in context.store.rows_of(
            "select key, split, source, iteration from statements where key in {keys}",
            [info.key for info in infos if isinstance(info, StatementInfo)],
        )
    }
    types = {
        row["id"]: info.key
        for row, info in zip(readable, infos, strict=True)
        if isinstance(info, StatementInfo) and info.name == "t"
    }
    for row, info in zip(readable, infos, strict=True):
        if isinstance(info, Failure):
            fates[row["id"]] = ("undecided", str(info)[:300], "")
        elif isinstance(info, str):
            fates[row["id"]] = ("does_not_elaborate", info[:300], "")
        elif info.name != "t":
            fates[row["id"]] = ("does_not_elaborate", "another name", "")
        elif where := context.guard.where(info.key):
            fates[row["id"]] = ("known", where, "")
        elif (old := known.get(info.key)) and not (
            old["source"] == "conjecture" and old["iteration"] == iteration
        ):
            fates[row["id"]] = ("known", old["split"], "")
        elif old or info.key in kept:
            fates[row["id"]] = ("repeated", "", info.key)
        else:
            kept[info.key] = row
    for fate, look in _LOOKS:
        evidence = look(context, {key: head_of(row["rest"]) for key, row in kept.items()})
        for key, detail in evidence.items():
            fates[kept.pop(key)["id"]] = (fate, detail, "")
    fates |= {row["id"]: ("kept", "", key) for key, row in kept.items()}
    gone = {key for _, _, key in fates.values() if key} - known.keys() - kept.keys()
    return _Screened(
        {id: (fate, detail, "" if key in gone else key) for id, (fate, detail, key) in fates.items()},
        kept,
        types,
    )


def _write(context: Context, iteration: int, screened: _Screened) -> None:
    with context.store.transaction():
        context.store.add(
            "statements", [_statement(context, iteration, key, row) for key, row in screened.kept.items()]
        )
        context.store.db.conn.executemany(
            "update conjectures set screen = ?, detail = ?, statement = ?, key = ? where id = ?",
            [
                (
                    fate,
                    detail,
                    digest("statement", key) if key else None,
                    screened.types.get(identity),
                    identity,
                )
                for identity, (fate, detail, key) in screened.fates.items()
            ],
        )


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
    return context.accepted(jobs)


def _trivial(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Those that one tactic proves: cheap tactics first, each on what the ones before it have left."""
    if not context.config.conjecture.screen_trivial:
        return {}
    found: dict[str, str] = {}
    for tactic in TRIVIAL:
        left = [Check(key, head, tactic) for key, head in heads.items() if key not in found]
        found |= context.accepted(left)
    return found


def _false(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Those whose negation is proved, with that proof."""
    if not context.config.conjecture.screen_false:
        return {}
    return refute(context, heads)


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
