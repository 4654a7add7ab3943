"""`stp eval`, `compare`, `recheck`: what models and proofs are worth on a data set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stp.commands.common import (
    Asking,
    Checking,
    cache_option,
    check_options,
    complain,
    json_option,
    out_option,
    sampler_options,
    write_rows,
)

if TYPE_CHECKING:
    from stp.evaluation.plan import Plan, Selection
    from stp.evaluation.result import Report, Row
    from stp.lm.formats import Format
    from stp.lm.sampler import Sampler
    from stp.progress import Advance


@click.command(name="eval")
@click.option("--model", help="A model's folder, a campaign's (its newest model), or one that stp ships.")
@click.option("--data", help="The data set: NAME or NAME:SPLIT.")
@click.option(
    "--samples", default=32, show_default=True, type=click.IntRange(1), help="Samples of each statement."
)
@click.option("--k", "ks", help="The k of pass@k, for instance 1,8,32 (default: 1, 8, 32, … and --samples).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The evaluation's folder (default: evals/MODEL-DATA)."
)
@click.option("--shard", help="Evaluate a part of the statements: 1/4 is the first of four.")
@click.option(
    "--merge",
    "shards",
    is_flag=True,
    help="Make one evaluation of the shards in FOLDERS, in the folder --out.",
)
@click.option("--temperature", default=1.0, show_default=True, type=click.FloatRange(0))
@click.option("--top-p", default=1.0, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option(
    "--max-tokens",
    default=128,
    show_default=True,
    type=click.IntRange(1),
    help="Of a proof, its end included.",
)
@click.option("--seed", default=0, show_default=True, type=int, help="Of the samples.")
@click.option("--limit", type=click.IntRange(1), help="Evaluate the first so many statements only.")
@sampler_options
@check_options()
@cache_option
@json_option
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
def evaluate(
    folders: tuple[Path, ...],
    model: str | None,
    data: str | None,
    samples: int,
    ks: str | None,
    out: Path | None,
    shard: str | None,
    shards: bool,
    temperature: float,
    top_p: float,
    max_tokens: int,
    seed: int,
    limit: int | None,
    sampling: Asking,
    checking: Checking,
    cache: bool,
    as_json: bool,
) -> None:
    """Estimate pass@k of a model on a data set: sample proofs, let Lean check them.

    \b
        stp eval --model campaigns/demo --data NAME:test --samples 32
        stp eval --merge SHARD-FOLDER SHARD-FOLDER … --out FOLDER

    The folder holds result.json, statements.jsonl, the curve pass_at_k.svg and the database that all is computed
    from. Interrupt or kill it at any moment: the same command goes on, and ends with the same result. A greater
    --samples adds samples to those that are there. Exit status 1 if some proofs got no verdict; they count neither
    as proved nor as failed, and are tried again by the next run. More in docs/evaluation.md.
    """
    from stp.errors import InputError
    from stp.evaluation import plan as plans
    from stp.lm import bases, formats

    if shards:
        if out is None:
            raise InputError("Name the new folder of the merged evaluation: --out FOLDER.")
        _merge(folders, out, ks, as_json)
        return
    if model is None or data is None or folders:
        raise InputError("Name a model and a data set: stp eval --model MODEL --data NAME[:SPLIT].")
    wanted = plans.parse_ks(ks, samples)
    part = plans.parse_shard(shard)
    if sampling.remote:
        found, model_folder = plans.remote_model(model, sampling.format)
    else:
        found, model_folder = plans.find_model(model, sampling.revision)
    layout = bases.format_of(model_folder, sampling.format) if model_folder else formats.load(sampling.format)
    selection = plans.select(data, limit=limit, shard=part)
    plan = plans.Plan(
        found,
        selection.data.name,
        selection.split,
        selection.sha256,
        limit,
        part,
        temperature,
        top_p,
        max_tokens,
        seed,
        layout.name,
    )
    folder = out or plans.default_folder(plan)

    start = partial(checking.pool, brief=True, cache=cache)
    report = _run(
        layout, plan, selection, folder, samples, wanted, start, sampling.opener(model_folder, layout)
    )
    _show(report, folder, as_json)
    if model_folder:
        _complain_of_known(folder, bases.trained_on(model_folder), found.name)


def _complain_of_known(folder: Path, learnt: frozenset[str], model: str) -> None:
    from stp.evaluation.ledger import Ledger

    with Ledger.read(folder) as ledger:
        keys = [row[0] for row in ledger.rows("select key from statements where fault is null")]
    if known := sum(key in learnt for key in keys):
        click.echo(
            f"stp: beware: {known} of the {len(keys)} statements are among those that {model} was trained on.",
            err=True,
        )


def _run(
    layout: Format,
    plan: Plan,
    selection: Selection,
    folder: Path,
    samples: int,
    ks: list[int],
    start: Any,
    sampler: Callable[[], Sampler],
) -> Report:
    from stp.errors import Stopped
    from stp.evaluation import result
    from stp.evaluation.ledger import Ledger
    from stp.evaluation.run import Evaluator
    from stp.progress import Reporter, StopFlag

    reporter, stop = Reporter(stderr=True), StopFlag()
    with Ledger.open(folder, plan) as ledger, stop.listening(reporter):
        try:
            reporter.say(f"{folder}: {plan.model.name} on {plan.title}; starting Lean")
            with start() as pool:
                unread = Evaluator(
                    layout, plan, selection, samples, ledger, pool, sampler, reporter, stop
                ).run()
        except (Stopped, KeyboardInterrupt):
            raise Stopped(
                f"Stopped; what was sampled and checked is kept in {folder}. Go on with the same command."
            ) from None
        report = result.summarise(ledger, plan, selection, samples, ks, unread)
        result.write(folder, report)
    return report


def _merge(folders: tuple[Path, ...], out: Path, ks: str | None, as_json: bool) -> None:
    from stp.evaluation import merge, result
    from stp.evaluation.ledger import Ledger
    from stp.evaluation.plan import parse_ks

    plan, samples = merge.merge(folders, out)
    with Ledger.open(out, plan) as ledger:
        report = result.summarise(ledger, plan, merge.selection_of(plan), samples, parse_ks(ks, samples))
        result.write(out, report)
    _show(report, out, as_json)


def _show(report: Report, folder: Path, as_json: bool) -> None:
    from stp.errors import StpError
    from stp.evaluation import plot, tables

    found = report.result
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        tables.show(found, tables.console())
    try:
        plot.draw(folder / plot.FILE, found, tables.heading(found))
    except StpError as error:  # the figures stand without it
        click.echo(f"stp: {error}", err=True)
    click.echo(
        f"{folder}: {', '.join(sorted(p.name for p in folder.iterdir() if p.suffix in _SHOWN))}", err=True
    )
    complain("not evaluated", (f"{row['name']}: {row['why']}" for row in found["not_evaluated"]))
    complain("Lean gave no answer about", (f"{row['name']}: {row['why']}" for row in found["unread"]))
    complain(
        "no verdict",
        (f"{row['name']}: {row['samples']} samples ({row['why']})" for row in found["undecided"]),
    )
    if not report.complete:
        click.echo(
            "stp: samples without a verdict are left out of the figures; the same command tries them again.",
            err=True,
        )
        raise click.exceptions.Exit(1)


_SHOWN = (".json", ".jsonl", ".svg")


@click.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--k", "ks", help="The k of pass@k, for instance 1,8,32 (default: those of both results).")
@click.option("--names", is_flag=True, help="Name the statements gained and lost.")
@json_option
def compare(a: Path, b: Path, ks: str | None, names: bool, as_json: bool) -> None:
    """Compare the evaluations in the folders A and B over the statements that both have.

    Prints pass@k of each, the paired difference B − A with a 95 % bootstrap interval over the statements, and which
    statements only one of them proved. result.json and statements.jsonl of each are all that is read.
    """
    import sys

    from stp.evaluation import result, tables
    from stp.evaluation.compare import compare as look
    from stp.evaluation.plan import parse_ks

    found = look(result.read(a), result.read(b), None if ks is None else parse_ks(ks, sys.maxsize))
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        tables.show_comparison(found, tables.console(), names)
    complain("beware", found["warnings"])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data", help="The data set whose statements the proofs are to be compared with: NAME or NAME:SPLIT."
)
@out_option("Write the verdicts to this JSONL file.")
@check_options()
@cache_option
@json_option
def recheck(
    files: tuple[Path, ...],
    data: str | None,
    out: Path | None,
    checking: Checking,
    cache: bool,
    as_json: bool,
) -> None:
    """Check proofs from elsewhere: .jsonl, .json and .lean FILES, zip archives and folders of them.

    \b
    A row holds a name          name, problem_id, id, theorem_name
    and a whole Lean text       code, full_code, lean4_code, lean_code, full_proof, text
    or a statement and a proof  statement, formal_statement, theorem; proof, formal_proof, lean4_proof
    JSON is a list of rows, or texts by name; a .lean file's name is that of the file.

    With --data the statements are the data set's: a proof is cut out of its text and checked against the statement of
    its name. Without it a text is judged as a file, and what it states is compared with nothing. Exit status 0 when
    everything got a verdict, whatever it is. More in docs/evaluation.md.
    """
    from stp.data import dataset
    from stp.evaluation import texts
    from stp.evaluation.recheck import Summary
    from stp.evaluation.recheck import recheck as check
    from stp.progress import Reporter

    chosen = None if data is None else dataset.select(data)[1]
    broken: list[str] = []
    rows = [row for file in files for row in texts.read(file, broken)]
    summary = Summary(unreadable=broken)
    reporter = Reporter(stderr=True)
    with (
        checking.pool(cache=cache) as pool,
        reporter.work("checking", len(rows)) as advance,
    ):
        write_rows(_counted(check(rows, pool, summary, chosen), advance), out, echo=False)
    _sum_up_recheck(summary, data, None if chosen is None else [e.name for e in chosen], as_json)
    if not summary.all_decided:
        raise click.exceptions.Exit(1)


def _counted(rows: Iterable[Row], advance: Advance) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        advance(done, "")
        yield row


def _sum_up_recheck(summary: Any, data: str | None, names: list[str] | None, as_json: bool) -> None:
    counts = summary.outcomes
    proved = [name for name in names or () if summary.proved[name]]
    if as_json:
        found = {
            "proofs": {key: counts[key] for key in ("proved", "rejected", "undecided")},
            "rejected": dict(summary.reasons.most_common()),
            "unreadable": summary.unreadable,
            "data": data,
            "statements": None
            if names is None
            else {
                name: {"proofs": summary.tried[name], "proved": summary.proved[name]}
                for name in names
                if summary.tried[name]
            },
            "statements_in_data": None if names is None else len(names),
            "statements_proved": None if names is None else len(proved),
        }
        click.echo(json.dumps(found, indent=2))
    else:
        reasons = ", ".join(f"{n} {reason}" for reason, n in summary.reasons.most_common())
        click.echo(
            f"{counts['proved']} proofs stand, {counts['rejected']} do not"
            + (f" ({reasons})" if reasons else "")
            + f", {counts['undecided']} could not be decided, {len(summary.unreadable)} were unreadable"
        )
        if names is None:
            click.echo(
                "Judged as files: their statements were not compared with any benchmark (--data does that)."
            )
        else:
            click.echo(
                f"{data}: {len(proved)} of {len(names)} statements proved ({len(proved) / len(names):.1%}), "
                f"{sum(1 for name in names if summary.tried[name])} have proofs here"
            )
    complain("unreadable", summary.unreadable)
