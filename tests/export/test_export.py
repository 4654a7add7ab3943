"""Tables, filters, checks and files of an export, from a campaign with real verdicts."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from handmade import MODEL, Export

from stp.data import importers
from stp.errors import CampaignError, InputError, LeanError
from stp.export.options import Range
from stp.export.tables import FIELDS
from stp.lean.pool import LeanPool
from stp.records import Check, Verdict

pytestmark = pytest.mark.lean

ADD_COMM = "theorem t : ∀ (a b : Nat), a + b = b + a"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def change(campaign: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(campaign / "campaign.db")
    with connection:
        connection.execute(sql, parameters)
    connection.close()


# --- proofs -------------------------------------------------------------------------------------------------


def test_every_verified_proof_that_is_not_held_out_with_its_provenance(
    campaign: Path, export: Export
) -> None:
    result = export(campaign)
    rows = lines(campaign / "proofs.jsonl")
    assert result.out == campaign / "proofs.jsonl" and result.rows("proofs") == len(rows)
    connection = sqlite3.connect(campaign / "campaign.db")
    expected = connection.execute(
        "select count(*) from verdicts v join proofs p on p.id = v.proof join statements s on s.id = p.statement "
        "where outcome = 'proved' and split != 'held_out'"
    ).fetchone()[0]
    assert len(rows) == expected - 1  # one that equals another up to white space
    assert (result.left_out.equal, result.left_out.held_out) == (1, 2)
    assert all(set(row) == set(FIELDS["proofs"]) for row in rows)
    assert all(set(row["provenance"]) == set(FIELDS["proofs"]["provenance"]) for row in rows)
    assert {row["provenance"]["proof_by"] for row in rows} == {"written", "portfolio", "model"}
    assert {row["provenance"]["split"] for row in rows} == {"sft", "train"}
    (row,) = (row for row in rows if row["proof"] == "by intro a b; omega")
    assert row["statement"] == ADD_COMM and row["forbid"] == ["Nat.add_comm"]
    assert (row["model"], row["iteration"], row["length"], row["seconds"]) == (MODEL, 2, 19, 0.25)
    # of 2 samples in iteration 2; of 9 in all that say something (7 in iteration 1, with a time-out of Lean's own)
    assert (row["correct"], row["tries"], row["pass_rate"]) == (1, 2, 0.5)
    assert (row["correct_overall"], row["tries_overall"], row["pass_rate_overall"]) == (4, 9, 4 / 9)


def test_the_provenance_says_who_made_a_proof(campaign: Path, export: Export) -> None:
    """A tactic of the portfolio also where a seed theorem has it; a shortened proof until a model samples it, and what was
    accepted on the way to one."""
    change(
        campaign,
        "update verdicts set iteration = 1 where proof in (select id from proofs where text = '⟨7, rfl, by decide⟩')",
    )
    change(
        campaign,
        "insert into shortenings (proof, source, iteration) select id, id, 1 from proofs where text = 'by intros; omega' or text = 'rfl'",
    )
    change(
        campaign,
        "update meta set value = json_set(value, '$.data.tactics', json_array('⟨7, rfl, by decide⟩')) where key = 'config'",
    )
    export(campaign)
    by: dict[str, set[str]] = defaultdict(set)
    for row in lines(campaign / "proofs.jsonl"):
        by[row["provenance"]["proof_by"]].add(row["proof"])
    assert "by intros; rfl" in by["portfolio"]
    assert by["shortening"] == {"rfl", "⟨7, rfl, by decide⟩"} and "by intros; omega" in by["model"]
    assert by["written"] == {"match h with\n| .inl a => .inr a\n| .inr a => .inl a"}


def test_stp_verify_takes_the_file_as_it_is(campaign: Path, export: Export, pool: LeanPool) -> None:
    from stp.verify import Summary, verify

    export(campaign)
    summary = Summary()
    rows = list(verify(campaign / "proofs.jsonl", pool, summary))
    assert summary.all_checked and summary.outcomes == {"proved": len(rows)}


def test_what_is_exported_is_imported_as_it_is(
    campaign: Path, export: Export, pool: LeanPool, tmp_path: Path
) -> None:
    out = tmp_path / "proofs.jsonl"
    export(campaign, out, format="jsonl")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    read = importers.path(out, pool)
    assert read.faults == [] and rows
    assert [(e.name, e.proof, e.header, list(e.forbid)) for e in read.entries] == [
        (row["id"], row["proof"], row["header"], row["forbid"]) for row in rows
    ]
    # a comment behind a statement is no part of it
    assert [e.statement for e in read.entries] == [row["statement"].partition(" -- ")[0] for row in rows]


def test_rows_stand_under_the_header_of_the_environment(campaign: Path, export: Export) -> None:
    change(campaign, "update environments set header = 'open Nat\nopen Seed'")
    export(campaign, recheck=False, tables=("proofs", "conjectures", "preferences", "failures"))
    for path in (campaign / "export" / "jsonl").glob("*.jsonl"):
        assert {row["header"] for row in lines(path)} == {"open Nat\nopen Seed"}


def test_statements_without_samples_have_no_pass_rate(campaign: Path, export: Export) -> None:
    export(campaign, sources=("seed",))
    assert {row["pass_rate_overall"] for row in lines(campaign / "proofs.jsonl")} == {None}


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"iteration": Range(2, 2)}, lambda row: row["iteration"] == 2),
        ({"iteration": Range(None, 0)}, lambda row: row["iteration"] == 0),
        ({"pass_rate": Range(0.1, 0.45)}, lambda row: 0.1 <= (row["pass_rate_overall"] or 0) <= 0.45),
        ({"max_length": 10}, lambda row: len(row["proof"]) <= 10),
        ({"splits": ("held_out",)}, lambda row: row["provenance"]["split"] == "held_out"),
        ({"sources": ("conjecture",)}, lambda row: row["provenance"]["source"] == "conjecture"),
    ],
)
def test_filters(campaign: Path, export: Export, options: dict[str, Any], check: Any) -> None:
    export(campaign, campaign / "all.jsonl", recheck=False, splits=("sft", "train", "held_out"))
    export(campaign, recheck=False, **({"splits": ("sft", "train", "held_out")} | options))
    everything, kept = lines(campaign / "all.jsonl"), lines(campaign / "proofs.jsonl")
    assert 0 < len(kept) < len(everything)
    assert kept == [row for row in everything if check(row)]


def test_the_shortest_proofs_of_each_statement(campaign: Path, export: Export) -> None:
    export(campaign, recheck=False, per_statement=1)
    rows = lines(campaign / "proofs.jsonl")
    assert len({row["statement"] for row in rows}) == len(rows)
    assert [row["proof"] for row in rows if row["statement"] == ADD_COMM] == ["by omega"]


def test_statements_that_one_tactic_proves_can_be_left_out(campaign: Path, export: Export) -> None:
    result = export(campaign, tables=("proofs", "conjectures"), no_trivial=True)
    left = {row["statement"] for row in lines(result.out / "proofs.jsonl")}
    assert left.isdisjoint({ADD_COMM, "theorem t : 2 + 2 = 4"})
    assert "theorem t : ∃ n : Nat, n * n = 49 ∧ n ≠ 0" in left
    assert result.trivial >= 4 and result.rows("conjectures") < 3
    assert f"{result.trivial} statements were dropped as trivial" in (result.out / "README.md").read_text()


def test_a_split_or_source_that_is_not_there_is_refused_with_those_that_are(
    campaign: Path, export: Export
) -> None:
    for options in ({"splits": ("test",)}, {"sources": ("mathlib",)}):
        with pytest.raises(InputError, match=r"there are: (held_out, sft, train|conjecture, library, seed)"):
            export(campaign, **options)
    assert not (campaign / "proofs.jsonl").exists()


# --- the other tables ---------------------------------------------------------------------------------------


def test_conjectures_with_their_lineage_and_rates(campaign: Path, export: Export) -> None:
    export(campaign, tables=("conjectures",))
    rows = lines(campaign / "conjectures.jsonl")
    assert len(rows) == 3 and all(set(row) == set(FIELDS["conjectures"]) for row in rows)
    (row,) = (row for row in rows if "n * 0" in row["statement"])
    assert (row["lemma"], row["model"], row["screen"], row["times_sampled"]) == (
        "Seed.lemma",
        MODEL,
        "kept",
        2,
    )
    assert row["seed_statement"] == "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p"
    assert (row["tries"], row["proofs"], row["trains_conjecturer"]) == (5, row["correct"], True)
    assert [other["trains_conjecturer"] for other in rows].count(True) == 1


def test_failures_hold_what_counts_as_a_wrong_try_and_nothing_else(campaign: Path, export: Export) -> None:
    export(campaign, tables=("proofs", "failures", "undecided"))
    out = campaign / "export" / "jsonl"
    failed, undecided = lines(out / "failures.jsonl"), lines(out / "undecided.jsonl")
    assert {(row["outcome"], row["reason"]) for row in failed} >= {
        ("timeout", "heartbeats"),
        ("rejected", "forbidden_constant"),
        ("rejected", "parse"),
    }
    assert {row["outcome"] for row in failed} == {"rejected", "timeout"}
    assert sorted((row["outcome"], row["reason"]) for row in undecided) == [
        ("infrastructure", "infrastructure"),
        ("timeout", "wall_clock"),
    ]
    assert "somebody" not in (out / "undecided.jsonl").read_text()
    ids = {row["id"] for row in lines(out / "proofs.jsonl")}
    assert ids.isdisjoint(row["id"] for row in failed) and len(failed) > 4


def test_preferences_are_whole_theorems_one_right_one_wrong(
    campaign: Path, export: Export, pool: LeanPool
) -> None:
    export(campaign, tables=("preferences",), pairs=3)
    rows = lines(campaign / "preferences.jsonl")
    assert len([row for row in rows if row["prompt"] == ADD_COMM]) == 3
    assert all(row["reason"] for row in rows)
    for row in rows:
        head = row["prompt"]
        for key, proved in (("chosen", True), ("rejected", False)):
            proof = row[key].removeprefix(" := ").removeprefix(" :=\n")
            forbid = ("Nat.add_comm",) if head == ADD_COMM else ("List.take_length",)
            assert pool.check_one(Check("x", head, proof, forbid=forbid)).proved is proved


# --- checking again -----------------------------------------------------------------------------------------


def test_a_proof_that_does_not_stand_any_more_stops_the_export_by_name(
    campaign: Path, export: Export
) -> None:
    change(campaign, "update proofs set text = 'by simp at nothing' where text = 'by intro a b; omega'")
    for options in ({}, {"format": "lean"}, {"tables": ("proofs", "failures")}):
        with pytest.raises(
            CampaignError, match=r"The proof [0-9a-f]{16} of .*by simp at nothing.* does not stand"
        ):
            export(campaign, campaign / "out", **options)
        assert {path.name for path in campaign.iterdir()} <= {
            "campaign.db",
            "campaign.db-shm",
            "campaign.db-wal",
            "campaign.lock",
        }
    assert export(campaign, recheck=False).recheck.kind == "skipped"


def test_another_environment_is_said_and_no_obstacle(campaign: Path, export: Export) -> None:
    change(campaign, "update environments set lean_commit = 'other'")
    export(campaign, campaign / "out", format="jsonl", tables=("proofs", "failures"))
    card = (campaign / "out" / "README.md").read_text()
    assert "checked again in another environment" in card and "lean commit: other →" in card


class _Silent:
    """Workers that give no answer the first `times` times; then those of `pool`."""

    def __init__(self, pool: LeanPool, times: int) -> None:
        self._pool, self._times, self.environment = pool, times, pool.environment

    def check(self, jobs: Any) -> Any:
        if self._times:
            self._times -= 1
            return [(job, Verdict("infrastructure", "infrastructure", "gone")) for job in jobs]
        return self._pool.check(jobs)


@pytest.mark.parametrize("times", [1, 2])
def test_checks_without_an_answer_are_asked_once_more(campaign: Path, pool: LeanPool, times: int) -> None:
    import contextlib

    from stp.export.options import Options
    from stp.export.run import export
    from stp.progress import Reporter

    def run() -> Any:
        return export(
            campaign,
            Options(),
            None,
            Reporter(quiet=True),
            open_pool=lambda store, **_: contextlib.nullcontext(_Silent(pool, times)),  # type: ignore[arg-type,return-value]
        )

    if times == 1:
        assert run().recheck.kind == "passed"
    else:
        with pytest.raises(LeanError, match=r"could not be checked again, twice \(infrastructure"):
            run()
        assert not (campaign / "proofs.jsonl").exists()


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["jsonl", "parquet", "hf", "lean"])
def test_two_exports_are_the_same_bytes(campaign: Path, export: Export, format: str) -> None:
    tables = (
        ("proofs",) if format == "lean" else ("proofs", "conjectures", "preferences", "failures", "undecided")
    )
    found = []
    for name in ("one", "two"):
        export(campaign, campaign / name, format=format, tables=tables)
        folder = campaign / name
        found.append(
            {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        )
    assert found[0] == found[1] and len(found[0]) > 5
    for content in found[0].values():
        assert str(campaign).encode() not in content


def test_a_folder_is_replaced_only_if_that_is_asked_for_and_it_is_an_export(
    campaign: Path, export: Export
) -> None:
    out = campaign / "out"
    export(campaign, out, format="parquet", recheck=False)
    (out / "more").write_text("")
    with pytest.raises(InputError, match="exists already"):
        export(campaign, out, format="parquet", recheck=False)
    export(campaign, out, format="parquet", recheck=False, force=True)
    assert not (out / "more").exists() and (out / "proofs.parquet").exists()
    foreign = campaign / "thesis"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="was not written by stp export"):
        export(campaign, foreign, format="parquet", recheck=False, force=True)
    assert [p.name for p in foreign.iterdir()] == ["thesis.tex"]
    assert not [p for p in campaign.iterdir() if p.name.startswith(".")]


def test_an_older_export_survives_one_that_fails(
    campaign: Path, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = campaign / "out"
    export(campaign, out, format="parquet", recheck=False)
    before = (out / "export.json").read_bytes()

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stp.export.card.card", full)
    with pytest.raises(InputError, match="disk is full"):
        export(campaign, out, format="parquet", recheck=False, force=True)
    assert (out / "export.json").read_bytes() == before
    with pytest.raises(InputError, match="disk is full"):
        export(campaign, campaign / "new", format="hf", recheck=False)
    assert not (campaign / "new").exists()
    assert not [p for p in campaign.iterdir() if p.name.startswith(".")]


def test_a_campaign_that_goes_on_meanwhile_changes_nothing(campaign: Path, export: Export) -> None:
    from stp.export import chosen, tables
    from stp.export.options import Options
    from stp.store import Store

    with Store.read(campaign) as store, chosen.snapshot(store):
        chosen.choose(store, Options())
        before = len(list(tables.proofs(store, Options())))
        change(campaign, "delete from verdicts")
        assert len(list(tables.proofs(store, Options()))) == before > 0
    with Store.read(campaign) as store:
        assert store.value("select count(*) from verdicts") == 0


def test_a_campaign_that_has_not_begun_is_refused(tmp_path: Path, export: Export) -> None:
    from stp.config import Config
    from stp.store import Store

    Store.create_or_open(tmp_path / "new", Config()).close()
    with pytest.raises(CampaignError, match="checked nothing yet"):
        export(tmp_path / "new")
