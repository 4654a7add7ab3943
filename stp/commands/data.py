"""`stp data`: data sets of statements."""

from __future__ import annotations

import click


@click.group()
def data() -> None:
    """Get, read, check, split and examine data sets of statements."""
