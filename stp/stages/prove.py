"""Sample proofs, as many as the budget allows, and have Lean check them; the same on held-out statements."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from stp import selection
from stp.stages import standing
from stp.stages.attempt import Attempt, busy
from stp.stages.context import DECISIVE_SQL, Context
from stp.store import Store

#: Parts in which the samples behind the first ones are given out: what a part proves gets none of the next.
WAVES = 3


def prove(context: Context, iteration: int) -> None:
    """K samples for each conjecture, each unproved statement and a few proved ones; Lean checks them all.

    With `prove.first` not all of K at once: so many first, and what is left of the iteration's samples in a few waves,
    each to the statements that have no proof yet.
    """
    store, settings = context.store, context.config.prove
    conjectures = [
        row["id"]
        for row in store.rows(
            "select id from statements where source = 'conjecture' and iteration = ? order by id", iteration
        )
    ]
    _allot(context, iteration, conjectures, _to_prove(context, iteration))
    _attempt(context, iteration)
    for wave in range(1, WAVES + 1) if settings.first else ():
        _allot_more(context, iteration, wave)
        _attempt(context, iteration)
    figures = {**tally(context, iteration, "prove"), **busy(context, iteration, "prove")}
    with store.transaction():
        store.finish(iteration, "prove", figures)
    context.reporter.say(
        f"{figures['tries']} proofs tried on {figures['statements']} statements ({len(conjectures)} conjectures): "
        f"{figures['correct']} correct, {figures['proved']} statements proved; "
        f"{percent(figures['truncated'], figures['attempts'])} cut off at {settings.max_tokens} tokens"
    )
    context.reporter.say(
        f"busy: sampler {100 * figures['sampler_busy']:.0f} % of the time, "
        f"Lean workers {100 * figures['lean_busy']:.0f} %"
    )


def _to_prove(context: Context, iteration: int) -> list[str]:
    """The data set's open statements when the iteration began, and a share of the proved ones."""
    again = selection.resampled(
        standing.proved(context, iteration),
        context.config.prove.resample_proved,
        random.Random(context.seed("resample", iteration)),
    )
    return standing.unproved(context, iteration) + again


# --- the budget -------------------------------------------------------------------------------------------


def spent(store: Store, iteration: int) -> int:
    """Proofs that were sampled before `iteration`, evaluations not counted."""
    return int(
        store.value("select count(*) from attempts where stage = 'prove' and iteration < ?", iteration)
    )


def _allot(context: Context, iteration: int, conjectures: Sequence[str], others: Sequence[str]) -> None:
    """Write down how many proofs of each statement are sampled at first, unless it is written.

    K of each, or `prove.first` of those that are no conjectures; if the campaign's budget has less left, that in equal
    parts, chance giving out what does not divide.
    """
    settings = context.config.prove
    if _allotted(context, iteration, 0):
        return
    wanted = dict.fromkeys(conjectures, settings.samples)
    wanted |= dict.fromkeys(others, settings.first or settings.samples)
    allowed = _allowed(context, iteration, len(wanted))
    if allowed < sum(wanted.values()):
        order = sorted(wanted)
        random.Random(context.seed("allot", iteration)).shuffle(order)
        share, rest = divmod(allowed, len(order))
        wanted = {statement: share + (place < rest) for place, statement in enumerate(order)}
    _write(context, iteration, 0, wanted)


def _allot_more(context: Context, iteration: int, wave: int) -> None:
    """Write down where a part of what is left of the iteration's samples goes, unless it is written."""
    store, settings = context.store, context.config.prove
    if _allotted(context, iteration, wave):
        return
    rows = list(
        store.rows(
            "select l.statement, s.source, sum(l.samples) as tries, (select coalesce(sum(v.outcome = 'proved'), 0) "
            "from attempts a join verdicts v on v.proof = a.proof and v.environment = ? where a.statement = l.statement "
            "and a.iteration = l.iteration and a.stage = 'prove') as correct "
            "from allotments l join statements s on s.id = l.statement where l.iteration = ? group by l.statement",
            context.environment,
            iteration,
        )
    )
    left = _allowed(context, iteration, len(rows)) - sum(row["tries"] for row in rows)
    before = standing.proved(context, iteration)  # they have had enough
    tried = {
        row["statement"]: (row["tries"], row["correct"] or int(row["statement"] in before))
        for row in rows
        if row["source"] != "conjecture"
    }
    rng = random.Random(context.seed("allot", iteration, wave))
    part = left // (WAVES + 1 - wave)
    _write(
        context,
        iteration,
        wave,
        selection.allot(tried, part, rng, most=settings.most * settings.samples),
    )


def _allotted(context: Context, iteration: int, wave: int) -> bool:
    sql = "select 1 from allotments where iteration = ? and wave = ? limit 1"
    return context.store.value(sql, iteration, wave) is not None


def _write(context: Context, iteration: int, wave: int, samples: Mapping[str, int]) -> None:
    with context.store.transaction():
        context.store.add(
            "allotments",
            [
                {"iteration": iteration, "wave": wave, "statement": statement, "samples": number}
                for statement, number in samples.items()
            ],
        )


def _allowed(context: Context, iteration: int, statements: int) -> int:
    """Proofs that the iteration may sample: K for each of its statements, as far as the budget goes."""
    settings = context.config.prove
    wanted = settings.samples * statements
    return (
        min(wanted, max(0, settings.budget - spent(context.store, iteration))) if settings.budget else wanted
    )


def _attempt(context: Context, iteration: int) -> None:
    settings = context.config.prove
    wanted = {
        row["statement"]: row["samples"]
        for row in context.store.rows(
            "select statement, sum(samples) as samples from allotments where iteration = ? group by 1 order by 1",
            iteration,
        )
    }
    Attempt(
        context,
        iteration,
        "prove",
        iteration - 1,
        wanted,
        settings.temperatures,
        settings.top_p,
        settings.logprobs,
    ).run()


# --- held-out statements ----------------------------------------------------------------------------------


def evaluate(context: Context, iteration: int) -> None:
    """Sample proofs of the held-out statements with the iteration's model; nothing of it is trained on."""
    store, settings = context.store, context.config.evaluate
    targets = [
        row["id"] for row in store.rows("select id from statements where split = 'held_out' order by id")
    ]
    Attempt(
        context,
        iteration,
        "evaluate",
        iteration,
        dict.fromkeys(targets, settings.samples),
        [settings.temperature],
    ).run()
    figures = {**tally(context, iteration, "evaluate"), **busy(context, iteration, "evaluate")}
    with store.transaction():
        store.finish(iteration, "evaluate", figures)
    if targets:
        context.reporter.say(
            f"held-out: {figures['proved']} of {len(targets)} statements proved in {settings.samples} samples, "
            f"{percent(figures['correct'], figures['tries'])} of the samples correct"
        )


# --- figures ----------------------------------------------------------------------------------------------


def tally(context: Context, iteration: int, stage: str) -> dict[str, int]:
    """Counts of a stage's attempts: tries that count, correct ones, and those that say nothing."""
    row = next(
        context.store.rows(
            "select count(*) as attempts, count(distinct a.statement) as statements, "
            f"coalesce(sum(a.proof is null or {DECISIVE_SQL}), 0) as tries, "
            "coalesce(sum(v.outcome = 'proved'), 0) as correct, "
            "count(distinct case when v.outcome = 'proved' then a.statement end) as proved, "
            "coalesce(sum(a.tokens), 0) as tokens, coalesce(sum(a.truncated), 0) as truncated "
            "from attempts a left join verdicts v on v.proof = a.proof and v.environment = ? "
            "where a.iteration = ? and a.stage = ?",
            context.environment,
            iteration,
            stage,
        )
    )
    figures = {key: int(value) for key, value in row.items()}
    figures["undecided"] = figures["attempts"] - figures["tries"]
    return figures


def percent(part: float, whole: float) -> str:
    return f"{100 * part / max(1, whole):.1f} %"
