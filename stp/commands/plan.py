"""`stp plan`: what a campaign would cost."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stp.commands.common import json_option


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--rates",
    type=click.Path(path_type=Path),
    help="A TOML file of rates: speeds, lengths, shares, sizes (docs/plan.md).",
)
@click.option(
    "--measured",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Take rates from the campaign in this folder.",
)
@click.option("--parameters", default="", metavar="N", help="Size of the model, as in 7B.")
@click.option("--all", "every", is_flag=True, help="Show every round.")
@json_option
def plan(
    recipe: Path, rates: Path | None, measured: Path | None, parameters: str, every: bool, as_json: bool
) -> None:
    """Say what the campaign of RECIPE (TOML) would cost, and run nothing."""
    from stp import config as configuration
    from stp.plan.report import plan as planned

    report = planned(configuration.load(recipe), rates=rates, measured=measured, parameters=parameters)
    if as_json:
        click.echo(json.dumps(report))
        return
    from rich.console import Console

    from stp.plan.table import show

    console = Console()
    show(report, console if console.is_terminal else Console(width=180), every=every)
