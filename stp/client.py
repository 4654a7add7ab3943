"""A client of `stp serve`, for trainers: `Client`, and `AsyncClient` with the same methods to await.

    from stp.client import Client
    from stp.records import Check

    with Client("http://127.0.0.1:8000") as client:
        print(client.check_one("theorem t (a b : Nat) : a + b = b + a", "by omega").proved)
        verdicts = client.check([Check("1", "theorem t : 1 + 1 = 2", "rfl")])

Large batches are split. A full queue is waited for as long as the service says, a lost connection is tried
again; what is still wrong after that is one `ServiceError`. What is sent and what an answer means is decided
once, in `_Talk`, as generators of requests and pauses; the two clients only carry them out.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from types import TracebackType
from typing import Any, Self

from stp.errors import ServiceError
from stp.records import Check, Environment, Verdict
from stp.serve import INSTALL

try:
    import httpx
except ModuleNotFoundError as missing:
    raise ServiceError(
        f"stp.client needs httpx, which is not installed. Install it with: {INSTALL}"
    ) from missing

#: Checks sent in one request.
BATCH = 64
#: Tries of a request that got no answer, or 502, 503 or 504.
TRIES = 6
#: Seconds in all that one request may be kept waiting by a full queue.
PATIENCE = 1800.0
#: Seconds before the second try; doubled for each further one, up to the latter.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class _Pause:
    seconds: float


_Step = _Request | _Pause
_Reply = httpx.Response | httpx.HTTPError | None
_Talking = Generator[_Step, _Reply, Any]


class _Talk:
    """What is said to a service. Each method is a generator: it yields requests and pauses, and is sent replies."""

    def __init__(self, url: str, batch: int, tries: int, patience: float) -> None:
        self._url = url
        self._batch = max(1, batch)
        self._tries = max(1, tries)
        self._patience = patience

    def check(self, checks: Sequence[Check], timeout: float | None) -> _Talking:
        verdicts: list[Verdict] = []
        environment: str | None = None
        for start in range(0, len(checks), self._batch):
            part = checks[start : start + self._batch]
            body: dict[str, Any] = {"checks": [asdict(check) for check in part]}
            if timeout is not None:
                body["timeout"] = timeout
            answer = yield from self._ask("POST", "/v1/check", body)
            found = [self._verdict(row) for row in self._of(answer, "verdicts", list)]
            if len(found) != len(part):
                raise self._strange()
            if environment not in (None, self._of(answer, "environment", str)):
                raise ServiceError(
                    f"The service at {self._url} changed its environment between two batches; check them again."
                )
            environment = answer["environment"]
            verdicts += found
        return verdicts

    def environment(self) -> _Talking:
        answer = yield from self._ask("GET", "/v1/environment")
        names = {field.name for field in fields(Environment)}
        try:
            known = {name: answer[name] for name in names}
            return Environment(**{**known, "imports": tuple(known["imports"])})
        except (KeyError, TypeError):
            raise self._strange() from None

    def health(self) -> _Talking:
        """One try, and no exception: whether it works is the answer."""
        reply = yield _Request("GET", "/health")
        return isinstance(reply, httpx.Response) and reply.status_code == 200

    def _ask(self, method: str, path: str, body: Any = None) -> _Talking:
        tries = 0
        waited = 0.0
        while True:
            reply = yield _Request(method, path, body)
            assert reply is not None
            if isinstance(reply, httpx.Response):
                if reply.status_code == 200:
                    return self._json(reply)
                if reply.status_code == 429 and waited < self._patience:
                    # Up to half as long again, or all clients come back at the same moment.
                    pause = _retry_after(reply) * random.uniform(1.0, 1.5)
                    pause = min(pause, self._patience - waited)
                    waited += pause
                    yield _Pause(pause)
                    continue
                if reply.status_code not in (502, 503, 504):
                    raise self._refused(reply)
            elif isinstance(reply, httpx.ReadTimeout | httpx.UnsupportedProtocol):
                # The service may be at work on it, and asking again would double the work; or the URL is wrong.
                raise self._lost(reply)
            tries += 1
            if tries >= self._tries:
                raise self._lost(reply) if isinstance(reply, httpx.HTTPError) else self._refused(reply)
            yield _Pause(min(_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE) * random.uniform(1.0, 1.5))

    # --- reading answers ------------------------------------------------------------------------------------

    def _json(self, reply: httpx.Response) -> dict[str, Any]:
        try:
            answer = reply.json()
        except ValueError:
            raise self._strange() from None
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _of(self, answer: dict[str, Any], key: str, kind: type) -> Any:
        if not isinstance(answer.get(key), kind):
            raise self._strange()
        return answer[key]

    def _verdict(self, row: Any) -> Verdict:
        try:
            return Verdict(
                row["outcome"],
                row["reason"],
                row["detail"],
                tuple(row["axioms"]),
                tuple(row["theorems"]),
                tuple(row["premises"]),
                float(row["seconds"]),
            )
        except (KeyError, TypeError, ValueError):
            raise self._strange() from None

    def _refused(self, reply: httpx.Response) -> ServiceError:
        try:
            detail = reply.json()["detail"]
        except (ValueError, KeyError, TypeError):
            detail = reply.reason_phrase or "no reason given"
        return ServiceError(
            f"The service at {self._url} refused the request (HTTP {reply.status_code}): {detail}",
            reply.status_code,
        )

    def _lost(self, error: httpx.HTTPError) -> ServiceError:
        return ServiceError(
            f"The service at {self._url} does not answer ({error or type(error).__name__}); "
            "is `stp serve` running there?"
        )

    def _strange(self) -> ServiceError:
        return ServiceError(f"What answers at {self._url} is no `stp serve` of this version.")


class _Base:
    def __init__(self, url: str, token: str | None, batch: int, tries: int, patience: float) -> None:
        try:
            httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{url!r} is no URL of a service: {error}.") from error
        self._talk = _Talk(url.rstrip("/"), batch, tries, patience)
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}


def _content(request: _Request) -> dict[str, Any]:
    if request.body is None:
        return {}
    # ASCII: a model's text may hold lone surrogates, which UTF-8 cannot carry.
    content = json.dumps(request.body).encode("ascii")
    return {"content": content, "headers": {"Content-Type": "application/json"}}


def _retry_after(reply: httpx.Response) -> float:
    text = reply.headers.get("Retry-After", "")
    return max(1.0, float(text)) if text.isdecimal() else 5.0


class Client(_Base):
    """A service at `url`. Threads may share it.

    token: what the service asks for. timeout: seconds to wait for the answer to one request (of up to `batch`
    checks). batch: checks in one request. tries: of a request that got no answer. patience: seconds in all
    that one request may be kept waiting by a full queue. Every method but `health` raises ServiceError.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = 3600.0,
        batch: int = BATCH,
        tries: int = TRIES,
        patience: float = PATIENCE,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, token, batch, tries, patience)
        limits = httpx.Timeout(timeout, connect=10.0)
        self._http = httpx.Client(base_url=url, headers=self._headers, timeout=limits, transport=transport)

    def check(self, checks: Iterable[Check], *, timeout: float | None = None) -> list[Verdict]:
        """The verdicts, in the order of `checks`. timeout: seconds for each check, if less than the service's."""
        found: list[Verdict] = self._run(self._talk.check(list(checks), timeout))
        return found

    def check_one(
        self, statement: str, proof: str, *, header: str = "", forbid: Sequence[str] = ()
    ) -> Verdict:
        """The verdict on one proof of one statement (see `stp.records.Check`)."""
        return self.check([Check("0", statement, proof, header, tuple(forbid))])[0]

    def environment(self) -> Environment:
        """What the service's verdicts depend on; its `id` says whether two services agree."""
        found: Environment = self._run(self._talk.environment())
        return found

    def health(self) -> bool:
        """Whether the service answers and its Lean works."""
        return bool(self._run(self._talk.health()))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, talk: _Talking) -> Any:
        reply: _Reply = None
        while True:
            try:
                step = talk.send(reply)
            except StopIteration as end:
                return end.value
            reply = None
            if isinstance(step, _Pause):
                time.sleep(step.seconds)
            else:
                try:
                    reply = self._http.request(step.method, step.path, **_content(step))
                except httpx.HTTPError as error:
                    reply = error


class AsyncClient(_Base):
    """`Client` for asyncio: the same arguments and methods, to be awaited."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = 3600.0,
        batch: int = BATCH,
        tries: int = TRIES,
        patience: float = PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, token, batch, tries, patience)
        limits = httpx.Timeout(timeout, connect=10.0)
        self._http = httpx.AsyncClient(
            base_url=url, headers=self._headers, timeout=limits, transport=transport
        )

    async def check(self, checks: Iterable[Check], *, timeout: float | None = None) -> list[Verdict]:
        """See `Client.check`."""
        found: list[Verdict] = await self._run(self._talk.check(list(checks), timeout))
        return found

    async def check_one(
        self, statement: str, proof: str, *, header: str = "", forbid: Sequence[str] = ()
    ) -> Verdict:
        """See `Client.check_one`."""
        return (await self.check([Check("0", statement, proof, header, tuple(forbid))]))[0]

    async def environment(self) -> Environment:
        """See `Client.environment`."""
        found: Environment = await self._run(self._talk.environment())
        return found

    async def health(self) -> bool:
        """See `Client.health`."""
        return bool(await self._run(self._talk.health()))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, talk: _Talking) -> Any:
        reply: _Reply = None
        while True:
            try:
                step = talk.send(reply)
            except StopIteration as end:
                return end.value
            reply = None
            if isinstance(step, _Pause):
                await asyncio.sleep(step.seconds)
            else:
                try:
                    reply = await self._http.request(step.method, step.path, **_content(step))
                except httpx.HTTPError as error:
                    reply = error
