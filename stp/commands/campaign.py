"""`stp run`, `demo`, `status`: campaigns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from stp.commands.common import json_option, say


@click.command()
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


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="The campaign's folder (default: campaigns/demo, or campaigns/demo-from-scratch).",
)
@click.option(
    "--from-scratch", is_flag=True, help="Train a new model from nothing instead of starting from stp-nano."
)
def demo(folder: Path | None, from_scratch: bool) -> None:
    """Install Lean if need be and run a small campaign to its final table, starting from the shipped model stp-nano."""
    from stp import config as configuration
    from stp import paths
    from stp.lean import build, embedded, toolchain

    if not os.environ.get("STP_LAKE_PROJECT"):
        embedded.install(say)
    build.ensure(toolchain.find(), say)
    name = "demo-from-scratch" if from_scratch else "demo"
    path = paths.shipped(f"experiments/{name}.toml")
    _run(
        configuration.load(path), path.read_text(encoding="utf-8"), folder or Path("campaigns") / name, _look
    )


def _look(context: Any) -> None:
    from stp.stages.look import look

    if context.base:
        look(context, context.base)


def _run(
    config: Any, text: str, folder: Path, on_begin: Callable[[Any], None] = lambda context: None
) -> None:
    from stp import campaign
    from stp.files import whole
    from stp.progress import Reporter
    from stp.store import Store

    reporter = Reporter()

    def keep_config() -> None:
        if not (folder / "config.toml").exists():
            with whole(folder / "config.toml") as stream:
                stream.write(text)

    campaign.run(config, folder, reporter, on_open=keep_config, on_begin=on_begin)
    with Store.read(folder) as store:
        _show(store, reporter)


def _show(store: Any, reporter: Any) -> None:
    from stp.report.status import status, table
    from stp.store.schema import FINAL

    report = status(store)
    reporter.console.print(table(report))
    totals = report["totals"]
    reporter.console.print(
        f"{totals['verified_proofs']:,} verified proofs of {totals['statements_proved']:,} statements, {totals['proofs_checked']:,} checked"
    )
    if totals["data_set_refuted"]:
        reporter.console.print(
            f"{totals['data_set_refuted']:,} statements of the data set are disproved: Lean has accepted proofs of their "
            "negations (stp status --json lists them)"
        )
    rates = [
        (row["iteration"], row["held_out_pass_rate"], row["held_out_proved"], row["held_out_statements"])
        for row in report["iterations"]
        if row["held_out_pass_rate"] is not None
    ]
    if len(rates) > 1:
        (_, a, before, n), (last, b, after, _) = rates[0], rates[-1]
        reporter.console.print(
            f"held-out pass rate: {100 * a:.1f} % before, {100 * b:.1f} % after {'the final retraining' if last > FINAL else f'iteration {last}'}; statements proved {before} → {after} of {n}"
        )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
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


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("curves.svg"),
    help="The figure (default: curves.svg).",
)
@click.option(
    "--against",
    type=click.Choice(["proofs", "tokens", "seconds"]),
    multiple=True,
    help="What is spent, a panel each (default: all three).",
)
@json_option
def plot(folders: tuple[Path, ...], out: Path, against: tuple[Any, ...], as_json: bool) -> None:
    """Draw what the campaigns in FOLDERS have proved against what they spent; those of one name are seeds of one arm."""
    from dataclasses import asdict

    from stp.report import curves

    found = curves.read(folders)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    curves.draw(out, found, against or ("proofs", "tokens", "seconds"))
    click.echo(str(out))


@click.command()
def formats() -> None:
    """List the formats: how the two roles are put into text, for which models."""
    from stp.lm import formats as known

    names = known.names()
    width = max(map(len, names))
    for name in names:
        click.echo(f"{name:{width}}  {known.load(name).description}")
