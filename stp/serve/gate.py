"""What is refused before an endpoint works on it: no token, no JSON, too large, too slow."""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stp.serve.metrics import Metrics

#: Answered without a token: load balancers and supervisors ask them.
OPEN = frozenset({"/", "/health", "/health/"})
#: Seconds a client may take to send its request.
BODY_TIMEOUT = 60.0


@dataclass
class Refused(Exception):
    """A request that is not worked on: one sentence for the client, one word for the metrics."""

    status: int
    reason: str
    sentence: str
    retry_after: int | None = None


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON in ASCII: texts from outside may hold lone surrogates, which UTF-8 cannot carry."""
    body = json.dumps(content, separators=(",", ":")).encode("ascii")
    return Response(body, status, headers, "application/json")


def refusal(refused: Refused) -> Response:
    headers = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return answer({"detail": refused.sentence}, refused.status, headers)


class Gate:
    """Asks for the token, and counts answers by path and status."""

    def __init__(self, app: ASGIApp, *, token: str | None, paths: frozenset[str], metrics: Metrics) -> None:
        self._app = app
        self._expected = None if token is None else b"Bearer " + token.encode("ascii")
        self._paths = paths
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Paths that are not ours share one label: anyone can make up new ones.
        path = scope["path"] if scope["path"] in self._paths else "other"

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered(path, message["status"])
            await send(message)

        if self._admits(scope):
            await self._app(scope, receive, counted)
        else:
            self._metrics.refused("unauthorized")
            sentence = "This service asks for a token: send the header Authorization: Bearer TOKEN."
            await refusal(Refused(401, "unauthorized", sentence))(scope, receive, counted)

    def _admits(self, scope: Scope) -> bool:
        if self._expected is None or scope["path"] in OPEN:
            return True
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._expected)


async def read_json(request: Request, max_body: int) -> dict[str, Any]:
    """The JSON object in the request's body. Raises Refused with the sentence to answer."""
    # A page in a browser cannot send this type to another origin unasked, so it cannot use a service on loopback.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "content_type", "Send JSON, with the header Content-Type: application/json.")
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await _body(request, max_body)
    except TimeoutError:
        raise Refused(408, "slow", f"The request did not arrive within {BODY_TIMEOUT:.0f} seconds.") from None
    except ClientDisconnect:
        raise ClientGone from None
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refused(400, "malformed", "The request is not UTF-8.") from None
    except RecursionError:
        raise Refused(400, "malformed", "The request is JSON nested too deep.") from None
    except ValueError as error:
        raise Refused(400, "malformed", f"The request is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Refused(400, "malformed", "The request is not a JSON object.")
    return value


async def _body(request: Request, max_body: int) -> bytes:
    too_large = Refused(
        413,
        "body_too_large",
        f"The request is larger than {max_body:,} bytes; send fewer checks at once.",
    )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_body:
        raise too_large
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > max_body:
            raise too_large
    return bytes(parts)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
