from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from stp.lm import decode, model, prompts
from stp.lm.llama import Llama
from stp.lm.sampler import FakeSampler, Sample, Sampler, SampleRequest, Sampling, TransformersSampler
from stp.lm.tokenizer import load_tokenizer

STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
)
PROMPTS = [prompts.prover_prompt(statement) for statement in STATEMENTS]
LONG = prompts.prover_prompt("x " * 200)


def texts(sampler: Sampler, requests: list[SampleRequest], sampling: Sampling) -> dict[tuple[str, int], str]:
    samples = list(sampler.sample(requests, sampling))
    assert len(samples) == sum(len(request.seeds) for request in requests)
    return {(requests[s.request].prompt, requests[s.request].seeds[s.copy]): s.text for s in samples}


def test_logits_are_those_of_transformers(small_model: Path):
    tokenizer = load_tokenizer(small_model)
    llama = Llama(small_model, torch.float32, tokenizer.get_vocab_size())
    rows = [tokenizer.encode(prompt).ids for prompt in PROMPTS]
    reference = model.load(small_model)
    with torch.inference_mode():
        cache = llama.new_cache(len(rows), 96)
        width = max(map(len, rows)) - 1
        padded = torch.tensor([(ids[:-1] + [0] * width)[:width] for ids in rows])
        cache[..., :width, :] = llama.prefill(padded)
        for _ in range(3):  # the prompt's last token, then two more at each row's own position
            token = torch.tensor([ids[-1] for ids in rows])
            position = torch.tensor([len(ids) - 1 for ids in rows])
            ours = llama.step(cache, token, position)
            for row, ids in enumerate(rows):
                theirs = reference(torch.tensor([ids])).logits[0, -1]
                assert theirs.std() > 0.1
                torch.testing.assert_close(ours[row], theirs, atol=1e-4, rtol=1e-4)
            rows = [[*ids, 20 + row] for row, ids in enumerate(rows)]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_sample_does_not_depend_on_its_batch(small_model: Path, dtype):
    sampling = Sampling(max_tokens=40)
    requests = [SampleRequest(prompt, tuple(range(n, n + 12))) for n, prompt in enumerate(PROMPTS)]
    mixed = texts(TransformersSampler(small_model, batch_size=7, dtype=dtype), requests, sampling)
    assert len(set(mixed.values())) > 30
    together = TransformersSampler(small_model, batch_size=64, dtype=dtype)
    random.Random(0).shuffle(requests)
    assert texts(together, requests, sampling) == mixed
    for prompt, seed in random.Random(0).sample(sorted(mixed), 6):
        alone = texts(together, [SampleRequest(prompt, (seed,))], sampling)
        assert alone == {(prompt, seed): mixed[prompt, seed]}


def test_equal_seeds_give_equal_samples_and_requests_of_one_prompt_are_kept_apart(small_model: Path):
    requests = [SampleRequest(PROMPTS[0], (5, 6, 5)), SampleRequest(PROMPTS[0], (6,))]
    samples = TransformersSampler(small_model, batch_size=2).sample(requests, Sampling(max_tokens=20))
    found = {(s.request, s.copy): s.text for s in samples}
    assert found[0, 0] == found[0, 2] != found[0, 1] == found[1, 0]


def test_greedy_is_generate_greedy(small_model: Path):
    tokenizer = load_tokenizer(small_model)
    reference = model.load(small_model)
    sampling = Sampling(temperature=0, max_tokens=30)
    requests = [SampleRequest(prompt, (0,)) for prompt in PROMPTS]
    for sample in TransformersSampler(small_model).sample(requests, sampling):
        ids = torch.tensor([tokenizer.encode(PROMPTS[sample.request]).ids])
        theirs = reference.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=30
        )[0, ids.shape[1] :]
        assert sample.text == tokenizer.decode(theirs.tolist(), skip_special_tokens=False)


def test_end_stops_and_its_lack_is_reported(small_model: Path):
    request = SampleRequest(PROMPTS[0], tuple(range(300)))
    samples = list(
        TransformersSampler(small_model).sample([request], Sampling(max_tokens=8, temperature=1.5))
    )
    assert {sample.truncated for sample in samples} == {True, False}
    for sample in samples:
        assert sample.text.endswith(prompts.END) != sample.truncated
        assert prompts.END not in sample.text.removesuffix(prompts.END)
        assert 1 <= sample.tokens <= 8 and (sample.tokens == 8 or not sample.truncated)


def test_the_context_bounds_prompt_and_completion(small_model: Path):
    length = len(load_tokenizer(small_model).encode(PROMPTS[0]).ids)
    requests = [SampleRequest(LONG, (1, 2)), SampleRequest(PROMPTS[0], (1,))]
    samples = list(
        TransformersSampler(small_model).sample(requests, Sampling(temperature=0, max_tokens=1000))
    )
    assert samples[:2] == [Sample(0, 0, "", 0, True), Sample(0, 1, "", 0, True)]
    assert samples[2].tokens == 96 - length or not samples[2].truncated


def test_shared_prompts_are_prefilled_once(small_model: Path, monkeypatch: pytest.MonkeyPatch):
    prefilled = []
    original = Llama.prefill
    monkeypatch.setattr(
        Llama, "prefill", lambda self, tokens: (prefilled.append(len(tokens)), original(self, tokens))[1]
    )
    requests = [SampleRequest(prompt, tuple(range(10))) for prompt in PROMPTS * 2]
    list(TransformersSampler(small_model, batch_size=8).sample(requests, Sampling(max_tokens=5)))
    assert sum(prefilled) == len(PROMPTS)


def test_tokens_are_drawn_with_their_probabilities():
    weights = torch.tensor([0.5, 0.0, 0.3, 0.2])
    uniform = torch.tensor([0.0, 0.49, 0.51, 0.79, 0.81, 1 - 2**-24])
    rows = weights.log().expand(len(uniform), -1)
    assert decode.choose(rows, uniform, Sampling()).tolist() == [0, 0, 2, 2, 3, 3]
    assert decode.choose(rows, uniform, Sampling(top_p=0.6)).tolist() == [0, 0, 0, 2, 2, 2]
    assert decode.choose(rows, uniform, Sampling(top_p=0.4)).tolist() == [0] * 6
    assert decode.choose(rows, uniform, Sampling(temperature=0)).tolist() == [0] * 6


def test_samples_stream(small_model: Path):
    requests = [SampleRequest(PROMPTS[0], tuple(range(50)))]
    stream = TransformersSampler(small_model, batch_size=2).sample(requests, Sampling(max_tokens=4))
    assert next(stream).request == 0
    assert not torch.is_inference_mode_enabled()


def test_fake_sampler_says_what_it_is_told():
    table = FakeSampler({"p": ["by rfl<end>", "by"]})
    found = list(table.sample([SampleRequest("p", (1, 2, 3))], Sampling()))
    assert [s.text for s in found] == ["by rfl<end>", "by", "by rfl<end>"]
    assert [s.truncated for s in found] == [False, True, False]
    function = FakeSampler(lambda prompt, seed: f"{prompt}{seed}<end>")
    assert [s.text for s in function.sample([SampleRequest("p", (7,))], Sampling())] == ["p7<end>"]
