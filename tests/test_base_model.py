"""Campaigns that start from a model at hand, with the real Lean: stp-nano, which the project ships."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE

from stp import campaign, config
from stp.errors import CampaignError, ConfigError
from stp.lm import bases, formats, model
from stp.progress import Reporter
from stp.stages.context import Context
from stp.stages.look import FAMILIAR, look
from stp.stages.prepare import start_model
from stp.store import Store

pytestmark = [pytest.mark.lean, pytest.mark.campaign]

TOML = """
mode = "stp"
iterations = 1
seed = 2

[data]
seeds = 60
library = 0
train = 12
held_out = 6
prefixes = ["Init.Data.List", "Init.Data.Array", "Init.Data.Vector"]
max_chars = 110

[model]
base = "stp-nano"
context = 256

[sft]
epochs = 0

[conjecture]
per_iteration = 12
max_tokens = 48

[prove]
samples = 8
max_tokens = 32
temperature = [0.7, 1.0]
logprobs = true

[train]
tokens_per_batch = 1024

[select]
sft_share = 0.2
prover_below = 1.0

[retrain]
on = false

[evaluate]
samples = 4
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, lean: object) -> Path:
    folder = tmp_path_factory.mktemp("base")
    (folder / "nano.toml").write_text(TOML)
    run = subprocess.run(
        [sys.executable, "-m", "stp", "run", folder / "nano.toml", "--dir", folder / "campaign"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "as they are" in run.stdout
    return folder / "campaign"


def test_model_0_is_the_base_and_the_next_one_goes_on_from_it(finished: Path) -> None:
    nano = bases.find("stp-nano")
    first, second = (finished / "models" / str(i) for i in (0, 1))
    assert model.model_hash(first) == model.model_hash(nano)
    assert model.read_config(second)["hidden_size"] == model.read_config(nano)["hidden_size"]
    assert model.model_hash(second) != model.model_hash(first)
    assert bases.format_of(second) == bases.format_of(first)
    assert not (finished / "models" / "start").exists()


def test_another_model_in_the_place_of_the_base_is_refused(finished: Path) -> None:
    with Store.read(finished) as store:
        at_hand = [config.load(finished / "config.toml"), store, None, formats.load("stp"), None, None]
        same = Context(*at_hand, base=bases.find("stp-nano"))  # type: ignore[arg-type]
        assert model.model_hash(start_model(same)) == same.model(0)["id"]
        other = Context(*at_hand, base=finished / "models" / "1")  # type: ignore[arg-type]
        with pytest.raises(
            CampaignError, match="stp-nano is not the model that this campaign was begun with"
        ):
            start_model(other)
        assert not (finished / "models" / "start").exists()


def test_nothing_is_measured_on_what_the_base_was_trained_on(finished: Path) -> None:
    learnt = bases.trained_on(bases.find("stp-nano"))
    with Store.read(finished) as store:
        keys = [row["key"] for row in store.rows("select key from statements where source = 'library'")]
        assert len(keys) == 18 and not learnt.intersection(keys)
        assert store.value("select count(*) from statements where split = 'held_out'") == 6


def test_samples_keep_temperature_truncation_and_log_probability(finished: Path) -> None:
    with Store.read(finished) as store:
        rows = list(store.rows("select * from attempts where stage = 'prove'"))
    assert {(row["copy"] % 2, row["temperature"]) for row in rows} == {(0, 0.7), (1, 1.0)}
    assert all(-300 < row["logprob"] < 0 for row in rows)
    assert {row["truncated"] for row in rows} <= {0, 1}
    assert all(row["tokens"] == 32 and row["proof"] is None for row in rows if row["truncated"])


def test_status_says_how_busy_sampler_and_lean_were(finished: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "stp", "status", finished, "--json"], capture_output=True, text=True
    )
    (row,) = [row for row in json.loads(said.stdout)["iterations"] if row["iteration"] == 1]
    assert 0 < row["busy"]["sampler"] <= 1 and 0 < row["busy"]["lean"] <= 1
    assert row["truncated"] is not None


def test_a_first_look_shows_proofs_that_lean_accepts(
    finished: Path, pool: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from stp.lm.sampler import TransformersSampler

    with Store.read(finished) as store:
        context = Context(
            config.load(finished / "config.toml"), store, pool, formats.load("stp"),
            TransformersSampler, None, Reporter(),
        )  # fmt: skip
        proved = look(context, bases.find("stp-nano"))
    shown = capsys.readouterr().out
    assert 1 <= proved <= len(FAMILIAR) and f"{proved} of {len(FAMILIAR)} familiar statements" in shown
    assert shown.count("theorem t") == proved


def test_a_base_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[model]\nbase = "stp-mega"\n')
    run = subprocess.run(
        [sys.executable, "-m", "stp", "run", tmp_path / "c.toml", "--dir", tmp_path / "c"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1 and "There is no model stp-mega" in run.stderr
    assert "Traceback" not in run.stderr and not (tmp_path / "c" / "models").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": {"base": "stp-nano", "format": "no-such"}}, "There is no format 'no-such'"),
        ({"sampler": {"kind": "server", "url": "http://localhost:1/v1"}}, "goes on sampling from the model"),
        ({"model": {"format": "kimina-prover"}, "conjecture": {"targets": 0.5}}, "conjecture.targets begins"),
        ({"model": {"base": "FOREIGN"}}, "does not have the tags of the format stp"),
    ],
)
def test_what_cannot_go_together_is_refused_before_anything_is_written(
    tmp_path: Path, changes: dict[str, dict[str, str]], said: str
) -> None:
    nano = bases.find("stp-nano")
    foreign = tmp_path / "foreign"
    bases.copy_model(nano, foreign)
    Tokenizer(BPE({"a": 0}, [])).save(str(foreign / "tokenizer.json"))
    table = json.loads(json.dumps(changes).replace("FOREIGN", str(foreign)))
    with pytest.raises(ConfigError, match=said):
        campaign.run(config.parse(table), tmp_path / "c", Reporter(quiet=True))
    assert not (tmp_path / "c").exists()
