"""`stp verify`, `screen`, `serve`: checks of whatever origin."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stp.commands.common import (
    Checking,
    cache_option,
    check_options,
    complain,
    must_exist,
    out_option,
    sum_up,
    write_rows,
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@out_option("Also write the verdicts to this JSONL file.")
@check_options()
@cache_option
@click.option(
    "--brief",
    is_flag=True,
    help="Without the text of Lean's errors: to print it can take several times as long as the check.",
)
def verify(
    file: Path,
    out: Path | None,
    checking: Checking,
    cache: bool,
    brief: bool,
) -> None:
    """Check FILE, JSONL lines {"id", "statement", "proof"} with optional "header" and "forbid".

    `statement` is the theorem's head without `:=`, `proof` what follows it. Exit status 0 when all lines were
    checked, whatever the outcomes.
    """
    from stp.verify import Summary
    from stp.verify import verify as check

    must_exist(file, "statements and proofs")
    summary = Summary()
    with checking.pool(cache=cache, brief=brief) as pool:
        write_rows(check(file, pool, summary), out)
    sum_up(summary.outcomes, summary.undecided, "check")
    complain("not checked", summary.broken_lines)
    complain("statement does not elaborate", summary.bad_statements)
    if not summary.all_checked:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A JSONL file of statements that count as known (repeatable).",
)
@click.option("--all", "everything", is_flag=True, help="Go on with a statement after its first finding.")
@out_option("Also write the findings to this JSONL file.")
@check_options(heartbeats=2_000)
def screen(
    file: Path,
    against: tuple[Path, ...],
    everything: bool,
    out: Path | None,
    checking: Checking,
) -> None:
    """Say of the statements in FILE, JSONL lines {"id", "statement"} with optional "header", whether each is
    well-formed, new, not vacuous and not trivial.

    `statement` is the theorem's head without `:=`. The verdict is "ok", "malformed", "known" (in the library, in
    a data set or earlier in FILE), "vacuous" (its hypotheses prove `False`), "trivial" (one tactic proves it) or
    "undecided". Exit status 0 when all lines got another verdict than "undecided".
    """
    from stp.progress import Reporter
    from stp.screen import Summary, read
    from stp.screen import screen as look

    for path in (file, *against):
        must_exist(path, "statements")
    given, summary = read(file, against), Summary()
    # On a terminal the rows themselves show how far it is.
    reporter = Reporter(quiet=sys.stdout.isatty(), stderr=True)
    with (
        checking.pool(brief=True) as pool,
        reporter.work("screening", len(given.statements)) as advance,
    ):
        write_rows(look(given, pool, summary, everything=everything, progress=advance), out)
    sum_up(summary.verdicts, summary.undecided, "screen")
    complain("not screened", given.broken)
    complain("not compared with", summary.not_compared)
    if given.broken or summary.not_compared or summary.undecided:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@check_options()
@cache_option
@click.option(
    "--max-queue", default=4096, show_default=True, type=click.IntRange(1), help="Checks that may wait."
)
@click.option(
    "--max-body",
    default=16_000_000,
    show_default=True,
    type=click.IntRange(1),
    help="Bytes of the largest request.",
)
@click.option(
    "--trust-headers", is_flag=True, help="Take any header from clients: their Lean code runs in the workers."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="File with the token that clients must send (default: the variable STP_SERVE_TOKEN).",
)
def serve(
    host: str,
    port: int,
    checking: Checking,
    max_queue: int,
    max_body: int,
    trust_headers: bool,
    token_file: Path | None,
    cache: bool,
) -> None:
    """Offer checks over HTTP: own endpoints and those of the Kimina Lean Server (docs/service.md).

    Beyond loopback every request needs a token; if none is given, one is made and printed.
    """
    from stp.serve.run import run as run_service

    run_service(
        lambda: checking.pool(cache=cache),
        host=host,
        port=port,
        workers=checking.workers,
        max_queue=max_queue,
        max_body=max_body,
        token_file=token_file,
        trust_headers=trust_headers,
        say=lambda text: click.echo(text, err=True),
    )
