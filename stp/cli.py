"""The command line: `stp COMMAND`. The commands themselves are in `stp/commands`."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from stp import __version__
from stp.commands import campaign, checks, data, evaluate, export, lean, plan
from stp.errors import StpError


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


main.add_command(data.data)
main.add_command(lean.lean)
for command in (
    campaign.run,
    campaign.demo,
    campaign.status,
    campaign.plot,
    campaign.formats,
    plan.plan,
    evaluate.evaluate,
    evaluate.compare,
    evaluate.recheck,
    export.export,
    export.push,
    checks.verify,
    checks.screen,
    checks.serve,
):
    main.add_command(command)
