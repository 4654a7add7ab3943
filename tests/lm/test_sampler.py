from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from stp.errors import InputError
from stp.lm import decode, formats, model, prompts
from stp.lm.engine import CausalLM
from stp.lm.llama import Llama
from stp.lm.sampler import (
    FakeSampler,
    Sample,
    Sampler,
    SampleRequest,
    Sampling,
    TransformersSampler,
    gather,
)
from stp.lm.tokenizer import Codec, load_tokenizer

NATIVE = formats.load("stp")
STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : ℕ) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
)
PROMPTS = [NATIVE.prover_prompt(statement) for statement in STATEMENTS]
LONG = NATIVE.prover_prompt("x " * 200)


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


def other_model(tmp_path: Path, tokenizer_file: Path, kind: str) -> Path:
    """A random model of another architecture than Llama."""
    import transformers

    shape = {
        "vocab_size": load_tokenizer(tokenizer_file).get_vocab_size(),
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 96,
        "eos_token_id": 1,
        "initializer_range": 0.2,
    }
    if kind == "Qwen3":
        shape |= {"num_key_value_heads": 2, "intermediate_size": 128, "head_dim": 16}
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**shape)
    (tmp_path / "companions").mkdir()
    shutil.copyfile(tokenizer_file, tmp_path / "companions" / "tokenizer.json")
    model.save(
        getattr(transformers, f"{kind}ForCausalLM")(config), tmp_path / "companions", tmp_path / "model"
    )
    return tmp_path / "model"


@pytest.mark.parametrize("kind", ["Qwen3", "GPTNeoX", "Llama"])
def test_other_models_of_transformers_decode_as_generate_does(tmp_path, tokenizer_file, small_model, kind):
    folder = small_model if kind == "Llama" else other_model(tmp_path, tokenizer_file, kind)
    tokenizer = load_tokenizer(folder)
    engine = CausalLM(folder, "float32", torch.device("cpu"), tokenizer.get_vocab_size())
    sampler = TransformersSampler(folder, batch_size=2)
    sampler._decoder.engine = engine  # also where our own Llama would be faster
    reference = model.load(folder)
    greedy = {
        s.request: s.text
        for s in sampler.sample(
            [SampleRequest(p, (0,)) for p in PROMPTS], Sampling(temperature=0, max_tokens=25)
        )
    }
    for number, prompt in enumerate(PROMPTS):
        ids = torch.tensor([tokenizer.encode(prompt).ids])
        theirs = reference.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=25
        )[0, ids.shape[1] :].tolist()
        whole = tokenizer.decode(theirs, skip_special_tokens=False)
        assert greedy[number] == whole.removesuffix(prompts.END)
    requests = [SampleRequest(prompt, tuple(range(8))) for prompt in PROMPTS]
    mixed = texts(sampler, requests, Sampling(max_tokens=20))
    together = TransformersSampler(folder, batch_size=64)
    together._decoder.engine = engine
    assert texts(together, requests[::-1], Sampling(max_tokens=20)) == mixed


def test_a_model_with_windows_is_refused_with_a_way_out(small_model: Path, tmp_path: Path):
    shutil.copytree(small_model, tmp_path / "m")
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    config |= {"model_type": "mistral", "sliding_window": 16}
    (tmp_path / "m" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"windows .*vllm"):
        TransformersSampler(tmp_path / "m")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_sample_does_not_depend_on_its_batch(small_model: Path, dtype):
    if dtype == "bfloat16" and not decode.cpu_has_bfloat16():
        pytest.skip("this CPU has no instructions for bfloat16")
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
        whole = tokenizer.decode(theirs.tolist(), skip_special_tokens=False)
        assert sample.text == whole.removesuffix(prompts.END)


def test_end_stops_and_its_lack_is_reported(small_model: Path):
    request = SampleRequest(PROMPTS[0], tuple(range(300)))
    samples = list(
        TransformersSampler(small_model).sample([request], Sampling(max_tokens=8, temperature=1.5))
    )
    assert {sample.truncated for sample in samples} == {True, False}
    for sample in samples:
        assert prompts.END not in sample.text
        assert 1 <= sample.tokens <= 8 and (sample.tokens == 8 or not sample.truncated)


@pytest.mark.parametrize("stop", [("m",), ("∀", "th")])
def test_a_stop_text_ends_a_sample_at_its_first_place(small_model: Path, stop):
    requests = [SampleRequest(prompt, tuple(range(60))) for prompt in PROMPTS]
    sampler = TransformersSampler(small_model, batch_size=50)
    free, stopped = (
        {(s.request, s.copy): s for s in sampler.sample(requests, Sampling(max_tokens=40, stop=texts))}
        for texts in ((), stop)
    )
    cut = 0
    for key, sample in free.items():
        places = [place for text in stop if (place := sample.text.find(text)) >= 0]
        if places:
            cut += 1
            assert stopped[key].text == sample.text[: min(places)]
            assert not stopped[key].truncated and stopped[key].tokens <= sample.tokens
        else:
            assert stopped[key] == sample
    assert 5 < cut < len(free)


def test_logprobs_are_those_of_transformers(small_model: Path):
    codec = Codec(small_model)
    reference = model.load(small_model)
    sampling = Sampling(temperature=1.3, top_p=0.9, max_tokens=3, logprobs=True)
    requests = [SampleRequest(prompt, tuple(range(30))) for prompt in PROMPTS]
    compared = 0
    for sample in TransformersSampler(small_model, batch_size=16).sample(requests, sampling):
        (prompt,) = codec.prompts([requests[sample.request].prompt])
        (written,) = codec.completions([sample.text])
        assert sample.logprobs is not None and len(sample.logprobs) == sample.tokens
        if len(written) - sample.truncated != sample.tokens:
            continue  # other tokens spell the same text
        compared += 1
        ids = torch.tensor([prompt + written[: sample.tokens]])
        with torch.inference_mode():
            scores = reference(ids).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        expected = scores[torch.arange(sample.tokens), ids[0, len(prompt) :]]
        torch.testing.assert_close(torch.tensor(sample.logprobs), expected, atol=1e-3, rtol=1e-3)
    assert compared > 10


def test_each_copy_has_its_temperature(small_model: Path):
    requests = [SampleRequest(prompt, (1, 1, 1, 2), (0.0, 1.0, 1.5, 0.0)) for prompt in PROMPTS]
    sampler = TransformersSampler(small_model, batch_size=5)
    mixed = {(s.request, s.copy): s.text for s in sampler.sample(requests, Sampling(max_tokens=30))}
    for temperature, copies in ((0.0, (0, 3)), (1.0, (1,)), (1.5, (2,))):
        alone = sampler.sample(
            [SampleRequest(prompt, (1,)) for prompt in PROMPTS], Sampling(temperature, max_tokens=30)
        )
        for sample in alone:
            assert all(mixed[sample.request, copy] == sample.text for copy in copies)
    assert len({mixed[0, copy] for copy in (0, 1, 2)}) == 3


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
    one = torch.ones(len(uniform))
    assert decode.choose(rows, uniform, one, 1.0).tolist() == [0, 0, 2, 2, 3, 3]
    assert decode.choose(rows, uniform, one, 0.6).tolist() == [0, 0, 0, 2, 2, 2]
    assert decode.choose(rows, uniform, one, 0.4).tolist() == [0] * 6
    assert decode.choose(rows, uniform, 0 * one, 1.0).tolist() == [0] * 6
    mixed = torch.tensor([1.0, 1, 0, 0, 1, 1])
    assert decode.choose(rows, uniform, mixed, 1.0).tolist() == [0, 0, 0, 0, 3, 3]


def test_samples_stream(small_model: Path):
    requests = [SampleRequest(PROMPTS[0], tuple(range(50)))]
    stream = TransformersSampler(small_model, batch_size=2).sample(requests, Sampling(max_tokens=4))
    assert next(stream).request == 0
    assert not torch.is_inference_mode_enabled()


def test_fake_sampler_says_what_it_is_told():
    table = FakeSampler({"p": ["by rfl<end>", "by"]})
    found = list(table.sample([SampleRequest("p", (1, 2, 3))], Sampling()))
    assert [s.text for s in found] == ["by rfl", "by", "by rfl"]
    assert [s.truncated for s in found] == [False, True, False]
    function = FakeSampler(lambda prompt, seed: f"{prompt}{seed}<end>")
    assert [s.text for s in function.sample([SampleRequest("p", (7,))], Sampling())] == ["p7"]


def test_gather_gives_whole_requests_in_blocks():
    requests = [SampleRequest(str(number), tuple(range(size))) for number, size in enumerate((2, 3, 1, 2))]
    order = [(0, 1), (1, 0), (2, 0), (1, 2), (0, 0), (3, 1), (1, 1), (3, 0)]
    samples = [Sample(request, copy, f"{request}.{copy}", 1, False) for request, copy in order]
    blocks = [
        {number: [s.text for s in found] for number, found in block.requests.items()}
        for block in gather(iter(samples), requests, every=3)
    ]
    assert blocks == [{2: ["2.0"], 0: ["0.0", "0.1"]}, {1: ["1.0", "1.1", "1.2"]}, {3: ["3.0", "3.1"]}]
    assert [len(block.requests) for block in gather(iter(samples), requests, every=99, seconds=0)] == [
        1,
        1,
        1,
        1,
        0,
    ]
    assert [block.requests for block in gather(iter([]), [], every=1)] == [{}]


def test_gather_counts_the_samplers_time_alone():
    def slow() -> Iterator[Sample]:
        for copy in range(4):
            time.sleep(0.05)
            yield Sample(0, copy, "", 1, False)

    total = 0.0
    for block in gather(slow(), [SampleRequest("", (0,))], every=1):
        total += block.seconds
        time.sleep(0.2)
    assert 0.2 <= total < 0.5
