"""Data sets in a campaign: they are proved and evaluated on, and nothing that is held out is trained on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stp import config as configuration
from stp.data import dataset
from stp.data.dataset import DataSet, Entry
from stp.errors import CampaignError
from stp.lean.pool import LeanPool
from stp.lm import formats
from stp.lm.sampler import FakeSampler
from stp.lm.trainer import FakeTrainer
from stp.progress import Reporter
from stp.stages import learn, prepare, standing
from stp.stages.context import Context
from stp.store import Store

HELD = (
    Entry("comm", "theorem comm (a b : Nat) : a + b = b + a", "test"),
    Entry("bits", "theorem bits (p : Bool) : (p || true) = true", "test"),
)
TRAIN = (
    Entry("free", "theorem free (a : Nat) : a = a + 0", "train"),
    Entry("same", "theorem same (x y : Nat) : x + y = y + x", "train"),  # `comm` under other names
    Entry("real", "theorem real (x : ℝ) : x = x", "train"),
    Entry("named", "theorem named (n : Nat) : n ∣ n", "train", forbid=("Nat.dvd_refl",)),
)


@pytest.fixture
def context(core_pool: LeanPool, data_home: Path, tmp_path: Path) -> Iterator[Context]:
    dataset.save(DataSet("bench", HELD))
    dataset.save(DataSet("mine", TRAIN))
    config = configuration.parse(
        {
            "mode": "expert-iteration",
            "lean": {"imports": ["Init", "Std"], "header": ""},
            "data": {
                "seeds": 0,
                "library": 0,
                "train": 0,
                "held_out": 0,
                "sets": ["mine:train"],
                "held_out_sets": ["bench"],
            },
        }
    )
    with opened(config, tmp_path / "campaign", core_pool) as made:
        yield made


@contextlib.contextmanager
def opened(config: configuration.Config, folder: Path, pool: LeanPool) -> Iterator[Context]:
    with Store.create_or_open(folder, config) as store:
        store.set_environment(pool.environment)
        yield Context(
            config,
            store,
            pool,
            formats.load("stp"),
            lambda folder: FakeSampler(lambda prompt, seed: "by simp<end>"),
            FakeTrainer(),
            Reporter(quiet=True),
        )


def test_data_sets_are_taken_in_and_what_is_held_out_is_left_out_by_name(context: Context) -> None:
    prepare.statements(context)
    rows = {row["module"]: row for row in context.store.rows("select * from statements")}
    assert {label: row["split"] for label, row in rows.items()} == {
        "bench:test/comm": "held_out",
        "bench:test/bits": "held_out",
        "mine:train/free": "train",
        "mine:train/named": "train",
    }
    figures = json.loads(context.store.value("select figures from stages where stage = 'statements'"))
    assert figures["refused"] == ["mine:train/same (held out as bench:test/comm)"]
    assert context.forbidden() == {rows["mine:train/named"]["id"]: ("Nat.dvd_refl",)}
    assert len(standing.unproved(context, 1)) == 2


def test_the_seed_library_is_guarded_too(context: Context, core_pool: LeanPool) -> None:
    dataset.save(DataSet("bench2", (Entry("z", "theorem z (a : Nat) : a = a + 0", "test"),)))
    prepare.statements(context)
    figures = json.loads(context.store.value("select figures from stages where stage = 'statements'"))
    assert "mine:train/free (held out as bench2:test/z)" in figures["refused"]


def test_training_on_a_held_out_statement_is_refused_with_its_name(context: Context) -> None:
    """Also if it comes to be held out when the campaign has begun."""
    prepare.statements(context)
    store = context.store
    free = store.value("select id from statements where module = 'mine:train/free'")
    with store.transaction():
        store.add(
            "examples",
            [
                {
                    "id": "e",
                    "iteration": 1,
                    "role": "prover",
                    "prompt": "p",
                    "completion": "c",
                    "weight": 1.0,
                    "statement": free,
                    "proof": "",
                    "parents": json.dumps([free]),
                }
            ],
        )
    context.refuse_held_out(1)
    dataset.save(DataSet("later", (Entry("zero", "theorem zero (m : Nat) : m = m + 0", "held_out"),)))
    del context.guard  # as when the campaign goes on later
    with pytest.raises(CampaignError, match="later:held_out/zero, which is held out; nothing was trained"):
        learn.train(context, 1)
    assert store.value("select count(*) from models") == 0


def test_the_proofs_that_sft_statements_came_with_are_checked_and_trained_on(
    core_pool: LeanPool, data_home: Path, tmp_path: Path
) -> None:
    """Several of one statement too; not a wrong one, not one of a statement that is to be proved or held out."""
    double = "(n : Nat) : n + n = 2 * n"
    dataset.save(DataSet("bench", HELD))
    dataset.save(
        DataSet(
            "own",
            (
                Entry("one", f"theorem one {double}", "sft", proof="by\n  rw [Nat.two_mul]"),
                Entry("two", f"theorem two {double}", "sft", proof="(Nat.two_mul n).symm"),
                Entry("wrong", f"theorem wrong {double}", "sft", proof="rfl"),
                Entry("none", "theorem none (n : Nat) : n * 1 = n", "sft"),
                Entry("held", "theorem held (x y : Nat) : x + y = y + x", "sft", proof="Nat.add_comm x y"),
                Entry("to_prove", "theorem to_prove (n : Nat) : 0 + n = n", "train", proof="n.zero_add"),
                Entry("again", "theorem again (k : Nat) : 0 + k = k", "sft", proof="k.zero_add"),
            ),
        )
    )
    table = {"seeds": 0, "library": 0, "train": 0, "held_out": 0, "portfolio": False, "tactics": ["by omega"]}
    table |= {"sets": ["own:train"], "sft_sets": ["own:sft"]}
    config = configuration.parse({"lean": {"imports": ["Init", "Std"], "header": ""}, "data": table})
    with opened(config, tmp_path / "campaign", core_pool) as context:
        prepare.statements(context)
        prepare.portfolio(context)
        examples = [example for _, example in prepare.sft_examples(context) if example.role == "prover"]
        found = {(e.prompt, e.completion): e.weight for e in examples}
        prompts = {rest: context.format.prover_prompt(rest) for rest in (double, "(n : Nat) : n * 1 = n")}
        ends = {
            text: context.format.prover_completion("", text)
            for text in ("by\n  rw [Nat.two_mul]", "(Nat.two_mul n).symm", "by omega")
        }
        assert found == {(prompts[double], end): pytest.approx(1 / 3) for end in ends.values()} | {
            (prompts["(n : Nat) : n * 1 = n"], ends["by omega"]): 1.0
        }
