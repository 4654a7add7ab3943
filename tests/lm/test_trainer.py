from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path

import pytest
import torch
from transformers import Lfm2Config, Lfm2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from stp.errors import ConfigError, InputError
from stp.lm import formats, loop, model, packing, prompts, trainer
from stp.lm.formats import Chat
from stp.lm.sampler import SampleRequest, Sampling, TransformersSampler
from stp.lm.tokenizer import Codec
from stp.lm.trainer import FakeTrainer, Training, TrainProgress, evaluate_loss, train
from stp.records import Example

NATIVE = formats.load("stp")
STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
)
PROOFS = ("by omega", "fun m h => Nat.lt_succ_of_le h", "fun h => ⟨h.2, h.1⟩")
EXAMPLES = [
    Example("prover", NATIVE.prover_prompt(statement), NATIVE.prover_completion("", proof))
    for statement, proof in zip(STATEMENTS, PROOFS, strict=True)
]
SHORT = Training(lr=1e-2, warmup=2, epochs=3, tokens_per_batch=64)
SHAPE = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 96,
    "eos_token_id": 1,
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    out = tmp_path_factory.mktemp("trainer") / "fresh"
    config = model.ModelConfig(hidden=64, layers=2, heads=2, ffn=128, max_tokens=96, vocab_size=300)
    model.new_model(config, tokenizer_file, out, seed=0)
    return out


@pytest.fixture(scope="module")
def foreign(fresh: Path) -> Path:
    """A Qwen3, stored in bfloat16."""
    torch.manual_seed(0)
    qwen = Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=32, tie_word_embeddings=False))
    out = fresh.with_name("foreign")
    model.save(qwen.to(torch.bfloat16), fresh, out)
    return out


def test_memorises_proofs(fresh: Path, tmp_path: Path):
    seen: list[TrainProgress] = []
    training = Training(lr=1e-2, warmup=5, epochs=60)
    report = train(fresh, EXAMPLES, tmp_path / "m", training, seen.append, "cpu")
    assert report.steps == 60 and report.examples == 3 and report.skipped == report.resumed_at == 0
    assert report.first_loss > 4 and report.last_loss < 0.1
    assert evaluate_loss(fresh, EXAMPLES) == pytest.approx(report.first_loss, rel=1e-4)
    assert evaluate_loss(tmp_path / "m", EXAMPLES) < 0.1
    assert seen[-1].step == seen[-1].steps == 60 and seen[-1].loss == report.last_loss
    assert len(seen) <= report.seconds / trainer.PROGRESS_SECONDS + 1
    assert (report.device, report.precision, report.packing) == ("cpu", "float32", "pad")
    assert report.tokens == 60 * sum(len(row.ids) for row in loop.read(fresh, EXAMPLES)[0])
    assert 0 < report.padding < 0.5 and report.peak_memory > 50e6
    requests = [SampleRequest(example.prompt, (0,)) for example in EXAMPLES]
    samples = list(TransformersSampler(tmp_path / "m").sample(requests, Sampling(temperature=0)))
    assert {s.request: s.text for s in samples} == dict(enumerate(PROOFS))
    assert not any(sample.truncated for sample in samples)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_is_deterministic_and_depends_on_the_seed(fresh: Path, tmp_path: Path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(fresh, EXAMPLES, tmp_path / name, dataclasses.replace(SHORT, seed=seed))
    a, b, c = (model.model_hash(tmp_path / name) for name in "abc")
    assert a == b != c


def test_weight_zero_has_no_effect(fresh: Path, tmp_path: Path):
    ghost = Example("prover", NATIVE.prover_prompt(": 1 = 2"), NATIVE.prover_completion("", "by sorry"), 0.0)
    train(fresh, EXAMPLES, tmp_path / "a", SHORT)
    report = train(fresh, [ghost, *EXAMPLES, ghost], tmp_path / "b", SHORT)
    assert report.examples == 3
    assert model.model_hash(tmp_path / "a") == model.model_hash(tmp_path / "b")


@pytest.mark.parametrize("how", ["pack", "pad"])
def test_only_the_ratio_of_weights_matters(fresh: Path, tmp_path: Path, how: packing.Packing):
    whole = dataclasses.replace(SHORT, epochs=1, tokens_per_batch=8192, packing=how)
    weights = (1.0, 3.0, 0.5)
    losses = []
    for name, scale in (("a", 1.0), ("b", 4.0)):
        weighted = [dataclasses.replace(e, weight=w * scale) for e, w in zip(EXAMPLES, weights, strict=True)]
        losses.append(train(fresh, weighted, tmp_path / name, whole).first_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    rows, _ = loop.read(fresh, EXAMPLES)
    nll = [evaluate_loss(fresh, [example]) for example in EXAMPLES]
    mass = [w * row.learnt for w, row in zip(weights, rows, strict=True)]
    expected = math.fsum(m * n for m, n in zip(mass, nll, strict=True)) / sum(mass)
    assert losses[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"piece_tokens": 1},
        {"packing": "pack"},
        {"packing": "pack", "piece_tokens": 64},
        {"gradient_checkpointing": True},
    ],
    ids=str,
)
def test_how_a_step_is_computed_does_not_change_the_model(
    foreign: Path, tmp_path: Path, change: dict[str, object]
):
    steps = dataclasses.replace(SHORT, tokens_per_batch=150, epochs=2, lr=1e-3)
    for name, training in (("a", steps), ("b", dataclasses.replace(steps, **change))):
        train(foreign, EXAMPLES * 3, tmp_path / name, training)
    a, b, before = (
        dict(model.load(folder).named_parameters()) for folder in (tmp_path / "a", tmp_path / "b", foreign)
    )
    for name, weight in a.items():
        torch.testing.assert_close(b[name], weight, atol=1e-5, rtol=2**-6)  # they are stored in bfloat16
    assert any(float((a[name] - before[name]).detach().abs().max()) > 1e-3 for name in a)


def test_a_model_is_stored_as_its_base_was(foreign: Path, tmp_path: Path):
    (foreign / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    train(foreign, EXAMPLES, tmp_path / "m", SHORT)
    assert model.read_config(tmp_path / "m")["dtype"] == "bfloat16"
    assert model.load(tmp_path / "m", dtype="auto").dtype == torch.bfloat16
    assert Codec(tmp_path / "m").ends == {1, 2}


def test_an_architecture_that_mixes_examples_is_not_packed(fresh: Path, tmp_path: Path):
    torch.manual_seed(0)
    model.save(Lfm2ForCausalLM(Lfm2Config(**SHAPE, full_attn_idxs=[1])), fresh, tmp_path / "lfm2")
    with pytest.raises(ConfigError, match=r'trainer\.packing to "pad"'):
        train(tmp_path / "lfm2", EXAMPLES, tmp_path / "m", dataclasses.replace(SHORT, packing="pack"))
    report = train(tmp_path / "lfm2", EXAMPLES, tmp_path / "m", dataclasses.replace(SHORT, epochs=20))
    assert report.packing == "pad" and report.last_loss < report.first_loss / 2


def test_prompts_of_a_chat_are_rendered(fresh: Path, tmp_path: Path):
    shutil.copytree(fresh, tmp_path / "chat")
    settings = json.loads((fresh / "tokenizer_config.json").read_text())
    settings["chat_template"] = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"
    (tmp_path / "chat" / "tokenizer_config.json").write_text(json.dumps(settings))
    chat = Chat("Be brief.")
    plain = Example("prover", "prove 1 = 1", "rfl")
    rows, skipped = loop.read(tmp_path / "chat", [plain, EXAMPLES[0]], chat)
    assert (
        skipped == 1
    )  # the tags of the other are special tokens, with which a message could speak for others
    codec = Codec(tmp_path / "chat", chat)
    assert list(rows[0].ids[: rows[0].start]) == codec.prompts([plain.prompt])[0]
    assert codec.texts([rows[0].ids]) == ["system: Be brief.\nuser: prove 1 = 1\nassistant:rfl"]
    training = dataclasses.replace(SHORT, chat=chat, epochs=30)
    assert train(tmp_path / "chat", [plain], tmp_path / "m", training).last_loss < 0.5


def test_too_long_examples_are_skipped_and_counted(fresh: Path, tmp_path: Path):
    long = dataclasses.replace(EXAMPLES[0], completion="x " * 200 + prompts.END)
    report = train(fresh, [*EXAMPLES, long], tmp_path / "a", SHORT)
    assert report.skipped == 1 and report.examples == 3
    with pytest.raises(InputError, match="None of the 1 training examples"):
        train(fresh, [long], tmp_path / "b", SHORT)
    with pytest.raises(ValueError, match="weight"):
        train(fresh, [dataclasses.replace(EXAMPLES[0], weight=-1.0)], tmp_path / "b", SHORT)
    sizes = [len(row.ids) for row in loop.read(fresh, EXAMPLES)[0]]
    assert [len(row.ids) for row in loop.read(fresh, EXAMPLES, context=min(sizes))[0]] == [min(sizes)]


def test_failed_save_leaves_no_model(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(model.shutil, "copyfile", fail)
    with pytest.raises(OSError, match="disk full"):
        train(fresh, EXAMPLES, tmp_path / "m", dataclasses.replace(SHORT, epochs=1))
    assert list(tmp_path.iterdir()) == []


def test_existing_output_is_refused_before_training(fresh: Path):
    with pytest.raises(InputError, match="exists already"):
        train(fresh, EXAMPLES, fresh, Training(epochs=10**6))


def test_bfloat16_learns_too(fresh: Path, tmp_path: Path):
    training = Training(lr=1e-2, warmup=5, epochs=40, precision="bfloat16")
    report = train(fresh, EXAMPLES, tmp_path / "m", training)
    assert report.last_loss < 1 and report.precision == "bfloat16"


def test_too_little_memory_is_one_sentence(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(loop, "nll", full)
    with pytest.raises(ConfigError, match=r"pieces of 2048 tokens; make trainer\.piece_tokens smaller"):
        train(fresh, EXAMPLES, tmp_path / "m", SHORT, None, "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_one_sentence(fresh: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="no GPU here"):
        train(fresh, EXAMPLES, tmp_path / "m", SHORT, None, "cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("rank", [0, 4])
def test_trains_on_a_gpu(fresh: Path, tmp_path: Path, rank: int):
    training = Training(lr=1e-2, warmup=5, epochs=60, lora_rank=rank)
    report = train(fresh, EXAMPLES, tmp_path / "m", training)
    assert report.packing == "pack" and report.precision == "bfloat16" and report.device != "cpu"
    assert evaluate_loss(fresh, EXAMPLES) == pytest.approx(report.first_loss, rel=0.02)
    assert evaluate_loss(tmp_path / "m", EXAMPLES) < evaluate_loss(fresh, EXAMPLES) / 2


def test_rate_rises_and_falls():
    cosine, constant = Training(warmup=10), Training(warmup=10, schedule="constant")
    rates = [trainer.rate(step, 100, cosine) for step in range(100)]
    assert rates[0] == 0.1 and rates[9] == rates[10] == 1.0 and 0.1 < rates[99] < 0.11
    assert trainer.rate(99, 100, constant) == 1.0
    assert trainer.rate(1, 4, cosine) == 1.0


def test_fake_trainer_copies(fresh: Path, tmp_path: Path):
    FakeTrainer().train(fresh, EXAMPLES, tmp_path / "m", Training())
    assert model.model_hash(tmp_path / "m") == model.model_hash(fresh)
