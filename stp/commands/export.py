"""`stp export`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stp.commands.common import out_option


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@out_option("The JSONL file (default: FOLDER/proofs.jsonl).")
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
