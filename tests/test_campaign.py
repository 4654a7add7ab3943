"""A miniature campaign with the real Lean and a real model: the line from statements to the last evaluation,
and what SIGKILL at any point of it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import write, write_switches

from stp import config as configuration
from stp.campaign import plan
from stp.store import Store
from stp.store.schema import FINAL

pytestmark = [pytest.mark.lean, pytest.mark.campaign]


def stp(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stp", *map(str, arguments)], capture_output=True, text=True, **options
    )  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, lean: object) -> Path:
    """The folder of a miniature that ran to its end without interruption."""
    folder = tmp_path_factory.mktemp("finished")
    run = stp("run", write(folder), "--dir", folder / "campaign")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "campaign"


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory, lean: object) -> Path:
    """The same of the one with everything switched on."""
    folder = tmp_path_factory.mktemp("switched")
    run = stp("run", write_switches(folder), "--dir", folder / "campaign")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "campaign"


def test_every_stage_ran_and_proofs_were_found_by_the_model(finished: Path) -> None:
    with Store.read(finished) as store:
        loaded = configuration.load(finished / "config.toml")
        assert all(store.finished(iteration, name) for iteration, name, _ in plan(loaded))
        assert store.value("select count(*) from statements where source = 'seed'") == 250
        by_model = store.value(
            "select count(distinct a.proof) from attempts a join verdicts v on v.proof = a.proof where v.outcome = 'proved'"
        )
        assert by_model > 0
        assert store.value("select count(*) from models") >= 3
        assert store.value("select count(*) from conjectures where screen is null") == 0


def test_nothing_held_out_is_trained_on(finished: Path) -> None:
    with Store.read(finished) as store:
        assert store.value("select count(*) from statements where split = 'held_out'") == 8
        assert (
            store.value(
                "select count(*) from examples e join statements s on s.id = e.statement where s.split = 'held_out'"
            )
            == 0
        )
        assert (
            store.value(
                "select count(*) from examples e, statements s where s.split = 'held_out' and instr(e.prompt || e.completion, s.rest) > 0"
            )
            == 0
        )


def test_every_verdict_of_a_library_statement_forbade_its_own_name(finished: Path) -> None:
    with Store.read(finished) as store:
        for row in store.rows(
            "select s.name, v.theorems from verdicts v join proofs p on p.id = v.proof join statements s on s.id = p.statement where v.outcome = 'proved' and s.name != ''"
        ):
            assert row["name"] not in json.loads(row["theorems"])


def test_the_last_prover_is_trained_on_what_was_found(finished: Path) -> None:
    with Store.read(finished) as store:
        sources = {
            row["source"]
            for row in store.rows(
                "select distinct s.source from examples e join statements s on s.id = e.statement where e.iteration = ?",
                FINAL + 2,
            )
        }
        assert "library" in sources and sources <= {"library", "conjecture"}
        (row,) = store.rows("select * from models where iteration = ?", FINAL + 2)
        figures = json.loads(store.value("select figures from stages where stage = 'retrain'"))
    assert (finished / row["folder"] / "model.safetensors").exists()
    assert 0 < figures["proofs"] < figures["examples"] == row["examples"]


def test_status_shows_the_iterations(finished: Path) -> None:
    report = json.loads(stp("status", finished, "--json").stdout)
    assert [row["iteration"] for row in report["iterations"]] == [0, 1, 2, FINAL + 2]
    first, last = report["iterations"][1], report["iterations"][-1]
    assert first["proofs_tried"] > 0
    assert first["seconds"]["sampling"] > 0
    assert sum(first["conjectures_screened"].values()) == first["conjectures_sampled"] == 24
    assert sum(first["conjectures_selected"].values()) == first["conjectures_kept"]
    assert first["watch"]["kept"] == first["conjectures_kept"] and "warnings" in first["watch"]
    assert last["stages"] == ["retrain", "evaluate"] and last["held_out_statements"] == 8
    assert report["totals"]["verified_proofs"] > 250
    shown = stp("status", finished).stdout
    assert "held-out" in shown and "\n  final" in shown
    assert "after the final retraining" in shown


def test_with_everything_on_the_budget_is_met_and_every_switch_has_acted(switched: Path) -> None:
    with Store.read(switched) as store:
        assert store.value("select count(*) from attempts where stage = 'prove'") == 280
        assert store.value("select count(distinct wave) from allotments") == 4
        stages = {
            (row["iteration"], row["stage"]) for row in store.rows("select iteration, stage from stages")
        }
        assert {
            (1, "disprove"),
            (1, "shorten"),
            (1, "refresh"),
            (2, "train"),
            (FINAL + 2, "retrain"),
        } <= stages
        assert not {(1, "train"), (2, "refresh"), (2, "disprove")} & stages
        assert store.value("select count(*) from conjectures where screen = 'false'") > 0
        assert store.value("select count(*) from shortenings") > 0
        # the proofs behind it are right, and their statements' examples take them
        assert store.value(
            "select count(*) from shortenings h join proofs p on p.id = h.proof join proofs q on q.id = h.source "
            "join verdicts v on v.proof = p.id where v.outcome = 'proved' and p.statement = q.statement "
            "and length(p.text) < length(q.text)"
        ) == store.value("select count(*) from shortenings")
        trained = store.value("select count(*) from conjectures where selected = 'trains'")
        assert trained > 1
        # transport has shared out as much weight as there were conjectures to weigh
        for row in store.rows(
            "select iteration, sum(weight) as weight, count(*) as n from conjectures "
            "where selected in ('trains', 'far') group by 1"
        ):
            assert row["weight"] == pytest.approx(row["n"])


def test_a_finished_campaign_has_nothing_left_to_do(finished: Path) -> None:
    before = _rows(finished)
    again = stp("run", finished / "config.toml", "--dir", finished)
    assert again.returncode == 0
    assert "nothing left to do" in again.stdout
    assert _rows(finished) == before


def test_a_changed_configuration_is_refused(finished: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.toml"
    changed.write_text((finished / "config.toml").read_text().replace("samples = 8", "samples = 9"))
    run = stp("run", changed, "--dir", finished)
    assert run.returncode == 1
    assert "prove.samples: 8 there, 9 here" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_export_checks_clean(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "proofs.jsonl"
    assert stp("export", finished, "--out", out).returncode == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    with Store.read(finished) as store:
        proved = store.rows(
            "select p.statement, p.text from verdicts v join proofs p on p.id = v.proof join statements s on s.id = p.statement "
            "where v.outcome = 'proved' and s.split != 'held_out'"
        )
        # equal ones up to white space are written once
        assert len(rows) == len({(row["statement"], " ".join(row["text"].split())) for row in proved})
    assert {row["provenance"]["proof_by"] for row in rows} >= {"written", "portfolio", "model"}
    verdicts = tmp_path / "verdicts.jsonl"
    run = stp("verify", out, "--out", verdicts)
    assert run.returncode == 0, run.stderr
    assert {json.loads(line)["outcome"] for line in verdicts.read_text().splitlines()} == {"proved"}


# --- SIGKILL ----------------------------------------------------------------------------------------------

#: What a campaign is made of, less what depends on the clock.
COMPARED = {
    "statements": "select id, split, source, iteration, lemma, seed from statements order by id",
    "conjectures": "select id, rest, screen, detail, statement, selected, weight from conjectures order by id",
    "allotments": "select iteration, wave, statement, samples from allotments order by 1, 2, 3",
    "attempts": "select id, proof, tokens from attempts order by id",
    "proofs": "select id, text from proofs order by id",
    "verdicts": "select proof, outcome, reason, theorems from verdicts where outcome in ('proved', 'rejected') order by proof",
    "refutations": "select statement, proof, iteration from refutations order by statement",
    "shortenings": "select proof, source, iteration from shortenings order by proof, source",
    "examples": "select id, weight from examples order by id",
    "models": "select iteration, id from models order by iteration",
    "figures": "select iteration, stage, figures from stages where stage in ('screen', 'watch', 'disprove', 'select', "
    "'retrain') order by iteration, stage",
}


def _rows(folder: Path) -> dict[str, list[object]]:
    connection = sqlite3.connect(folder / "campaign.db")
    try:
        return {table: connection.execute(sql).fetchall() for table, sql in COMPARED.items()}
    finally:
        connection.close()


def _count(folder: Path, sql: str) -> int:
    try:
        connection = sqlite3.connect(f"file:{folder / 'campaign.db'}?mode=ro", uri=True, timeout=5)
    except sqlite3.OperationalError:
        return 0
    try:
        return int(connection.execute(sql).fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def _finished(stage: str) -> Callable[[Path], bool]:
    """Whether the stage of any iteration is finished; what comes next is then under way."""
    return lambda d: _count(d, f"select count(*) from stages where stage = '{stage}'") > 0


Moments = list[tuple[str, Callable[[Path], bool]]]
#: Moments at which a campaign is killed, each once, in this order.
MOMENTS: Moments = [
    ("while tactics are tried", lambda d: _count(d, "select count(*) from verdicts") > 300),
    ("while the first model is trained", lambda d: (d / "models" / "start").exists()),
    (
        "after the first samples",
        lambda d: _count(d, "select count(*) from attempts where stage = 'prove'") > 0,
    ),
    ("in the second round", lambda d: _count(d, "select count(*) from conjectures where iteration = 2") > 0),
    (
        "while the last prover is trained",
        lambda d: _count(d, "select count(*) from stages where iteration = 2 and stage = 'evaluate'") > 0,
    ),
]
#: And one with everything switched on.
SWITCHED_MOMENTS: Moments = [
    ("in a later wave", lambda d: _count(d, "select count(*) from allotments where wave = 2") > 0),
    ("while proofs are shortened", _finished("disprove")),
    ("while the model is trained anew", _finished("select")),
]


def test_sigkill_at_several_points_changes_nothing(finished: Path, tmp_path: Path) -> None:
    _killed_and_compared(finished, tmp_path / "campaign", MOMENTS)


def test_sigkill_changes_nothing_with_everything_on_either(switched: Path, tmp_path: Path) -> None:
    _killed_and_compared(switched, tmp_path / "campaign", SWITCHED_MOMENTS)


def _killed_and_compared(finished: Path, folder: Path, moments: Moments) -> None:
    command = [sys.executable, "-m", "stp", "run", str(finished / "config.toml"), "--dir", str(folder)]
    proved: set[str] = set()
    for name, reached in moments:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 300
        while not reached(folder):
            assert process.poll() is None, (
                f"ended before it could be killed {name}: {process.communicate()[1]}"
            )
            assert time.monotonic() < deadline, f"never reached: {name}"
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        kept = _proved(folder)
        assert proved <= kept, f"a verified proof was lost by a kill {name}"
        proved = kept
    last = subprocess.run(command, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert proved <= _proved(folder)
    reference, resumed = _rows(finished), _rows(folder)
    for table in COMPARED:
        assert resumed[table] == reference[table], (
            f"{table} differ from those of the run without interruption"
        )


def _proved(folder: Path) -> set[str]:
    connection = sqlite3.connect(folder / "campaign.db")
    try:
        return {row[0] for row in connection.execute("select proof from verdicts where outcome = 'proved'")}
    finally:
        connection.close()


@pytest.mark.parametrize(("mode", "models"), [("expert-iteration", 2), ("sampling", 1)])
def test_the_rivals_run_by_one_switch_without_conjectures(
    mode: str, models: int, tmp_path: Path, lean: object
) -> None:
    folder = tmp_path / "campaign"
    run = stp("run", write(tmp_path, mode, 1), "--dir", folder)
    assert run.returncode == 0, run.stderr
    with Store.read(folder) as store:
        assert store.value("select count(*) from conjectures") == 0
        assert store.value("select count(*) from attempts where stage = 'prove'") == 24 * 8
        assert store.value("select count(*) from models") == models
        assert store.value("select count(*) from examples where iteration > 0 and role = 'conjecturer'") == 0


def test_ctrl_c_stops_with_the_command_that_goes_on(tmp_path: Path, lean: object) -> None:
    folder = tmp_path / "campaign"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "stp",
            "run",
            str(write(tmp_path, "expert-iteration", 1)),
            "--dir",
            str(folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while _count(folder, "select count(*) from verdicts") == 0:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"Go on with: stp run {folder / 'config.toml'} --dir {folder}" in err
    assert "Traceback" not in err
    assert (folder / "config.toml").exists()
