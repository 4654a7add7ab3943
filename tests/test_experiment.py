"""A miniature of experiments/core: every arm with the real Lean and the shipped model, to the proof of its budget."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import re
import shutil
import signal
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from stp import campaign, config
from stp.cli import main
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings
from stp.report.curves import Curve, Point
from stp.store import Store
from stp.store.schema import FINAL

CORE = Path(__file__).parent.parent / "experiments" / "core"
#: All but those with other data: the library's statements take a minute.
ARMS = [
    name
    for name, changes in tomllib.loads((CORE / "arms.toml").read_text())["arms"].items()
    if not any(key.startswith("data.") for key in changes)
]
BUDGET = 300
SEED = 7

BASE = f"""
name = "stp"
mode = "stp"
iterations = 50

[data]
seeds = 12
library = 0
train = 0
held_out = 0
sets = ["mini:train"]

[model]
base = "stp-nano"
context = 160

[sft]
epochs = 0
tokens_per_batch = 1024

[conjecture]
per_iteration = 12
max_tokens = 40

[prove]
budget = {BUDGET}
samples = 8
max_tokens = 24

[select]
sft_share = 0.2
barely_provable = 0.5

[train]
tokens_per_batch = 1024

[refresh]
at = 0

[evaluate]
samples = 0
"""

#: From what a single tactic proves to what is false.
STATEMENTS = (
    "(a b c : Nat) : a + b + c = c + b + a",
    "(n : Nat) (h : 3 < n) : 2 < n",
    "(p q : Prop) (h : p ∧ q) : q ∧ p",
    "(n : Nat) : n ≤ n * n",
    "(a b : Nat) (h : a ≤ b) : a * a ≤ b * b",
    "(x y : Int) (h : x + y = 7) (i : x - y = 1) : x = 4",
    "(n : Nat) : n % 4 < 4",
    "(p q r : Prop) (h : p → q) (i : q → r) : p → r",
    "(a b : Nat) (h : a * a = 2 * (b * b)) : b = 0",
    "(n : Nat) : (n + 1) * (n + 1) = n * n + 2 * n + 1",
    "(x : Int) : 0 ≤ x * x",
    "(n : Nat) : n * n ≤ 3 * n",
)


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """The experiment's scripts, by name."""
    names = ("run", "page", "blind")
    sys.path.insert(0, str(CORE))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(CORE))
        for name in names:
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def core(scripts: dict[str, ModuleType]) -> tuple[ModuleType, ModuleType]:
    """The runner, and the page."""
    return scripts["run"], scripts["page"]


@pytest.fixture(scope="module")
def blind(scripts: dict[str, ModuleType]) -> ModuleType:
    return scripts["blind"]


@pytest.fixture(scope="module")
def out(
    tmp_path_factory: pytest.TempPathFactory, lean: toolchain.Toolchain, core: tuple[ModuleType, ModuleType]
) -> Iterator[Path]:
    """The folders of all arms. They share one pool of Lean workers with a cache, and nothing else."""
    runner, _ = core
    folder = tmp_path_factory.mktemp("core")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "root", lambda: folder / "data")
        entries = (Entry(f"s{i}", f"theorem s{i} {rest}", "train") for i, rest in enumerate(STATEMENTS))
        dataset.save(DataSet("mini", tuple(entries)))
        settings = Settings(header=config.Lean().header)
        with LeanPool(lean, settings, workers=2, spares=1, brief=True, cache=folder / "verdicts.db") as pool:
            patch.setattr(campaign, "_pool", lambda *_: contextlib.nullcontext(pool))
            for name in ARMS:
                seed = runner.seed_of(name, SEED)
                table = runner.configured(tomllib.loads(BASE), name, runner.arms()[name], seed)
                path = folder / f"{name.replace(' ', '-')}-{seed}.toml"
                path.write_text(runner.toml(table))
                ran = CliRunner().invoke(main, ["run", str(path), "--dir", str(folder / path.stem)])
                assert ran.exit_code == 0, f"{name}: {ran.output}"
            yield folder


def place(out: Path, name: str) -> Path:
    return out / f"{name.replace(' ', '-')}-{SEED + 100 * (name == 'start')}"


@pytest.mark.lean
@pytest.mark.campaign
@pytest.mark.parametrize("name", ARMS)
def test_every_arm_samples_exactly_its_budget(out: Path, name: str) -> None:
    with Store.read(place(out, name)) as store:
        assert store.config()["name"] == name and store.config()["seed"] == SEED + 100 * (name == "start")
        assert store.value("select count(*) from attempts where stage = 'prove'") == BUDGET
        assert store.value("select count(*) from attempts where stage != 'prove'") == 0
        # no iteration begins when nothing is left, and none of those that began is without its end
        proving = {
            row["iteration"] for row in store.rows("select iteration from stages where stage = 'prove'")
        }
        begun = {row["iteration"] for row in store.rows("select iteration from stages")} - {0}
        assert begun - {max(proving) + FINAL} == proving and 2 <= len(proving) < 50
        trained = store.value("select count(*) from models where iteration > 0")
        assert (trained == 0) == (store.config()["mode"] == "sampling")
        conjectured = store.value("select count(*) from conjectures")
        assert (conjectured > 0) == (store.config()["mode"] == "stp")
        learnt = "select count(*) from examples where iteration > 0 and role = 'conjecturer'"
        assert conjectured > 0 or store.value(learnt) == 0


@pytest.mark.lean
@pytest.mark.campaign
def test_all_arms_begin_alike(out: Path) -> None:
    """The same statements, checked in the same environment, and the same model."""
    begun = set()
    for name in ARMS:
        with Store.read(place(out, name)) as store:
            statements = [
                row["id"] for row in store.rows("select id from statements where iteration = 0 order by 1")
            ]
            model = store.value("select id from models where iteration = 0")
            begun.add((tuple(statements), store.meta("environment"), model))
    assert len(begun) == 1


@pytest.mark.lean
@pytest.mark.campaign
def test_the_page_is_made_from_the_folders(
    out: Path, core: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    _, page = core
    (tmp_path / "README.md").write_text(
        "By hand.\n<!-- summary -->\n<!-- /summary -->\n<!-- stp-arms -->\nto be replaced\n<!-- /stp-arms -->\n<!-- stp-conjectures -->\n<!-- /stp-conjectures -->\n"
    )
    page.make(out, tmp_path, "stp", BUDGET)
    assert "<svg" in (tmp_path / "stp.svg").read_text()
    numbers = json.loads((tmp_path / "stp.json").read_text())
    arms = {arm["name"]: arm for arm in numbers["arms"]}
    assert set(arms) == set(ARMS) - {"start"}
    assert {arm["proofs"] for arm in arms.values()} == {BUDGET}
    proved: dict[str, set[str]] = {}
    for name in ARMS:
        with Store.read(place(out, name)) as store:
            rows = store.rows(
                "select distinct p.statement from verdicts v join proofs p on p.id = v.proof "
                "join statements s on s.id = p.statement where v.outcome = 'proved' and s.source = 'data'"
            )
            proved[name] = {row["statement"] for row in rows}
    for name, arm in arms.items():
        assert arm["proved"]["mean"] == len(proved[name]) > 0
        with Store.read(place(out, name)) as store:
            conjectured = store.value(
                "select count(*) from attempts where stage = 'prove' and statement in "
                "(select id from statements where source = 'conjecture')"
            )
        assert arm["aimed"]["mean"] == BUDGET - conjectured
        assert name.startswith("stp") or not conjectured
        beyond = len(proved[name] - proved["start"])
        assert arm["beyond"]["mean"] == beyond
        if name != "stp":
            mine = len(proved["stp"] - proved["start"])
            assert arm["stp_times"] == (mine / beyond if beyond else None)
            assert arm["stp_minus_twice"]["mean"] == mine - 2 * beyond
        with Store.read(place(out, name)) as store:
            reports = [
                json.loads(row["report"])
                for row in store.rows("select * from models where iteration > 0 and iteration < ?", FINAL)
            ]
        assert arm["steps"]["mean"] == sum(report["steps"] for report in reports)
        assert arm["sft"]["mean"] == 0 or name != "sampling"  # a share of few examples may be none
    assert max(arm["sft"]["mean"] for arm in arms.values()) > 0
    readme = (tmp_path / "README.md").read_text()
    beyond = " | ".join(str(len(proved[name] - proved["start"])) for name in page.MAIN)
    statements = next(iter(page._runs(out))).curve.statements
    assert f"\n| stp | {statements} | {len(proved['start'])} | {beyond} |" in readme
    united = set().union(*proved.values())
    assert f"together {len(united)}: {len(united - proved['start'])} beyond the start." in readme
    assert readme.startswith("By hand.\n") and "to be replaced" not in readme
    assert all(f"\n| {name} | 1 |" in readme for name in arms) and "| start |" not in readme


@pytest.mark.lean
@pytest.mark.campaign
def test_the_page_leaves_out_what_is_not_finished_and_refuses_what_is_beyond_the_budget(
    out: Path, core: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    _, page = core
    copied = tmp_path / "out" / "stp-7"
    shutil.copytree(place(out, "stp"), copied)
    (tmp_path / "here").mkdir()
    with Store.read(copied) as store, store.transaction():
        row = next(store.rows("select * from attempts limit 1"))
        store.add("attempts", [{**row, "id": "one more"}])
    with pytest.raises(SystemExit, match=f"{BUDGET + 1} proofs, not {BUDGET}"):
        page.make(tmp_path / "out", tmp_path / "here", "stp", BUDGET)
    with Store.read(copied) as store, store.transaction():
        store.db.conn.execute(
            "delete from attempts where id in (select id from attempts where stage = 'prove' limit 2)"
        )
    page.make(tmp_path / "out", tmp_path / "here", "stp", BUDGET)
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.lean
@pytest.mark.campaign
def test_campaigns_of_a_raised_budget_go_on_and_get_a_table_of_their_own(
    out: Path,
    core: tuple[ModuleType, ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run, page = core
    campaigns, here, base = tmp_path / "out", tmp_path / "here", tmp_path / "mini.toml"
    here.mkdir()
    base.write_text(BASE)
    shutil.copytree(place(out, "sampling"), campaigns / f"sampling-{SEED}")
    with Store.read(campaigns / f"sampling-{SEED}") as store:
        before = {row["id"] for row in store.rows("select id from attempts where stage = 'prove'")}
    monkeypatch.setattr(
        signal, "signal", lambda *_: None
    )  # the runner's lanes are threads, and this command no process
    monkeypatch.setattr(run, "HERE", here)
    monkeypatch.setattr(run, "arms", lambda: {"sampling": {"mode": "sampling"}})
    monkeypatch.setattr(run, "EVALUATIONS", {})
    monkeypatch.setattr(
        run, "stp", lambda *given, log=None: CliRunner().invoke(main, [*map(str, given)]).exit_code
    )
    command = ["run.py", "--base", str(base), "--out", str(campaigns), "--seeds", str(SEED)]
    monkeypatch.setattr(sys, "argv", [*command, "--page"])
    assert run.main() == 0 and (here / "mini.json").exists()
    monkeypatch.setattr(sys, "argv", [*command, "--budget", str(BUDGET + 25)])
    assert run.main() == 0
    with Store.read(campaigns / f"sampling-{SEED}") as store:
        after = {row["id"] for row in store.rows("select id from attempts where stage = 'prove'")}
    assert before < after and len(after) == BUDGET + 25
    raised = page.Run.of_row(json.loads((here / f"mini-{BUDGET + 25}.jsonl").read_text()))
    assert raised.curve.points[-1].proofs == raised.budget == BUDGET + 25
    monkeypatch.setattr(sys, "argv", [*command, "--page"])
    assert run.main() == 0
    first = page.Run.of_row(json.loads((here / "mini.jsonl").read_text()))
    assert first.curve.points[-1].proofs == first.budget == BUDGET and first.start == raised.start
    for wrong in ("0", "-5"):
        monkeypatch.setattr(sys, "argv", [*command, "--budget", wrong])
        with pytest.raises(SystemExit):
            run.main()
        assert "--budget takes a number of proofs, 1 or more" in capsys.readouterr().err


def test_pass_at_k_is_over_the_statements_that_every_arm_can_answer(
    core: tuple[ModuleType, ModuleType],
) -> None:
    """b has 8 samples with a verdict in both arms, a has 7 in one of them: pass@8 is of b alone, pass@1 of both."""
    _, page = core

    def report(*counts: tuple[str, int, int]) -> dict[str, tuple[int, int]]:
        return {name: (n, c) for name, n, c in counts}

    tables = page._tables(
        {
            ("stp", 1): report(("a", 7, 0), ("b", 32, 16)),
            ("sampling", 1): report(("b", 32, 0), ("a", 32, 8)),
        }
    )
    at = dict(zip(page.KS, tables, strict=True))
    assert at[1]["stp", 1] == pytest.approx([0, 0.5]) and at[1]["sampling", 1] == pytest.approx([0.25, 0])
    assert at[32]["stp", 1] == pytest.approx([1]) and at[32]["sampling", 1] == pytest.approx([0])
    with pytest.raises(SystemExit, match="other statements"):
        page._tables({("stp", 1): report(("a", 1, 1)), ("stp", 2): report(("b", 1, 1))})


@pytest.mark.parametrize("base", sorted(CORE.glob("*.toml")), ids=lambda path: path.stem)
def test_every_arm_is_a_valid_configuration_with_the_same_budget(
    core: tuple[ModuleType, ModuleType], base: Path
) -> None:
    if base.stem == "arms":
        return
    runner, _ = core
    given = tomllib.loads(base.read_text())
    for name, changes in runner.arms().items():
        table = runner.configured(given, name, changes, 3)
        assert tomllib.loads(runner.toml(table)) == table
        loaded = config.parse(table)
        assert (loaded.name, loaded.seed) == (name, 3)
        assert loaded.prove.budget == config.parse(given).prove.budget > 0
        # what an arm says is what it does, and all else that is not its mode's is the base's
        dumped = loaded.model_dump(mode="json")
        for dotted, value in changes.items():
            found: Any = dumped
            for key in dotted.split("."):
                found = found[key]
            assert found == value
        own = {*changes, "name", "seed", "mode", *config.MODE_DEFAULTS.get(loaded.mode, {})}
        differing = config.differences(config.parse(given).model_dump(mode="json"), dumped)
        assert {line.partition(":")[0] for line in differing} <= own
    assert given == tomllib.loads(base.read_text())


def test_a_model_that_is_kept_is_what_all_arms_start_from(
    core: tuple[ModuleType, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = core
    given = "seed = 1\n[model]\nhidden = 32\ncontext = 64\n[sft]\nepochs = 3\nlr = 1e-3\n"
    base, out = tmp_path / "mini.toml", tmp_path / "out"
    base.write_text(given)
    made: list[tuple[object, ...]] = []

    def stp(*command: object, log: Path | None = None) -> int:
        made.append(command)
        return 0

    monkeypatch.setattr(run, "stp", stp)
    for model in (out / "base" / "models" / "0", tmp_path / "mini-base"):
        table = run.start(base, out)
        assert table["model"] == {"base": str(model), "context": 64}
        assert table["sft"] == {"epochs": 0, "lr": 1e-3}
        (tmp_path / "mini-base").mkdir(exist_ok=True)
    assert len(made) == 1  # none is made where one is kept
    monkeypatch.setattr(run, "stp", lambda *_, log=None: 1)
    (tmp_path / "mini-base").rmdir()
    with pytest.raises(SystemExit, match="not finished"):
        run.start(base, out)


def test_campaigns_run_beside_each_other(
    core: tuple[ModuleType, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once, each with its part of the cores and a log of its own; what fails is told by its place."""
    runner, page = core
    monkeypatch.setenv("OMP_NUM_THREADS", "")  # so that what is set is taken back
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    together, asked = threading.Barrier(2, timeout=30), []

    def stp(*arguments: object, log: Path) -> int:
        together.wait()  # breaks unless another one is running
        log.parent.mkdir(exist_ok=True)
        log.write_text(os.environ["OMP_NUM_THREADS"])
        asked.append(arguments)
        return int(log.stem == "sampling-2")

    monkeypatch.setattr(runner, "stp", stp)
    tasks = [(name, {}, seed) for seed in (1, 2) for name in (page.START, "sampling")]
    table = {"prove": {"budget": 10, "max_tokens": 4}, "lean": {"header": "", "timeout": 1}}
    assert runner.all_of(table, tmp_path, "no evaluations", tasks, 2) == [True, True, True, False]
    logs = {path.stem: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert logs == dict.fromkeys(("start-101", "sampling-1", "start-102", "sampling-2"), "4")
    assert {arguments[0] for arguments in asked} == {"run"} and len(asked) == 4


def test_blind_proofs_are_instances_of_the_hypothesis(blind: ModuleType) -> None:
    rest = "{G : Type _} [Magma G] (h : ∀ x y z w : G, x ◇ y = (y ◇ z) ◇ w) : ∀ x y : G, x ◇ x = y ◇ (y ◇ x)"
    proofs = blind.drawn(rest, 30, random.Random(1))
    assert len(set(proofs)) == len(proofs) == 30
    instance = r"; have [a-d] := h( [xy]| \([xy ◇()]+\)){2,4}"
    assert all(re.fullmatch(rf"by intro x( y)?({instance}){{1,4}}; grind", proof) for proof in proofs)
    # a proof that introduces x alone names nothing else
    assert not any(proof.startswith("by intro x;") and "y" in proof.replace("by", "") for proof in proofs)
    with pytest.raises(ValueError, match="n = n"):
        blind.proof("(n : Nat) : n = n", random.Random(1))


@pytest.mark.lean
def test_blind_search_makes_a_data_set_of_correct_proofs(
    blind: ModuleType, lean: toolchain.Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prelude = 'class Magma (α : Type _) where\n  op : α → α → α\ninfix:65 " ◇ " => Magma.op'
    law = "{G : Type _} [Magma G] (h : ∀ x y : G, x ◇ y = y) : ∀ x y : G, x ◇ y = y"
    no_law = "{G : Type _} [Magma G] (h : ∀ x y : G, x = x) : ∀ x y : G, x ◇ y = y"
    entries = (
        Entry("law", f"theorem law {law}", "sft", prelude),
        Entry("no_law", f"theorem no_law {no_law}", "sft", prelude),
        Entry("other", f"theorem other {law}", "train", prelude),
    )
    with monkeypatch.context() as patch:
        patch.setattr(dataset, "root", lambda: tmp_path / "data")
        dataset.save(DataSet("laws", entries))
        blind.for_sft("laws", tmp_path / "found.jsonl", 6, 3, 1)
    rows = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    assert [row["name"] for row in rows] == ["law_0", "law_1", "law_2"]
    assert {row["statement"].partition(" {")[2] for row in rows} == {law[1:]}
    assert {row["split"] for row in rows} == {"sft"} and len({row["proof"] for row in rows}) == 3


def test_what_was_recorded_elsewhere_stays_on_the_page(
    core: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    """Runs are added to those of the file, one that is there again replaces its record, and other experiments are refused."""
    _, page = core
    points = (Point(0, 0, 0, 0.0, 0), Point(1, 4, 40, 1.5, 2))

    def run(name: str, seed: int, **changes: Any) -> Any:
        kept: dict[str, Any] = {
            "budget": 4,
            "config": name,
            "start": "a",
            "proved": frozenset(("s", "t")),
            "screened": {"kept": 3},
            "selected": {},
            "with_lemma": 1,
            "evaluations": {"d:held_out": {"u": (32, 8), "v": (31, 0)}},
        }
        return page.Run(
            name=name, seed=seed, curve=Curve(name, seed, 3, points, points[:1]), **kept | changes
        )

    path = tmp_path / "stp.jsonl"
    assert page._with_recorded([], path) == [] and not path.exists()
    settings = {"lean": {"timeout": 10}, "prove": {"samples": 8}}
    first = [run("sampling", 1, settings=settings, environment="e"), run("stp", 1)]
    assert page._with_recorded(first, path) == first
    assert page._with_recorded([], path) == first
    again = run("stp", 1, proved=frozenset("s"))
    assert page._with_recorded([run("stp", 2), again], path) == [first[0], again, run("stp", 2)]
    written = path.read_text()
    slower = {"lean": {"timeout": 20}, "prove": {"samples": 8}}
    for other, message in (
        (run("stp", 3, start="b"), "stp, seed 3, begins with another model"),
        (run("stp", 3, config="other"), "stp, seed 3, is configured otherwise than other seeds of stp"),
        (run("stp", 3, budget=5), "stp, seed 3, has another budget"),
        (run("start", 3, environment="f"), "was checked in another environment"),
        (run("start", 3, settings=slower), "start, seed 3, differs in settings that no arm changes"),
    ):
        with pytest.raises(SystemExit, match=message):
            page._with_recorded([other], path)
    assert path.read_text() == written
    # what arms differ in, they may
    page._with_recorded([run("start", 3, settings={**settings, "prove": {"samples": 4}})], path)


def test_a_key_that_was_added_since_makes_no_other_arm(core: tuple[ModuleType, ModuleType]) -> None:
    _, page = core
    now = config.Config().model_dump(mode="json")
    before = json.loads(json.dumps(now))
    for section, key in page.SINCE:
        del before[section][key]
    assert page._settings(before) == page._settings(now)
    now["select"]["count_weight"] = "off"
    assert page._settings(before) != page._settings(now)


def test_an_evaluation_of_another_model_is_left_out(
    core: tuple[ModuleType, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where a campaign was begun anew and its evaluation was not removed."""
    _, page = core
    folder = tmp_path / page.evaluation("stp-1", 50, "toy:held_out")
    folder.mkdir(parents=True)
    data = {"name": "toy", "split": "held_out", "limit": None, "shard": None}
    report = {"model": {"hash": "new"}, "data": data, "environment": {}, "samples": 32}
    (folder / "result.json").write_text(json.dumps(report))
    (folder / "statements.jsonl").write_text('{"name": "a", "n": 32, "c": 8}\n')
    assert page._evaluated(tmp_path, "stp-1", 50, "new") == {"toy:held_out": {"a": (32, 8)}}
    assert page._evaluated(tmp_path, "stp-1", 50, "old") == {}
    assert str(folder) in capsys.readouterr().out
