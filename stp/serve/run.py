"""Running the service: its socket, its token, its signals."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stp.errors import InputError, ServiceError
from stp.serve import INSTALL

if TYPE_CHECKING:
    from stp.lean.pool import LeanPool
    from stp.serve.app import Service

#: The variable that holds the token when no file is named.
TOKEN_VARIABLE = "STP_SERVE_TOKEN"
#: Seconds that checks in hand get to finish after a request to stop.
GRACE = 10.0
#: Connections at once; more are answered 503. Each may hold one request of the largest size.
MAX_CONNECTIONS = 512


class _Terminated(BaseException):
    """SIGTERM, as an exception: everything on the way out is closed."""


def run(
    open_pool: Callable[[], LeanPool],
    *,
    host: str,
    port: int,
    workers: int,
    max_queue: int,
    max_body: int,
    token_file: Path | None,
    trust_headers: bool,
    say: Callable[[str], None],
) -> None:
    """Serve until SIGTERM (returns) or Ctrl-C (raises KeyboardInterrupt).

    The socket is taken before Lean is started, so that a port in use is told at once. Raises ServiceError,
    InputError, LeanError.
    """
    try:
        import uvicorn  # noqa: F401

        from stp.serve import app
    except ModuleNotFoundError as missing:
        raise ServiceError(
            f"stp serve needs {missing.name}, which is not installed. Install it with: {INSTALL}"
        ) from missing
    with contextlib.suppress(_Terminated), _sigterm(), contextlib.ExitStack() as stack:
        token = read_token(token_file)
        listener = stack.enter_context(_bind(host, port))
        made = token is None and not _loopback(listener)
        if made:
            token = secrets.token_urlsafe(32)
        say("Starting Lean …")
        pool = stack.enter_context(open_pool())
        service = app.Service(
            pool,
            workers=workers,
            token=token,
            limits=app.Limits(queue=max_queue, body=max_body),
            trust_headers=trust_headers,
        )
        stack.callback(service.close)
        stack.callback(pool.close)  # first: the service's threads wait for the pool's answers

        def ready() -> None:
            environment = pool.environment
            say(f"Serving on {_url(listener)} with {workers} workers. Stop with Ctrl-C.")
            say(
                f"Environment {environment.id}: Lean {environment.lean_version}, {' '.join(environment.imports)}"
            )
            if made:
                say(f"Token (made for this run, give your own with --token-file): {token}")
            elif token is not None:
                say("Requests need the token.")

        _serve(service, listener, ready, say)


def _serve(
    service: Service,
    listener: socket.socket,
    ready: Callable[[], None],
    say: Callable[[str], None],
) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if self.server_state.tasks:
                say(f"Finishing the requests in hand, {GRACE:.0f} s at most (Ctrl-C again: at once) …")
            asyncio.get_running_loop().call_later(GRACE, service.cut)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        service.app,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=int(GRACE) + 3,
    )
    Server(config).run(sockets=[listener])


def read_token(file: Path | None) -> str | None:
    """The token from `file`, else from the environment, else None. Raises InputError."""
    if file is None:
        token = os.environ.get(TOKEN_VARIABLE)
        where = f"the variable {TOKEN_VARIABLE}"
        if not token:
            return None
    else:
        where = str(file)
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The token file {file} cannot be read: {getattr(error, 'strerror', None) or error}."
            ) from error
    if not token or not all("!" <= c <= "~" for c in token):
        raise InputError(f"The token in {where} must be one word of visible ASCII characters.")
    return token


@contextlib.contextmanager
def _bind(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise ServiceError(f"The host {host!r} is no address of this machine: {error.strerror}.") from error
    # The protocol is named: without it asyncio leaves Nagle's delay on, 40 ms a request.
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen()  # two that were only bound would both succeed; early clients wait for Lean
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServiceError(
                    f"Port {port} on {host} is in use; name another with --port, or --port 0 for any free one."
                ) from error
            raise ServiceError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
        yield listener


def _loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _sigterm() -> Iterator[None]:
    """SIGTERM leaves by the same way as Ctrl-C, also while Lean is starting."""

    def terminate(signum: int, frame: object) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
