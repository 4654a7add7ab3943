"""Who uses whom: theorems, statements, conjectures and lemmas as a directed graph (networkx), and figures of it.

Nodes are names; a conjecture, which has none, goes by its id. Attributes (absent where there is nothing to say): kind
(theorem, statement, conjecture, lemma), label (the statement's text), split, module, iteration, id, proved. A `lemma`
is a theorem that others use and that is itself no statement of the source. Edges have a kind:

    uses      theorem → lemma that one of its correct proofs names
    seed_of   statement → conjecture that was asked for with this statement before the model's eyes
    lemma_of  lemma → conjecture that was asked for with this lemma

Where a conjecture's seed is its lemma as well, `seed_of` stands.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.data.triples import Theorem
from stp.errors import InputError
from stp.files import whole
from stp.store import Store

if TYPE_CHECKING:
    import networkx as nx

#: Lemmas that `figures` lists.
MOST_USED = 10

LINEAGE = ("seed_of", "lemma_of")


# --- building ---------------------------------------------------------------------------------------------


def of_theorems(theorems: Iterable[Theorem], splits: Mapping[str, str] | None = None) -> nx.DiGraph:
    """The graph of a library or data set; `proved` says that a proof came with the theorem. splits: by name."""
    import networkx as nx

    graph = nx.DiGraph()
    splits = splits or {}
    used: list[tuple[str, str]] = []
    for theorem in theorems:
        _add(
            graph,
            theorem.name,
            kind="theorem" if theorem.proof else "statement",
            label=theorem.statement,
            split=splits.get(theorem.name),
            module=theorem.module,
            proved=bool(theorem.proof),
        )
        used += [(theorem.name, premise) for premise in theorem.premises]
    _connect(graph, used, "uses")
    return graph


def of_store(store: Store) -> nx.DiGraph:
    """The graph of a campaign: its statements, the lemmas that correct proofs name, and where conjectures come from."""
    import networkx as nx

    graph = nx.DiGraph()
    names: dict[str, str] = {}
    origins: list[tuple[str, str, str]] = []
    for row in store.rows("select * from statements order by iteration, id"):
        node = names[row["id"]] = row["name"] or row["id"]
        _add(
            graph,
            node,
            kind={"seed": "theorem", "conjecture": "conjecture"}.get(row["source"], "statement"),
            label=row["rest"],
            split=row["split"],
            module=row["module"],
            iteration=row["iteration"],
            id=row["id"],
            proved=False,
        )
        if row["source"] == "conjecture":
            origins.append((node, row["seed"] or "", row["lemma"] or ""))
    used: list[tuple[str, str]] = []
    for row in store.rows(
        "select p.statement, v.premises from verdicts v join proofs p on p.id = v.proof "
        "where v.outcome = 'proved' order by p.statement, p.id"
    ):
        node = names[row["statement"]]
        graph.nodes[node]["proved"] = True
        used += [(node, premise) for premise in json.loads(row["premises"])]
    _connect(graph, used, "uses")
    _connect(graph, [(lemma, node) for node, _, lemma in origins if lemma], "lemma_of")
    _connect(graph, [(names[seed], node) for node, seed, _ in origins if seed], "seed_of")
    return graph


def _add(graph: nx.DiGraph, node: str, **attributes: Any) -> None:
    kept = {key: value for key, value in attributes.items() if value not in (None, "")}
    graph.add_node(
        _legal(node),
        **{key: _legal(value) if isinstance(value, str) else value for key, value in kept.items()},
    )


def _connect(graph: nx.DiGraph, pairs: Iterable[tuple[str, str]], kind: str) -> None:
    for pair in pairs:
        a, b = map(_legal, pair)
        for node in (a, b):
            if node not in graph:
                graph.add_node(node, kind="lemma")
        graph.add_edge(a, b, kind=kind)


#: What XML cannot hold; a carriage return it would read back as another character.
_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _legal(text: str) -> str:
    return text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)


# --- questions --------------------------------------------------------------------------------------------


def find(graph: nx.DiGraph, name: str) -> str:
    """The node that `name` means: a node, a conjecture's or statement's id, or the end of one name alone. Raises
    InputError with the nearest names."""
    if name in graph:
        return name
    ends = [node for node, data in graph.nodes.items() if data.get("id") == name or node.endswith(f".{name}")]
    if len(ends) == 1:
        return str(ends[0])
    near = sorted(ends)[:5] or difflib.get_close_matches(name, graph, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "no name in it is near."
    raise InputError(f"The graph has no {'one ' if ends else ''}{name!r}; {hint}")


def users(graph: nx.DiGraph, lemma: str) -> list[str]:
    """Statements with a correct proof that names the lemma."""
    return sorted(a for a, _, kind in graph.in_edges(lemma, data="kind") if kind == "uses")


def premises(graph: nx.DiGraph, node: str) -> set[str]:
    """The lemmas that the node's correct proofs name."""
    return {b for _, b, kind in graph.out_edges(node, data="kind") if kind == "uses"}


def distance(graph: nx.DiGraph, a: str, b: str) -> dict[str, Any]:
    """How far two nodes are from each other: a shortest path along `uses` edges, in whatever direction (None if
    there is none), and the Jaccard index |A ∩ B| / |A ∪ B| of their premises (None if neither has any)."""
    import networkx as nx

    ones, others = premises(graph, a), premises(graph, b)
    ways = _only(graph, ("uses",)).to_undirected(as_view=True)
    try:
        path = nx.bidirectional_shortest_path(ways, a, b)
    except nx.NetworkXNoPath:
        path = None
    return {
        "steps": None if path is None else len(path) - 1,
        "path": path,
        "shared": sorted(ones & others),
        "jaccard": len(ones & others) / len(ones | others) if ones or others else None,
    }


def lineage(graph: nx.DiGraph, node: str) -> list[dict[str, Any]]:
    """What the node was made from, generation by generation: its seed and lemma are 1, theirs 2, …"""
    found: list[dict[str, Any]] = []
    seen, wave, generation = {node}, [node], 0
    while wave:
        generation += 1
        earlier: list[str] = []
        for child in wave:
            for parent, _, kind in sorted(graph.in_edges(child, data="kind")):
                if kind in LINEAGE and parent not in seen:
                    seen.add(parent)
                    earlier.append(parent)
                    found.append({"generation": generation, "name": parent, "as": kind, "of": child})
        wave = earlier
    return found


def _only(graph: nx.DiGraph, kinds: tuple[str, ...]) -> nx.DiGraph:
    """A copy with all nodes and the edges of these kinds, without attributes."""
    import networkx as nx

    part = nx.DiGraph()
    part.add_nodes_from(graph)
    part.add_edges_from((a, b) for a, b, kind in graph.edges(data="kind") if kind in kinds)
    return part


# --- figures ----------------------------------------------------------------------------------------------


def figures(graph: nx.DiGraph) -> dict[str, Any]:
    """Counts and extremes, as plain values. A statement's depth is the length of the longest chain of `uses` edges
    from it; where theorems use each other in a circle, the circle counts as one."""
    import networkx as nx

    uses, descent = _only(graph, ("uses",)), _only(graph, LINEAGE)
    depth, chain = _longest(uses)
    _, line = _longest(descent)
    circles = [c for c in nx.strongly_connected_components(uses) if len(c) > 1]
    components = [len(c) for c in nx.weakly_connected_components(graph)]
    kinds = nx.get_node_attributes(graph, "kind")
    used = sorted(((-n, node) for node, n in uses.in_degree() if n))[:MOST_USED]
    return {
        "nodes": dict(sorted(Counter(kinds.values()).items())),
        "edges": dict(sorted(Counter(kind for *_, kind in graph.edges(data="kind")).items())),
        "proved": sum(1 for _, proved in graph.nodes(data="proved") if proved),
        "most_used": [{"name": node, "users": -n} for n, node in used],
        "isolated": sum(1 for node in nx.isolates(graph) if kinds[node] != "lemma"),
        "components": {"count": len(components), "largest": max(components, default=0)},
        "lineage": {"longest": max(0, len(line) - 1), "path": line},
        "dependencies": {
            "acyclic": not circles,
            "in_circles": sum(map(len, circles)),
            "longest_chain": max(0, len(chain) - 1),
            "chain": chain,
        },
        "depths": dict(sorted(Counter(d for node, d in depth.items() if kinds[node] != "lemma").items())),
    }


def _longest(graph: nx.DiGraph) -> tuple[dict[str, int], list[str]]:
    """Each node's longest way along the edges, counted in edges, and one longest way of all. Of a circle, which
    counts as one node, the first member by name stands for all."""
    import networkx as nx

    try:
        order, owner = list(nx.topological_sort(graph)), None
    except nx.NetworkXUnfeasible:
        folded = nx.condensation(graph)
        owner = folded.graph["mapping"]
        first = {n: min(members) for n, members in folded.nodes(data="members")}
        graph = nx.relabel_nodes(folded, first)
        owner = {node: first[n] for node, n in owner.items()}
        order = list(nx.topological_sort(graph))
    depth: dict[str, int] = {}
    below: dict[str, str] = {}
    for node in reversed(order):
        deepest = max(graph.successors(node), key=lambda n: depth[n], default=None)
        depth[node] = 0 if deepest is None else depth[deepest] + 1
        if deepest is not None:
            below[node] = deepest
    way = [max(depth, key=lambda n: depth[n])] if depth else []
    while way and way[-1] in below:
        way.append(below[way[-1]])
    return (depth if owner is None else {node: depth[top] for node, top in owner.items()}), way


# --- files ------------------------------------------------------------------------------------------------


def write(graph: nx.DiGraph, path: Path) -> None:
    """The graph as GraphML, which networkx, Gephi, yEd and igraph read; there whole or not at all."""
    import networkx as nx

    with whole(path) as stream:
        nx.write_graphml_xml(graph, stream.buffer, prettyprint=False)
