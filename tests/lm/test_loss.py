from __future__ import annotations

import random
from array import array

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from stp.lm import loss
from stp.lm.packing import Line, Row

VOCABULARY = 200
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 128,
}


def build(kind: str) -> PreTrainedModel:
    torch.manual_seed(0)
    if kind == "llama":
        model = LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True))
    elif kind == "qwen3":
        model = Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=16))
    elif kind == "gpt2":  # learnt absolute positions
        model = GPT2LMHeadModel(
            GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=2, n_positions=128)
        )
    else:  # convolutions between its layers of attention
        model = Lfm2ForCausalLM(Lfm2Config(**SHAPE, full_attn_idxs=[1]))
    for weight in model.parameters():
        if weight.dim() == 2:
            weight.data *= 4  # so that attention matters
    return model.eval()


@pytest.fixture
def rows() -> list[Row]:
    draw = random.Random(1)
    return [
        Row(array("i", draw.choices(range(VOCABULARY), k=size)), start, weight)
        for size, start, weight in ((17, 5, 1.0), (30, 29, 0.5), (9, 1, 3.0), (25, 10, 1.0))
    ]


def outcome(model: PreTrainedModel, pieces: list[list[Line]]) -> tuple[float, torch.Tensor]:
    """The weighted loss of the pieces, and its gradient."""
    model.zero_grad()
    total = 0.0
    for piece in pieces:
        losses, weights = loss.nll(model, piece)
        summed = (losses * weights).sum()
        summed.backward()
        total += summed.item()
    return total, torch.cat([weight.grad.flatten() for weight in model.parameters()])


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gpt2"])
def test_a_pack_is_the_sum_of_its_examples(kind: str, rows: list[Row]):
    model = build(kind)
    alone = outcome(model, [[[row]] for row in rows])
    for pieces in ([[rows]], [[rows[:3], rows[3:]]], [[rows[2:], rows[:1]], [rows[1:2]]]):
        value, gradient = outcome(model, pieces)
        assert value == pytest.approx(alone[0], rel=1e-5)
        torch.testing.assert_close(gradient, alone[1], rtol=1e-3, atol=1e-4 * float(alone[1].abs().max()))


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gpt2"])
def test_a_mask_that_mixes_examples_would_be_noticed(
    kind: str, rows: list[Row], monkeypatch: pytest.MonkeyPatch
):
    model = build(kind)
    alone = outcome(model, [[[row]] for row in rows])
    logits = loss._logits
    monkeypatch.setattr(loss, "_logits", lambda model, ids, _, *places: logits(model, ids, None, *places))
    value, gradient = outcome(model, [[rows]])
    assert abs(value - alone[0]) > 1e-3 * alone[0]
    assert float((gradient - alone[1]).abs().max()) > 1e-2 * float(alone[1].abs().max())


def test_padding_changes_nothing(rows: list[Row]):
    model = build("llama")
    alone = outcome(model, [[[row]] for row in rows])
    value, gradient = outcome(model, [[[row] for row in rows]])
    assert value == pytest.approx(alone[0], rel=1e-5)
    torch.testing.assert_close(gradient, alone[1], rtol=1e-3, atol=1e-4 * float(alone[1].abs().max()))


@pytest.mark.parametrize("kind,apart", [("llama", True), ("qwen3", True), ("gpt2", True), ("lfm2", False)])
def test_architectures_that_mix_are_found(kind: str, apart: bool):
    model = build(kind).train()
    assert loss.keeps_apart(model) is apart
    assert model.training


def test_nothing_is_learnt_from_prompts(rows: list[Row]):
    """The head is given the completion's places alone, and what it says there is what the whole model says."""
    model = build("qwen3")
    heads: list[int] = []
    model.lm_head.register_forward_hook(lambda *_: heads.append(_[2].shape[0]))
    nll, _ = loss.nll(model, [[rows[0]]])
    assert heads == [rows[0].learnt] and len(nll) == rows[0].learnt
    ids = torch.tensor([list(rows[0].ids)])
    full = torch.log_softmax(model(ids).logits[0], -1)
    expected = [-full[t - 1, ids[0, t]] for t in range(rows[0].start, ids.shape[1])]
    torch.testing.assert_close(nll, torch.stack(expected), atol=1e-4, rtol=1e-4)


def test_many_logits_at_once_change_nothing(rows: list[Row], monkeypatch: pytest.MonkeyPatch):
    model = build("llama")
    value, gradient = outcome(model, [[rows]])
    monkeypatch.setattr(loss, "LOGITS_AT_ONCE", 7 * VOCABULARY)
    parts, gradient_of_parts = outcome(model, [[rows]])
    assert parts == pytest.approx(value, rel=1e-6)
    torch.testing.assert_close(gradient_of_parts, gradient, rtol=1e-4, atol=1e-5)
