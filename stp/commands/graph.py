"""`stp data graph`, `triples`, `import-leandojo`, `trace`: who uses whom."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from stp.commands.common import cache_option, force_option, json_option, lean_pool, out_option, workers_option

if TYPE_CHECKING:
    import networkx as nx

    from stp.data.dataset import DataSet
    from stp.data.triples import Theorem

#: The word that means the project's own seed library where the name of a data set could stand.
SEED = "seed"


@click.command()
@click.argument("source")
@out_option("Write the graph to this GraphML file.")
@click.option("--lemma", metavar="NAME", help="Who uses this lemma.")
@click.option("--distance", nargs=2, metavar="A B", help="How far two statements are from each other.")
@click.option("--lineage", metavar="ID", help="What a conjecture was made from, back to the library.")
@json_option
@workers_option
@cache_option
def graph(
    source: str,
    out: Path | None,
    lemma: str | None,
    distance: tuple[str, str] | None,
    lineage: str | None,
    as_json: bool,
    workers: int,
    cache: bool,
) -> None:
    """Say which theorem's proof uses which lemma in SOURCE: a data set (NAME or NAME:SPLIT), `seed` (the project's own
    library, checked by Lean), or a campaign's folder. Without a question: the graph's figures."""
    from stp.data import graph as graphs

    made = _graph(source, workers, cache)
    answers: dict[str, Any] = {}
    if lemma:
        node = graphs.find(made, lemma)
        answers["lemma"] = {"name": node, "users": graphs.users(made, node)}
    if distance:
        a, b = (graphs.find(made, name) for name in distance)
        answers["distance"] = {"a": a, "b": b, **graphs.distance(made, a, b)}
    if lineage:
        node = graphs.find(made, lineage)
        answers["lineage"] = {"name": node, "ancestors": graphs.lineage(made, node)}
    if not answers:
        answers["figures"] = graphs.figures(made)
    if out:
        graphs.write(made, out)
    if as_json:
        click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
    else:
        _show(answers, made, source)
    if out:
        click.echo(f"{len(made):,} nodes and {made.size():,} edges written to {out}", err=True)


@click.command()
@click.argument("source")
@out_option("The JSONL file (default: the standard output).")
@click.option(
    "--per-lemma", default=8, show_default=True, type=click.IntRange(1), help="Triples a lemma gives at most."
)
@click.option(
    "--neighbours/--no-neighbours",
    default=True,
    show_default=True,
    help="Also pairs of neighbours in a file, without a lemma.",
)
@click.option("--seed", type=int, help="Of the draw (default: the campaign's own, else 0).")
@workers_option
@cache_option
def triples(
    source: str,
    out: Path | None,
    per_lemma: int,
    neighbours: bool,
    seed: int | None,
    workers: int,
    cache: bool,
) -> None:
    """Draw triples (lemma, theorem, theorem) from SOURCE, as in `stp data graph`: the proofs of both theorems use the
    lemma, and the three stand in one file in that order. Held-out statements are left out."""
    import contextlib

    from stp import jsonl
    from stp.data.triples import draw
    from stp.errors import InputError
    from stp.files import whole

    theorems, own_seed = _theorems(source, workers, cache)
    found = draw(
        theorems,
        random.Random(own_seed if seed is None else seed),
        per_lemma=per_lemma,
        neighbours=neighbours,
    )
    if not found:
        raise InputError(
            f"{source} gives no triples: it needs theorems with proofs that are not held out, and their files "
            f"(it has {len(theorems)})."
        )
    with contextlib.ExitStack() as stack:
        stream: TextIO = stack.enter_context(whole(out)) if out else sys.stdout
        for triple in found:
            stream.write(jsonl.line(triple.as_row()) + "\n")
    with_lemma = sum(triple.lemma is not None for triple in found)
    click.echo(
        f"{with_lemma} triples with a lemma and {len(found) - with_lemma} pairs of neighbours, "
        f"from {len(theorems)} theorems" + (f", written to {out}" if out else ""),
        err=True,
    )


@click.command("import-leandojo")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="leandojo", show_default=True, help="Name of the data set.")
@click.option(
    "--split",
    "strategy",
    type=click.Choice(("random", "novel_premises")),
    default="random",
    show_default=True,
    help="The benchmark's way of splitting.",
)
@force_option
def import_leandojo(folder: Path, name: str, strategy: Any, force: bool) -> None:
    """Read a downloaded LeanDojo benchmark (4) in FOLDER as a data set with proofs and premises, without Lean."""
    from stp.data import dataset, leandojo

    if not force:
        dataset.must_be_free(name)
    _save(leandojo.load(folder, name, strategy), force)


@click.command()
@click.argument("repo", metavar="REPO@REV")
@click.option("--name", help="Name of the data set (default: the repository's).")
@click.option("--deps", "dependencies", is_flag=True, help="Trace what it depends on as well (long).")
@force_option
def trace(repo: str, name: str | None, dependencies: bool, force: bool) -> None:
    """Trace the Lean repository REPO (owner/name on GitHub, or a URL) at the commit or tag REV with lean-dojo, and
    keep its theorems, proofs and premises as a data set. Needs elan, the network and `pip install 'stp[trace]'`.

    GITHUB_ACCESS_TOKEN, a personal access token without scopes, raises GitHub's limit on requests an hour.
    """
    from stp.data import dataset
    from stp.data import trace as tracing

    pinned = tracing.parse(repo)
    name = name or pinned.url.rsplit("/", 1)[-1]
    if not force:
        dataset.must_be_free(name)
    _save(tracing.run(pinned, name, dependencies=dependencies), force)


def _save(data: DataSet, force: bool) -> None:
    from stp.data import dataset

    place = dataset.save(data, replace=force)
    counts = data.card["counts"]
    splits = ", ".join(f"{count} {split}" for split, count in data.splits().items() if split)
    click.echo(
        f"{counts['theorems']} theorems{f' ({splits})' if splits else ''}, {counts['with_proof']} with a proof, "
        f"{counts['with_premises']} with premises, kept as {data.name} in {place}"
    )
    if missing := counts.get("left_out_without_statement"):
        click.echo(f"{missing} left out: the corpus does not have their statements", err=True)


# --- sources ----------------------------------------------------------------------------------------------


def _is_campaign(source: str) -> bool:
    """A path, or the name of a folder here that holds a campaign and of no data set."""
    from stp.data import dataset
    from stp.store.store import FILE

    return "/" in source or ((Path(source) / FILE).exists() and source not in dataset.installed())


def _graph(source: str, workers: int, cache: bool) -> nx.DiGraph:
    from stp.data import dataset
    from stp.data import graph as graphs
    from stp.data.triples import of_entries
    from stp.store import Store

    if source == SEED:
        return graphs.of_theorems(_seeds(workers, cache))
    if _is_campaign(source):
        with Store.read(Path(source)) as store:
            return graphs.of_store(store)
    _, entries = dataset.select(source)
    return graphs.of_theorems(of_entries(entries), {entry.name: entry.split for entry in entries})


def _theorems(source: str, workers: int, cache: bool) -> tuple[list[Theorem], int]:
    """The theorems to draw triples from, and the seed to draw with where none is asked for."""
    from stp.data import dataset
    from stp.data import triples as reading
    from stp.store import Store

    if source == SEED:
        return _seeds(workers, cache), 0
    if _is_campaign(source):
        with Store.read(Path(source)) as store:
            return list(reading.of_store(store)), reading.campaign_seed(store)
    _, entries = dataset.select(source)
    return reading.of_entries(reading.trainable(entries)), 0


def _seeds(workers: int, cache: bool) -> list[Theorem]:
    from stp.data.triples import of_seeds
    from stp.progress import Reporter

    with (
        lean_pool(workers=workers, cache=cache) as pool,
        Reporter(stderr=True).work("checking the seed library") as advance,
    ):
        theorems, undecided = of_seeds(pool, lambda done, total: advance(0, f"{done}/{total} proofs"))
    if undecided:
        click.echo(f"stp: {undecided} theorems got no verdict and are left out; run it again.", err=True)
    return theorems


# --- tables -----------------------------------------------------------------------------------------------


def _show(answers: dict[str, Any], made: nx.DiGraph, source: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)

    def table(title: str, rows: list[tuple[str, Any]]) -> None:
        view = Table(title=title, title_justify="left", show_header=False, box=box.SIMPLE)
        view.add_column(no_wrap=True)
        view.add_column(overflow="fold")
        for key, value in rows:
            view.add_row(Text(key), Text(str(value)))
        console.print(view)

    def label(node: str) -> str:
        return " ".join(made.nodes[node].get("label", "").split())[:120]

    if answer := answers.get("lemma"):
        rows = [(node, label(node)) for node in answer["users"]]
        table(f"{len(rows)} use {answer['name']}", rows)
    if answer := answers.get("distance"):
        path, jaccard = answer["path"], answer["jaccard"]
        table(
            f"{answer['a']} and {answer['b']}",
            [
                ("steps", "not connected" if path is None else answer["steps"]),
                ("by way of", "–" if path is None else " – ".join(path)),
                ("Jaccard index of premises", "–" if jaccard is None else f"{jaccard:.3f}"),
                ("shared premises", ", ".join(answer["shared"]) or "none"),
            ],
        )
    if answer := answers.get("lineage"):
        rows = [("0", f"{answer['name']}  {label(answer['name'])}")] + [
            (f"{a['generation']} {a['as'].removesuffix('_of')}", f"{a['name']}  {label(a['name'])}")
            for a in answer["ancestors"]
        ]
        table("lineage" if len(rows) > 1 else "lineage: made from nothing else", rows)
    if answer := answers.get("figures"):
        table(source, _figures(answer))


def _figures(figures: dict[str, Any]) -> list[tuple[str, Any]]:
    needs, parts, line = figures["dependencies"], figures["components"], figures["lineage"]
    return [
        *((f"nodes: {kind}", f"{count:,}") for kind, count in figures["nodes"].items()),
        ("proved", f"{figures['proved']:,}"),
        *((f"edges: {kind}", f"{count:,}") for kind, count in figures["edges"].items()),
        ("isolated statements", f"{figures['isolated']:,}"),
        ("components", f"{parts['count']:,}, the largest of {parts['largest']:,}"),
        ("in circles", "none" if needs["acyclic"] else f"{needs['in_circles']:,} theorems use each other"),
        ("longest chain of uses", f"{needs['longest_chain']}: {_way(needs['chain'])}"),
        ("longest lineage", f"{line['longest']}: {_way(line['path'])}" if line["longest"] else "none"),
        ("statements by depth", _depths(figures["depths"])),
        ("most used", ", ".join(f"{row['name']} ({row['users']})" for row in figures["most_used"]) or "none"),
    ]


def _way(nodes: list[str]) -> str:
    """A way through the graph; of a long one, its ends (`--json` has it all)."""
    shown = nodes if len(nodes) <= 16 else [*nodes[:6], "…", *nodes[-6:]]
    return " → ".join(shown)


def _depths(depths: dict[int, int]) -> str:
    """How many statements lie at each depth; from 16 on, at depths that begin with the same power of two."""
    found: dict[str, int] = {}
    for depth, count in depths.items():
        low = 1 << (depth.bit_length() - 1) if depth > 15 else depth
        label = f"{low}–{2 * low - 1}" if depth > 15 else str(depth)
        found[label] = found.get(label, 0) + count
    return ", ".join(f"{label}: {count:,}" for label, count in found.items())
