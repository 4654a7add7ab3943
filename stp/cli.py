"""The command line: `stp COMMAND`. Thin; what it calls says what it does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stp import __version__
from stp.errors import StpError

if TYPE_CHECKING:
    from stp.lean.pool import LeanPool
    from stp.lean.toolchain import Toolchain

_F = TypeVar("_F", bound=Callable[..., Any])


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Show every foreseen problem as one sentence and a non-zero exit."""
        try:
            return super().invoke(ctx)
        except StpError as error:
            click.echo(f"stp: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("stp: stopped.", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except Exception as error:
            from stp.files import disk_full

            if not disk_full(error):
                raise
            click.echo(
                "stp: the disk is full; free some space and run the same command again (nothing finished is lost).",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stp")
def main() -> None:
    """Self-play theorem proving: a language model conjectures and proves, Lean 4 checks."""


_cached = click.option(
    "--cache",
    is_flag=True,
    help="Take verdicts of earlier runs in the same environment from the cache folder, and keep new ones there.",
)


def _checks(heartbeats: int = 20_000) -> Callable[[_F], _F]:
    """The options of commands that check: how many workers, their limits and their environment."""
    options = (
        click.option(
            "--workers", default=2, show_default=True, type=click.IntRange(1), help="Lean processes."
        ),
        click.option(
            "--timeout",
            default=60.0,
            show_default=True,
            type=click.FloatRange(1),
            help="Seconds of wall clock a check may take.",
        ),
        click.option(
            "--heartbeats",
            default=heartbeats,
            show_default=True,
            type=click.IntRange(1),
            help="Lean's own limit, in thousands.",
        ),
        click.option(
            "--import",
            "imports",
            multiple=True,
            default=("Init", "Std", "Seed"),
            show_default=True,
            help="Modules of the environment.",
        ),
        click.option("--header", default="", help="Trusted Lean text read before every statement."),
    )

    def add(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


# --- Lean -------------------------------------------------------------------------------------------------


@main.group()
def lean() -> None:
    """Install, examine and read the Lean that checks everything."""


@lean.command("install")
@click.option("--force", is_flag=True, help="Install again over what is there.")
def lean_install(force: bool) -> None:
    """Install the embedded Lean into the cache folder (370 MB) and compile the checker."""
    from stp.lean import build, embedded
    from stp.lean.toolchain import Toolchain

    folder = embedded.install(_say, force=force)
    build.ensure(Toolchain("embedded", folder), _say)
    click.echo(f"Lean is installed in {folder}")


@lean.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def lean_doctor(as_json: bool) -> None:
    """Say which Lean is found, let it prove one theorem and refute another, and try what its sandbox refuses."""
    from stp.lean.doctor import examine

    report = examine()
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        for key, value in report.items():
            lines = (
                [f"{k.replace('_', ' '):<14} {v}" for k, v in value.items()]
                if isinstance(value, dict)
                else [str(value)]
            )
            for i, line in enumerate(lines or ["none"]):
                click.echo(f"{'' if i else key.replace('_', ' '):<18} {line}")
    if not report["ok"]:
        raise click.exceptions.Exit(1)


@lean.command("extract")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The JSONL file to write."
)
@click.option(
    "--limit", type=click.IntRange(1), help="Draw so many theorems at random instead of taking all."
)
@click.option(
    "--prefix", "prefixes", multiple=True, default=("Init", "Std"), show_default=True, help="Modules to take."
)
@click.option(
    "--max-chars",
    default=2000,
    show_default=True,
    type=click.IntRange(1),
    help="Leave longer statements out.",
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Lean processes.")
def lean_extract(
    out: Path, limit: int | None, prefixes: tuple[str, ...], max_chars: int, workers: int
) -> None:
    """List the theorems of the installed Lean whose printed statement reads back to the same type."""
    from stp.files import whole
    from stp.lean.library import extract
    from stp.progress import Reporter

    reporter = Reporter()
    with _lean_pool(workers=workers) as pool, reporter.work("theorems") as advance:
        found = extract(
            pool,
            prefixes=prefixes,
            limit=limit,
            max_chars=max_chars,
            progress=lambda done, total: advance(0, f"{done}/{total}"),
        )
    with whole(out) as stream:
        for theorem in found:
            stream.write(
                json.dumps(
                    {"name": theorem.name, "module": theorem.module, "statement": theorem.head},
                    ensure_ascii=False,
                )
                + "\n"
            )
    click.echo(f"{len(found)} theorems written to {out}")


@lean.command("selftest")
@click.option(
    "--generated",
    default=2000,
    show_default=True,
    type=click.IntRange(0),
    help="Attacks put together at random.",
)
@click.option("--seed", default=0, show_default=True, help="Which of them.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Lean processes.")
@click.option("--quick", is_flag=True, help="A sample of both suites and at most 100 attacks at random.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def lean_selftest(generated: int, seed: int, workers: int, quick: bool, as_json: bool) -> None:
    """Attack the checker with proofs that it must refuse, and ask it for good ones that it must take.

    Exit status 1 if an attack is accepted or a good proof refused.
    """
    from stp.lean import selftest
    from stp.progress import Reporter

    reporter = Reporter(quiet=as_json)
    with _lean_pool(workers=workers) as pool, reporter.work("checks") as advance:
        report = selftest.run(
            pool,
            generated=min(generated, 100) if quick else generated,
            seed=seed,
            quick=quick,
            progress=lambda done, total: advance(0, f"{done}/{total}"),
        )
    if as_json:
        click.echo(json.dumps(selftest.as_json(report), indent=2, ensure_ascii=False))
    else:
        for table in selftest.tables(report):
            reporter.console.print(table)
        for line in selftest.faults(report):
            click.echo(line)
        click.echo(selftest.last_line(report))
    if not report.ok:
        raise click.exceptions.Exit(1)


# --- campaigns --------------------------------------------------------------------------------------------


@main.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="The campaign's folder (default: campaigns/NAME-OF-CONFIG).",
)
def run(config: Path, folder: Path | None) -> None:
    """Run the campaign of CONFIG (TOML), or go on with it."""
    from stp import config as configuration

    loaded = configuration.load(config)
    folder = folder or Path("campaigns") / config.resolve().stem
    _run(loaded, config.read_text(encoding="utf-8"), folder)


@main.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("campaigns/demo"),
    show_default=True,
    help="The campaign's folder.",
)
def demo(folder: Path) -> None:
    """Install Lean if need be and run a small campaign from nothing to its final table."""
    from stp import config as configuration
    from stp import paths
    from stp.lean import build, embedded, toolchain

    if not os.environ.get("STP_LAKE_PROJECT"):
        embedded.install(_say)
    build.ensure(toolchain.find(), _say)
    path = paths.shipped("experiments/demo.toml")
    _run(configuration.load(path), path.read_text(encoding="utf-8"), folder)


def _run(config: Any, text: str, folder: Path) -> None:
    from stp import campaign
    from stp.files import whole
    from stp.progress import Reporter
    from stp.store import Store

    reporter = Reporter()

    def keep_config() -> None:
        if not (folder / "config.toml").exists():
            with whole(folder / "config.toml") as stream:
                stream.write(text)

    campaign.run(config, folder, reporter, on_open=keep_config)
    with Store.read(folder) as store:
        _show(store, reporter)


def _show(store: Any, reporter: Any) -> None:
    from stp.report.status import status, table

    report = status(store)
    reporter.console.print(table(report))
    totals = report["totals"]
    reporter.console.print(
        f"{totals['verified_proofs']:,} verified proofs of {totals['statements_proved']:,} statements, {totals['proofs_checked']:,} checked"
    )
    rates = [
        (row["iteration"], row["held_out_pass_rate"], row["held_out_proved"], row["held_out_statements"])
        for row in report["iterations"]
        if row["held_out_pass_rate"] is not None
    ]
    if len(rates) > 1:
        (_, a, before, n), (last, b, after, _) = rates[0], rates[-1]
        reporter.console.print(
            f"held-out pass rate: {100 * a:.1f} % before, {100 * b:.1f} % after iteration {last}; statements proved {before} → {after} of {n}"
        )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def status(folder: Path, as_json: bool) -> None:
    """Show the campaign in FOLDER: figures for each iteration."""
    from stp.progress import Reporter
    from stp.report.status import status as report
    from stp.store import Store

    with Store.read(folder) as store:
        if as_json:
            click.echo(json.dumps(report(store), indent=2))
        else:
            _show(store, Reporter())


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The JSONL file (default: FOLDER/proofs.jsonl).",
)
def export(folder: Path, out: Path | None) -> None:
    """Write the verified proofs of the campaign in FOLDER as JSONL, with their provenance."""
    from stp.files import whole
    from stp.store import Store
    from stp.store.export import verified

    out = out or folder / "proofs.jsonl"
    count = 0
    with Store.read(folder) as store, whole(out) as stream:
        for row in verified(store):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    click.echo(f"{count} verified proofs written to {out}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the verdicts to this JSONL file.",
)
@_checks()
@_cached
def verify(
    file: Path,
    out: Path | None,
    workers: int,
    timeout: float,
    heartbeats: int,
    imports: tuple[str, ...],
    header: str,
    cache: bool,
) -> None:
    """Check FILE, JSONL lines {"id", "statement", "proof"} with optional "header" and "forbid".

    `statement` is the theorem's head without `:=`, `proof` what follows it. Exit status 0 when all lines were
    checked, whatever the outcomes.
    """
    from stp.verify import Summary
    from stp.verify import verify as check

    _must_exist(file, "statements and proofs")
    summary = Summary()
    with _lean_pool(
        workers=workers, timeout=timeout, heartbeats=heartbeats, imports=imports, header=header, cache=cache
    ) as pool:
        _write(check(file, pool, summary), out)
    _sum_up(summary.outcomes, summary.undecided, "check")
    _complain("not checked", summary.broken_lines)
    _complain("statement does not elaborate", summary.bad_statements)
    if not summary.all_checked:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A JSONL file of statements that count as known (repeatable).",
)
@click.option("--all", "everything", is_flag=True, help="Go on with a statement after its first finding.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the findings to this JSONL file.",
)
@_checks(heartbeats=2_000)
def screen(
    file: Path,
    against: tuple[Path, ...],
    everything: bool,
    out: Path | None,
    workers: int,
    timeout: float,
    heartbeats: int,
    imports: tuple[str, ...],
    header: str,
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
        _must_exist(path, "statements")
    given, summary = read(file, against), Summary()
    # On a terminal the rows themselves show how far it is.
    reporter = Reporter(quiet=sys.stdout.isatty(), stderr=True)
    with (
        _lean_pool(
            workers=workers,
            timeout=timeout,
            heartbeats=heartbeats,
            imports=imports,
            header=header,
            brief=True,
        ) as pool,
        reporter.work("screening", len(given.statements)) as advance,
    ):
        _write(look(given, pool, summary, everything=everything, progress=advance), out)
    _sum_up(summary.verdicts, summary.undecided, "screen")
    _complain("not screened", given.broken)
    _complain("not compared with", summary.not_compared)
    if given.broken or summary.not_compared or summary.undecided:
        raise click.exceptions.Exit(1)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@_checks()
@_cached
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
    workers: int,
    timeout: float,
    heartbeats: int,
    imports: tuple[str, ...],
    header: str,
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
        lambda: _lean_pool(
            workers=workers,
            timeout=timeout,
            heartbeats=heartbeats,
            imports=imports,
            header=header,
            cache=cache,
        ),
        host=host,
        port=port,
        workers=workers,
        max_queue=max_queue,
        max_body=max_body,
        token_file=token_file,
        trust_headers=trust_headers,
        say=lambda text: click.echo(text, err=True),
    )


# --- shared -----------------------------------------------------------------------------------------------


def _must_exist(file: Path, holds: str) -> None:
    from stp.errors import InputError

    if not file.is_file():
        raise InputError(f"{file} is not there or no file; name a JSONL file of {holds}.")


def _write(rows: Iterable[dict[str, Any]], out: Path | None) -> None:
    """Each row as a line on the standard output, and in the file `out`, which is there at the end or not at all."""
    import contextlib

    from stp import jsonl
    from stp.files import whole

    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(whole(out)) if out else None
        for row in rows:
            line = jsonl.line(row)
            click.echo(line)
            if stream:
                stream.write(line + "\n")


def _sum_up(counts: dict[str, int], undecided: int, verb: str) -> None:
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
    click.echo(told or f"nothing to {verb}", err=True)
    if undecided:
        click.echo(
            f"stp: {undecided} lines got no verdict (time-out of the wall clock or a lost worker); run them again.",
            err=True,
        )


def _complain(label: str, items: Iterable[str]) -> None:
    for item in items:
        click.echo(f"stp: {label}: {item}", err=True)


def _say(text: str) -> None:
    click.echo(f"{text} …", err=True)


def _toolchain() -> Toolchain:
    from stp.lean import toolchain

    return toolchain.find()


def _lean_pool(
    *,
    imports: tuple[str, ...] | None = None,
    header: str | None = None,
    cache: bool = False,
    **options: Any,
) -> LeanPool:
    from stp import paths
    from stp.lean import build
    from stp.lean.pool import LeanPool
    from stp.lean.worker import Settings

    found = _toolchain()
    build.ensure(found, _say)
    default = Settings()
    return LeanPool(
        found,
        Settings(imports or default.imports, default.header if header is None else header),
        cache=paths.home() / "verdicts.db" if cache else None,
        **options,
    )
