"""`stp data`: data sets of statements."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stp.commands.common import force_option, json_option, lean_pool, workers_option
from stp.commands.graph import graph, import_leandojo, trace, triples

if TYPE_CHECKING:
    from stp.data.dataset import DataSet
    from stp.lean.pool import LeanPool

#: Modules of the environment in which core parts are told from the rest: what the embedded Lean has of its own.
CORE_IMPORTS = ("Init", "Std")


@click.group()
def data() -> None:
    """Get, read, check, split and examine data sets of statements."""


_name = click.option("--name", help="Name of the data set (default: that of what is read).")


@data.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The data sets in the cache folder, and the public ones that `get` can fetch."""
    from rich import box
    from rich.table import Table

    from stp.data import dataset, registry
    from stp.progress import Reporter

    there = {name: dataset.card(name) for name in dataset.installed()}
    if as_json:
        rows = {name: {"statements": sum(card["splits"].values()), **card} for name, card in there.items()}
        click.echo(
            json.dumps({"installed": rows, "known": [vars(k) for k in registry.KNOWN.values()]}, indent=2)
        )
        return
    view = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for title in ("data set", "statements", "splits", "licence", "about"):
        view.add_column(title, justify="right" if title == "statements" else "left", overflow="fold")
    for name, card in there.items():
        splits = ", ".join(f"{key} {count}" for key, count in card["splits"].items() if key)
        view.add_row(
            name,
            f"{sum(card['splits'].values()):,}",
            splits,
            card.get("licence", ""),
            card.get("note") or card.get("title", ""),
        )
    for known in registry.KNOWN.values():
        if known.name not in there:
            count = f"{known.statements:,}" if known.statements else ""
            view.add_row(f"({known.name})", count, "", known.licence, f"not here; stp data get {known.name}")
    Reporter().console.print(view)


@data.command()
@click.argument("name")
@force_option
def get(name: str, force: bool) -> None:
    """Download the public data set NAME at its pinned revision, compare its checksum, and read it."""
    from stp.data import dataset, registry
    from stp.progress import Reporter

    known = registry.known(name)
    if not force:
        dataset.must_be_free(name)
    reporter = Reporter()
    with reporter.work(f"downloading {name}") as advance:
        files = registry.download(known, lambda done, total: advance(0, f"{done / 1e6:.1f} MB"))
    with tempfile.TemporaryDirectory() as folder:
        place = registry.write(files, Path(folder))
        found = _read(place, known.answers, header="")
    card = {
        "title": known.title,
        "home": known.home,
        "revision": known.revision,
        "sha256": registry.content_digest(files),
        "licence": known.licence,
        "note": known.note,
    }
    if not known.sha256:
        click.echo(
            f"stp: {name} has no pinned revision; what came has sha256 {card['sha256']}, kept in its card.",
            err=True,
        )
    _keep(name, found, card, split=known.split, force=force)


@data.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@_name
@click.option(
    "--split", default="", help="Split of the statements that name none: train, valid, test, held_out."
)
@click.option(
    "--header", default="", help="A file with Lean text read before every statement; `compat` for stp's own."
)
@click.option(
    "--answers", is_flag=True, help="Put answers in that stand in comments behind a `sorry` (PutnamBench)."
)
@click.option("--licence", default="", help="Licence of the statements, for the card.")
@force_option
def import_(
    path: Path, name: str | None, split: str, header: str, answers: bool, licence: str, force: bool
) -> None:
    """Read PATH: a folder of .lean files, or a .lean, .jsonl, .json or .parquet file.

    Lean's own parser cuts the statements out. A name that stp knows (miniF2F's copy as `--name minif2f`) brings its card.
    Rows are read under the usual field names: name, formal_statement or statement, header, split, informal_prefix, proof.
    """
    from stp.data import check, dataset, registry
    from stp.errors import InputError

    text = ""
    if header == "compat":
        text = check.compat_header()
    elif header:
        try:
            text = Path(header).read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"The header {header} cannot be read: {error.strerror}.") from error
    name = name or path.resolve().stem
    if not force:
        dataset.must_be_free(name)
    known = registry.KNOWN.get(name)
    found = _read(path, answers or bool(known and known.answers), text)
    card: dict[str, Any] = {"title": path.name, "home": f"import of {path.name}", "licence": licence}
    if known:
        card = {
            "title": known.title,
            "home": f"local copy of {known.home}",
            "licence": known.licence,
            "note": known.note,
        }
    card |= _part(name, len(found.entries))
    _keep(name, found, card, split=split or (known.split if known else ""), force=force)


def _part(name: str, count: int) -> dict[str, Any]:
    """What is said of a core part that is read from a file of its own."""
    from stp.data import registry

    whole = registry.KNOWN.get(name.removesuffix("-core")) if name.endswith("-core") else None
    if whole is None:
        return {}
    of = f" of {whole.statements}" if whole.statements else ""
    note = f"{count}{of} statements of {whole.name}, those that need no Mathlib; figures on it are not figures on {whole.name}"
    return {
        "title": f"a part of {whole.title}",
        "part_of": whole.name,
        "note": note,
        "licence": whole.licence,
    }


def _read(path: Path, answers: bool, header: str) -> Any:
    from dataclasses import replace

    from stp.data import importers
    from stp.progress import Reporter

    with lean_pool(imports=CORE_IMPORTS, header="") as pool, Reporter().work("reading statements") as advance:
        found = importers.path(
            path, pool, answers=answers, progress=lambda done, total: advance(0, f"{done}/{total}")
        )
    if header:
        found.entries = [
            replace(e, header="\n".join(p for p in (header.strip(), e.header) if p)) for e in found.entries
        ]
    return found


def _keep(name: str, found: Any, card: dict[str, Any], *, split: str, force: bool) -> None:
    from dataclasses import replace

    from stp.data import dataset, importers, splits

    entries = tuple(replace(e, split=e.split or split) for e in found.entries)
    made = splits.with_shipped(dataset.DataSet(name, entries, card))
    dataset.save(made, replace=force)
    for fault in found.faults[:20]:
        click.echo(f"stp: not read: {fault}", err=True)
    if len(found.faults) > 20:
        click.echo(f"stp: and {len(found.faults) - 20} more.", err=True)
    doubles = importers.doubles(made.entries)
    click.echo(
        f"{name}: {len(made.entries)} statements ({_splits(made)})"
        + (f", {len(found.faults)} not read" if found.faults else "")
        + (f"; {doubles} repeat an earlier one word for word" if doubles else "")
    )


@data.command()
@click.argument("spec", metavar="NAME[:SPLIT]")
@click.argument("statement", required=False)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1), help="Statements to show.")
@json_option
def show(spec: str, statement: str | None, limit: int, as_json: bool) -> None:
    """The card of a data set and its first statements; or one STATEMENT of it, whole."""
    import difflib

    from stp.data import check, dataset
    from stp.errors import InputError

    found, chosen = dataset.select(spec)
    if statement is not None:
        entries = {e.name: e for e in chosen}
        if statement not in entries:
            near = difflib.get_close_matches(statement, entries, n=3, cutoff=0.3)
            raise InputError(f"{spec} has no statement {statement!r}; near it: {', '.join(near) or 'none'}.")
        chosen = [entries[statement]]
    if as_json:
        environments = check.environments(found.name)
        click.echo(
            json.dumps(
                {
                    "card": found.card,
                    "checked": environments,
                    "statements": [e.as_row() for e in chosen[:limit]],
                },
                indent=2,
                ensure_ascii=False,
            )
        )
        return
    if statement is not None:
        for key, value in chosen[0].as_row().items():
            click.echo(f"{key}:\n{value if isinstance(value, str) else ', '.join(value)}\n")
        return
    for key, value in found.card.items():
        click.echo(f"{key:<10} {value if isinstance(value, str) else json.dumps(value)}")
    for identity, parts in check.environments(found.name).items():
        click.echo(
            f"{'elaborate':<10} {parts['elaborate']} of {parts['checked']} in {identity} (Lean {parts['lean_version']}; {', '.join(parts['imports'])})"
        )
    for e in chosen[:limit]:
        click.echo(f"\n{e.statement}")
    if len(chosen) > limit:
        click.echo(f"\n… and {len(chosen) - limit} more")


@data.command("check")
@click.argument("name")
@click.option(
    "--lean",
    "kind",
    type=click.Choice(["embedded", "native"]),
    default="embedded",
    show_default=True,
    help="Which Lean.",
)
@click.option(
    "--import",
    "imports",
    multiple=True,
    help="Modules of the environment (default: Init, Std; what the statements import, for a native Lean).",
)
@click.option("--failures", default=5, show_default=True, type=click.IntRange(0), help="Failures to show.")
@workers_option
def check_command(name: str, kind: str, imports: tuple[str, ...], failures: int, workers: int) -> None:
    """Find out, and write down, which statements of the data set NAME elaborate under their own headers."""
    from stp.data import check, dataset
    from stp.progress import Reporter

    found = dataset.load(name)
    reporter = Reporter()
    with (
        _pool_of(kind, imports or _imports(found, kind), workers) as pool,
        reporter.work("statements", len(found.entries)) as advance,
    ):
        rows = check.record(found, pool, advance)
        environment = pool.environment
    good = sum(row.outcome == "elaborates" for row in rows)
    undecided = [row for row in rows if row.outcome == "undecided"]
    click.echo(
        f"{name}: {good} of {len(rows)} statements elaborate in {environment.id} (Lean {environment.lean_version}; {', '.join(environment.imports)})"
    )
    for row in [row for row in rows if row.outcome == "fails"][:failures]:
        click.echo(f"  {row.name}: {row.detail[:160]}")
    if undecided:
        click.echo(
            f"stp: {len(undecided)} got no answer (the first: {undecided[0].name}: {undecided[0].detail}); the others are written down, run it again.",
            err=True,
        )
        raise click.exceptions.Exit(1)


def _imports(found: Any, kind: str) -> tuple[str, ...]:
    if kind == "embedded":
        return CORE_IMPORTS
    wanted = dict.fromkeys(module for e in found.entries for module in e.imports)
    return tuple(wanted) or ("Mathlib",)


def _pool_of(kind: str, imports: tuple[str, ...], workers: int) -> LeanPool:
    """Workers on the Lean of this kind, nothing opened."""
    from stp.errors import LeanError
    from stp.lean import toolchain

    if kind == "native" and not os.environ.get("STP_LAKE_PROJECT"):
        raise LeanError(
            "For a native Lean set STP_LAKE_PROJECT to the folder of a lake project with Mathlib (docs/native-lean.md), "
            "or use the embedded one: --lean embedded"
        )
    found = toolchain.find() if kind == "native" else toolchain.find_embedded()
    return lean_pool(toolchain=found, imports=imports, header="", workers=workers)


def _splits(made: DataSet) -> str:
    return ", ".join(f"{count} {key or 'in no split'}" for key, count in made.splits().items())


@data.command()
@click.argument("name")
@click.option("--name", "part", help="Name of the part (default: NAME-core).")
@force_option
@workers_option
def core(name: str, part: str | None, force: bool, workers: int) -> None:
    """Make the part of the data set NAME that needs no Mathlib: what elaborates under stp's compatibility header.

    The part is a data set of its own, NAME-core; figures on it are not figures on NAME.
    """
    from stp.data import check, dataset, splits
    from stp.progress import Reporter

    found = dataset.load(name)
    with (
        _pool_of("embedded", CORE_IMPORTS, workers) as pool,
        Reporter().work("statements", len(found.entries)) as advance,
    ):
        made, rows = check.core(found, part or f"{name}-core", pool, advance)
    undecided = sum(row.outcome == "undecided" for row in rows)
    if undecided:
        click.echo(f"stp: {undecided} statements got no answer; nothing was made, run it again.", err=True)
        raise click.exceptions.Exit(1)
    made = splits.with_shipped(made)
    dataset.save(made, replace=force)
    click.echo(
        f"{made.name}: {len(made.entries)} of the {len(found.entries)} statements of {name} ({_splits(made)})"
    )


@data.command("split")
@click.argument("name")
@click.option(
    "--held-out",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of the statements to hold out.",
)
@click.option(
    "--sft",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share to set aside for supervised fine-tuning, as the split sft (see data.sft_sets).",
)
@click.option("--seed", default=0, show_default=True, help="Which ones.")
@workers_option
def split_command(name: str, held_out: float, sft: float, seed: int, workers: int) -> None:
    """Split the data set NAME, once and for good, into `train` and `held_out`, by seed.

    Statements of the same type, up to names of variables, stay together. What is held out is never trained on.
    """
    from stp.data import check, dataset, splits
    from stp.errors import InputError
    from stp.progress import Reporter

    if held_out + sft > 1:
        raise InputError(
            f"--held-out {held_out} and --sft {sft} are more than all statements together; lower one."
        )
    found = dataset.load(name)
    with (
        _pool_of("embedded", CORE_IMPORTS, workers) as pool,
        Reporter().work("statements", len(found.entries)) as advance,
    ):
        rows = check.record(found, pool, advance)
    keys = {
        row.name: row.key or f"text {e.header} {e.statement.split(None, 2)[-1]}"
        for row, e in zip(rows, found.entries, strict=True)
    }
    shares = {"train": 1 - held_out - sft, "sft": sft, "held_out": held_out}
    made = splits.split(found, keys, {split: share for split, share in shares.items() if share}, seed)
    dataset.save(made, replace=True)
    click.echo(f"{name}: {_splits(made)} (seed {seed})")


for _command in (graph, import_leandojo, trace, triples):
    data.add_command(_command)
