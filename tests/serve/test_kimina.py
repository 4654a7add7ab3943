"""The Kimina Lean Server's forms: its own client where it is installed, its published examples everywhere."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import httpx
import pytest
import typing_extensions
from harness import Start

GOOD = "import Mathlib\n\ntheorem t : 1 + 1 = 2 := rfl"


def post(url: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(url + path, json=body, timeout=20)


def test_its_published_example(start: Start) -> None:
    answer = post(start().url, "/api/check", {"snippets": [{"id": "check-nat-test", "code": "#check Nat"}]})
    (result,) = answer.json()["results"]
    assert result.pop("time") >= 0
    assert result == {
        "id": "check-nat-test",
        "response": {
            "env": 0,
            "messages": [
                {
                    "severity": "info",
                    "pos": {"line": 1, "column": 0},
                    "endPos": {"line": 1, "column": 6},
                    "data": "Nat : Type",
                }
            ],
        },
    }


def test_its_published_example_of_the_older_form(start: Start) -> None:
    body = {"codes": [{"custom_id": "1234", "proof": "#check Nat"}], "infotree_type": "original"}
    for path in ("/verify", "/one_pass_verify_batch"):
        (result,) = post(start().url, path, body).json()["results"]
        assert (result["custom_id"], result["error"]) == ("1234", None)
        assert result["response"]["messages"][0]["data"] == "Nat : Type"
        assert result["response"]["time"] >= 0


def test_all_that_can_come_of_a_snippet(start: Start) -> None:
    texts = ["theorem", "sorry", "late", "memory", "hidden", "bug", "\ud800", "x" * 300_000]
    snippets = [{"id": f"{i}", "code": text} for i, text in enumerate(texts)]
    body = {"snippets": snippets, "timeout": 20, "debug": True, "reuse": False, "infotree": "tactics"}
    running = start()
    # ASCII escapes, as a client would have to send a lone surrogate

    answer = httpx.post(
        f"{running.url}/api/check", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    results = answer.json()["results"]
    assert [result["id"] for result in results] == [snippet["id"] for snippet in snippets]
    assert results[0]["response"] == {"env": 0}
    assert results[1]["response"]["messages"][0] == {
        "severity": "error",
        "pos": {"line": 2, "column": 4},
        "endPos": {"line": 2, "column": 9},
        "data": "sorry",
    }
    assert results[2]["error"] == "Lean REPL command timed out in 20 seconds"
    assert "memory" in results[3]["error"]
    assert "response" not in results[3]
    # rejected without an error among its messages: a client must not read that as success
    assert [m["severity"] for m in results[4]["response"]["messages"]] == ["warning", "error"]
    assert "no verdict" in results[5]["error"]
    for refused in results[6:]:
        assert refused["response"]["messages"][0]["severity"] == "error"
    assert all("repl_uuid" in result["diagnostics"] for result in results)


@pytest.mark.parametrize(
    "path, body",
    [
        ("/api/check", {"snippets": []}),
        ("/api/check", {"snippets": [{"custom_id": "a", "code": "x"}]}),
        ("/api/check", {"snippets": [{"id": "a", "code": "x"}, {"id": "a", "code": "y"}]}),
        ("/api/check", {"snippet": {"id": "a", "code": "x"}}),
        ("/verify", {"codes": [{"proof": "x"}]}),
        ("/verify", {"codes": [{"custom_id": 1}]}),
    ],
)
def test_what_that_server_refuses_is_refused(start: Start, path: str, body: Any) -> None:
    assert post(start().url, path, body).status_code == 422


@pytest.fixture
def kimina(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its own client, if installed. Not in the test extra: it brings `datasets` and pyarrow, 200 MB that it does not
    need here. `pip install --no-deps kimina-client` and `pip install colorama tabulate tenacity tqdm pygments` do.
    """
    if sys.version_info < (3, 12):  # pydantic refuses the client's typing.TypedDict there
        monkeypatch.setattr("typing.TypedDict", typing_extensions.TypedDict)
    return pytest.importorskip("kimina_client")


def test_its_client(start: Start, kimina: Any) -> None:
    running = start(token="secret", workers=2)
    client = kimina.KiminaClient(running.url, api_key="secret", n_retries=1)
    assert client.health() == {"status": "ok"}
    client.test()
    snippets = [
        kimina.Snippet(id=f"{i}", code=text) for i, text in enumerate([GOOD, "sorry", "late", "memory"] * 5)
    ]
    response = client.check(snippets, show_progress=False, debug=True)
    found = {result.id: result.analyze().status.value for result in response.results}
    kinds = ["valid", "lean_error", "timeout_error", "server_error"]
    assert found == {f"{i}": kinds[i % 4] for i in range(20)}


def test_its_async_client(start: Start, kimina: Any) -> None:
    running = start()

    async def use() -> list[str]:
        client = kimina.AsyncKiminaClient(running.url, n_retries=1)
        response = await client.check([GOOD, "sorry"], show_progress=False)
        await client.close()
        return [result.analyze().status.value for result in response.results]

    assert asyncio.run(use()) == ["valid", "lean_error"]


def test_its_forms_of_answers_to_verify(start: Start, kimina: Any) -> None:
    body = kimina.VerifyRequestBody(
        codes=[kimina.Code(custom_id=f"{text}", proof=text) for text in (GOOD, "sorry", "late")]
    ).model_dump()
    answer = kimina.VerifyResponse.model_validate(post(start().url, "/verify", body).json())
    assert [result["error"] is None for result in answer.results] == [True, True, False]
