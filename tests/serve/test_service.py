"""`/v1/check` and what stands around it: forms, refusals, the queue, metrics."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

import httpx
import pytest
from harness import ENVIRONMENT, Running, Start, wait_for
from prometheus_client.parser import text_string_to_metric_families

STATEMENT = "theorem t : 1 + 1 = 2"
TOKEN = "one-long-token"


def item(identity: Any, proof: str = "rfl", **more: Any) -> dict[str, Any]:
    return {"id": identity, "statement": STATEMENT, "proof": proof, **more}


def post(running: Running, body: Any, path: str = "/v1/check", **more: Any) -> httpx.Response:
    return httpx.post(running.url + path, json=body, timeout=20, **more)


def metrics(running: Running) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = httpx.get(f"{running.url}/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def later(running: Running, body: Any) -> threading.Thread:
    """Post in a thread of its own, and return when the first of its checks has started."""
    before = len(running.verifier.started)
    thread = threading.Thread(target=post, args=(running, body), daemon=True)
    thread.start()
    wait_for(lambda: len(running.verifier.started) > before)
    return thread


# --- the form -----------------------------------------------------------------------------------------------


def test_verdicts_come_in_the_order_of_the_checks(start: Start) -> None:
    running = start(workers=2)
    checks = [item("a"), item("b", "sorry"), item(3), item("a", "omega")]
    answer = post(running, {"checks": checks}).json()
    assert answer["environment"] == ENVIRONMENT.id
    assert [(v["id"], v["outcome"]) for v in answer["verdicts"]] == [
        ("a", "proved"),
        ("b", "rejected"),
        (3, "proved"),
        ("a", "rejected"),
    ]
    assert answer["verdicts"][0] == {
        "id": "a",
        "outcome": "proved",
        "reason": "",
        "detail": "",
        "axioms": ["propext"],
        "theorems": ["Nat.add_comm"],
        "premises": [],
        "seconds": 0.25,
    }


@pytest.mark.parametrize(
    "bad",
    [
        7,
        {"id": 1, "statement": STATEMENT},
        {"id": 1, "statement": STATEMENT, "proof": None},
        {"statement": STATEMENT, "proof": "rfl"},
        item(1, forbid="x"),
        item(1, header=3),
        item(1, tactic="rfl"),
    ],
)
def test_a_bad_item_gets_its_own_verdict_and_harms_no_other(start: Start, bad: Any) -> None:
    answer = post(start(), {"checks": [item("a"), bad, item("z")]}).json()
    assert [v["outcome"] for v in answer["verdicts"]] == ["proved", "bad_statement", "proved"]
    assert answer["verdicts"][1]["reason"] == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        "#eval 1",
        "open Nat\n#eval 1",
        "open Nat #eval 1",
        "open Nat\r#eval 1",
        "open Nat\u2028#eval 1",
        "open Nat (succ)",
        "open Nat run_cmd foo",
        "open scoped scoped",
        "open Nat in",
        'macro "x" : term => `(1)',
        "opens Nat",
        "open 1",
        "open",
    ],
)
def test_a_header_that_may_run_code_needs_the_operators_consent(start: Start, header: str) -> None:
    running = start()
    (verdict,) = post(running, {"checks": [item(1, header=header)]}).json()["verdicts"]
    assert (verdict["outcome"], verdict["reason"]) == ("bad_statement", "header")
    assert "--trust-headers" in verdict["detail"]
    assert running.verifier.started == []
    trusting = start(trust_headers=True)
    (verdict,) = post(trusting, {"checks": [item(1, header=header)]}).json()["verdicts"]
    assert verdict["outcome"] == "proved"


@pytest.mark.parametrize(
    "header", ["", "open Nat", "open Nat Real.Foo\n\nopen scoped Topology\n", "open Ω.a'"]
)
def test_a_header_that_only_opens_is_taken(start: Start, header: str) -> None:
    (verdict,) = post(start(), {"checks": [item(1, header=header)]}).json()["verdicts"]
    assert verdict["outcome"] == "proved"


def test_an_empty_batch_has_no_verdicts(start: Start) -> None:
    assert post(start(), {"checks": []}).json() == {"environment": ENVIRONMENT.id, "verdicts": []}


def test_texts_that_utf8_cannot_carry_come_back(start: Start) -> None:
    running = start()
    body = '{"checks": [{"id": "\\ud800", "statement": "\\ud800", "proof": "\\udfff"}]}'
    answer = httpx.post(f"{running.url}/v1/check", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["verdicts"][0]["id"] == "\ud800"


def test_environment_tells_limits(start: Start) -> None:
    found = httpx.get(f"{start(queue=7).url}/v1/environment").json()
    assert found["environment"] == ENVIRONMENT.id
    assert found["imports"] == ["Init", "Std"]
    assert (found["workers"], found["timeout"], found["limits"]["checks"]) == (1, 60.0, 7)


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, status",
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"\xff\xfe", 400),
        (b'{"checks": [NaN]}', 400),
        (b"[" * 100_000, 400),
        (b'{"checks": [' + b"1" * 10_000 + b"]}", 400),
        (b"{}", 422),
        (b'{"checks": {}}', 422),
        (b'{"checks": [], "timeot": 3}', 422),
        (b'{"checks": [], "timeout": "3"}', 422),
        (b'{"checks": [], "timeout": -1}', 422),
    ],
)
def test_a_request_that_is_none_gets_one_sentence(start: Start, content: bytes, status: int) -> None:
    running = start()
    answer = httpx.post(
        f"{running.url}/v1/check", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")
    assert "\n" not in answer.json()["detail"]


def test_only_json_is_read(start: Start) -> None:
    answer = httpx.post(
        f"{start().url}/v1/check", content=b'{"checks": []}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["detail"]


def test_other_paths_and_methods_are_told_in_json(start: Start) -> None:
    running = start()
    assert httpx.get(f"{running.url}/nowhere").json() == {"detail": "Not Found."}
    assert httpx.get(f"{running.url}/v1/check").status_code == 405


def test_a_body_too_large_is_refused_with_and_without_its_length(start: Start) -> None:
    running = start(body=1000)
    body = json.dumps({"checks": [item("a", "x" * 2000)]}).encode()
    headers = {"Content-Type": "application/json"}
    for content in (body, iter([body[:600], body[600:]])):  # the latter is sent in chunks, its length untold
        answer = httpx.post(f"{running.url}/v1/check", content=content, headers=headers)
        assert answer.status_code == 413
    assert running.verifier.started == []


def test_too_many_items_are_refused_for_good(start: Start) -> None:
    answer = post(start(items=2), {"checks": [item(i) for i in range(3)]})
    assert answer.status_code == 413
    # More than the queue ever holds: "try again later" would be a lie.
    assert post(start(queue=2), {"checks": [item(i) for i in range(3)]}).status_code == 413


# --- the token ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer"},
    ],
)
def test_nothing_but_health_is_answered_without_the_token(start: Start, headers: dict[str, str]) -> None:
    running = start(token=TOKEN)
    for method, path in (
        ("POST", "/v1/check"),
        ("POST", "/api/check"),
        ("POST", "/verify"),
        ("GET", "/v1/environment"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
    ):
        answer = httpx.request(method, running.url + path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert httpx.get(f"{running.url}/health", headers=headers).json() == {"status": "ok"}


def test_with_the_token_all_is_answered(start: Start) -> None:
    running = start(token=TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert post(running, {"checks": [item("a")]}, headers=headers).status_code == 200
    assert httpx.get(f"{running.url}/metrics", headers=headers).status_code == 200


# --- the queue ----------------------------------------------------------------------------------------------


def test_a_full_queue_says_when_to_come_back(start: Start) -> None:
    running = start(queue=3)
    first = later(running, {"checks": [item(0, "slow")]})  # in the worker's hands, not in the queue
    second = threading.Thread(target=post, args=(running, {"checks": [item(i) for i in range(3)]}))
    second.start()
    wait_for(lambda: running.service.scheduler.queued == 3)
    answer = post(running, {"checks": [item("late")]})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert metrics(running)["stp_requests_refused_total", (("reason", "queue_full"),)] == 1
    running.verifier.go.set()
    first.join()
    second.join()
    assert post(running, {"checks": [item("late")]}).status_code == 200


def test_retry_after_is_reckoned_from_the_measured_rate(start: Start) -> None:
    from stp.records import Check
    from stp.serve.scheduler import QueueFull

    running = start(queue=40)
    scheduler = running.service.scheduler
    for _ in range(200):
        scheduler._measure(3.0)
    later(running, {"checks": [item(0, "slow")]})
    scheduler.submit([Check(str(i), STATEMENT, "rfl") for i in range(40)], lambda: None)
    with pytest.raises(QueueFull) as full:
        scheduler.submit([Check("x", STATEMENT, "rfl")] * 20, lambda: None)
    assert full.value.retry_after == 60  # 20 checks too many, 3 s each, one worker


def test_a_small_request_does_not_wait_behind_a_large_one(start: Start) -> None:
    running = start()
    large = later(running, {"checks": [item(0, "slow")] + [item(i, f"p{i}") for i in range(100)]})
    small = threading.Thread(target=post, args=(running, {"checks": [item("s", "small")]}))
    small.start()
    wait_for(lambda: running.service.scheduler.queued > 90)
    wait_for(lambda: len(running.service.scheduler._tickets) == 2)
    running.verifier.go.set()
    small.join()
    large.join()
    assert running.verifier.started.index("small") <= 20


def test_a_client_that_hangs_up_has_its_waiting_checks_dropped(start: Start) -> None:
    running = start()
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"))
    checks = [item(0, "slow", header="open Nat")] + [item(i, f"p{i}") for i in range(50)]
    connection.request(
        "POST", "/v1/check", json.dumps({"checks": checks}), {"Content-Type": "application/json"}
    )
    wait_for(lambda: running.verifier.started == ["slow"])
    connection.close()
    wait_for(lambda: running.service.scheduler.queued == 0)
    running.verifier.go.set()
    assert post(running, {"checks": [item("next")]}).status_code == 200
    assert running.verifier.started == ["slow", "rfl"]
    assert metrics(running)["stp_checks_dropped_total", ()] == 50


def test_a_shorter_timeout_is_kept(start: Start) -> None:
    running = start()
    answer = post(running, {"checks": [item("a"), item("b", "slow")], "timeout": 0.3}).json()
    assert [v["outcome"] for v in answer["verdicts"]] == ["proved", "timeout"]
    assert answer["verdicts"][1]["reason"] == "wall_clock"


@pytest.mark.parametrize(
    "proof, sentence", [("lean error", "All Lean workers have ended."), ("bug", "a bug")]
)
def test_a_pool_that_fails_leaves_no_verdict_and_an_unhealthy_service(
    start: Start, proof: str, sentence: str
) -> None:
    running = start()
    answer = post(running, {"checks": [item("a", proof, header="open Nat"), item("b")]}).json()
    assert [v["outcome"] for v in answer["verdicts"]] == ["infrastructure", "proved"]
    assert sentence in answer["verdicts"][0]["detail"]
    assert httpx.get(f"{running.url}/health").status_code == 200  # the check after it went well
    post(running, {"checks": [item("a", proof)]})
    assert httpx.get(f"{running.url}/health").status_code == 503


# --- metrics ------------------------------------------------------------------------------------------------


def test_metrics_tell_what_happened(start: Start) -> None:
    running = start(queue=9)
    post(running, {"checks": [item("a"), item("b"), item("c", "sorry")]})
    post(running, {"checks": 3})
    found = metrics(running)
    assert found["stp_checks_total", (("kind", "check"), ("outcome", "proved"))] == 2
    assert found["stp_checks_total", (("kind", "check"), ("outcome", "rejected"))] == 1
    assert found["stp_check_seconds_count", (("kind", "check"),)] == 3
    assert found["stp_requests_total", (("path", "/v1/check"), ("status", "200"))] == 1
    assert found["stp_requests_refused_total", (("reason", "invalid"),)] == 1
    assert found["stp_queue_checks", ()] == 0
    assert found["stp_queue_limit", ()] == 9
    assert found["stp_workers_alive", ()] == 1
    assert found["stp_workers_busy", ()] == 0
    assert found["stp_worker_restarts_total", ()] == 3
    assert found["stp_worker_resident_bytes", (("pid", "4711"),)] == 1_500_000_000
    info = [dict(labels) for (name, labels) in found if name == "stp_environment_info"]
    assert info[0]["id"] == ENVIRONMENT.id
