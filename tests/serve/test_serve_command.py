"""The command `stp serve`: what it says and refuses, and what it leaves behind when it is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import heed
import httpx
import pytest

from stp.client import Client
from stp.errors import InputError
from stp.lean.pool import LeanPool
from stp.lean.toolchain import Toolchain
from stp.records import Check
from stp.serve.app import Service
from stp.serve.run import TOKEN_VARIABLE, read_token

HEAD = "theorem t (a b : Nat) : a + b = b + a"
GOOD = Check("good", HEAD, "by omega")
BAD = Check("bad", HEAD, "by rfl")
HOLE = Check("hole", HEAD, "by sorry")
#: Takes the kernel longer than any test waits.
SLOW = "by\n  have h : (List.range 10000000).foldl (· + ·) 0 = 1 := by decide +kernel\n  exact nomatch h"


def serve(*arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "stp", "serve", *map(str, arguments)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        preexec_fn=heed.signals,
    )


def refused(*arguments: object, env: dict[str, str] | None = None) -> str:
    process = serve(*arguments, env=env)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith("stp: ")
    assert said.count("\n") == 1
    return said


def descendants(parent: int) -> set[int]:
    """Processes below `parent`, zombies too."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found: set[int] = set()
    while new := {pid for pid, above in parents.items() if above in found | {parent}} - found:
        found |= new
    return found


def gone(pids: set[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while left := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        if time.monotonic() > deadline:
            return not left
        time.sleep(0.1)
    return True


class Served:
    """A running `stp serve --port 0` with one worker, its address and what it said until it was ready."""

    def __init__(self, *arguments: object, env: dict[str, str] | None = None) -> None:
        self.process = serve("--port", 0, "--workers", 1, *arguments, env=env)
        self.said = ""
        assert self.process.stderr
        while "Environment" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        port = re.search(r"Serving on http://\S+:(\d+)", self.said)
        assert port
        self.url = f"http://127.0.0.1:{port[1]}"

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """The exit status, and what it said on the way."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def installed(lean: Toolchain) -> Iterator[None]:
    """No test's service may find a token by chance."""
    before = os.environ.pop(TOKEN_VARIABLE, None)
    yield
    if before is not None:
        os.environ[TOKEN_VARIABLE] = before


# --- without Lean -------------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_sentence_before_lean_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is in use" in refused("--port", port)


def test_a_host_that_is_none_is_one_sentence() -> None:
    assert "no address" in refused("--host", "no.such.host.invalid")
    assert "Cannot listen" in refused("--host", "192.0.2.1")  # set aside for documentation: no machine's own


def test_a_missing_extra_names_its_command(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError('no', name='uvicorn')")
    assert "Install it with: pip install httpx" in refused(env={"PYTHONPATH": str(tmp_path)})


def test_without_lean_it_names_the_command_that_installs_it(tmp_path: Path) -> None:
    process = serve("--port", 0, env={"STP_HOME": str(tmp_path), "STP_LAKE_PROJECT": ""})
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "stp lean install" in said


@pytest.mark.parametrize("content", ["", "\n", "two words", "grün"])
def test_a_token_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="visible ASCII"):
        read_token(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_token(tmp_path / "nothing")


def test_the_file_goes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert read_token(None) is None
    monkeypatch.setenv(TOKEN_VARIABLE, "from-variable")
    assert read_token(None) == "from-variable"
    (tmp_path / "token").write_text("from-file\n")
    assert read_token(tmp_path / "token") == "from-file"


# --- with Lean ----------------------------------------------------------------------------------------------


@pytest.mark.lean
def test_checks_through_the_real_pool(pool: LeanPool) -> None:
    """The service in this process, so that the session's workers serve it."""
    import asyncio

    from stp.client import AsyncClient

    service = Service(pool, workers=2)
    transport = httpx.ASGITransport(app=service.app)
    checks = [GOOD, BAD, HOLE, Check("odd", "theorem t : 1 +", "rfl"), GOOD] * 10

    async def use() -> None:
        async with AsyncClient("http://x", transport=transport, batch=16) as client:
            assert await client.environment() == pool.environment
            found = await client.check(checks)
            assert [v.outcome for v in found] == [
                "proved",
                "rejected",
                "rejected",
                "bad_statement",
                "proved",
            ] * 10
            direct = {job.id: verdict for job, verdict in pool.check([GOOD, BAD, HOLE])}
            for verdict, check in zip(found[:3], (GOOD, BAD, HOLE), strict=True):
                expected = direct[check.id]
                assert (verdict.reason, verdict.detail) == (expected.reason, expected.detail)
                assert (verdict.axioms, verdict.theorems) == (expected.axioms, expected.theorems)

    try:
        asyncio.run(use())
    finally:
        service.close()


@pytest.mark.lean
def test_a_service_from_start_to_sigterm_beyond_loopback(installed: None) -> None:
    served = Served("--host", "0.0.0.0")
    try:
        assert served.process.stderr
        token = served.process.stderr.readline().rpartition(" ")[2].strip()
        assert len(token) >= 32
        assert httpx.get(f"{served.url}/v1/environment").status_code == 401
        with Client(served.url, token) as client:
            assert client.health()
            assert [v.outcome for v in client.check([GOOD, BAD, HOLE])] == ["proved", "rejected", "rejected"]
            assert client.environment().id in served.said
        below = descendants(served.process.pid)
        assert below
        assert served.stop(signal.SIGTERM) == (0, "")
        assert gone(below)
    finally:
        served.end()


@pytest.mark.lean
def test_stopped_at_work_it_lets_go_of_the_request_and_of_lean(installed: None) -> None:
    served = Served("--timeout", 600, "--heartbeats", 1_000_000)
    answers: list[httpx.Response] = []
    try:
        body = {"checks": [{"id": 1, "statement": "theorem t : (1 : Nat) = 2", "proof": SLOW}]}
        ask = threading.Thread(
            target=lambda: answers.append(httpx.post(f"{served.url}/v1/check", json=body, timeout=100))
        )
        ask.start()
        while "stp_workers_busy 1.0" not in httpx.get(f"{served.url}/metrics").text:
            time.sleep(0.05)
        below = descendants(served.process.pid)
        code, said = served.stop(signal.SIGINT)
        ask.join()
        assert code == 130
        assert "Finishing the requests in hand" in said
        assert answers[0].status_code == 503
        assert "send the request again" in answers[0].json()["detail"]
        assert gone(below)
    finally:
        served.end()


@pytest.mark.lean
def test_stopped_while_lean_starts_it_leaves_nothing(installed: None) -> None:
    process = serve("--port", 0, "--workers", 1)
    try:
        assert process.stderr
        assert "Starting Lean" in process.stderr.readline()
        while not (below := descendants(process.pid)):
            time.sleep(0.05)
        process.terminate()
        process.communicate(timeout=30)
        assert process.returncode == 0
        assert gone(below)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.lean
def test_kimina_snippets_through_the_real_pool(pool: LeanPool) -> None:
    if not hasattr(pool, "files"):
        pytest.skip("this pool does not check whole files")
    import asyncio

    service = Service(pool, workers=2)
    snippets = [
        {"id": "good", "code": "theorem a : 1 + 1 = 2 := rfl\n\ntheorem b (n : Nat) : n = n := rfl\n"},
        {"id": "bad", "code": "theorem a : 1 + 1 = 3 := rfl\n"},
        {"id": "hole", "code": "theorem a : 1 + 1 = 3 := by\n  sorry\n"},
        {"id": "axiom", "code": "axiom x : False\n\ntheorem a : 1 + 1 = 3 := x.elim\n"},
    ]

    async def use() -> httpx.Response:
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", timeout=200) as client:
            return await client.post("/api/check", json={"snippets": snippets, "timeout": 60})

    try:
        results = asyncio.run(use()).json()["results"]
    finally:
        service.close()
    errors = {
        result["id"]: [m for m in result["response"].get("messages", []) if m["severity"] == "error"]
        for result in results
    }
    assert not errors.pop("good")
    assert all(errors.values()), json.dumps(results, indent=1)
