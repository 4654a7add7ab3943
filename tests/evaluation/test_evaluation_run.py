"""Evaluations with the real Lean and a sampler whose answers are known; and their shards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toy import ENTRIES, RESTS, TOY

from stp.data import dataset
from stp.errors import InputError
from stp.evaluation import EvaluationError, merge, result, run
from stp.evaluation.ledger import Ledger
from stp.evaluation.plan import Model, Plan, Selection, select
from stp.evaluation.result import Report
from stp.evaluation.run import Draw, Evaluator, blocks
from stp.lean.pool import LeanPool
from stp.lm import formats
from stp.lm.sampler import FakeSampler
from stp.progress import Reporter
from stp.records import Check, Verdict

NATIVE = formats.load("stp")
pytestmark = [pytest.mark.lean, pytest.mark.usefixtures("data_root")]

ANSWERS = ("by omega<end>", "by simp<end>", "by omega", "rfl<end>", "by  omega<end>", "<end>", "sorry<end>")


def by_seed(prompt: str, seed: int) -> str:
    """What depends on prompt and seed alone, as a real sampler's answers do."""
    return ANSWERS[seed % len(ANSWERS)]


def plan_of(selection: Selection, **changed: Any) -> Plan:
    plan = Plan(
        Model("0123", "fake", "fake"), "toy", selection.split, selection.sha256, None, None, 1.0, 1.0, 128, 0
    )
    return replace(plan, **changed)


def evaluate(
    folder: Path,
    pool: Any,
    samples: int = 6,
    answers: Any = by_seed,
    shard: tuple[int, int] | None = None,
    spec: str = "toy",
    **changed: Any,
) -> Report:
    selection = select(spec, shard=shard)
    plan = plan_of(selection, shard=shard, **changed)
    with Ledger.open(folder, plan) as ledger:
        unread = Evaluator(
            formats.load("stp"),
            plan,
            selection,
            samples,
            ledger,
            pool,
            lambda: FakeSampler(answers),
            Reporter(quiet=True),
        ).run()
        report = result.summarise(ledger, plan, selection, samples, [1, 2, samples], unread)
        result.write(folder, report)
    return report


def files(folder: Path) -> tuple[dict[str, Any], str]:
    """What a folder says, without seconds."""
    found = json.loads((folder / result.RESULT).read_text())
    assert found.pop("seconds")["lean"] > 0
    return found, (folder / result.STATEMENTS).read_text()


def test_counts_of_known_answers(pool: LeanPool, tmp_path: Path) -> None:
    table = {
        NATIVE.prover_prompt(RESTS[0]): [
            "by omega<end>",
            "by nope<end>",
            "Nat.add_comm a b<end>",
            "by omega<end>",
        ],
        NATIVE.prover_prompt(": twice 2 = 4"): ["rfl<end>", "by omega", "by decide<end>", "by  decide <end>"],
        NATIVE.prover_prompt("(a b : Nat) : a * b = b * a"): [
            "Nat.mul_comm a b<end>",
            "sorry<end>",
            "<end>",
            "x<proof><end>",
        ],
    }
    for rest in RESTS[1:]:
        table[NATIVE.prover_prompt(rest)] = ["by nonsense<end>"]
    report = evaluate(tmp_path / "e", pool, 4, table)
    rows = {row["name"]: row for row in report.statements}
    assert [row["name"] for row in report.statements] == [e.name for e in ENTRIES[:-1]]
    assert (rows["toy_0"]["n"], rows["toy_0"]["c"], rows["toy_0"]["proof"]) == (4, 3, "by omega")
    assert (rows["with_header"]["c"], rows["with_header"]["proof"]) == (3, "rfl")
    assert rows["with_header"]["pass_at_k"] == {"1": 0.75, "2": 1.0, "4": 1.0}
    assert (rows["banned"]["n"], rows["banned"]["c"], rows["banned"]["proof"]) == (4, 0, None)
    found = report.result
    assert found["proved"] == 2 and found["evaluated"] == 8 and found["data"]["statements"] == 9
    assert [row["name"] for row in found["not_evaluated"]] == ["not_here"]
    assert "Real.sqrt" in found["not_evaluated"][0]["why"]
    assert found["totals"]["samples"] == 32
    assert (found["totals"]["truncated"], found["totals"]["unparsable"]) == (1, 2)
    assert found["totals"]["distinct_proofs"] == 3 + 3 + 2 + 5
    assert found["totals"]["correct"] == 3 + 3
    assert report.complete
    values = [row["value"] for row in found["pass_at_k"]]
    assert values == sorted(values) and values[-1] == 2 / 8
    assert found["pass_at_k"][-1]["block_mean"] == 2 / 8 and found["pass_at_k"][-1]["block_std"] is None
    assert found["environment"]["id"] == pool.environment.id


def test_equal_proofs_are_checked_once_and_texts_that_are_none_never(pool: LeanPool, tmp_path: Path) -> None:
    counting = Counting(pool)
    evaluate(tmp_path / "e", counting, 12)
    texts = [(job.statement, job.proof) for job in counting.asked]
    assert len(texts) == len(set(texts)) <= 8 * 5
    assert not any("<end>" in proof or not proof for _, proof in texts)


def test_blocks_threads_and_earlier_runs_leave_no_trace(
    pool: LeanPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(tmp_path / "whole", pool, 6)
    monkeypatch.setattr(run, "SAMPLE_BLOCK", 5)
    monkeypatch.setattr(run, "STATEMENT_BLOCK", 2)
    evaluate(tmp_path / "blocks", pool, 6)
    assert files(tmp_path / "blocks") == files(tmp_path / "whole")
    for samples in (1, 4, 6):
        evaluate(tmp_path / "raised", pool, samples)
    assert files(tmp_path / "raised") == files(tmp_path / "whole")


def test_fewer_samples_than_there_are_give_the_result_of_so_many(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "few", pool, 3)
    evaluate(tmp_path / "many", pool, 6)
    evaluate(tmp_path / "many", pool, 3)
    assert files(tmp_path / "many") == files(tmp_path / "few")


def test_a_finished_evaluation_asks_neither_model_nor_lean(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "e", pool, 4)
    before = files(tmp_path / "e")
    counting = Counting(pool)

    def no_model(prompt: str, seed: int) -> str:
        raise AssertionError("asked the model")

    evaluate(tmp_path / "e", counting, 4, no_model)
    assert counting.asked == [] and files(tmp_path / "e") == before


def test_shards_merged_are_the_whole(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "whole", pool, 4)
    parts = []
    for number in (3, 1, 2):
        parts.append(tmp_path / f"part{number}")
        evaluate(parts[-1], pool, 4, shard=(number, 3))
    plan, samples = merge.merge(parts, tmp_path / "merged")
    with Ledger.open(tmp_path / "merged", plan) as ledger:
        report = result.summarise(ledger, plan, merge.selection_of(plan), samples, [1, 2, 4])
        result.write(tmp_path / "merged", report)
    assert files(tmp_path / "merged") == files(tmp_path / "whole")
    # and can be gone on with
    evaluate(tmp_path / "merged", pool, 6)
    evaluate(tmp_path / "whole", pool, 6)
    assert files(tmp_path / "merged") == files(tmp_path / "whole")


def test_shards_that_do_not_belong_together_are_refused(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "1", pool, 2, shard=(1, 2))
    evaluate(tmp_path / "2", pool, 2, shard=(2, 2))
    evaluate(tmp_path / "other", pool, 2, shard=(2, 2), seed=5)
    evaluate(tmp_path / "more", pool, 3, shard=(2, 2))
    evaluate(tmp_path / "no_shard", pool, 2)
    for folders, says in (
        (["1"], "missing: 2/2"),
        (["1", "1"], "same shard"),
        (["1", "other"], "seed: 0, now 5"),
        (["1", "more"], "samples: 2, now 3"),
        (["1", "no_shard"], "no shard"),
        (["1", "nowhere"], "no evaluation"),
    ):
        with pytest.raises(EvaluationError, match=says):
            merge.merge([tmp_path / name for name in folders], tmp_path / "merged")
        assert not (tmp_path / "merged").exists()
    with Ledger.open(tmp_path / "2", plan_of(select("toy"), shard=(2, 2))) as ledger, ledger.transaction():
        ledger.db.conn.execute("delete from samples where copy = 1 and statement = 3")
    with pytest.raises(EvaluationError, match="not finished"):
        merge.merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seed": 1}, "seed: 0, now 1"),
        ({"temperature": 0.5}, "temperature: 1.0, now 0.5"),
        ({"model": Model("4567", "fake", "fake")}, "model.hash: 0123, now 4567"),
        ({"spec": "toy:test"}, "split: , now test"),
    ],
)
def test_another_evaluation_in_the_folder_is_refused_by_the_difference(
    pool: LeanPool, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    evaluate(tmp_path / "e", pool, 1)
    with pytest.raises(EvaluationError, match=says):
        evaluate(tmp_path / "e", pool, 1, **changed)


def test_another_environment_is_refused(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "e", pool, 1)
    other = Counting(pool)
    other.environment = replace(pool.environment, heartbeats=7)
    with pytest.raises(EvaluationError, match="heartbeats: 20000, now 7"):
        evaluate(tmp_path / "e", other, 1)


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    plan = plan_of(select("toy"))
    with Ledger.open(tmp_path / "e", plan), pytest.raises(EvaluationError, match="Another stp process"):
        Ledger.open(tmp_path / "e", plan)
    Ledger.open(tmp_path / "e", plan).close()


def test_foreign_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(EvaluationError, match="holds other things"):
        Ledger.open(tmp_path / "mine", plan_of(select("toy")))
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "evaluation.db").write_text("no database " * 100)
    with pytest.raises(EvaluationError, match="not the database of an evaluation"):
        Ledger.open(tmp_path / "broken", plan_of(select("toy")))


def test_if_nothing_elaborates_it_says_so_and_binds_no_folder(pool: LeanPool, tmp_path: Path) -> None:
    dataset.save(replace(TOY, name="toy", entries=ENTRIES[-1:]), replace=True)
    with pytest.raises(InputError, match="stp data check toy"):
        evaluate(tmp_path / "e", pool, 1)
    assert not (tmp_path / "e").exists()


class Counting:
    """The real pool, which notes what it is asked to check."""

    def __init__(self, pool: LeanPool) -> None:
        self.pool, self.asked = pool, list[Check]()
        self.statements, self.environment = pool.statements, pool.environment

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        jobs = list(jobs)
        self.asked += jobs
        return self.pool.check(jobs)


class Failing(Counting):
    """… and loses some of the answers."""

    def __init__(self, pool: LeanPool, lost: Callable[[Check, int], bool]) -> None:
        super().__init__(pool)
        self.lost = lost

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        for job, verdict in super().check(jobs):
            if self.lost(job, self.asked.count(job)):
                verdict = Verdict("infrastructure", "infrastructure", "the worker ended")
            yield job, verdict


def test_what_gets_no_verdict_is_tried_again_and_then_as_good_as_any(pool: LeanPool, tmp_path: Path) -> None:
    evaluate(tmp_path / "plain", pool, 6)
    losing = Failing(pool, lambda job, time: job.proof == "by omega" and time <= 2)
    report = evaluate(tmp_path / "lost", losing, 6)
    assert report.complete and files(tmp_path / "lost") == files(tmp_path / "plain")
    assert max(losing.asked.count(job) for job in losing.asked) == 3


def test_what_never_gets_a_verdict_is_no_failure_and_the_next_run_tries_it(
    pool: LeanPool, tmp_path: Path
) -> None:
    proofs = ["by omega<end>", "rfl<end>", "by nonsense<end>", "by omega<end>", "rfl <end>", "<end>"]
    rests = [*RESTS, ": twice 2 = 4", "(a b : Nat) : a * b = b * a"]
    table = {NATIVE.prover_prompt(rest): proofs for rest in rests}
    plain = evaluate(tmp_path / "plain", pool, 6, table)
    losing = Failing(pool, lambda job, _: job.proof == "by omega" and "+ 0" in job.statement)
    report = evaluate(tmp_path / "lost", losing, 6, table)
    row = next(row for row in report.statements if row["name"] == "toy_2")
    was = next(row for row in plain.statements if row["name"] == "toy_2")
    assert not report.complete
    assert (was["n"], was["c"]) == (6, 4)
    assert (row["n"], row["c"], row["undecided"]) == (4, 2, 2)
    assert row["pass_at_k"]["1"] == 0.5 and row["pass_at_k"]["6"] is None
    assert report.result["undecided"] == [
        {"name": "toy_2", "samples": 2, "why": "infrastructure: infrastructure"}
    ]
    assert [r["statements"] for r in report.result["pass_at_k"]] == [8, 8, 7]
    assert evaluate(tmp_path / "lost", pool, 6, table).complete
    assert files(tmp_path / "lost") == files(tmp_path / "plain")


def test_blocks_hold_what_is_missing_and_cut_long_ones() -> None:
    targets = [(0, "a", "x"), (1, "b", "y"), (2, "c", "z")]
    found = list(blocks(targets, {1: 3}, 4, 3))
    assert found == [
        [Draw(0, "a", "x", range(0, 3))],
        [Draw(0, "a", "x", range(3, 4)), Draw(1, "b", "y", range(3, 4)), Draw(2, "c", "z", range(0, 1))],
        [Draw(2, "c", "z", range(1, 4))],
    ]
    assert list(blocks(targets, {0: 4, 1: 9, 2: 4}, 4, 3)) == []
