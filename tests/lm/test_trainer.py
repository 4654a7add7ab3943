from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from stp.errors import InputError
from stp.lm import model, prompts, trainer
from stp.lm.sampler import SampleRequest, Sampling, TransformersSampler
from stp.lm.trainer import FakeTrainer, Training, TrainProgress, evaluate_loss, train
from stp.records import Example

STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
)
PROOFS = ("by omega", "fun m h => Nat.lt_succ_of_le h", "fun h => ⟨h.2, h.1⟩")
EXAMPLES = [
    Example("prover", prompts.prover_prompt(statement), prompts.prover_completion(proof))
    for statement, proof in zip(STATEMENTS, PROOFS, strict=True)
]
SHORT = Training(lr=1e-2, warmup=2, epochs=3, tokens_per_batch=64)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    out = tmp_path_factory.mktemp("trainer") / "fresh"
    config = model.ModelConfig(hidden=64, layers=2, heads=2, ffn=128, max_tokens=96, vocab_size=300)
    model.new_model(config, tokenizer_file, out, seed=0)
    return out


def test_memorises_proofs(fresh: Path, tmp_path: Path):
    seen: list[TrainProgress] = []
    training = Training(lr=1e-2, warmup=5, epochs=60)
    report = train(fresh, EXAMPLES, tmp_path / "m", training, seen.append)
    assert report.steps == 60 and report.examples == 3 and report.skipped == 0
    assert report.first_loss > 4 and report.last_loss < 0.1
    assert evaluate_loss(fresh, EXAMPLES) == pytest.approx(report.first_loss, rel=1e-4)
    assert evaluate_loss(tmp_path / "m", EXAMPLES) < 0.1
    assert seen[-1].step == seen[-1].steps == 60 and seen[-1].loss == report.last_loss
    assert len(seen) <= report.seconds / trainer.PROGRESS_SECONDS + 1
    requests = [SampleRequest(example.prompt, (0,)) for example in EXAMPLES]
    samples = TransformersSampler(tmp_path / "m").sample(requests, Sampling(temperature=0))
    assert {s.request: prompts.parse_completion(s.text) for s in samples} == dict(enumerate(PROOFS))


def test_is_deterministic_and_depends_on_the_seed(fresh: Path, tmp_path: Path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(fresh, EXAMPLES, tmp_path / name, dataclasses.replace(SHORT, seed=seed))
    a, b, c = (model.model_hash(tmp_path / name) for name in "abc")
    assert a == b != c


def test_weight_zero_has_no_effect(fresh: Path, tmp_path: Path):
    ghost = Example("prover", prompts.prover_prompt(": 1 = 2"), prompts.prover_completion("by sorry"), 0.0)
    train(fresh, EXAMPLES, tmp_path / "a", SHORT)
    report = train(fresh, [ghost, *EXAMPLES, ghost], tmp_path / "b", SHORT)
    assert report.examples == 3
    assert model.model_hash(tmp_path / "a") == model.model_hash(tmp_path / "b")


def test_only_the_ratio_of_weights_matters(fresh: Path, tmp_path: Path):
    whole = dataclasses.replace(SHORT, epochs=1, tokens_per_batch=8192)
    weights = (1.0, 3.0, 0.5)
    losses = []
    for name, scale in (("a", 1.0), ("b", 4.0)):
        weighted = [dataclasses.replace(e, weight=w * scale) for e, w in zip(EXAMPLES, weights, strict=True)]
        losses.append(train(fresh, weighted, tmp_path / name, whole).first_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    rows, _ = trainer._rows(fresh, EXAMPLES)
    nll = [evaluate_loss(fresh, [example]) for example in EXAMPLES]
    mass = [w * row.learnt for w, row in zip(weights, rows, strict=True)]
    expected = math.fsum(m * n for m, n in zip(mass, nll, strict=True)) / sum(mass)
    assert losses[0] == pytest.approx(expected, rel=1e-4)


def test_pieces_do_not_change_the_gradient(fresh: Path, monkeypatch: pytest.MonkeyPatch):
    rows, _ = trainer._rows(fresh, EXAMPLES * 3)

    def gradient() -> torch.Tensor:
        llama = model.load(fresh)
        trainer._accumulate(llama, rows, "float32")
        return torch.cat([weight.grad.flatten() for weight in llama.parameters()])

    whole = gradient()
    monkeypatch.setattr(trainer, "PIECE_TOKENS", 1)
    torch.testing.assert_close(gradient(), whole, atol=1e-6, rtol=1e-3)


def test_nothing_is_learnt_from_prompts(fresh: Path):
    """The logits that predict prompt tokens get no gradient: only completion tokens are targets."""
    llama = model.load(fresh)
    row = trainer._rows(fresh, EXAMPLES[:1])[0][0]
    heads: list[int] = []
    llama.lm_head.register_forward_pre_hook(lambda _, inputs: heads.append(inputs[0].shape[0]))
    nll, _ = trainer._nll(llama, [row])
    with torch.inference_mode():
        ids = torch.tensor([row.ids])
        full = torch.log_softmax(llama(ids).logits[0], -1)
        expected = [-full[t - 1, row.ids[t]].item() for t in range(row.start, len(row.ids))]
    assert heads[0] == len(expected) == len(nll)
    torch.testing.assert_close(nll.detach(), torch.tensor(expected), atol=1e-4, rtol=1e-4)


def test_too_long_examples_are_skipped_and_counted(fresh: Path, tmp_path: Path):
    long = dataclasses.replace(EXAMPLES[0], completion="x " * 200 + prompts.END)
    report = train(fresh, [*EXAMPLES, long], tmp_path / "a", SHORT)
    assert report.skipped == 1 and report.examples == 3
    with pytest.raises(InputError, match="None of the 1 training examples"):
        train(fresh, [long], tmp_path / "b", SHORT)
    with pytest.raises(ValueError, match="weight"):
        train(fresh, [dataclasses.replace(EXAMPLES[0], weight=-1.0)], tmp_path / "b", SHORT)


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
    assert train(fresh, EXAMPLES, tmp_path / "m", training).last_loss < 1


def test_rate_rises_and_falls():
    cosine, constant = Training(warmup=10), Training(warmup=10, schedule="constant")
    rates = [trainer.rate(step, 100, cosine) for step in range(100)]
    assert rates[0] == 0.1 and rates[9] == rates[10] == 1.0 and 0.1 < rates[99] < 0.11
    assert trainer.rate(99, 100, constant) == 1.0
    assert trainer.rate(1, 4, cosine) == 1.0


def test_fake_trainer_copies(fresh: Path, tmp_path: Path):
    FakeTrainer().train(fresh, EXAMPLES, tmp_path / "m", Training())
    assert model.model_hash(tmp_path / "m") == model.model_hash(fresh)
