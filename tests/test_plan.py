"""`stp plan`: arithmetic that can be done on paper, the published run's totals, and what a campaign shows."""

import dataclasses
import json
import math
import struct
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stp import config as configuration
from stp import paths
from stp.cli import main
from stp.config import Config, parse
from stp.errors import CampaignError, ConfigError, InputError
from stp.lean.tactics import TRIVIAL
from stp.plan import cost, defaults, devices, memory, rates, shape
from stp.plan.measure import measure
from stp.plan.rates import Rate
from stp.plan.report import plan
from stp.plan.table import gigabytes, hours, number
from stp.records import Environment, Verdict
from stp.store import Store
from stp.store.schema import FINAL

ROOT = Path(__file__).parent.parent
EXPERIMENTS = ROOT / "experiments"
#: Published in arXiv 2502.00212 (abstract, section 4.2).
PAPER = {"conjectures": 3.6e6, "proofs": 241e6, "generated_tokens": 51.3e9}

SMALL = """
iterations = 2
data = {train = 100, held_out = 10, library = 0, seeds = 0}
lean = {workers = 4}
sampler = {gpus = 2}
trainer = {processes = 2}
sft = {epochs = 2}
train = {epochs = 1}
prove = {samples = 4, resample_proved = 0.05}
evaluate = {samples = 2}
select = {replay = 2}
"""
SMALL_RATES: dict[str, Any] = {
    "proved": 0.2,
    "proof_tokens": 10,
    "conjecture_tokens": 5,
    "prover_prompt_tokens": 3,
    "conjecturer_prompt_tokens": 20,
    "conjectures_kept": 0.5,
    "distinct_proofs": 0.5,
    "prover_examples": 0.25,
    "conjecturer_examples": 0.1,
    "sft_examples": 8,
    "lean_seconds": 3.6,
    "sampling_tokens_per_second": 100,
    "training_tokens_per_second": 50,
}


@pytest.fixture(autouse=True)
def no_data_sets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache: an installed data set would be counted as it is there."""
    monkeypatch.setenv("STP_HOME", str(tmp_path_factory.mktemp("home")))


def small(change: str = "", **given: Any) -> tuple[Config, dict[str, Rate]]:
    table = tomllib.loads(SMALL)
    for key, value in tomllib.loads(change).items():
        table[key] = {**table.get(key, {}), **value} if isinstance(value, dict) else value
    config = parse(table)
    known = rates.parse({**SMALL_RATES, **given}, "test")
    return config, defaults.of(config, shape.of(config), known)


def stage(phases: list[cost.Phase], name: str, iteration: int) -> cost.Phase:
    return next(p for p in phases if p.name == name and p.iteration == iteration)


def test_a_round_is_counted_as_on_paper() -> None:
    # 100 statements, 20 proved: 80 conjectures, 40 of them kept; attempted are 40 + 80 + 1 of the proved
    phases = cost.phases(*small())
    prove = stage(phases, "prove", 1)
    assert (prove.conjectures, prove.proofs, prove.generated_tokens) == (40, 484, 4840)
    conjecture = stage(phases, "conjecture", 1)
    assert (conjecture.conjectures, conjecture.proofs, conjecture.generated_tokens) == (0, 0, 400)
    evaluate = stage(phases, "evaluate", 1)
    assert (evaluate.proofs, evaluate.generated_tokens) == (20, 200)
    whole = cost.total(phases)
    assert whole.conjectures == 80
    # evaluated at the start, behind each round, and behind the final retraining
    assert whole.proofs == 2 * 484 + 4 * 20
    assert whole.generated_tokens == 2 * (4840 + 400) + 4 * 200


def test_training_reads_the_replay_buffer() -> None:
    # a round selects 121 / 4 prover examples of 13 tokens and 4 conjecturer examples of 25
    phases = cost.phases(*small())
    assert stage(phases, "supervised", 0).trained_tokens == 8 * 13 * 2
    assert stage(phases, "train", 1).trained_tokens == pytest.approx(493.25)
    assert stage(phases, "train", 2).trained_tokens == pytest.approx(2 * 493.25)
    assert stage(cost.phases(*small("iterations = 3")), "train", 3).trained_tokens == pytest.approx(
        2 * 493.25
    )
    mixed = cost.phases(*small("[select]\nsft_share = 0.1"))
    assert stage(mixed, "train", 1).trained_tokens == pytest.approx(493.25 + 3.425 * 13)
    flooded = cost.phases(*small("[select]\nsft_share = 9.0"))
    assert stage(flooded, "train", 1).trained_tokens == pytest.approx(493.25 + 8 * 13)
    thinking = cost.phases(*small(completion_tokens=2))
    assert stage(thinking, "train", 1).trained_tokens == pytest.approx(30.25 * 5 + 4 * 25)
    assert stage(thinking, "prove", 1).generated_tokens == 4840


def test_hours_are_tokens_and_checks_by_rates() -> None:
    # 3.6 s a check: a thousandth of an hour; the screen reads 80, and 40 are looked for in the library, searched for
    # contradictions three ways, and watched
    phases = cost.phases(*small())
    assert stage(phases, "statements", 0).lean_core_hours == pytest.approx(0.110)
    assert stage(phases, "conjecture", 1).lean_core_hours == pytest.approx(0.080 + 0.040 + 0.120 + 0.040)
    prove = stage(phases, "prove", 1)
    assert prove.lean_core_hours == pytest.approx(0.242)
    assert prove.sampling_gpu_hours == pytest.approx(4840 / 100 / 3600)
    assert prove.hours == pytest.approx(4840 / 100 / 3600 / 2 + 0.242 / 4)
    train = stage(phases, "train", 1)
    assert train.training_gpu_hours == pytest.approx(493.25 / 50 / 3600)
    assert train.hours == pytest.approx(493.25 / 50 / 3600 / 2)
    assert cost.total(phases).hours == pytest.approx(sum(p.hours for p in phases))


def test_what_overlaps_takes_as_long_as_the_longer() -> None:
    apart, half, together = (
        stage(cost.phases(*small(overlap=share)), "prove", 1).hours for share in (0, 0.5, 1)
    )
    assert together == pytest.approx(max(4840 / 100 / 3600 / 2, 0.242 / 4))
    assert half == pytest.approx((apart + together) / 2)


def test_the_mode_and_the_seeds_decide_what_is_conjectured() -> None:
    rival = cost.phases(*small('mode = "expert-iteration"'))
    assert {p.name for p in rival} == {"statements", "supervised", "evaluate", "prove", "train"}
    assert stage(rival, "prove", 1).proofs == 81 * 4
    sampling = cost.phases(*small('mode = "sampling"'))
    assert [p.name for p in sampling if p.iteration] == ["prove", "prove"]
    assert stage(cost.phases(*small(proved=0)), "prove", 1).conjectures == 0
    # proved statements of the library are seeds too
    assert stage(cost.phases(*small("[data]\nlibrary = 5", proved=0)), "prove", 1).conjectures == 50
    fixed = cost.phases(*small("[conjecture]\nper_iteration = 30\nscreen_vacuous = false\nwatch = false"))
    assert stage(fixed, "prove", 1).conjectures == 15
    assert stage(fixed, "conjecture", 1).lean_core_hours == pytest.approx(0.030 + 0.015)


#: Of SMALL's rounds, 20.25 proofs of the data set's statements and 10 of conjectures, of 13 tokens, and 4 conjectures of 25.
DATA, CONJECTURES, STATED, SFT = 20.25 * 13, 10 * 13, 4 * 25, 8 * 13


def test_the_final_retraining_reads_the_proofs_of_all_rounds() -> None:
    def read(change: str = "") -> float:
        phases = cost.phases(*small(change))
        (final,) = [p for p in phases if p.name == "retrain"]
        assert final.iteration == FINAL + 2
        assert stage(phases, "evaluate", FINAL + 2).proofs == 20
        return final.trained_tokens

    assert read() == pytest.approx(2 * (SFT + 2 * DATA + 2 * CONJECTURES))
    assert read("[retrain]\nconjectures = false") == pytest.approx(2 * (SFT + 2 * DATA))
    # one proof of each of the 20 that are proved
    assert read("[select]\nproofs_per_statement = 1") == pytest.approx(2 * (SFT + 20 * 13 + 2 * CONJECTURES))
    # once at least
    assert read("[sft]\nepochs = 0") == pytest.approx(SFT + 2 * DATA + 2 * CONJECTURES)
    assert "retrain" not in {p.name for p in cost.phases(*small("[retrain]\non = false"))}
    assert "retrain" not in {p.name for p in cost.phases(*small("iterations = 0"))}


def test_a_refresh_is_for_both_roles_and_the_replay_buffer_begins_anew() -> None:
    phases = cost.phases(*small("iterations = 4\n[refresh]\nat = 2"))
    refresh = stage(phases, "refresh", 2)
    assert refresh.trained_tokens == pytest.approx(2 * (SFT + 2 * DATA + 2 * CONJECTURES + 2 * STATED))
    assert not [p for p in phases if p.name == "train" and p.iteration == 2]
    each = DATA + CONJECTURES + STATED
    assert [stage(phases, "train", i).trained_tokens for i in (1, 3, 4)] == pytest.approx(
        [each, each, 2 * each]
    )
    everything = cost.phases(*small("iterations = 4\n[select]\nreplay = 0"))
    assert stage(everything, "train", 4).trained_tokens == pytest.approx(4 * each)


def test_the_budget_ends_a_campaign() -> None:
    phases = cost.phases(*small("iterations = 9\n[prove]\nbudget = 600"))
    assert [p.proofs for p in phases if p.name == "prove"] == [484, 600 - 484]
    assert [p.name for p in phases if p.iteration > 2] == ["retrain", "evaluate"]
    assert cost.by_iteration(phases)[-1].name == "final"


def test_without_samples_nothing_is_evaluated() -> None:
    assert "evaluate" not in {p.name for p in cost.phases(*small("[evaluate]\nsamples = 0"))}


def test_what_is_switched_on_takes_its_checks() -> None:
    given = {"disprove_seconds": 7.2, "shorten_checks": 2}
    phases = cost.phases(*small("[prove]\ndisprove = true\nshorten = true", **given))
    # 80 are open when the first round has ended; 30.25 proofs make examples of each
    assert [p.lean_core_hours for p in phases if p.name == "disprove"] == pytest.approx([0.160])
    assert [p.lean_core_hours for p in phases if p.name == "shorten"] == pytest.approx([0.0605, 0.0605])
    assert stage(phases, "shorten", 1).hours == pytest.approx(0.0605 / 4)
    plain = stage(cost.phases(*small()), "conjecture", 1).lean_core_hours
    screened = cost.phases(*small("[conjecture]\nscreen_trivial = true\nscreen_false = true", **given))
    assert stage(screened, "conjecture", 1).lean_core_hours - plain == pytest.approx(
        0.040 * len(TRIVIAL) + 40 * 7.2 / 3600
    )
    assert not {"disprove", "shorten"} & {p.name for p in cost.phases(*small())}


def test_the_proved_share_is_that_at_the_beginning_of_a_round() -> None:
    config, known = small(proved=[[0, 0.0], [2, 0.5]])
    phases = cost.phases(config, known)
    assert stage(phases, "prove", 1).proofs == 4 * 100
    assert stage(phases, "prove", 2).proofs == pytest.approx(4 * (37.5 + 75 + 0.05 * 25))


def test_points_are_joined_by_lines_and_may_jump() -> None:
    rate = Rate(((0.0, 0.0), (2.0, 1.0), (2.0, 0.5), (4.0, 0.7)), "given", "")
    assert [rate.at(x) for x in (0, 1, 2, 3, 4, 9)] == pytest.approx([0, 0.5, 0.5, 0.6, 0.7, 0.7])
    assert Rate(((1.0, 3.0), (2.0, 4.0)), "given", "").at(0) == 3.0


# --- the published run ------------------------------------------------------------------------------------


def test_the_published_totals_come_out_of_the_published_inputs() -> None:
    report = plan(configuration.load(EXPERIMENTS / "paper.toml"), rates=EXPERIMENTS / "rates" / "paper.toml")
    for figure, published in PAPER.items():
        assert report["total"][figure]["value"] == pytest.approx(published, rel=0.04), figure
    half = sum(row["generated_tokens"] for row in report["rounds"] if row["iteration"] <= 24)
    assert half == pytest.approx(19.8e9, rel=0.04)
    # section A.9: training takes less than a quarter of the accelerators' time
    training = report["total"]["training_gpu_hours"]["value"]
    assert training < 0.25 * (training + report["total"]["sampling_gpu_hours"]["value"])


def test_the_published_totals_depend_on_what_is_published() -> None:
    """With another data set, share or number of samples they are missed: the inputs carry the result."""
    config = configuration.load(EXPERIMENTS / "paper.toml")
    known = rates.load(EXPERIMENTS / "rates" / "paper.toml")

    def missed(config: Config, change: dict[str, Rate]) -> bool:
        whole = cost.total(cost.phases(config, defaults.of(config, shape.of(config), {**known, **change})))
        return abs(whole.proofs / PAPER["proofs"] - 1) > 0.05

    assert not missed(config, {})
    assert missed(config, {"statements": Rate(140_000.0, "given", "with duplicates")})
    assert missed(config, {"proved": Rate(0.285, "given", "from the start")})
    assert missed(config.model_copy(update={"iterations": 58}), {})
    assert missed(parse({**config.model_dump(), "prove": {"samples": 64}}), {})


# --- models, machines, memory -----------------------------------------------------------------------------


def test_known_models_have_their_published_size() -> None:
    assert shape.KNOWN["deepseek-prover-v1.5-sft"].shape.parameters == pytest.approx(6.91e9, rel=0.001)
    assert shape.KNOWN["goedel-prover-v2-8b"].shape.parameters == pytest.approx(8.19e9, rel=0.001)
    # 2 · 30 layers · 32 heads · 128 · 2 bytes
    assert shape.KNOWN["deepseek-prover-v1.5-sft"].shape.kv_bytes == 491_520


def test_the_size_of_a_folder_is_that_of_its_weights() -> None:
    folder = paths.shipped("data/models/stp-nano")
    with (folder / "model.safetensors").open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    weights = sum(math.prod(t["shape"]) for name, t in header.items() if name != "__metadata__")
    for base in ("stp-nano", str(folder)):
        model = shape.of(parse({"model": {"base": base}}))
        assert model.parameters == pytest.approx(weights, rel=0.002)
        assert model.source == "recipe"


def test_the_number_of_parameters_may_be_given() -> None:
    model = shape.of(parse({"model": {"base": "someone/prover"}}), "7.2b")
    assert (model.parameters, model.source) == (7_200_000_000, "given")
    assert model.shape == shape.KNOWN["deepseek-prover-v1.5-sft"].shape
    with pytest.raises(InputError, match=r"how large someone/prover is .* --parameters 7B"):
        shape.of(parse({"model": {"base": "someone/prover"}}))
    with pytest.raises(InputError, match="'seven' is no number of parameters"):
        shape.of(parse({"model": {"base": "someone/prover"}}), "seven")


def test_a_folder_of_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mamba"}')
    with pytest.raises(ConfigError, match=r"does not describe a model of the Llama family"):
        shape.of(parse({"model": {"base": str(tmp_path)}}))


#: 2 layers of 4·4·2·(2+2) + 3·4·8 = 224 weights, two matrices of 10·4: 528 parameters; 2·2·2·4·2 = 64 bytes a token.
TINY = shape.Shape(layers=2, hidden=4, heads=2, kv_heads=2, head_dim=4, ffn=8, vocabulary=10)
MACHINE = devices.Device("test", flops=1e6, bandwidth=1e4, memory=4096, note="")


def test_the_roofline_is_that_of_the_slower_resource() -> None:
    assert (TINY.parameters, TINY.kv_bytes) == (528, 64)
    # memory: 1,056 bytes of weights leave room for 4096 / 2 − 1056 = 992 bytes, 3.1 sequences of 5 tokens
    running = 992 / 320
    step = (1056 + 992) / 1e4
    found = devices.decoding(TINY, 528, MACHINE, gpus=1, batch=100, context=5, share=0.5)
    assert found == pytest.approx(running / step)
    slow = dataclasses.replace(MACHINE, flops=1e3)
    found = devices.decoding(TINY, 528, slow, gpus=1, batch=2, context=5, share=0.5)
    assert found == pytest.approx(1e3 / (2 * 528))
    shared = devices.decoding(TINY, 528, MACHINE, gpus=2, batch=2, context=5, share=1.0)
    assert shared == pytest.approx(2 / ((1056 + 640) / 2e4) / 2)


def test_half_of_the_roofline_is_what_vllm_is_published_to_reach() -> None:
    llama = shape.Shape(32, 4096, 32, 8, 128, 14336, 128256)
    assert llama.parameters == pytest.approx(8.03e9, rel=0.001)
    roofline = devices.decoding(
        llama, llama.parameters, devices.device("h100"), gpus=1, batch=256, context=512, share=0.8
    )
    assert 12_500 / roofline == pytest.approx(0.5, abs=0.05)


def test_training_takes_six_operations_a_parameter_and_token() -> None:
    def speed(lora: bool, checkpointing: bool) -> float:
        return devices.training(500, MACHINE, utilisation=0.3, lora=lora, checkpointing=checkpointing)

    assert speed(False, False) == pytest.approx(0.3 * 1e6 / 3000)
    assert speed(False, True) == pytest.approx(0.3 * 1e6 / 4000)
    assert speed(True, False) == pytest.approx(0.3 * 1e6 / 2000)


def test_memory_is_counted_as_on_paper() -> None:
    model = shape.Model("tiny", TINY, 528, "recipe", "")

    def sizes(trainer: str) -> dict[str, float]:
        config = parse(tomllib.loads(f"[trainer]\npiece_tokens = 10\n{trainer}"))
        return {line.name: line.bytes for line in memory.training(config, model, "h100")}

    assert sizes("") == {
        "weights": 4 * 528,
        "gradients, Adam": 12 * 528,
        "activations": 34 * 4 * 10 * 2,
        "logits": 8 * 10 * 10,
    }
    shared = sizes("processes = 4\ngradient_checkpointing = true")
    assert (shared["weights"], shared["gradients, Adam"], shared["gathered layer"]) == (528, 3 * 528, 4 * 224)
    assert shared["activations"] == 2 * 4 * 10 * 2 + 34 * 4 * 10
    # rank 1: 2·(4 + 8) + 2·(4 + 8) + 3·(4 + 8) = 84 weights a layer
    adapted = sizes("lora_rank = 1")
    assert (adapted["weights"], adapted["gradients, Adam"]) == (2 * 528 + 4 * 168, 12 * 168)


def test_the_cache_and_the_host_are_counted_as_on_paper() -> None:
    model = shape.of(parse({"model": {"base": "deepseek-ai/DeepSeek-Prover-V1.5-SFT"}}))
    config = parse({"model": {"context": 1000}, "sampler": {"gpus": 2, "batch": 10, "gpu_memory": 0.5}})
    lines = {line.name: line for line in memory.sampling(config, model, "a100")}
    assert lines["KV cache of the batch"].bytes == 10 * 1000 * 491_520 / 2
    room = 40e9 - model.parameters
    assert lines["room for a KV cache"].bytes == room
    assert lines["room for a KV cache"].note.startswith(f"{int(room // 245_760_000)} sequences")
    config, known = small("[lean]\nspares = 2", lean_worker_gb=1.5, lean_shared_gb=5)
    host = {line.name: line.bytes for line in memory.host(config, shape.of(config), known)}
    assert (host["Lean workers"], host["shared by them"]) == (9e9, 5e9)


def test_the_disk_keeps_every_model() -> None:
    config, known = small(saved_bytes_per_parameter=2, database_bytes=100)
    model = shape.of(config)
    lines = {line.name: line.bytes for line in memory.disk(config, model, known, cost.phases(config, known))}
    # of the start, of two rounds, and the last prover
    assert lines["models"] == 4 * 2 * model.parameters
    assert lines["database"] == 1048 * 100 + 3 * 10 * 1048 * 0.5


# --- rates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prof_tokens = 3", r"unknown rate 'prof_tokens'; the nearest valid one is 'proof_tokens'"),
        ("proof_tokens = -3", r"proof_tokens = -3 is not valid"),
        ("proved = 1.5", r"proved = .* is not valid"),
        ("proved = [[0, 1.5]]", r"proved = .* \(a share is above 1\)"),
        ("proved = [[3, 0.1], [0, 0.2]]", r"points stand in the order of iterations"),
        ("proof_tokens = []", r"needs one at least"),
        ("proof_tokens =", r"not valid TOML"),
        ('gpu = "abacus"', r"stp knows no GPU 'abacus'; it knows h100"),
    ],
)
def test_bad_rates_get_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "rates.toml").write_text(text)
    with pytest.raises((ConfigError, InputError), match=sentence):
        plan(Config(), rates=tmp_path / "rates.toml")


def test_given_rates_come_before_measured_ones_and_those_before_defaults(tmp_path: Path) -> None:
    config = campaign(tmp_path / "campaign")
    (tmp_path / "rates.toml").write_text("lean_seconds = 9")
    found = plan(config, rates=tmp_path / "rates.toml", measured=tmp_path / "campaign")["rates"]
    assert (found["lean_seconds"]["value"], found["lean_seconds"]["source"]) == (9, "given")
    assert (found["conjectures_kept"]["value"], found["conjectures_kept"]["source"]) == (0.25, "measured")
    assert found["overlap"]["source"] == "default"


def test_statements_come_from_the_library_and_from_data_sets() -> None:
    config = parse(
        {"data": {"train": 10, "sets": ["minif2f:valid"], "held_out": 5, "held_out_sets": ["minif2f"]}}
    )
    found = plan(config)["rates"]
    assert (found["statements"]["value"], found["held_out"]["value"]) == (254, 5 + 488)
    with pytest.raises(InputError, match=r"how many statements mine:train has: .* --name mine"):
        plan(parse({"data": {"sets": ["mine:train"]}}))


def test_an_installed_data_set_is_counted() -> None:
    from stp.data.dataset import DataSet, Entry, save

    entries = [
        Entry(f"t{i}", f"theorem t{i} : True", split) for i, split in enumerate(("train", "train", "test"))
    ]
    save(DataSet("leanworkbook", tuple(entries), {"title": "mine"}))
    rate = plan(parse({"data": {"train": 0, "sets": ["leanworkbook:train"]}}))["rates"]["statements"]
    assert (rate["value"], rate["source"]) == (2, "recipe")


def campaign(folder: Path) -> Config:
    """A campaign of one finished round in a real store: 4 statements, 8 samples of 3 tokens, 4 conjectures of 5."""
    config = parse({"iterations": 1, "data": {"train": 4}, "sampler": {"gpus": 2}})
    environment = Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000)
    with Store.create_or_open(folder, config) as store:
        store.set_environment(environment)
        with store.transaction():
            store.add(
                "statements",
                [
                    {"id": f"s{i}", "rest": ": True", "key": f"k{i}", "source": "library", "split": "train"}
                    for i in range(4)
                ],
            )
            store.add(
                "conjectures",
                [
                    {
                        "id": f"c{i}",
                        "iteration": 1,
                        "copy": i,
                        "tokens": 5,
                        "screen": "kept" if i == 0 else "known",
                    }
                    for i in range(4)
                ],
            )
            store.add("proofs", [{"id": f"p{i}", "statement": f"s{i}", "text": "by simp"} for i in range(2)])
            store.add(
                "attempts",
                [
                    {
                        "id": f"a{i}",
                        "iteration": 1,
                        "stage": "prove",
                        "statement": f"s{i % 4}",
                        "copy": i // 4,
                        "proof": ("p0", "p1", None, None)[i % 4],
                        "tokens": 3,
                    }
                    for i in range(8)
                ],
            )
            store.add_verdicts(
                [("p0", Verdict("proved", seconds=0.1)), ("p1", Verdict("rejected", seconds=0.3))], 1
            )
            store.add(
                "models",
                [
                    {
                        "id": "m",
                        "iteration": 1,
                        "folder": "models/1",
                        "examples": 6,
                        "report": json.dumps({"tokens": 60, "examples": 6, "seconds": 4.0}),
                    }
                ],
            )
            for kind, seconds in (("sampling", 11.0), ("lean", 2.0), ("training", 4.0)):
                store.spend(1, "prove", kind, seconds)
            store.finish(1, "screen", {"kept": 1})
            store.finish(1, "prove", {"statements": 5, "tries": 8, "correct": 2, "proved": 1, "undecided": 0})
            store.finish(1, "select", {"prover": 2, "conjecturer": 1})
            store.finish(1, "train", {"examples": 6})
            store.finish(1, "shorten", {"proofs": 2, "checked": 5})
            # the last prover: trained otherwise, and no round
            store.add(
                "models",
                [
                    {
                        "id": "last",
                        "iteration": FINAL + 1,
                        "folder": f"models/{FINAL + 1}",
                        "examples": 6,
                        "report": json.dumps({"tokens": 600, "examples": 6, "seconds": 40.0}),
                    }
                ],
            )
            store.finish(FINAL + 1, "retrain", {"examples": 6})
    return config


def test_a_campaign_shows_its_rates(tmp_path: Path) -> None:
    config = campaign(tmp_path)
    found = {key: rate.value for key, rate in measure(tmp_path, config).items()}
    assert found["statements"] == 4
    assert found["proved"] == ((1.0, 0.25),)
    assert found["proof_tokens"] == ((0.0, 3.0),)
    assert found["conjecture_tokens"] == 5
    assert found["conjectures_kept"] == 0.25
    assert found["distinct_proofs"] == 0.25
    assert found["prover_examples"] == pytest.approx(2 / 5)
    assert found["conjecturer_examples"] == 1
    assert found["lean_seconds"] == pytest.approx(0.2)
    assert found["shorten_checks"] == 2.5
    # (8 · 3 + 4 · 5) tokens in 11 s on 2 GPUs; 60 in 4 s; an example has 10 tokens, 3 of them a proof
    assert found["sampling_tokens_per_second"] == pytest.approx(2)
    assert found["training_tokens_per_second"] == pytest.approx(15)
    assert found["prover_prompt_tokens"] == pytest.approx(7)


def test_rates_of_other_data_and_another_model_are_not_taken(tmp_path: Path) -> None:
    campaign(tmp_path)
    found = measure(tmp_path, parse({"data": {"train": 5}, "model": {"hidden": 64}}))
    assert not {"statements", "proved", "proof_tokens", "sampling_tokens_per_second"} & found.keys()
    assert "lean_seconds" in found
    assert "lean_seconds" not in measure(tmp_path, parse({"lean": {"imports": ["Mathlib"]}}))


def test_a_folder_without_a_campaign_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="There is no campaign in"):
        measure(tmp_path, Config())


# --- the command and the recipes --------------------------------------------------------------------------


def stp(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["plan", *arguments])
    return result.exit_code, result.output


def test_the_command_prints_tables_and_json() -> None:
    recipe = str(EXPERIMENTS / "demo.toml")
    code, text = stp(recipe)
    assert code == 0
    for heading in ("Cost", "What the totals rest on", "Memory and disk", "Rates"):
        assert f"\n{heading}" in text
    code, found = stp(recipe, "--json")
    report = json.loads(found)
    assert code == 0
    assert all(rate["source"] in ("default", "recipe") for rate in report["rates"].values())
    assert all(total["rests_on"] for total in report["total"].values())
    assert sum(row["proofs"] for row in report["phases"]) == pytest.approx(report["total"]["proofs"]["value"])


def test_long_campaigns_show_some_rounds_or_all() -> None:
    arguments = (str(EXPERIMENTS / "paper.toml"), "--rates", str(EXPERIMENTS / "rates" / "paper.toml"))
    short, whole = stp(*arguments)[1], stp(*arguments, "--all")[1]
    assert "round 48" in short and "\nfinal" in short and "round 30" not in short
    assert "round 30" in whole


def test_bad_input_gets_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('[model]\nbase = "someone/prover"')
    for arguments in (
        (str(tmp_path / "absent.toml"),),
        (str(tmp_path / "recipe.toml"),),
        (str(EXPERIMENTS / "demo.toml"), "--rates", str(tmp_path / "absent.toml")),
        (str(EXPERIMENTS / "demo.toml"), "--measured", str(tmp_path)),
    ):
        code, text = stp(*arguments)
        assert code == 1
        assert text.startswith("stp: ") and len(text.splitlines()) == 1


def test_no_torch_and_no_lean_are_needed() -> None:
    code = (
        "import sys; from stp.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'transformers', 'stp.lean.pool'} & sys.modules.keys(), sorted(sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", code, "plan", str(EXPERIMENTS / "demo.toml")], check=True, capture_output=True
    )


RECIPES = {"paper": "paper", "stp-goedel-1gpu-lora": "goedel"}


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_can_be_planned_and_says_what_the_plan_says(path: Path) -> None:
    rated = EXPERIMENTS / "rates" / f"{RECIPES[path.stem]}.toml" if path.stem in RECIPES else None
    total = {
        figure: row["value"] for figure, row in plan(configuration.load(path), rates=rated)["total"].items()
    }
    comment = " ".join(line.lstrip("# ") for line in path.read_text().splitlines() if line.startswith("#"))
    if "stp plan" not in comment:
        return
    assert f"{number(total['conjectures'])} conjectures, {number(total['proofs'])} proofs" in comment
    assert f"{number(total['generated_tokens'])} tokens" in comment
    if path.stem != "paper":
        assert f"{number(total['sampling_gpu_hours'])} GPU hours of sampling" in comment
        assert f"and {number(total['training_gpu_hours'])} of training" in comment
        assert f"{number(total['lean_core_hours'])} core hours of Lean, {hours(total['hours'])}." in comment


def test_numbers_have_three_digits_and_a_unit() -> None:
    assert [number(x) for x in (0, 0.0312, 999, 999.9, 3.581e6, 51.3e9)] == [
        "–",
        "0.0312",
        "999",
        "1 k",
        "3.58 M",
        "51.3 B",
    ]
    assert [hours(x) for x in (0, 0.005, 0.5, 7, 96)] == ["–", "18 s", "30 min", "7 h", "4 days"]
    assert [gigabytes(x) for x in (5e6, 2.5e9, 1.5e12)] == ["5 MB", "2.5 GB", "1.5 TB"]
