"""Iteration 0: statements, proofs by a portfolio of tactics, the tokenizer and the supervised model."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stp.data import triples
from stp.lean import library
from stp.lean.tactics import PORTFOLIO
from stp.lm import prompts
from stp.records import Example, StatementInfo, digest, proof_id
from stp.stages import datasets
from stp.stages.context import Context
from stp.stages.learn import add_model, example_row, fit, prover_example

#: Proofs by the portfolio that one statement gives to SFT.
PROOFS_OF_PORTFOLIO = 3
#: Triples (lemma, theorem, theorem) given to SFT, all together.
TRIPLES = 1500


def statements(context: Context) -> None:
    """Fill the data set: the seed library with its proofs, and statements of the installed Lean in three
    splits (`sft`, `train`, `held_out`), drawn by the campaign's seed. No two statements of one type."""
    store, data = context.store, context.config.data
    with context.clock(0, "statements", "lean"):
        seeds = library.seeds(context.pool)[: data.seeds]
        infos = context.pool.statements([seed.head for seed in seeds])
        wanted = data.library + data.train + data.held_out
        with context.reporter.work("reading the library") as advance:
            # drawn generously: names whose statement is too long or does not read back fall out
            theorems = (
                library.cached(
                    context.pool,
                    limit=4 * wanted + 100,
                    prefixes=data.prefixes,
                    max_chars=data.max_chars,
                    seed=context.config.seed,
                    progress=lambda done, total: advance(0, f"{done}/{total} theorems"),
                )
                if wanted
                else []
            )
    rows: list[dict[str, Any]] = []
    proofs: list[dict[str, Any]] = []
    keys: set[str] = set()
    labels: dict[str, str] = {}  # of held-out statements, by their types
    refused: list[str] = []
    for seed, info in zip(seeds, infos, strict=True):
        if not isinstance(info, StatementInfo) or info.key in keys:
            continue
        keys.add(info.key)
        if where := context.guard.where(info.key):
            refused.append(f"{seed.name} (held out as {where})")
            continue
        row = _statement(
            info.rest.strip(), info.key, "seed", "sft", seed.name, seed.file, seed.position, context
        )
        rows.append(row)
        proofs.append({"id": proof_id(row["id"], seed.proof), "statement": row["id"], "text": seed.proof})
    held_out = datasets.readable(datasets.to_evaluate(context.config), context.pool, context.reporter)
    given = datasets.readable(datasets.to_prove(context.config), context.pool, context.reporter)
    for split, part in (("held_out", held_out), ("train", given)):
        for label, entry, found in part:
            if split == "train" and (where := context.guard.where(found.key) or labels.get(found.key)):
                refused.append(f"{label} (held out as {where})")
            elif found.key not in keys:
                keys.add(found.key)
                if split == "held_out":
                    labels[found.key] = label
                name = entry.forbid[0] if entry.forbid else ""
                rows.append(
                    _statement(found.rest.strip(), found.key, "data", split, name, label, len(rows), context)
                )
    splits = ["sft"] * data.library + ["train"] * data.train + ["held_out"] * data.held_out
    random.Random(context.seed("split")).shuffle(splits)
    for theorem in theorems:
        if theorem.key in keys or not splits:
            continue
        if where := context.guard.where(theorem.key):
            refused.append(f"{theorem.name} (held out as {where})")
            continue
        keys.add(theorem.key)
        rest = theorem.head.removeprefix("theorem t").strip()
        rows.append(
            _statement(
                rest, theorem.key, "library", splits.pop(), theorem.name, theorem.module, len(rows), context
            )
        )
    with store.transaction():
        store.add("statements", rows)
        store.add("proofs", proofs)
        store.finish(0, "statements", {"statements": len(rows), "short": len(splits), "refused": refused})
    context.reporter.say(
        f"{len(seeds)} seed theorems, {sum(row['source'] == 'library' for row in rows)} library statements"
        + (f", {len(given)} statements of {', '.join(data.sets)}" if given else "")
        + (f" ({len(splits)} fewer than asked for: the library has no more that fit)" if splits else "")
    )
    if refused:
        more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
        context.reporter.say(f"left out, being held out elsewhere: {'; '.join(refused[:3])}{more}")


def _statement(
    rest: str, key: str, source: str, split: str, name: str, module: str, position: int, context: Context
) -> dict[str, Any]:
    return {
        "id": digest("statement", key),
        "rest": rest,
        "key": key,
        "source": source,
        "split": split,
        "name": name,
        "module": module,
        "position": position,
        "iteration": 0,
        "environment": context.environment,
    }


def portfolio(context: Context) -> None:
    """Check the seed library's proofs, and try the portfolio on the statements set aside for SFT."""
    store = context.store
    seeds = [
        row["id"]
        for row in store.rows(
            "select p.id from proofs p join statements s on s.id = p.statement where s.source = 'seed' order by p.id"
        )
    ]
    context.check_proofs(0, "portfolio", seeds, "checking the seed library")
    targets = [
        row["id"]
        for row in store.rows(
            "select id from statements where source = 'library' and split = 'sft' order by id"
        )
    ]
    tried = [
        {"id": proof_id(statement, text), "statement": statement, "text": text}
        for statement in targets
        for text in PORTFOLIO
    ]
    with store.transaction():
        store.add("proofs", tried)
    context.check_proofs(0, "portfolio", [row["id"] for row in tried], "trying tactics")
    with store.transaction():
        store.finish(
            0,
            "portfolio",
            {
                "statements": len(targets),
                "proved": _proved(context, "library"),
                "seeds": _proved(context, "seed"),
            },
        )
    context.reporter.say(
        f"proofs to start from: {_proved(context, 'seed')} seed theorems, "
        f"{_proved(context, 'library')} of {len(targets)} library statements by tactics"
    )


def _proved(context: Context, source: str) -> int:
    return int(
        context.store.value(
            "select count(distinct s.id) from statements s join proofs p on p.statement = s.id "
            "join verdicts v on v.proof = p.id where v.outcome = 'proved' and s.source = ? and s.split = 'sft'",
            source,
        )
    )


def supervised(context: Context) -> None:
    """Train tokenizer and model from scratch on the proofs and triples at hand (model 0)."""
    from stp.lm.model import ModelConfig, model_hash, new_model, parameters
    from stp.lm.tokenizer import TOKENIZER_FILE, train_tokenizer

    store, shape = context.store, context.config.model
    examples = list(sft_examples(context))
    folder = store.folder / "models"
    folder.mkdir(exist_ok=True)
    tokenizer = folder / TOKENIZER_FILE
    texts = [part for _, example in examples for part in (example.prompt, example.completion)]
    texts += [
        row["rest"]
        for row in store.rows("select rest from statements where split in ('train', 'sft') order by id")
    ]
    train_tokenizer(texts, shape.vocabulary, tokenizer)
    config = ModelConfig(
        hidden=shape.hidden,
        layers=shape.layers,
        heads=shape.heads,
        ffn=-(-shape.hidden * 8 // 3 // 64) * 64,
        max_tokens=shape.context,
        vocab_size=shape.vocabulary,
    )
    fresh = folder / "untrained"
    shutil.rmtree(fresh, ignore_errors=True)
    new_model(config, tokenizer, fresh, seed=context.seed("init") % 2**31)
    context.reporter.say(
        f"supervised training: {parameters(fresh) / 1e6:.1f} M parameters from scratch, {len(examples)} examples, {context.config.sft.epochs} epochs"
    )
    with store.transaction():
        store.add("examples", [row for row, _ in examples])
    context.refuse_held_out(0)
    out = folder / "0"
    whole = [
        replace(e, prompt=p, completion=c)
        for _, e in examples
        for p, c in [prompts.whole_text(e.prompt, e.completion)]
    ]
    report = fit(context, 0, "supervised", fresh, whole, out, context.config.sft)
    with store.transaction():
        add_model(context, 0, model_hash(out), out, "", len(examples), report)
        store.finish(0, "supervised", {"examples": len(examples), "loss": report.get("last_loss")})
    shutil.rmtree(fresh, ignore_errors=True)


def sft_examples(context: Context) -> Iterator[tuple[dict[str, Any], Example]]:
    """Prover examples (statement, proof) and conjecturer triples (lemma, theorem with proof, theorem)."""
    store = context.store
    proofs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store.rows(
        "select s.id as statement, s.rest, s.source, s.name, s.module, s.position, p.id as proof, p.text, v.premises, v.theorems "
        "from statements s join proofs p on p.statement = s.id join verdicts v on v.proof = p.id "
        "where v.outcome = 'proved' and s.split = 'sft' order by s.source, s.module, s.position, length(p.text), p.text"
    ):
        proofs[row["statement"]].append(row)
    for rows in proofs.values():
        kept = rows[:PROOFS_OF_PORTFOLIO]
        for row in kept:
            if example := prover_example(
                row["rest"], row["text"], 1.0 / len(kept), (row["statement"], row["proof"])
            ):
                yield example_row(0, example, row["statement"], row["proof"]), example
    yield from _triples(context)


def _triples(context: Context) -> Iterator[tuple[dict[str, Any], Example]]:
    """(L, A, B) from one file, in that order, where the proofs of A and B both use L (paper, stage 1); and
    (trivial, A, B) for neighbours of one file of the library."""
    ids = triples.of_store(context.store)
    for triple in triples.draw(list(ids), random.Random(context.seed("triples")))[:TRIPLES]:
        lemma, a, b = triple.lemma, triple.seed, triple.theorem
        text = lemma_text(lemma.name, lemma.statement) if lemma else prompts.TRIVIAL_LEMMA
        try:
            example = Example(
                "conjecturer",
                prompts.conjecturer_prompt(text, a.statement, a.proof),
                prompts.conjecturer_completion(b.statement),
                1.0,
                (ids[a], ids[b]),
            )
        except ValueError:
            continue
        yield example_row(0, example, ids[b], ""), example


def lemma_text(name: str, rest: str | None) -> str:
    """A lemma as prompts show it: its name, without the namespace that the header opens, and its statement."""
    short = name.removeprefix("Seed.")
    return f"{short} {rest.strip()}" if rest else short
