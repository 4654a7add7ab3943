"""`stp export`, `stp push`: data sets of verified proofs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stp.commands.common import workers_option

if TYPE_CHECKING:
    from stp.export.run import Result


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "parquet", "hf", "lean"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, Parquet, a Hugging Face data set, or a Lake project.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="What to write (default: FOLDER/TABLE.jsonl for one table of JSON lines, else FOLDER/export/FORMAT).",
)
@click.option(
    "--tables",
    help="Of proofs,conjectures,preferences,failures,undecided (default: all for parquet and hf, else proofs).",
)
@click.option("--iteration", help="A..B: what was proved, or conjectured, in these.")
@click.option("--pass-rate", help="LO..HI: statements with so many correct ones among their samples.")
@click.option("--max-length", type=click.IntRange(1), help="Leave longer proofs out (characters).")
@click.option("--proofs-per-statement", type=click.IntRange(1), help="At most so many, the shortest first.")
@click.option(
    "--no-trivial", is_flag=True, help="Leave statements out that a single tactic proves (needs Lean)."
)
@click.option(
    "--split",
    "splits",
    multiple=True,
    help="Statements of this split only (repeatable; default: all but held-out ones).",
)
@click.option(
    "--source", "sources", multiple=True, help="seed, library, conjecture or data (repeatable; default: all)."
)
@click.option(
    "--pairs",
    default=4,
    show_default=True,
    type=click.IntRange(1),
    help="Preferences of one statement, at most.",
)
@click.option("--no-recheck", is_flag=True, help="Do not check the proofs again; the card says so.")
@click.option("--force", is_flag=True, help="Replace an older export.")
@workers_option
def export(
    folder: Path,
    kind: str,
    out: Path | None,
    tables: str | None,
    iteration: str | None,
    pass_rate: str | None,
    max_length: int | None,
    proofs_per_statement: int | None,
    no_trivial: bool,
    splits: tuple[str, ...],
    sources: tuple[str, ...],
    pairs: int,
    no_recheck: bool,
    force: bool,
    workers: int,
) -> None:
    """Write the verified proofs of the campaign in FOLDER, and what else it knows, as a data set (docs/export.md).

    Every proof is checked again first. Proofs of held-out statements are left out, unless --split asks for them.
    """
    from stp.export.options import Options, parse_range, parse_tables
    from stp.export.run import export as write
    from stp.progress import Reporter

    options = Options(
        format=kind,  # type: ignore[arg-type]  # one of click's choices
        tables=parse_tables(tables, kind),
        iteration=parse_range(iteration, "--iteration", whole_numbers=True) if iteration else None,
        pass_rate=parse_range(pass_rate, "--pass-rate") if pass_rate else None,
        max_length=max_length,
        per_statement=proofs_per_statement,
        no_trivial=no_trivial,
        splits=splits,
        sources=sources,
        pairs=pairs,
        recheck=not no_recheck,
    )
    _sum_up(write(folder, options, out, Reporter(stderr=True), workers=workers, force=force))


def _sum_up(result: Result) -> None:
    left = result.left_out
    if left.held_out:
        click.echo(
            f"left out: {left.held_out} proofs of held-out statements (--split held_out writes them)",
            err=True,
        )
    if left.equal:
        click.echo(f"left out: {left.equal} proofs that equal another up to white space", err=True)
    names = {"proofs": "verified proofs"}
    told = ", ".join(f"{result.rows(table)} {names.get(table, table)}" for table in result.counts)
    if result.project.refused:
        click.echo(
            f"left out: {len(result.project.refused)} proofs that are no theorems of a file (the card says why)",
            err=True,
        )
    modules = len(result.project.modules)
    files = f" in {modules} Lean files" if modules else ""
    click.echo(f"{told}{files} written to {result.out}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("repository")
@click.option(
    "--private/--public", default=True, show_default=True, help="Who may see a repository that is made."
)
def push(folder: Path, repository: str, private: bool) -> None:
    """Upload FOLDER, an export whose proofs were checked again, to the Hugging Face data set REPOSITORY (OWNER/NAME)."""
    from stp.export.push import push as upload

    click.echo(f"{folder} is now {upload(folder, repository, private=private)}")
