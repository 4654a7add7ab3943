"""Who uses whom."""

import json
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.config import Config
from stp.data import dataset, graph
from stp.data.dataset import DataSet, Entry
from stp.data.triples import Theorem
from stp.errors import InputError
from stp.records import Environment, Verdict
from stp.store import Store

#: d uses c and b, c uses b, b uses the library's Nat.add_comm; alone uses nothing.
THEOREMS = [
    Theorem("My.b", "M", 1, "B", "p", ("Nat.add_comm",)),
    Theorem("My.c", "M", 2, "C", "p", ("My.b",)),
    Theorem("My.d", "M", 3, "D", "p", ("My.c", "My.b")),
    Theorem("My.alone", "M", 4, "A\n  on two lines"),
]


@pytest.fixture
def library() -> nx.DiGraph:
    return graph.of_theorems(THEOREMS, {"My.d": "test"})


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A seed theorem, a library statement that uses it, and two generations of conjectures."""
    folder = tmp_path / "campaign"
    with Store.create_or_open(folder, Config()) as store:
        store.set_environment(Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000))
        common = {"key": "", "split": "train", "module": "", "position": 0}
        with store.transaction():
            store.add(
                "statements",
                [
                    {**common, "id": "i1", "rest": "S", "source": "seed", "name": "Seed.s", "iteration": 0},
                    {**common, "id": "i2", "rest": "T", "source": "library", "name": "Nat.t", "iteration": 0},
                    {**common, "id": "i3", "rest": "U", "source": "library", "name": "Nat.u", "iteration": 0},
                    _conjecture("c1", "X\x01", seed="i2", lemma="Seed.s", iteration=1),
                    _conjecture("c2", "Y", seed="c1", lemma="Nat.le_refl", iteration=2),
                ],
            )
            proofs = [("p2", "i2"), ("p2'", "i2"), ("p3", "i3"), ("pc", "c1")]
            store.add("proofs", [{"id": p, "statement": s, "text": p} for p, s in proofs])
            store.add_verdicts(
                [
                    ("p2", Verdict("proved", premises=("Seed.s",))),
                    ("p2'", Verdict("proved", premises=("Nat.succ_le",))),
                    ("p3", Verdict("rejected", premises=("Nat.never",))),
                    ("pc", Verdict("proved", premises=("Seed.s",))),
                ],
                1,
            )
    return folder


def _conjecture(identity: str, rest: str, seed: str, lemma: str, iteration: int) -> dict[str, object]:
    row = {"id": identity, "rest": rest, "key": identity, "source": "conjecture", "split": "train"}
    return {**row, "seed": seed, "lemma": lemma, "iteration": iteration}


def edges(made: nx.DiGraph) -> set[tuple[str, str, str]]:
    return set(made.edges(data="kind"))


def test_nodes_and_edges_of_a_library(library: nx.DiGraph) -> None:
    assert edges(library) == {
        ("My.b", "Nat.add_comm", "uses"),
        ("My.c", "My.b", "uses"),
        ("My.d", "My.c", "uses"),
        ("My.d", "My.b", "uses"),
    }
    assert library.nodes["My.d"] == {
        "kind": "theorem",
        "label": "D",
        "split": "test",
        "module": "M",
        "proved": True,
    }
    assert library.nodes["My.alone"]["kind"] == "statement"
    assert library.nodes["Nat.add_comm"] == {"kind": "lemma"}


def test_a_campaigns_graph_leads_from_conjectures_back_to_the_library(campaign: Path) -> None:
    with Store.read(campaign) as store:
        made = graph.of_store(store)
    assert edges(made) == {
        ("Nat.t", "Seed.s", "uses"),
        ("Nat.t", "Nat.succ_le", "uses"),
        ("c1", "Seed.s", "uses"),
        ("Nat.t", "c1", "seed_of"),
        ("Seed.s", "c1", "lemma_of"),
        ("c1", "c2", "seed_of"),
        ("Nat.le_refl", "c2", "lemma_of"),
    }
    assert {node: data.get("proved") for node, data in made.nodes.items() if data["kind"] != "lemma"} == {
        "Seed.s": False,
        "Nat.t": True,
        "Nat.u": False,
        "c1": True,
        "c2": False,
    }
    assert [(a["generation"], a["name"]) for a in graph.lineage(made, "c2")] == [
        (1, "Nat.le_refl"),
        (1, "c1"),
        (2, "Nat.t"),
        (2, "Seed.s"),
    ]
    assert nx.has_path(made, "Nat.t", "c2")


def test_users_of_a_lemma(library: nx.DiGraph) -> None:
    assert graph.users(library, "My.b") == ["My.c", "My.d"]
    assert graph.users(library, "My.d") == []


def test_distance_is_measured_in_both_ways(library: nx.DiGraph) -> None:
    found = graph.distance(library, "My.c", "My.d")
    assert found == {"steps": 1, "path": ["My.c", "My.d"], "shared": ["My.b"], "jaccard": 0.5}
    assert graph.distance(library, "Nat.add_comm", "My.d")["steps"] == 2
    nowhere = graph.distance(library, "My.alone", "My.b")
    assert (nowhere["steps"], nowhere["jaccard"]) == (None, 0.0)
    assert graph.distance(library, "My.alone", "Nat.add_comm")["jaccard"] is None


def test_distance_goes_by_uses_alone(campaign: Path) -> None:
    with Store.read(campaign) as store:
        made = graph.of_store(store)
    assert graph.distance(made, "c1", "c2")["steps"] is None


def test_figures_of_a_library(library: nx.DiGraph) -> None:
    figures = graph.figures(library)
    assert figures["nodes"] == {"lemma": 1, "statement": 1, "theorem": 3}
    assert figures["edges"] == {"uses": 4}
    assert figures["proved"] == 3
    used = {row["name"]: row["users"] for row in figures["most_used"]}
    assert used == {"My.b": 2, "My.c": 1, "Nat.add_comm": 1}
    assert figures["isolated"] == 1
    assert figures["components"] == {"count": 2, "largest": 4}
    assert figures["dependencies"] == {
        "acyclic": True,
        "in_circles": 0,
        "longest_chain": 3,
        "chain": ["My.d", "My.c", "My.b", "Nat.add_comm"],
    }
    assert figures["depths"] == {0: 1, 1: 1, 2: 1, 3: 1}


def test_a_circle_counts_as_one_theorem(library: nx.DiGraph) -> None:
    library.add_edge("My.b", "My.c", kind="uses")
    found = graph.figures(library)
    assert found["dependencies"]["acyclic"] is False
    assert found["dependencies"]["in_circles"] == 2
    assert found["dependencies"]["chain"] == ["My.d", "My.b", "Nat.add_comm"]
    assert found["depths"] == {0: 1, 1: 2, 2: 1}


def test_the_longest_lineage(campaign: Path) -> None:
    with Store.read(campaign) as store:
        lineage = graph.figures(graph.of_store(store))["lineage"]
    assert lineage["longest"] == 2
    assert lineage["path"][1:] == ["c1", "c2"]


def test_figures_of_nothing() -> None:
    assert graph.figures(graph.of_theorems([]))["dependencies"]["longest_chain"] == 0


def test_a_name_may_be_short_or_an_id_and_a_wrong_one_gets_the_nearest(
    library: nx.DiGraph, campaign: Path
) -> None:
    assert graph.find(library, "alone") == "My.alone"
    with pytest.raises(InputError, match=r"did you mean Nat\.add_comm\?"):
        graph.find(library, "Nat.add_com")
    with pytest.raises(InputError, match="no name in it is near"):
        graph.find(library, "xyzzy")
    with Store.read(campaign) as store:
        assert graph.find(graph.of_store(store), "i2") == "Nat.t"


def test_a_short_name_of_several_is_refused_with_all(library: nx.DiGraph) -> None:
    library.add_node("Your.b", kind="lemma")
    with pytest.raises(InputError, match=r"no one 'b'; did you mean My\.b, Your\.b\?"):
        graph.find(library, "b")


def test_graphml_reads_back_to_an_equal_graph(campaign: Path, library: nx.DiGraph, tmp_path: Path) -> None:
    with Store.read(campaign) as store:
        made = graph.of_store(store)
    assert made.nodes["c1"]["label"] == "X\ufffd"  # what XML cannot hold
    for one in (made, library):
        graph.write(one, tmp_path / "g.graphml")
        back = nx.read_graphml(tmp_path / "g.graphml")
        assert back.nodes(data=True) == one.nodes(data=True)
        assert set(back.edges(data="kind")) == edges(one)
        assert [p.name for p in tmp_path.iterdir() if "graphml" in p.name] == ["g.graphml"]


def test_the_command_on_a_campaign(campaign: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.graphml"
    run = CliRunner().invoke(main, ["data", "graph", str(campaign), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "longest lineage" in run.output
    assert len(nx.read_graphml(out)) == 7
    run = CliRunner().invoke(main, ["data", "graph", str(campaign), "--lineage", "c2", "--json"])
    found = json.loads(run.output)["lineage"]
    assert [a["name"] for a in found["ancestors"]] == ["Nat.le_refl", "c1", "Nat.t", "Seed.s"]


def test_the_command_on_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    entries = tuple(Entry(t.name, t.statement, proof=t.proof, premises=t.premises) for t in THEOREMS)
    dataset.save(DataSet("mine", entries))
    run = CliRunner().invoke(
        main, ["data", "graph", "mine", "--lemma", "b", "--distance", "c", "d", "--json"]
    )
    assert run.exit_code == 0, run.output
    found = json.loads(run.output)
    assert found["lemma"] == {"name": "My.b", "users": ["My.c", "My.d"]}
    assert found["distance"]["steps"] == 1
    run = CliRunner().invoke(main, ["data", "graph", "mine"])
    assert "longest chain of uses" in run.output


@pytest.mark.parametrize(
    ("source", "sentence"), [("none", "no data set 'none'"), ("./none", "no campaign in")]
)
def test_an_unknown_source_gets_a_sentence(
    source: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(main, ["data", "graph", source])
    assert run.exit_code == 1
    assert sentence in run.output
