"""Samples from an OpenAI-compatible server: vLLM's own, SGLang, llama.cpp, or a paid one.

    POST /v1/completions         plain prompts, and to a vLLM that tokenizes as the local folder does their ids
    POST /v1/chat/completions    formats of chat models: messages, which the server puts into its template
    GET  /v1/models              the model's name and context, where they are not given

One request a sample, so that every sample has its seed and comes as soon as it is finished. The requests run in an
event loop on a thread of its own: the server stays busy while samples are being checked here.
"""

from __future__ import annotations

import asyncio
import os
import queue
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError, InputError, ServiceError
from stp.lm.sampler import Sample, SampleRequest, Sampling
from stp.lm.tokenizer import Codec
from stp.lm.vllm import spread
from stp.serve import INSTALL

if TYPE_CHECKING:
    import httpx
    from httpx import AsyncClient

    from stp.config import Sampler as Settings
    from stp.lm.formats import Chat

#: Tries of a request that got no answer, or 408, 429 or 5xx: a minute in all, in which a server can be started anew.
TRIES = 8
#: The same while the server is being met: a wrong address shows soon.
FIRST_TRIES = 4
#: Seconds before the second try; doubled for each further one, up to the latter.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
#: Seconds that a server may take to accept a connection, and to answer.
_CONNECT, _READ = 10.0, 3600.0
#: Bits of a seed that all servers take: llama.cpp keeps 32, some read a signed number.
SEED_BITS = 31
#: Tokenized here and there, it tells whether ids mean the same. Bytes outside ASCII and Lean's symbols differ most.
_PROBE = "theorem t (n : ℕ) : ∀ m ≥ n, ⟨m, n⟩.1 ≠ 12345 → m + 0 = m := by\n  simp [h₁]\t-- α"


@dataclass(frozen=True)
class _Copy:
    request: int
    copy: int
    seed: int
    temperature: float
    prompt: str
    ids: list[int] | None  # as the server has them; None: not known here


class ServerSampler:
    """Samples from the model `model` of the server at `url`, for instance http://localhost:8000/v1.

    model: its name there; empty: the first that the server lists. chat: prompts are messages of a user behind this
    system message. folder: the same model here, or one with its tokenizer: where the server has vLLM's /tokenize and
    agrees, prompts are measured here, plain ones sent as ids, and texts made of the ids that come back. Without it a
    prompt near the end of the context may get as little as half of the room left. key: sent as a bearer token.
    concurrency: requests at a time.

    Raises ConfigError if the server refuses the key or lacks the model, ServiceError if it cannot be reached.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        chat: Chat | None = None,
        *,
        folder: Path | None = None,
        key: str = "",
        concurrency: int = 64,
    ) -> None:
        httpx = _httpx()
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"sampler.url is no URL: {url!r} ({error}).") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise ConfigError(f"sampler.url is no URL of a server: {url!r}; write http://HOST:PORT/v1.")
        self.url = url.rstrip("/")
        self.chat = chat
        self.concurrency = concurrency
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._codec = _codec(folder, chat)
        self.model, self.context, self._agrees = asyncio.run(self._introduce(model))

    @classmethod
    def of(cls, settings: Settings, folder: Path | None, chat: Chat | None) -> ServerSampler:
        """The server that the configuration names; its key is in the environment variable `settings.key_env`."""
        if not settings.url:
            raise ConfigError('sampler.kind = "server" needs sampler.url, e.g. http://localhost:8000/v1.')
        return cls(
            settings.url,
            settings.served_model,
            chat,
            folder=folder,
            key=os.environ.get(settings.key_env, ""),
            concurrency=settings.concurrency,
        )

    async def _introduce(self, wanted: str) -> tuple[str, int | None, bool]:
        """The model's name, its context if the server tells, and whether its tokenizer is ours."""
        async with self._client(1) as client:
            try:
                listed = await self._ask(client, "GET", f"{self.url}/models", tries=FIRST_TRIES)
                rows = [row for row in listed.get("data", []) if isinstance(row, dict) and "id" in row]
            except _Refused as refused:
                if not wanted or refused.status in (401, 403):
                    raise self._said(refused) from refused
                rows = []  # a server that completes and lists nothing
            names = [str(row["id"]) for row in rows]
            model = wanted or next(iter(names), "")
            if not model:
                raise ConfigError(
                    f"The server at {self.url} lists no model; name one (sampler.served_model)."
                )
            if names and model not in names:
                raise ConfigError(f"The server at {self.url} has no model {model!r} but {', '.join(names)}.")
            context = next((row.get("max_model_len") for row in rows if row["id"] == model), None)
            agrees = await self._same_tokens(client, model)
        return model, context if isinstance(context, int) else None, agrees

    async def _same_tokens(self, client: httpx.AsyncClient, model: str) -> bool:
        if self._codec is None:
            return False
        body = {"model": model, **self._prompt(_PROBE)}
        try:
            there = await self._ask(
                client, "POST", f"{self.url.removesuffix('/v1')}/tokenize", body, tries=FIRST_TRIES
            )
        except _Refused:
            return False  # no vLLM
        return bool(there.get("tokens") == self._codec.prompts([_PROBE])[0])

    def _prompt(self, text: str) -> dict[str, Any]:
        if self.chat is None:
            return {"prompt": text}
        system = [{"role": "system", "content": self.chat.system}] if self.chat.system else []
        return {"messages": [*system, {"role": "user", "content": text}]}

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """See `Sampler.sample`; how far seeds go is the server's matter.

        Raises ServiceError if the server cannot be reached or does not understand, ConfigError if it refuses.
        """
        results: queue.Queue[Sample | BaseException | None] = queue.Queue()
        loop = asyncio.new_event_loop()
        work = loop.create_task(self._all(requests, sampling, results))
        thread = threading.Thread(target=_run, args=(loop, work, results), name="stp-server-sampler")
        thread.daemon = True  # an interrupted process does not wait for answers
        thread.start()
        try:
            while (found := results.get()) is not None:
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            # Closes the connections, by which a server knows that nobody waits any more.
            loop.call_soon_threadsafe(work.cancel)
            thread.join()
            loop.close()

    def close(self) -> None:
        """Nothing is held between two calls of `sample`."""

    async def _all(
        self,
        requests: Sequence[SampleRequest],
        sampling: Sampling,
        results: queue.Queue[Sample | BaseException | None],
    ) -> None:
        """Put every sample into `results`, from `concurrency` requests at a time."""
        waiting = self._copies(requests, sampling)
        rooms: dict[str, int] = {}
        async with self._client(self.concurrency) as client, asyncio.TaskGroup() as group:

            async def work() -> None:
                for copy in waiting:
                    results.put(await self._one(client, copy, sampling, rooms))

            for _ in range(self.concurrency):
                group.create_task(work())

    def _copies(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[_Copy]:
        for number, request in enumerate(requests):
            ids = None
            if self._agrees and self._codec is not None:
                ids = self._codec.prompts([request.prompt])[0]
            for copy, seed, temperature in request.copies(sampling):
                yield _Copy(number, copy, seed, temperature, request.prompt, ids)

    async def _one(
        self, client: httpx.AsyncClient, copy: _Copy, sampling: Sampling, rooms: dict[str, int]
    ) -> Sample:
        """rooms: the most tokens that have been asked for, of prompts for which `max_tokens` were too many."""
        if copy.ids is None:
            room = rooms.get(copy.prompt, sampling.max_tokens)
        elif copy.ids and self.context is not None:
            room = min(sampling.max_tokens, self.context - len(copy.ids))
        else:
            room = sampling.max_tokens if copy.ids else 0
        path = "completions" if self.chat is None else "chat/completions"
        while room > 0:
            try:
                answer = await self._ask(
                    client, "POST", f"{self.url}/{path}", self._body(copy, sampling, room)
                )
                break
            except _Refused as refused:
                if refused.status not in (400, 413) or not _too_long(refused.text):
                    raise self._said(refused) from refused
                # Servers refuse a prompt that fits if the tokens asked for do not.
                room = rooms[copy.prompt] = min(room // 2, rooms.get(copy.prompt, room))
        else:
            return sampling.no_room(copy.request, copy.copy)
        try:
            return self._sample(copy, sampling, answer)
        except (KeyError, IndexError, TypeError) as error:
            raise ServiceError(
                f"The server at {self.url} answers what is no completion (no {error}); is sampler.url right?"
            ) from error

    def _body(self, copy: _Copy, sampling: Sampling, room: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "n": 1,
            "seed": spread(copy.seed, SEED_BITS),
            "temperature": copy.temperature,
            "top_p": sampling.top_p,
            "max_tokens": room,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        body |= self._prompt(copy.prompt)
        if sampling.logprobs:
            body["logprobs"] = 1 if self.chat is None else True
        if copy.ids is not None:
            assert self._codec is not None
            # vLLM's own words: ids both ways, and the ends that the codec knows.
            body |= {"return_token_ids": True, "stop_token_ids": sorted(self._codec.ends)}
            if self.chat is None:
                body["prompt"] = copy.ids
        return body

    def _sample(self, copy: _Copy, sampling: Sampling, answer: dict[str, Any]) -> Sample:
        choice = answer["choices"][0]
        text: str = choice["text"] if self.chat is None else choice["message"]["content"] or ""
        ids = choice.get("token_ids")
        if ids is not None and self._agrees and self._codec is not None:
            text = sampling.before_stop(self._codec.texts([ids])[0])
        scores = None
        if sampling.logprobs:
            given = choice["logprobs"]
            rows = (
                given["token_logprobs"] if self.chat is None else [row["logprob"] for row in given["content"]]
            )
            scores = tuple(float(row) for row in rows)
        tokens = len(ids) if ids is not None else int(answer["usage"]["completion_tokens"])
        return Sample(copy.request, copy.copy, text, tokens, choice["finish_reason"] != "stop", scores)

    # --- asking -----------------------------------------------------------------------------------------------

    def _client(self, connections: int) -> httpx.AsyncClient:
        httpx = _httpx()
        client: AsyncClient = httpx.AsyncClient(
            headers=self._headers,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            timeout=httpx.Timeout(_READ, connect=_CONNECT, pool=None),
        )
        return client

    async def _ask(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        body: dict[str, Any] | None = None,
        *,
        tries: int = TRIES,
    ) -> dict[str, Any]:
        """The answer. Raises _Refused if the server understands and declines, ServiceError if it does neither."""
        httpx = _httpx()
        why = ""
        status: int | None = None
        asked_to_wait = 0.0
        for again in range(tries):
            if again:
                pause = min(max(_PAUSE * 2 ** (again - 1), asked_to_wait), _LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(1.0, 1.5))  # or all come back at the same moment
            try:
                reply = await client.request(method, url, json=body)
            except httpx.TransportError as error:
                why, status, asked_to_wait = str(error) or type(error).__name__, None, 0.0
                continue
            status = reply.status_code
            if reply.is_success:
                answer = _json(reply)
                if answer is None:
                    raise ServiceError(
                        f"The server at {self.url} answers what is no JSON; is sampler.url right?", status
                    )
                return answer
            why = f"{status}: {_message(reply)}"
            wait = reply.headers.get("retry-after", "")
            asked_to_wait = float(wait) if wait.isdecimal() else 0.0
            if status not in (408, 429) and status < 500:
                raise _Refused(status, _message(reply))
        raise ServiceError(
            f"The server at {self.url} gives no answer after {tries} tries ({why}); see that it runs, then run the "
            f"command again.",
            status,
        )

    def _said(self, refused: _Refused) -> ConfigError:
        hint = {
            401: "; put its key into the environment variable that sampler.key_env names",
            403: "; put its key into the environment variable that sampler.key_env names",
            404: "; is sampler.url right? It mostly ends with /v1",
        }.get(refused.status, "")
        return ConfigError(f"The server at {self.url} refuses: {refused.status}, {refused.text}{hint}.")


class _Refused(Exception):
    """The server declines this very request."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def _run(
    loop: asyncio.AbstractEventLoop,
    work: asyncio.Task[None],
    results: queue.Queue[Sample | BaseException | None],
) -> None:
    async def finish() -> None:
        try:
            await work
            results.put(None)
        except asyncio.CancelledError:
            results.put(None)
        except BaseExceptionGroup as group:
            results.put(group.exceptions[0])  # that which ended the others
        except Exception as error:
            results.put(error)

    loop.run_until_complete(finish())


def _too_long(text: str) -> bool:
    """vLLM: "maximum context length is …", OpenAI: context_length_exceeded, llama.cpp: exceed_context_size_error."""
    return "context" in text.lower()


def _message(reply: httpx.Response) -> str:
    """What the server says of an error, on one line."""
    answer = _json(reply) or {}
    error = answer.get("error", answer)
    said = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    text = " ".join(str(said or reply.reason_phrase or "no reason given").split())
    if isinstance(code, str) and code not in text:
        text = f"{text} ({code})"
    return text[:300].rstrip(".")


def _json(reply: httpx.Response) -> dict[str, Any] | None:
    try:
        answer = reply.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _codec(folder: Path | None, chat: Chat | None) -> Codec | None:
    """The folder's, if it has one: a server's model need not be here."""
    if folder is None or not folder.is_dir():
        return None
    try:
        return Codec(folder, chat)
    except InputError:
        return None


def _httpx() -> Any:
    try:
        import httpx
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"Sampling from a server needs httpx, which is not installed. Install it with: {INSTALL}"
        ) from missing
    return httpx
