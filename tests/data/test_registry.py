"""Downloads, from a server of the test's own: what is wanted, what is not taken, and what is said."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from at_hand import BENCHMARKS, REASON

from stp.data import registry
from stp.errors import InputError

FILES = {
    "MiniF2F/Test/a.lean": b"theorem a : 1 = 1 := by sorry\n",
    "MiniF2F/Valid/b.lean": b"theorem b : 2 = 2 := by sorry\n",
}


def _archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path, content in {**FILES, "README.md": b"other", "MiniF2F/Test/../../evil.lean": b"x"}.items():
            member = tarfile.TarInfo(f"repo-rev/{path}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What the server answers, by path; anything else is 404."""
    answers: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(200 if body is not None else 404)
            length = len(body or b"") + (7 if self.path.endswith("short") else 0)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(registry, "GITHUB", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(registry, "HUGGING_FACE", f"http://127.0.0.1:{server.server_port}")
    yield answers
    server.shutdown()


WANTED = replace(
    registry.known("minif2f"), home="github:o/r", revision="rev", sha256=registry.content_digest(FILES)
)


def test_the_wanted_files_of_the_revision_are_taken(home: dict[str, bytes], tmp_path: Path) -> None:
    home["/o/r/tar.gz/rev"] = _archive()
    told: list[int] = []
    files = registry.download(WANTED, lambda done, total: told.append(done))
    assert files == FILES and told
    assert registry.write(files, tmp_path) == tmp_path
    assert (tmp_path / "MiniF2F/Test/a.lean").read_bytes() == FILES["MiniF2F/Test/a.lean"]


def test_other_content_is_not_taken(home: dict[str, bytes]) -> None:
    home["/o/r/tar.gz/rev"] = _archive()
    with pytest.raises(InputError, match="not what minif2f was when it was pinned"):
        registry.download(replace(WANTED, sha256=hashlib.sha256(b"").hexdigest()))


def test_a_single_file_without_a_pin(home: dict[str, bytes]) -> None:
    home["/datasets/o/r/resolve/main/x.json"] = b"[]"
    wanted = replace(WANTED, home="hf:o/r", revision="main", files=("x.json",), sha256="")
    assert registry.download(wanted) == {"x.json": b"[]"}


def test_what_goes_wrong_is_one_sentence(home: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"answers 404 .* stp data import PATH --name minif2f"):
        registry.download(WANTED)
    home["/o/r/tar.gz/short"] = _archive()
    with pytest.raises(InputError, match="broke off"):
        registry.download(replace(WANTED, revision="short"))
    home["/o/r/tar.gz/rev"] = b"<html>"
    with pytest.raises(InputError, match="no archive"):
        registry.download(WANTED)
    monkeypatch.setattr(registry, "GITHUB", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be reached"):
        registry.download(WANTED)
    with pytest.raises(InputError, match="knows minif2f, proofnet"):
        registry.known("minif3f")
    with pytest.raises(InputError, match="stp data core minif2f"):
        registry.known("minif2f-core")


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=REASON)
@pytest.mark.parametrize(
    "name, place, prefix",
    [
        ("minif2f", "minif2f/lean", ""),
        ("putnambench", "putnambench", ""),
        ("proofnet", "proofnet/deepseek-prover-v1.5", "datasets/"),
        ("proofnet-verified", "proofnet/verified", "data/"),
    ],
)
def test_pins_are_those_of_the_public_copies(name: str, place: str, prefix: str) -> None:
    """The copies at hand have the content that `get` asks for."""
    known = registry.known(name)
    folder = BENCHMARKS / place
    files = {
        pattern if prefix else path.relative_to(folder).as_posix(): path.read_bytes()
        for pattern in known.files
        for path in folder.glob(pattern.removeprefix(prefix))
    }
    assert registry.content_digest(files) == known.sha256
