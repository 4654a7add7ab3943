"""The endpoints, from request to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive

from stp import __version__
from stp.lean.pool import MAX_TEXT
from stp.records import FileVerdict, Verdict
from stp.serve import forms, kimina
from stp.serve.gate import ClientGone, Gate, Refused, answer, read_json, refusal
from stp.serve.metrics import Metrics
from stp.serve.scheduler import Answer, Job, QueueFull, Scheduler, Ticket, Verifier

#: Seconds between looks at a request that asked for a shorter time-out than the pool's.
_LOOK = 0.1


@dataclass(frozen=True)
class Limits:
    """What a request and the queue may hold."""

    queue: int = 4096  # checks that wait
    body: int = 16_000_000  # bytes
    items: int = forms.MAX_ITEMS
    text: int = MAX_TEXT  # characters of one text; Lean is not asked about longer ones

    @property
    def batch(self) -> int:
        """A request of more checks could never be taken."""
        return min(self.items, self.queue)


class Service:
    """The endpoints' state. `close` it after the verifier is closed."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        workers: int,
        token: str | None = None,
        limits: Limits | None = None,
        trust_headers: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.metrics = Metrics()
        self.scheduler = Scheduler(
            verifier, workers=workers, max_queue=self.limits.queue, metrics=self.metrics
        )
        self.metrics.watch(verifier, self.scheduler)
        self._verifier = verifier
        self._workers = workers
        self._trust_headers = trust_headers
        self._cut = asyncio.Event()
        self.app = self._routes(token)

    def cut(self) -> None:
        """Answer every request in hand now, with "send it again". Called in the event loop's thread."""
        self._cut.set()

    def close(self) -> None:
        self.scheduler.close()

    # --- endpoints ------------------------------------------------------------------------------------------

    async def _check(self, request: Request) -> Response:
        body = await read_json(request, self.limits.body)
        batch = forms.batch(body, self.limits.batch, self._trust_headers)
        verdicts = dict(batch.malformed)
        answers = await self._answers(request.receive, batch.checks, batch.timeout)
        for check, found in zip(batch.checks, answers, strict=True):
            assert isinstance(found, Verdict)
            verdicts[int(check.id)] = found
        ordered = [verdicts[i] for i in range(len(batch.ids))]
        return answer(forms.answer(self._verifier.environment, batch.ids, ordered))

    async def _environment(self, request: Request) -> Response:
        return answer(
            {
                **forms.environment(self._verifier.environment),
                "workers": self._workers,
                "timeout": self._verifier.timeout,
                "version": __version__,
                "limits": {
                    "checks": self.limits.batch,
                    "queue": self.limits.queue,
                    "body_bytes": self.limits.body,
                    "text_characters": self.limits.text,
                },
            }
        )

    async def _kimina_check(self, request: Request) -> Response:
        files = kimina.check_request(await read_json(request, self.limits.body), self.limits.batch)
        verdicts = await self._file_verdicts(request.receive, files)
        environment = self._verifier.environment.id
        return answer(kimina.check_answer(files, verdicts, self._verifier.timeout, environment))

    async def _kimina_verify(self, request: Request) -> Response:
        files = kimina.verify_request(await read_json(request, self.limits.body), self.limits.batch)
        verdicts = await self._file_verdicts(request.receive, files)
        return answer(kimina.verify_answer(files, verdicts, self._verifier.timeout))

    async def _health(self, request: Request) -> Response:
        if self.scheduler.fault:
            return answer({"status": "fault", "detail": self.scheduler.fault}, 503)
        return answer({"status": "ok"})

    async def _metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    # --- how a request waits --------------------------------------------------------------------------------

    async def _file_verdicts(self, receive: Receive, request: kimina.Files) -> list[FileVerdict]:
        refused = {file.id: kimina.unreadable(file, self.limits.text) for file in request.files}
        asked = [file for file in request.files if refused[file.id] is None]
        found = iter(await self._answers(receive, asked, request.timeout))
        verdicts = []
        for file in request.files:
            verdict = refused[file.id] or next(found)
            assert isinstance(verdict, FileVerdict)
            verdicts.append(verdict)
        return verdicts

    async def _answers(self, receive: Receive, jobs: Sequence[Job], timeout: float | None) -> list[Answer]:
        """The answers in order. Raises Refused if there is no room, ClientGone if nobody waits any more."""
        if not jobs:
            return []
        shorter = timeout if timeout is not None and timeout < self._verifier.timeout else None
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        try:
            if shorter is not None:  # the worker is then stopped too
                jobs = [replace(job, timeout=min(job.timeout or shorter, shorter)) for job in jobs]
            ticket = self.scheduler.submit(
                jobs, lambda: loop.call_soon_threadsafe(done.set), alone=shorter is not None
            )
        except QueueFull as full:
            raise Refused(
                429,
                "queue_full",
                f"The queue is full; try again in {full.retry_after} seconds.",
                full.retry_after,
            ) from None
        try:
            await self._wait(ticket, done, receive, shorter)
        finally:
            if dropped := self.scheduler.drop(ticket):
                self.metrics.dropped(dropped)
        return [found for found in ticket.answers if found is not None]

    async def _wait(
        self, ticket: Ticket, done: asyncio.Event, receive: Receive, timeout: float | None
    ) -> None:
        finished = asyncio.create_task(done.wait())
        gone = asyncio.create_task(_disconnected(receive))
        cut = asyncio.create_task(self._cut.wait())
        tasks = (finished, gone, cut)
        try:
            while not done.is_set():
                await asyncio.wait(
                    tasks,
                    timeout=None if timeout is None else _LOOK,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if done.is_set():
                    break
                if gone.done():
                    raise ClientGone
                if cut.done():
                    raise Refused(503, "stopping", "The service is stopping; send the request again.", 30)
                if timeout is not None:
                    self.scheduler.expire(ticket, timeout)
                    await asyncio.sleep(0)
        finally:
            for task in tasks:
                task.cancel()

    # --- the application ------------------------------------------------------------------------------------

    def _routes(self, token: str | None) -> ASGIApp:
        get, post = ["GET"], ["POST"]
        table: list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]] = [
            ("/v1/check", self._check, post),
            ("/v1/environment", self._environment, get),
            ("/metrics", self._metrics, get),
            ("/health", self._health, get),
            ("/health/", self._health, get),
            ("/", self._health, get),
            ("/api/check", self._kimina_check, post),
            ("/api/check/", self._kimina_check, post),
            ("/verify", self._kimina_verify, post),
            ("/one_pass_verify_batch", self._kimina_verify, post),
        ]
        paths = frozenset(path for path, _, _ in table)
        inner = Starlette(
            routes=[Route(path, endpoint, methods=methods) for path, endpoint, methods in table],
            exception_handlers={
                Refused: self._refuse,
                ClientGone: self._nobody,
                HTTPException: self._http,
                Exception: self._fault,
            },
        )
        return Gate(inner, token=token, paths=paths, metrics=self.metrics)

    async def _refuse(self, request: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused)
        self.metrics.refused(refused.reason)
        return refusal(refused)

    async def _nobody(self, request: Request, gone: Exception) -> Response:
        return Response(status_code=499)  # nobody reads it; the metrics count it

    async def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer({"detail": f"{error.detail}."}, error.status_code, dict(error.headers or {}))

    async def _fault(self, request: Request, error: Exception) -> Response:
        return answer({"detail": "The service failed; its log says why."}, 500)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
