"""Conjecture, screen, prove and evaluate."""

from __future__ import annotations

import contextlib
import json
import random
from collections import Counter, defaultdict
from typing import Any

from stp import selection
from stp.lean.tactics import CONTRADICTION
from stp.lm import prompts
from stp.records import Check, StatementInfo, digest, head_of
from stp.stages.attempt import Attempt, busy
from stp.stages.context import DECISIVE_SQL, Context
from stp.stages.prepare import lemma_text

#: Conjectures that are drawn, and written, together.
SAMPLE_BLOCK = 256


# --- conjecture -------------------------------------------------------------------------------------------


def conjecture(context: Context, iteration: int) -> None:
    """Sample conjectures from proved statements, each with a lemma of one of its proofs."""
    from stp.lm.sampler import SampleRequest, Sampling

    store, settings = context.store, context.config.conjecture
    lemmas, shown = _lemmas(context)
    count = settings.per_iteration or len(unproved(context))
    choices = selection.choose_seeds(
        lemmas,
        count,
        random.Random(context.seed("conjecture", iteration)),
        trivial_share=settings.trivial_lemma_share,
        lemma_cap=settings.lemma_cap,
    )
    model = context.model(iteration - 1)
    library = {
        row["name"]: row["rest"]
        for row in store.rows(
            "select name, rest from statements where source in ('seed', 'library') and split != 'held_out'"
        )
    }
    planned = []
    for copy, choice in enumerate(choices):
        text = lemma_text(choice.lemma, library.get(choice.lemma)) if choice.lemma else prompts.TRIVIAL_LEMMA
        rest, proof = shown[choice.statement, choice.lemma]
        try:
            planned.append((copy, choice, context.format.conjecturer_prompt(text, rest, proof)))
        except ValueError:
            continue
    done = {row["copy"] for row in store.rows("select copy from conjectures where iteration = ?", iteration)}
    planned = [item for item in planned if item[0] not in done]
    if planned:
        with (
            contextlib.closing(context.sampler(context.model_folder(iteration - 1))) as sampler,
            context.clock(iteration, "conjecture", "sampling"),
            context.reporter.work("conjecturing", len(planned)) as advance,
        ):
            for start in range(0, len(planned), SAMPLE_BLOCK):
                context.stop.check()
                block = planned[start : start + SAMPLE_BLOCK]
                requests = [
                    SampleRequest(prompt, (context.seed("conjecture", iteration, copy),))
                    for copy, _, prompt in block
                ]
                rows = []
                sampling = Sampling(settings.temperature, 1.0, settings.max_tokens, context.format.stop)
                for sample in sampler.sample(requests, sampling):
                    copy, choice, prompt = block[sample.request]
                    stated = context.format.conjecture_of(sample.text, sample.truncated)
                    rows.append(
                        {
                            "id": digest("conjecture", str(iteration), str(copy)),
                            "iteration": iteration,
                            "copy": copy,
                            "model": model["id"],
                            "seed": choice.statement,
                            "lemma": choice.lemma,
                            "prompt": prompt,
                            "rest": stated,
                            "truncated": int(sample.truncated),
                            "tokens": sample.tokens,
                        }
                    )
                    advance(start + len(rows), "")
                with store.transaction():
                    store.add("conjectures", rows)
    with store.transaction():
        store.finish(iteration, "conjecture", {"sampled": len(choices)})


def _lemmas(context: Context) -> tuple[dict[str, list[str]], dict[tuple[str, str], tuple[str, str]]]:
    """Proved statements of the data set → the lemmas that their proofs name and use. And for each statement and lemma, as
    text, with the shortest of its proofs that use it; under the empty lemma with the shortest of all."""
    lemmas: dict[str, set[str]] = defaultdict(set)
    shown: dict[tuple[str, str], tuple[str, str]] = {}
    for row in context.store.rows(
        "select s.id, s.rest, p.text, v.premises from statements s join proofs p on p.statement = s.id "
        "join verdicts v on v.proof = p.id and v.environment = ? "
        "where v.outcome = 'proved' and s.source != 'conjecture' and s.split != 'held_out' "
        "order by s.id, length(p.text), p.text",
        context.environment,
    ):
        named = json.loads(row["premises"])
        lemmas[row["id"]].update(named)
        for lemma in ("", *named):
            shown.setdefault((row["id"], lemma), (row["rest"], row["text"]))
    return {statement: sorted(names) for statement, names in lemmas.items()}, shown


def unproved(context: Context) -> list[str]:
    """The data set's statements without a correct proof."""
    return [
        row["id"]
        for row in context.store.rows(
            "select s.id from statements s where s.split = 'train' and s.source in ('library', 'data') and not exists "
            "(select 1 from proofs p join verdicts v on v.proof = p.id and v.environment = ? "
            " where p.statement = s.id and v.outcome = 'proved') order by s.id",
            context.environment,
        )
    ]


# --- screen -----------------------------------------------------------------------------------------------


def screen(context: Context, iteration: int) -> None:
    """Let Lean read the conjectures; keep those that are statements, new up to renaming, and not vacuous."""
    store = context.store
    sampled = list(store.rows("select * from conjectures where iteration = ? order by copy", iteration))
    fates: dict[str, tuple[str, str, str]] = {}  # conjecture → (screen, detail, statement)
    found: dict[str, tuple[dict[str, Any], StatementInfo]] = {}
    with context.clock(iteration, "screen", "lean"):
        context.stop.check()
        readable = [row for row in sampled if row["rest"]]
        infos = context.pool.statements([head_of(row["rest"]) for row in readable])
        known = {
            row["key"]: row["split"]
            for row in store.rows(
                "select key, split from statements where source != 'conjecture' or iteration < ?", iteration
            )
        }
        for row in sampled:
            if not row["rest"]:
                fates[row["id"]] = ("truncated" if row["truncated"] else "empty", "", "")
        for row, info in zip(readable, infos, strict=True):
            if not isinstance(info, StatementInfo):
                fates[row["id"]] = ("does_not_elaborate", str(info)[:300], "")
            elif info.name != "t":
                fates[row["id"]] = ("does_not_elaborate", "another name", "")
            elif where := context.guard.where(info.key):
                fates[row["id"]] = ("known", where, "")
            elif info.key in known:
                fates[row["id"]] = ("known", known[info.key], "")
            elif info.key in found:
                fates[row["id"]] = ("repeated", "", digest("statement", info.key))
            else:
                found[info.key] = (row, info)
        vacuous = _vacuous(context, {key: head_of(row["rest"]) for key, (row, _) in found.items()})
    rows = []
    for key, (row, _) in found.items():
        identity = digest("statement", key)
        if key in vacuous:
            fates[row["id"]] = ("vacuous", vacuous[key], "")
            continue
        fates[row["id"]] = ("kept", "", identity)
        rows.append(
            {
                "id": identity,
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
        )
    counts = Counter(fate for fate, _, _ in fates.values())
    with store.transaction():
        store.add("statements", rows)
        for identity, (fate, detail, statement) in fates.items():
            store.db.conn.execute(
                "update conjectures set screen = ?, detail = ?, statement = ? where id = ?",
                (fate, detail, statement or None, identity),
            )
        store.finish(iteration, "screen", dict(counts))
    context.reporter.say(
        f"{len(sampled)} conjectures: {counts['kept']} kept, {counts['does_not_elaborate']} do not elaborate, "
        f"{counts['known'] + counts['repeated']} known or repeated, {counts['vacuous']} vacuous, {counts['truncated'] + counts['empty']} truncated or empty"
    )


def _vacuous(context: Context, heads: dict[str, str]) -> dict[str, str]:
    """Keys of statements from whose hypotheses `False` follows, with the tactic that shows it."""
    if not context.config.conjecture.screen_vacuous:
        return {}
    jobs = [Check(key, head, tactic, vacuous=True) for key, head in heads.items() for tactic in CONTRADICTION]
    return {job.id: job.proof for job, verdict in context.pool.check(jobs) if verdict.proved}


# --- prove ------------------------------------------------------------------------------------------------


def prove(context: Context, iteration: int) -> None:
    """K samples for each conjecture, each unproved statement and a few proved ones; Lean checks them all."""
    store, settings = context.store, context.config.prove
    conjectures = [
        row["id"]
        for row in store.rows(
            "select id from statements where source = 'conjecture' and iteration = ? order by id", iteration
        )
    ]
    targets = conjectures + _to_prove(context, iteration)
    Attempt(
        context,
        iteration,
        "prove",
        iteration - 1,
        targets,
        settings.samples,
        settings.temperatures,
        settings.top_p,
        settings.logprobs,
    ).run()
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
    """The data set's unproved statements when the iteration began, and a share of the proved ones."""
    store = context.store
    proved_before = {
        row["id"]
        for row in store.rows(
            "select distinct s.id from statements s join proofs p on p.statement = s.id join verdicts v on v.proof = p.id "
            "and v.environment = ? where v.outcome = 'proved' and v.iteration < ? and s.split = 'train' and s.source in ('library', 'data')",
            context.environment,
            iteration,
        )
    }
    everything = [
        row["id"]
        for row in store.rows(
            "select id from statements where split = 'train' and source in ('library', 'data') order by id"
        )
    ]
    again = [s for s in everything if s in proved_before]
    rng = random.Random(context.seed("resample", iteration))
    again = sorted(rng.sample(again, round(context.config.prove.resample_proved * len(again))))
    return [s for s in everything if s not in proved_before] + again


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


# --- evaluate ---------------------------------------------------------------------------------------------


def evaluate(context: Context, iteration: int) -> None:
    """Sample proofs of the held-out statements with the iteration's model; nothing of it is trained on."""
    store, settings = context.store, context.config.evaluate
    targets = [
        row["id"] for row in store.rows("select id from statements where split = 'held_out' order by id")
    ]
    Attempt(
        context, iteration, "evaluate", iteration, targets, settings.samples, [settings.temperature]
    ).run()
    figures = {**tally(context, iteration, "evaluate"), **busy(context, iteration, "evaluate")}
    with store.transaction():
        store.finish(iteration, "evaluate", figures)
    if targets:
        context.reporter.say(
            f"held-out: {figures['proved']} of {len(targets)} statements proved in {settings.samples} samples, "
            f"{percent(figures['correct'], figures['tries'])} of the samples correct"
        )
