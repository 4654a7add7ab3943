"""`stp.client`, sync and async: the same behaviour, so every test runs with both."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from harness import ENVIRONMENT, Start, wait_for

from stp.client import AsyncClient, Client
from stp.errors import ServiceError
from stp.records import Check, Verdict

STATEMENT = "theorem t : 1 + 1 = 2"
#: (url, method, arguments of the client, arguments of the method) → the method's result.
Use = Callable[..., Any]


def _sync(url: str, method: str, *arguments: Any, options: dict[str, Any] | None = None, **more: Any) -> Any:
    with Client(url, **(options or {})) as client:
        return getattr(client, method)(*arguments, **more)


def _async(url: str, method: str, *arguments: Any, options: dict[str, Any] | None = None, **more: Any) -> Any:
    async def go() -> Any:
        async with AsyncClient(url, **(options or {})) as client:
            return await getattr(client, method)(*arguments, **more)

    return asyncio.run(go())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def use(request: pytest.FixtureRequest) -> Use:
    found: Use = request.param
    return found


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Makes the clients' pauses short and tells how long they would have been."""
    told: list[float] = []
    sleep, async_sleep = time.sleep, asyncio.sleep

    async def short(seconds: float) -> None:
        told.append(seconds)
        await async_sleep(0.01)

    monkeypatch.setattr("stp.client.time.sleep", lambda seconds: (told.append(seconds), sleep(0.01)))
    monkeypatch.setattr("stp.client.asyncio.sleep", short)
    yield told


def scripted(replies: list[httpx.Response | Exception]) -> dict[str, Any]:
    """Options of a client whose service answers so, one after the other."""

    def reply(request: httpx.Request) -> httpx.Response:
        found = replies.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return {"transport": httpx.MockTransport(reply)}


def verdicts(count: int, environment: str = "e") -> httpx.Response:
    row = {"id": 0, "outcome": "proved", "reason": "", "detail": "", "seconds": 0.5}
    lists: dict[str, list[str]] = {"axioms": ["propext"], "theorems": [], "premises": []}
    return httpx.Response(200, json={"environment": environment, "verdicts": [{**row, **lists}] * count})


def test_a_verdict_arrives_as_it_was(start: Start, use: Use) -> None:
    url = start().url
    proved = Verdict("proved", "", "", ("propext",), ("Nat.add_comm",), (), 0.25)
    assert use(url, "check_one", STATEMENT, "rfl") == proved
    assert use(url, "check_one", STATEMENT, "\ud800").outcome == "rejected"
    assert use(url, "environment") == ENVIRONMENT
    assert use(url, "health") is True
    assert use(url, "check", []) == []


def test_large_batches_are_split_and_stay_in_order(start: Start, use: Use) -> None:
    running = start(items=16)
    checks = [Check("same", STATEMENT, f"p{i}") for i in range(50)]
    found = use(running.url, "check", checks, options={"batch": 16})
    assert [v.detail for v in found] == [f"no: p{i}" for i in range(50)]
    assert running.service.metrics.text().count(b'path="/v1/check",status="200"} 4.0') == 1


def test_the_token_is_sent_and_a_wrong_one_is_one_error(start: Start, use: Use) -> None:
    url = start(token="secret").url
    assert use(url, "check_one", STATEMENT, "rfl", options={"token": "secret"}).proved
    with pytest.raises(ServiceError, match="asks for a token") as refused:
        use(url, "check_one", STATEMENT, "rfl", options={"token": "wrong"})
    assert refused.value.status == 401


def test_a_full_queue_is_waited_for_as_long_as_it_says(pauses: list[float], use: Use) -> None:
    full = httpx.Response(429, headers={"Retry-After": "7"}, json={"detail": "full"})
    options = scripted([full] * 10 + [verdicts(1)])  # more often than the tries of a lost connection
    assert use("http://x", "check_one", STATEMENT, "rfl", options=options).proved
    assert len(pauses) == 10
    assert all(7 <= pause <= 7 * 1.5 for pause in pauses)


def test_patience_ends(pauses: list[float], use: Use) -> None:
    full = httpx.Response(429, headers={"Retry-After": "7"}, json={"detail": "The queue is full."})
    with pytest.raises(ServiceError, match="full") as refused:
        use("http://x", "environment", options={**scripted([full] * 99), "patience": 20})
    assert refused.value.status == 429
    assert sum(pauses) == pytest.approx(20)


def test_a_real_full_queue_empties(start: Start, use: Use) -> None:
    running = start(queue=2)
    wait = threading.Thread(target=_sync, args=(running.url, "check_one", STATEMENT, "slow"))
    wait.start()
    wait_for(lambda: running.verifier.started == ["slow"])
    fill = threading.Thread(target=_sync, args=(running.url, "check", [Check("", STATEMENT, "rfl")] * 2))
    fill.start()
    wait_for(lambda: running.service.scheduler.queued == 2)
    threading.Timer(0.3, running.verifier.go.set).start()
    assert use(running.url, "check_one", STATEMENT, "rfl").proved
    wait.join()
    fill.join()


def test_a_lost_connection_is_tried_again_but_not_for_ever(pauses: list[float], use: Use) -> None:
    lost = httpx.ReadError("gone")
    away = httpx.Response(503, json={"detail": "The service is stopping."})
    options = scripted([lost, away, lost, verdicts(1)])
    assert use("http://x", "check_one", STATEMENT, "rfl", options=options).proved
    assert pauses == sorted(pauses)
    with pytest.raises(ServiceError, match="does not answer"):
        use("http://x", "environment", options={**scripted([lost] * 9), "tries": 4})
    assert len(pauses) == 3 + 3


def test_nobody_there_is_one_sentence(pauses: list[float], use: Use) -> None:
    with pytest.raises(ServiceError, match="is `stp serve` running there"):
        use("http://127.0.0.1:9", "check_one", STATEMENT, "rfl")
    assert use("http://127.0.0.1:9", "health") is False


def test_a_request_at_fault_is_not_repeated(start: Start, use: Use) -> None:
    running = start(items=2)
    with pytest.raises(ServiceError, match="at most 2") as refused:
        use(running.url, "check", [Check("", STATEMENT, "rfl")] * 3)
    assert refused.value.status == 413
    assert b"too_many_items" in running.service.metrics.text()


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[1]",
        '{"environment": "e"}',
        '{"environment": "e", "verdicts": [{}]}',
        '{"environment": "e", "verdicts": []}',
    ],
)
def test_another_kind_of_server_is_noticed(use: Use, body: str) -> None:
    with pytest.raises(ServiceError, match="no `stp serve`"):
        use("http://x", "check_one", STATEMENT, "rfl", options=scripted([httpx.Response(200, text=body)]))


def test_verdicts_of_two_environments_are_not_mixed(use: Use) -> None:
    options = {**scripted([verdicts(1, "a"), verdicts(1, "b")]), "batch": 1}
    with pytest.raises(ServiceError, match="changed its environment"):
        use("http://x", "check", [Check("", STATEMENT, "rfl")] * 2, options=options)


def test_an_address_that_is_none_is_one_sentence(use: Use) -> None:
    for url in ("http://[", "localhost:8000", "ftp://x"):
        with pytest.raises(ServiceError):
            use(url, "environment", options={"tries": 1})
