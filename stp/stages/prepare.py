"""Iteration 0: statements, proofs by a portfolio of tactics, the tokenizer and the supervised model."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stp.config import Data
from stp.data import triples
from stp.data.restyle import named_binders
from stp.errors import CampaignError
from stp.lean import library
from stp.lean.tactics import PORTFOLIO
from stp.lm import bases, prompts
from stp.records import Example, StatementInfo, digest, head_of, proof_id
from stp.stages import datasets
from stp.stages.context import Context
from stp.stages.learn import add_model, example_row, fit, prover_example

#: Triples (lemma, theorem, theorem) given to SFT, all together.
TRIPLES = 1500


def statements(context: Context) -> None:
    """Fill the data set: the seed library with its proofs, and statements of the installed Lean in three
    splits (`sft`, `train`, `held_out`), drawn by the campaign's seed. No two statements of one type."""
    store, data = context.store, context.config.data

    def read(done: int, total: int) -> None:
        context.stop.check()
        advance(0, f"{done}/{total} theorems")

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
                    progress=read,
                )
                if wanted
                else []
            )
    rows: list[dict[str, Any]] = []
    proofs: list[dict[str, Any]] = []
    keys: set[str] = set()
    labels: dict[str, str] = {}  # of held-out statements, by their types
    refused: list[str] = []
    # types of the statements that the base was trained on: no measure of anything
    learnt = bases.trained_on(context.base) if context.base else frozenset()
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
    of_sets: dict[str, str] = {}  # ids of the statements for SFT, by their types
    held_out = datasets.readable(datasets.to_evaluate(context.config), context.pool, context.reporter)
    given = datasets.readable(datasets.to_prove(context.config), context.pool, context.reporter)
    for_sft = datasets.readable(datasets.for_sft(context.config), context.pool, context.reporter)
    for split, part in (("held_out", held_out), ("train", given), ("sft", for_sft)):
        for label, entry, found in part:
            if split != "held_out" and (where := context.guard.where(found.key) or labels.get(found.key)):
                refused.append(f"{label} (held out as {where})")
            elif split == "held_out" and found.key in learnt:
                refused.append(f"{label} ({context.config.model.base} was trained on it)")
            elif found.key not in keys:
                keys.add(found.key)
                if split == "held_out":
                    labels[found.key] = label
                name = entry.forbid[0] if entry.forbid else ""
                row = _statement(
                    found.rest.strip(), found.key, "data", split, name, label, len(rows), context
                )
                rows.append({**row, "forbid": json.dumps(entry.forbid)})
                if split == "sft":
                    of_sets[found.key] = row["id"]
            # several proofs of one statement are as many entries
            if split == "sft" and entry.proof and found.key in of_sets:
                id = of_sets[found.key]
                proofs.append({"id": proof_id(id, entry.proof), "statement": id, "text": entry.proof})
    restyled = _restyled(context, theorems) if data.binders == "mixed" else {}
    splits = ["sft"] * data.library + ["train"] * data.train + ["held_out"] * data.held_out
    random.Random(context.seed("split")).shuffle(splits)
    for theorem in theorems:
        if theorem.key in keys or theorem.key in learnt or not splits:
            continue
        if where := context.guard.where(theorem.key):
            refused.append(f"{theorem.name} (held out as {where})")
            continue
        keys.add(theorem.key)
        rest = restyled.get(theorem.key) or theorem.head.removeprefix("theorem t").strip()
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
        context.reporter.say(f"left out: {'; '.join(refused[:3])}{more}")


def _restyled(context: Context, theorems: Sequence[library.LibraryTheorem]) -> dict[str, str]:
    """By key: half of the statements with their binders before the colon, where Lean finds the same type."""
    chosen = random.Random(context.seed("binders")).sample(theorems, len(theorems) // 2)
    moved = [(t.key, named_binders(t.head.removeprefix("theorem t"))) for t in chosen]
    asked = [(key, rest) for key, rest in moved if rest]
    with context.clock(0, "statements", "lean"):
        infos = context.pool.statements([head_of(rest) for _, rest in asked])
    return {
        key: rest
        for (key, rest), info in zip(asked, infos, strict=True)
        if isinstance(info, StatementInfo) and info.key == key
    }


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
    """Check the proofs that came with the seed library and with the statements set aside for SFT, and try the portfolio on
    these."""
    store = context.store
    written = [
        row["id"]
        for row in store.rows(
            "select p.id from proofs p join statements s on s.id = p.statement "
            "where s.source in ('seed', 'data') and s.split = 'sft' order by s.source desc, p.id"
        )
    ]
    context.check_proofs(0, "portfolio", written, "checking proofs that came with statements")
    data = context.config.data
    sources = ("library", "data", "seed") if data.tactics_on_seeds else ("library", "data")
    targets = [
        row["id"]
        for source in sources
        for row in store.rows(
            "select id from statements where source = ? and split = 'sft' order by id", source
        )
    ]
    given = store.value(
        "select count(*) from statements where source in ('library', 'data') and split = 'sft'"
    )
    tried = [
        {"id": proof_id(statement, text), "statement": statement, "text": text}
        for statement in targets
        for text in tactics_of(data)
    ]
    with store.transaction():
        store.add("proofs", tried)
    context.check_proofs(0, "portfolio", [row["id"] for row in tried], "trying tactics")
    with store.transaction():
        store.finish(
            0,
            "portfolio",
            {
                "statements": given,
                "proved": _proved(context, "library", "data"),
                "seeds": _proved(context, "seed"),
            },
        )
    context.reporter.say(
        f"proofs to start from: {_proved(context, 'seed')} seed theorems, "
        f"{_proved(context, 'library', 'data')} of {given} statements for SFT"
    )


def tactics_of(data: Data) -> tuple[str, ...]:
    """The proofs that are tried on statements for SFT."""
    return (*(PORTFOLIO if data.portfolio else ()), *data.tactics)


def _proved(context: Context, *sources: str) -> int:
    return int(
        context.store.value(
            "select count(distinct s.id) from statements s join proofs p on p.statement = s.id "
            "join verdicts v on v.proof = p.id where v.outcome = 'proved' and s.split = 'sft' "
            f"and s.source in ({','.join('?' * len(sources))})",
            *sources,
        )
    )


def supervised(context: Context) -> None:
    """Model 0: the base model, or a new one with a tokenizer of its own, trained on the proofs and triples at hand."""
    from stp.lm.model import model_hash, parameters

    store, config = context.store, context.config
    examples = list(sft_examples(context))
    with store.transaction():
        store.add("examples", [row for row, _ in examples])
    start = start_model(context)
    what = f"{parameters(start) / 1e6:,.1f} M parameters {'of ' + config.model.base if context.base else 'from scratch'}"
    out = store.folder / "models" / "0"
    report: dict[str, Any] = {"base": model_hash(start)}
    if config.sft.epochs:
        context.refuse_held_out(0)
        context.reporter.say(
            f"supervised training: {what}, {len(examples)} examples, {config.sft.epochs} epochs"
        )
        learnt = [example if context.base else whole(example) for _, example in examples]
        report |= fit(context, 0, "supervised", start, learnt, out, config.sft)
    else:
        context.reporter.say(f"{what}, as they are: sft.epochs is 0")
        shutil.rmtree(out, ignore_errors=True)
        bases.copy_model(start, out)
    with store.transaction():
        add_model(context, 0, model_hash(out), out, "", len(examples) if config.sft.epochs else 0, report)
        store.finish(0, "supervised", {"examples": len(examples), "loss": report.get("last_loss")})
    shutil.rmtree(start, ignore_errors=True)


def start_model(context: Context) -> Path:
    """The folder of the model that the campaign starts from, made anew: links to the base, or a model of its own, which is
    the same whenever it is made. Raises CampaignError if the base is not the one that model 0 was made from."""
    from stp.lm.model import model_hash

    start = context.store.folder / "models" / "start"
    start.parent.mkdir(exist_ok=True)
    shutil.rmtree(start, ignore_errors=True)
    if not context.base:
        _untrained(context, start)
        return start
    bases.link(context.base, start, context.config.model.format)
    report = context.store.value("select report from models where iteration = 0")
    if report and json.loads(report).get("base", "") not in ("", model_hash(start)):
        shutil.rmtree(start)
        raise CampaignError(
            f"{context.config.model.base} is not the model that this campaign was begun with; put that one back, or begin "
            "another campaign (--dir)."
        )
    return start


def _untrained(context: Context, out: Path) -> None:
    """A model of the configured shape, with a tokenizer learnt from the SFT examples and the statements to prove."""
    from stp.lm.model import ModelConfig, new_model
    from stp.lm.tokenizer import TOKENIZER_FILE, train_tokenizer

    shape = context.config.model
    tokenizer = out.parent / TOKENIZER_FILE
    texts = [
        part
        for row in context.store.rows(
            "select prompt, completion from examples where iteration = 0 order by id"
        )
        for part in (row["prompt"], row["completion"])
    ]
    texts += [
        row["rest"]
        for row in context.store.rows(
            "select rest from statements where split in ('train', 'sft') and source != 'conjecture' order by id"
        )
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
    new_model(config, tokenizer, out, seed=context.seed("init") % 2**31)
    bases.keep_format(out, shape.format)


def whole(example: Example) -> Example:
    prompt, completion = prompts.whole_text(example.prompt, example.completion)
    return replace(example, prompt=prompt, completion=completion)


def sft_examples(context: Context) -> Iterator[tuple[dict[str, Any], Example]]:
    """Prover examples (statement, proof) and conjecturer triples (lemma, theorem with proof, theorem)."""
    store = context.store
    data = context.config.data
    tactics, most = set(tactics_of(data)), data.proofs_by_tactics
    proofs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store.rows(
        "select s.id as statement, s.rest, s.source, s.name, s.module, s.position, p.id as proof, p.text, v.premises, v.theorems "
        "from statements s join proofs p on p.statement = s.id join verdicts v on v.proof = p.id "
        "where v.outcome = 'proved' and s.split = 'sft' order by s.source, s.module, s.position, length(p.text), p.text"
    ):
        proofs[row["statement"]].append(row)
    for rows in proofs.values():
        written = [row for row in rows if row["text"] not in tactics]
        by_tactics = [row for row in rows if row["text"] in tactics]
        kept = [*written, *by_tactics[: max(0, most - len(written))]]
        for row in kept:
            if example := prover_example(
                context.format, row["rest"], row["text"], 1.0 / len(kept), (row["statement"], row["proof"])
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
                context.format.conjecturer_prompt(text, a.statement, a.proof),
                context.format.conjecturer_completion(b.statement),
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
