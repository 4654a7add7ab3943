"""A service on a small verifier without Lean, behind a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from harness import FakeVerifier, Running, Start

from stp.serve.app import Limits, Service


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a service; `workers`, `token` and what `Limits` takes are its arguments."""
    running: list[tuple[Running, threading.Thread]] = []

    def begin(
        *,
        workers: int = 1,
        token: str | None = None,
        timeout: float = 60.0,
        trust_headers: bool = False,
        **limits: int,
    ) -> Running:
        verifier = FakeVerifier(timeout=timeout)
        service = Service(
            verifier, workers=workers, token=token, limits=Limits(**limits), trust_headers=trust_headers
        )
        # The protocol is named, or asyncio does not switch Nagle's delay off: 40 ms a request.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(
            service.app, lifespan="off", ws="none", log_level="critical", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.append((Running(url, verifier, service, server), thread))
        return running[-1][0]

    yield begin
    for one, thread in running:
        one.verifier.go.set()
        one.server.should_exit = True
        thread.join(timeout=10)
        one.service.close()
