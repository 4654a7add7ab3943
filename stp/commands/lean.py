"""`stp lean`: install, examine and read the Lean that checks everything."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stp.commands.common import json_option, lean_pool, say, workers_option


@click.group()
def lean() -> None:
    """Install, examine and read the Lean that checks everything."""


@lean.command("install")
@click.option("--force", is_flag=True, help="Install again over what is there.")
def lean_install(force: bool) -> None:
    """Install the embedded Lean into the cache folder (370 MB) and compile the checker."""
    from stp.lean import build, embedded
    from stp.lean.toolchain import Toolchain

    folder = embedded.install(say, force=force)
    build.ensure(Toolchain("embedded", folder), say)
    click.echo(f"Lean is installed in {folder}")


@lean.command("doctor")
@json_option
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
@workers_option
def lean_extract(
    out: Path, limit: int | None, prefixes: tuple[str, ...], max_chars: int, workers: int
) -> None:
    """List the theorems of the installed Lean whose printed statement reads back to the same type.

    `stp data import` makes a data set of them to prove: without their names, that is.
    """
    from stp.files import whole
    from stp.lean.library import extract
    from stp.progress import Reporter

    reporter = Reporter()
    with lean_pool(workers=workers) as pool, reporter.work("theorems") as advance:
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
                    {
                        "name": theorem.name,
                        "module": theorem.module,
                        "statement": theorem.head,
                        "forbid": [theorem.name],
                    },
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
@workers_option
@click.option("--quick", is_flag=True, help="A sample of both suites and at most 100 attacks at random.")
@json_option
def lean_selftest(generated: int, seed: int, workers: int, quick: bool, as_json: bool) -> None:
    """Attack the checker with proofs that it must refuse, and ask it for good ones that it must take.

    Exit status 1 if an attack is accepted or a good proof refused.
    """
    from stp.lean import selftest
    from stp.progress import Reporter

    reporter = Reporter(quiet=as_json)
    with lean_pool(workers=workers) as pool, reporter.work("checks") as advance:
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
