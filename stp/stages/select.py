"""Select what an iteration trains on: weighted examples for both roles (STP paper, section 3.3)."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stp import selection
from stp.data import dataset, splits
from stp.lm import lean_text, prompts
from stp.records import Example, head_of, proof_id
from stp.selection import Attempted
from stp.stages import standing
from stp.stages.conjecture import lemmas_and_proofs
from stp.stages.context import DECISIVE_SQL, Context, one_line
from stp.stages.learn import example_row, prover_example

#: Conjectures shown in an iteration, of those that train the conjecturer.
SHOWN = 3
#: Cache of embeddings in the campaign's folder; it may be deleted.
EMBEDDINGS = "models/embeddings.db"


def select(context: Context, iteration: int) -> None:
    """Turn this iteration's checks into examples, and write down what became of each proved conjecture."""
    store = context.store
    tried = attempted(context, iteration)
    texts = {row["id"]: row for row in store.rows("select id, rest, source, split from statements")}
    tried = [statement for statement in tried if texts[statement.id]["split"] != "held_out"]
    conjectures = [statement for statement in tried if texts[statement.id]["source"] == "conjecture"]
    judged, transport = _judge(context, iteration, conjectures, texts)
    chosen = [j for j in judged if j.weight > 0]
    asked = _asked(context, iteration)
    conjecturer = list(_conjecturer_rows(context, iteration, chosen, asked, texts))
    below = context.config.select.prover_below
    worthy = [statement for statement in tried if selection.prover_worthy(statement, below)]
    if context.config.prove.shorten:  # for the prover alone: conjectures are judged by what was sampled
        worthy = with_shortened(context, iteration, worthy)
    prover = list(prover_rows(context, iteration, worthy, texts))
    for j in sorted(chosen, key=lambda j: (-j.weight, j.statement.id))[:SHOWN]:
        shortest = min(j.statement.proofs, key=lambda p: (len(p.text), p.text))
        shown = one_line(head_of(texts[j.statement.id]["rest"]), shortest.text)
        context.reporter.say(f"barely provable ({j.statement.correct}/{j.statement.tries}): {shown}")
    counts = Counter(j.selected for j in judged)
    with store.transaction():
        store.add("examples", conjecturer + prover)
        store.db.conn.executemany(
            "update conjectures set selected = ?, weight = ? where id = ?",
            [(j.selected, j.weight, asked[j.statement.id]["id"]) for j in judged],
        )
        store.finish(
            iteration,
            "select",
            {
                "conjecturer": len(conjecturer),
                "prover": len(prover),
                "conjectures": dict(counts),
                "transport": transport,
            },
        )
    context.reporter.say(
        f"selected {len(conjecturer)} conjecturer and {len(prover)} prover examples; conjectures: "
        + ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items()))
    )


def attempted(context: Context, iteration: int) -> list[Attempted]:
    """The statements on which proofs were sampled in `iteration`, with what the checks gave."""
    store = context.store
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    proofs: dict[str, dict[str, selection.ProofOf]] = defaultdict(dict)
    for row in store.rows(
        "select a.statement, a.proof, p.text, v.outcome, v.seconds, v.theorems, "
        f"(a.proof is null or {DECISIVE_SQL}) as counts "
        "from attempts a left join proofs p on p.id = a.proof "
        "left join verdicts v on v.proof = a.proof and v.environment = ? "
        "where a.iteration = ? and a.stage = 'prove' order by a.statement, a.copy",
        context.environment,
        iteration,
    ):
        tally = counts[row["statement"]]
        tally[0] += bool(row["counts"])
        if row["outcome"] == "proved":
            tally[1] += 1
            proofs[row["statement"]][row["proof"]] = _proof_of(row)
    lemmas = {
        row["id"]: row["lemma"] or ""
        for row in store.rows(
            "select id, lemma from statements where source = 'conjecture' and iteration = ?", iteration
        )
    }
    return [
        Attempted(statement, tries, correct, tuple(proofs[statement].values()), lemmas.get(statement, ""))
        for statement, (tries, correct) in sorted(counts.items())
    ]


def with_shortened(context: Context, iteration: int, statements: Sequence[Attempted]) -> list[Attempted]:
    """These statements, with the proofs too that theirs were shortened to in `iteration`."""
    short: dict[str, list[selection.ProofOf]] = defaultdict(list)
    for row in context.store.rows(
        "select p.statement, p.text, v.seconds, v.theorems from shortenings h "
        "join proofs p on p.id = h.proof join verdicts v on v.proof = p.id and v.environment = ? "
        "where h.iteration = ? and v.outcome = 'proved' order by p.statement, p.id",
        context.environment,
        iteration,
    ):
        short[row["statement"]].append(_proof_of(row))
    return [replace(s, proofs=(*s.proofs, *short[s.id])) if s.id in short else s for s in statements]


def _proof_of(row: dict[str, Any]) -> selection.ProofOf:
    return selection.ProofOf(row["text"], row["seconds"], tuple(json.loads(row["theorems"])))


# --- the prover -------------------------------------------------------------------------------------------


def prover_rows(
    context: Context, iteration: int, statements: Sequence[Attempted], texts: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The examples that the proofs of these statements make."""
    settings = context.config.select
    for statement in statements:
        correct = selection.correct_count(statement, settings.count_weight)
        for proof in selection.distinct_shortest(statement.proofs, settings.proofs_per_statement):
            weight = selection.proof_weight(
                proof, correct, length_decay=settings.length_decay, time_decay=settings.time_decay
            )
            rest = texts[statement.id]["rest"]
            if made := prover_example(context.format, rest, proof.text, weight, (statement.id,)):
                yield example_row(iteration, made, statement.id, proof_id(statement.id, proof.text))


# --- the conjecturer --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
    """A conjecture with what became of it and its weight; 0 unless it trains the conjecturer."""

    statement: Attempted
    selected: str
    weight: float = 0.0
    trivial: bool = False  # it counts as made with the trivial lemma


def _judge(
    context: Context, iteration: int, conjectures: Sequence[Attempted], texts: dict[str, dict[str, Any]]
) -> tuple[list[_Judged], str]:
    """Barely provable and with their lemma, elegant, near to what is unproved: what each filter drops, and the weights of
    what is left; and how these were found."""
    settings = context.config.select
    judged: dict[str, _Judged] = {}
    candidates: list[_Judged] = []
    for c in conjectures:
        if not c.correct:
            judged[c.id] = _Judged(c, "unproved")
        elif not selection.barely_provable(c.correct, c.tries, settings.barely_provable):
            judged[c.id] = _Judged(c, "too easy")
        elif selection.conjecturer_worthy(
            c, threshold=settings.barely_provable, require_lemma=settings.require_lemma
        ):
            candidates.append(_Judged(c, "trains", 1.0))
        elif settings.unused_lemma == "trivial":
            candidates.append(_Judged(replace(c, lemma=""), "trains", 1.0, trivial=True))
        else:
            judged[c.id] = _Judged(c, "lemma unused")
    kept = {
        e.id
        for e in selection.elegant(
            [
                selection.Elegance(
                    j.statement.id,
                    len(head_of(texts[j.statement.id]["rest"])),
                    min(len(proof.text) for proof in j.statement.proofs),
                    j.statement.lemma,
                )
                for j in candidates
            ],
            settings.inelegant,
            settings.elegancy_by_lemma,
        )
    }
    elegant = [j for j in candidates if j.statement.id in kept]
    judged |= {
        j.statement.id: replace(j, selected="inelegant", weight=0.0)
        for j in candidates
        if j.statement.id not in kept
    }
    weights, transport = _transported(context, iteration, [j.statement.id for j in elegant], texts)
    for j, weight in zip(elegant, weights, strict=True):
        judged[j.statement.id] = replace(j, selected="trains" if weight > 0 else "far", weight=weight)
    return [judged[c.id] for c in conjectures], transport


def _transported(
    context: Context, iteration: int, conjectures: Sequence[str], texts: dict[str, dict[str, Any]]
) -> tuple[list[float], str]:
    """Weights by transport towards the data set's unproved statements, in the space of the iteration's model; and how it was
    solved: greedy, exact or off."""
    import numpy as np

    from stp.lm.embeddings import embed, forget

    settings = context.config.select
    targets = standing.unproved(context, iteration + 1)
    if settings.transport == "off" or not conjectures or not targets:
        return [1.0] * len(conjectures), "off"
    embedded = [embedded_text(context, texts[id]["rest"]) for id in (*conjectures, *targets)]
    with (
        context.clock(iteration, "select", "training"),
        context.reporter.work("embedding", len(embedded)) as advance,
    ):
        rows = embed(
            context.model_folder(iteration - 1),
            embedded,
            context.store.folder / EMBEDDINGS,
            progress=lambda done: advance(done, ""),
        )
    ours, theirs = rows[: len(conjectures)], rows[len(conjectures) :]
    forget(context.store.folder / EMBEDDINGS, {context.model(0)["id"]})
    favoured = _favoured(context, iteration)
    masses = np.array([settings.favoured_weight if id in favoured else 1.0 for id in targets])
    if settings.transport == "exact":
        try:
            exact = selection.exact_weights(ours, theirs, masses, settings.transport_cap)
            return [float(weight) for weight in exact], "exact"
        except (RuntimeError, MemoryError) as error:
            said = error if isinstance(error, RuntimeError) else "no memory for an exact transport"
            context.reporter.say(f"warning: {said}; greedily in this iteration")
    rng = random.Random(context.seed("transport", iteration))
    greedy = selection.greedy_weights(ours, theirs, masses, settings.transport_cap, rng=rng)
    return [float(weight) for weight in greedy], "greedy"


def embedded_text(context: Context, rest: str) -> str:
    """What is embedded of a statement: what the prover reads of it."""
    try:
        return context.format.prover_prompt(rest)
    except ValueError:  # it holds a tag of the format
        return ""


def _favoured(context: Context, iteration: int) -> set[str]:
    """The statements of the data sets whose weight is raised."""
    settings = context.config.select
    if iteration < settings.favoured_from or not settings.favoured:
        return set()
    labels = {
        splits.label(data.name, entry)
        for data, entries in map(dataset.select, settings.favoured)
        for entry in entries
    }
    return {
        row["id"]
        for row in context.store.rows("select id, module from statements where source = 'data'")
        if row["module"] in labels
    }


def _asked(context: Context, iteration: int) -> dict[str, dict[str, Any]]:
    """Statement → the conjecture that it was kept as."""
    return {
        row["statement"]: row
        for row in context.store.rows(
            "select id, statement, prompt, seed, target from conjectures where iteration = ? and screen = 'kept'",
            iteration,
        )
    }


def _conjecturer_rows(
    context: Context,
    iteration: int,
    chosen: Sequence[_Judged],
    asked: dict[str, dict[str, Any]],
    texts: dict[str, dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """The examples that these conjectures make: what was asked, what was stated."""
    shown = lemmas_and_proofs(context)[1] if any(j.trivial for j in chosen) else {}
    for j in chosen:
        row = asked[j.statement.id]
        prompt = row["prompt"]
        if j.trivial:
            rest, proof = shown[row["seed"], ""]
            prompt = context.format.conjecturer_prompt(prompts.TRIVIAL_LEMMA, rest, proof)
        completion = context.format.conjecturer_completion(texts[j.statement.id]["rest"])
        if row["target"]:  # what it was given to begin with is not the model's
            given = lean_text.hypotheses(texts[row["target"]]["rest"])
            opening = context.format.conjecturer_opening(given)
            if completion.startswith(opening):
                prompt, completion = prompt + opening, completion[len(opening) :]
        example = Example(
            "conjecturer",
            prompt,
            completion,
            j.weight,
            (j.statement.id,),
        )
        yield example_row(iteration, example, j.statement.id, "")
