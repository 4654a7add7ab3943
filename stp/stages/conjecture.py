"""Sample conjectures, each from a proved statement and a lemma, and some under the hypotheses of an unproved one."""

from __future__ import annotations

import contextlib
import json
import random
from collections import defaultdict
from typing import TypeAlias

from stp import selection
from stp.lean import library
from stp.lm import lean_text, prompts
from stp.records import digest
from stp.stages import standing
from stp.stages.context import Context
from stp.stages.prepare import lemma_text
from stp.store.schema import DATA_SET_SQL

#: Conjectures that are drawn, and written, together.
SAMPLE_BLOCK = 256

#: (statement, lemma) → the statement's text and the proof that is shown with it
Shown: TypeAlias = "dict[tuple[str, str], tuple[str, str]]"


def conjecture(context: Context, iteration: int) -> None:
    """Sample conjectures from proved statements, each with a lemma of one of its proofs."""
    from stp.lm.sampler import SampleRequest, Sampling

    store, settings = context.store, context.config.conjecture
    lemmas, shown = _seeds(context)
    count = settings.per_iteration or len(standing.unproved(context, iteration))
    choices = selection.choose_seeds(
        lemmas,
        count,
        random.Random(context.seed("conjecture", iteration)),
        trivial_share=settings.trivial_lemma_share,
        lemma_cap=settings.lemma_cap,
    )
    targets = _targets(context, iteration, len(choices))
    model = context.model(iteration - 1)
    told = _stated(context, sorted({choice.lemma for choice in choices if choice.lemma}))
    planned = []
    for copy, choice in enumerate(choices):
        text = lemma_text(choice.lemma, told.get(choice.lemma)) if choice.lemma else prompts.TRIVIAL_LEMMA
        rest, proof = shown[choice.statement, choice.lemma]
        target, hypotheses = targets[copy]
        try:
            prompt = context.format.conjecturer_prompt(text, rest, proof)
            opening = context.format.conjecturer_opening(hypotheses) if target else ""
        except ValueError:
            continue
        planned.append((copy, choice, target, prompt, opening))
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
                    SampleRequest(prompt + opening, (context.seed("conjecture", iteration, copy),))
                    for copy, _, _, prompt, opening in block
                ]
                rows = []
                sampling = Sampling(settings.temperature, 1.0, settings.max_tokens, context.format.stop)
                for sample in sampler.sample(requests, sampling):
                    copy, choice, target, prompt, opening = block[sample.request]
                    stated = context.format.conjecture_of(opening + sample.text, sample.truncated)
                    rows.append(
                        {
                            "id": digest("conjecture", str(iteration), str(copy)),
                            "iteration": iteration,
                            "copy": copy,
                            "model": model["id"],
                            "seed": choice.statement,
                            "lemma": choice.lemma,
                            "target": target,
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


def _targets(context: Context, iteration: int, count: int) -> list[tuple[str, str]]:
    """For each of so many conjectures an unproved statement of the data set and its hypotheses, or twice nothing."""
    share = context.config.conjecture.targets
    ids = set(standing.unproved(context, iteration)) if share else set()
    under = {
        row["id"]: text
        for row in (context.store.rows("select id, rest from statements") if ids else ())
        if row["id"] in ids and (text := lean_text.hypotheses(row["rest"]))
    }
    rng = random.Random(context.seed("targets", iteration))
    chosen = selection.choose_targets(list(under), count, share, rng)
    return [(target, under[target]) if target else ("", "") for target in chosen]


def _stated(context: Context, lemmas: list[str]) -> dict[str, str]:
    """What these lemmas state: as the campaign has them, else as Lean prints them; held-out ones are not told."""
    rows = list(
        context.store.rows("select name, rest, key, split from statements where source != 'conjecture'")
    )
    held_out = {row["key"] for row in rows if row["split"] == "held_out"}
    known = {row["name"]: row["rest"] for row in rows if row["name"] and row["split"] != "held_out"}
    missing = [lemma for lemma in lemmas if lemma not in known]
    for name, theorem in (library.stated(context.pool, missing) if missing else {}).items():
        if theorem.key not in held_out and not context.guard.where(theorem.key):
            known[name] = theorem.head.removeprefix("theorem t").strip()
    return known


def _seeds(context: Context) -> tuple[dict[str, list[str]], Shown]:
    """What conjectures may be made from; without a proof of the data set's statements, of all that is proved."""
    if context.config.conjecture.seeds == "data" and (found := lemmas_and_proofs(context, DATA_SET_SQL))[0]:
        return found
    return lemmas_and_proofs(context)


def lemmas_and_proofs(context: Context, among: str = "1") -> tuple[dict[str, list[str]], Shown]:
    """Proved statements → the lemmas that their proofs name and use. And for each statement and lemma, as text, with the
    shortest of its proofs that use it; under the empty lemma with the shortest of all. Of proofs those that the campaign began
    with or a model has sampled: what only `prove.shorten` tried is for the prover alone. among: SQL about `s`."""
    lemmas: dict[str, set[str]] = defaultdict(set)
    shown: Shown = {}
    for row in context.store.rows(
        "select s.id, s.rest, p.text, v.premises from statements s join proofs p on p.statement = s.id "
        "join verdicts v on v.proof = p.id and v.environment = ? "
        "where v.outcome = 'proved' and s.source != 'conjecture' and s.split != 'held_out' "
        "and (v.iteration = 0 or p.id in (select proof from attempts)) "
        f"and {among} order by s.id, length(p.text), p.text",
        context.environment,
    ):
        named = json.loads(row["premises"])
        lemmas[row["id"]].update(named)
        for lemma in ("", *named):
            shown.setdefault((row["id"], lemma), (row["rest"], row["text"]))
    return {statement: sorted(names) for statement, names in lemmas.items()}, shown
