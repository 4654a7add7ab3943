"""Watch the conjectures for collapse: novelty, complexity, lemmas, repetition, and a warning when they drift."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from stp import selection
from stp.records import StatementInfo, head_of
from stp.selection import Kept, Watch
from stp.stages.context import Context
from stp.stages.select import EMBEDDINGS, embedded_text

#: So many known statements are compared with at most.
KNOWN = 20_000


def watch(context: Context, iteration: int) -> None:
    """Take the figures of the iteration's conjectures. Novelty is measured in the space of the supervised model, which is
    the same in every iteration, against the statements known before, or 20,000 of them where there are more."""
    store = context.store
    kept = list(
        store.rows(
            "select rest, lemma from statements where source = 'conjecture' and iteration = ? order by id",
            iteration,
        )
    )
    read = list(
        store.rows(
            # those that were screened before types were kept have that of the statement that they are, or one of their own
            "select coalesce(c.key, s.key, c.id) as type, c.screen from conjectures c left join statements s "
            "on s.id = c.statement where c.iteration = ? "
            "and c.screen not in ('does_not_elaborate', 'truncated', 'empty', 'undecided') order by c.id",
            iteration,
        )
    )
    known = {row["type"] for row in read if row["screen"] == "known"}  # stated again they are `repeated`
    with context.clock(iteration, "watch", "lean"):
        infos = context.pool.statements([head_of(row["rest"]) for row in kept])
    shapes = [
        Kept(len(row["rest"]), info.binders, len(info.constants), row["lemma"] or "")
        for row, info in zip(kept, infos, strict=True)
        if isinstance(info, StatementInfo)
    ]
    now = selection.observe(
        shapes,
        _novelties(context, iteration, [row["rest"] for row in kept]),
        [row["type"] for row in read],
        sum(row["type"] in known for row in read),
    )
    warnings = selection.drift(_history(context, iteration), now)
    with store.transaction():
        store.finish(iteration, "watch", {**asdict(now), "warnings": warnings})
    if now.kept:
        context.reporter.say(
            f"conjectures: novelty {now.novelty_median:.2g}, {now.characters:.0f} characters, "
            f"{now.binders:.0f} binders, {now.constants:.0f} constants (medians); "
            f"{now.effective_lemmas or 0:.1f} lemmas in effect; {100 * (now.distinct_share or 0):.0f} % distinct, "
            f"{100 * (now.known_share or 0):.0f} % known"
        )
    for warning in warnings:
        context.reporter.say(f"warning: the conjectures drift: {warning}")


def _novelties(context: Context, iteration: int, rests: list[str]) -> list[float]:
    from stp.lm.embeddings import embed

    if not rests:
        return []
    known = [
        row["rest"]
        for row in context.store.rows(
            "select rest from statements where source != 'conjecture' or iteration < ? order by id limit ?",
            iteration,
            KNOWN,  # ids are digests: these are as good as drawn, and mostly the same from one iteration to the next
        )
    ]
    with context.clock(iteration, "watch", "training"):
        rows = embed(
            context.model_folder(0),
            [embedded_text(context, rest) for rest in (*rests, *known)],
            context.store.folder / EMBEDDINGS,
        )
    return [float(value) for value in selection.novelty(rows[: len(rests)], rows[len(rests) :])]


def _history(context: Context, iteration: int) -> list[Watch]:
    """The figures of the iterations before."""
    found: list[dict[str, Any]] = [
        json.loads(row["figures"])
        for row in context.store.rows(
            "select figures from stages where stage = 'watch' and iteration < ? order by iteration", iteration
        )
    ]
    return [Watch(**{key: value for key, value in row.items() if key != "warnings"}) for row in found]
