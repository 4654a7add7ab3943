"""The way a native Lean is started. No native Lean can be had from the registries, so `lake` and `lean` are scripts
here: one hands over to the embedded Lean, another only speaks the protocol and does what a "proof" says. What is
tested is the command line, the compiling, the protocol, the environment and the fence."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stp import paths
from stp.errors import LeanError
from stp.lean import build, embedded, sandbox, toolchain
from stp.lean.pool import LeanPool
from stp.lean.toolchain import Toolchain
from stp.records import Check

PYTHON = Path(os.path.realpath(sys.executable))

LAKE = """#!/bin/sh
[ "$1" = env ] || exit 1
shift
export LEAN_PATH={path} LEAN_SYSROOT={sysroot}
exec "$@"
"""

#: Hands over to the embedded Lean.
EMBEDDED = """#!{python} -IS
import os, sys
os.environ["STP_MOUNTS"] = {mounts!r}
os.execv({node!r}, [{node!r}, "--stack-size=7600", {glue!r}, *sys.argv[1:]])
"""

#: "Compiles" by writing a file, serves the checker's protocol, and runs each proof as Python code: the hostile
#: proof that got past every check. The answer's detail is what came of it.
SPEAKER = """#!{python} -IS
import json, os, sys
if "-o" in sys.argv:
    open(sys.argv[sys.argv.index("-o") + 1], "w").write("compiled " + " ".join(sys.argv[1:]))
    sys.exit()
first = json.loads(sys.stdin.readline())
def say(answer):
    print("noise")
    print(first["nonce"], json.dumps(answer), flush=True)
say({{"version": "4.28.0, native", "githash": "0" * 40, "checker": "1"}})
for line in sys.stdin:
    request = json.loads(line)
    try:
        detail = "GOT " + str(eval(request["proof"]))
    except BaseException as error:
        detail = type(error).__name__
    say({{"id": request["id"], "outcome": "rejected", "reason": "error", "detail": detail}})
"""


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """What is found once is remembered by the process."""
    yield
    sandbox._plan.cache_clear()
    toolchain.native.cache_clear()


def make(folder: Path, lean: str, path: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake project, and `lake` and `lean` on the PATH."""
    project, bin_ = folder / "project", folder / "bin"
    project.mkdir()
    bin_.mkdir()
    (project / "lakefile.toml").write_text('name = "mine"\n')
    (project / "lean-toolchain").write_text("leanprover/lean4:v4.28.0\n")
    search = os.pathsep.join(str(part) for part in path)
    for name, text in (("lake", LAKE.format(path=search, sysroot=sys.base_prefix)), ("lean", lean)):
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STP_LAKE_PROJECT", str(project))
    return project


@pytest.fixture(params=["auto", "landlock", "bwrap"])
def fence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STP_SANDBOX", request.param)
    sandbox._plan.cache_clear()
    try:
        sandbox.plan()
    except LeanError as error:
        pytest.skip(str(error))
    return str(request.param)


@pytest.fixture
def speaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    """A native "Lean" that speaks the protocol."""
    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STP_TEST_SECRET", "the secret")
    library = tmp_path / "library"
    library.mkdir()
    project = make(tmp_path, SPEAKER.format(python=PYTHON), [library], monkeypatch)
    assert toolchain.find() == Toolchain("native", project)
    return toolchain.find()


def test_a_pool_runs_over_it(speaking: Toolchain, fence: str) -> None:
    with LeanPool(speaking, workers=2, spares=0, canaries=False) as pool:
        assert pool.environment.lean_version == "4.28.0, native"
        jobs = [Check(str(i), f"theorem t : {i % 3} = 0", str(i)) for i in range(20)]
        assert {job.id: verdict.detail for job, verdict in pool.check(jobs)} == {
            str(i): f"GOT {i}" for i in range(20)
        }


def test_what_it_is_started_with(speaking: Toolchain, tmp_path: Path) -> None:
    built = build.ensure(speaking)
    compiled = (built.folder / "Checker.olean").read_text().split()
    assert compiled[:3] == ["compiled", "-q", "-R"] and compiled[4] == "-o"
    assert compiled[3] == str(Path(compiled[5]).parent) == str(Path(compiled[6]).parent)
    with LeanPool(speaking, workers=1, spares=0, canaries=False) as pool:
        argv = pool.check_one(Check("1", "theorem t : True", "sys.argv[1:]")).detail
        variables = pool.check_one(Check("2", "theorem t : True", "json.dumps(dict(os.environ))")).detail
    assert argv == "GOT " + str(["-q", "--run", str(built.main)])
    found = json.loads(variables.removeprefix("GOT "))
    found.pop("LC_CTYPE", None)  # Python's own
    assert found.pop("PWD", str(speaking.folder)) == str(speaking.folder)  # bubblewrap's
    assert found == {
        "PATH": "/usr/bin:/bin",
        "LEAN_SYSROOT": str(Path(sys.base_prefix).resolve()),
        "LEAN_PATH": f"{built.folder}{os.pathsep}{tmp_path / 'library'}",
    }


def test_what_is_compiled_serves_one_version_only(speaking: Toolchain) -> None:
    before = build.built_folder(speaking)
    (speaking.folder / "lean-toolchain").write_text("leanprover/lean4:v4.29.0\n")
    assert build.built_folder(speaking) != before


def test_what_others_could_have_changed_is_compiled_again(speaking: Toolchain) -> None:
    """The checker decides what is proved; Lean in WebAssembly leaves what it writes open to all users of the machine."""
    compiled = build.ensure(speaking).folder / "Checker.olean"
    assert {file.stat().st_mode & 0o777 for file in compiled.parent.iterdir()} == {0o644}
    honest = compiled.read_text()
    compiled.write_text("says yes to all")
    assert (
        build.ensure(speaking).folder / "Checker.olean"
    ).read_text() == "says yes to all"  # it is not read
    compiled.chmod(0o666)
    assert (
        (build.ensure(speaking).folder / "Checker.olean").read_text().split()[0]
        == honest.split()[0]
        == "compiled"
    )
    assert compiled.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(sys.platform != "linux", reason="the fence of the system is Linux's")
def test_hostile_code_in_it_reaches_nothing(speaking: Toolchain, tmp_path: Path, fence: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    server = socket.create_server(("127.0.0.1", 0))
    local = socket.socket(socket.AF_UNIX)
    local.bind(str(tmp_path / "library" / "socket"))
    local.listen()
    deeds = {
        "read": f"open({str(secret)!r}).read()",
        "read the password file": "open('/etc/passwd').read()",
        "read the parent": f"open('/proc/{os.getpid()}/environ').read()",
        "write": f"open({str(tmp_path / 'new')!r}, 'w')",
        "write the project": f"open({str(speaking.folder / 'new')!r}, 'w')",
        "write the library": f"open({str(tmp_path / 'library' / 'new')!r}, 'w')",
        "write the toolchain": f"open({str(Path(sys.base_prefix) / 'stp-sandbox-test')!r}, 'w')",
        "write the checker": f"open({str(build.built_folder(speaking) / 'Checker.olean')!r}, 'a')",
        "write shared memory": "open('/dev/shm/stp-sandbox-test', 'w')",
        "mode": f"os.chmod({str(tmp_path / 'library')!r}, 0o777)",
        "connect": f"__import__('socket').create_connection(('127.0.0.1', {server.getsockname()[1]}))",
        "socket": "__import__('socket').socket(2, 2)",
        "local socket": f"__import__('socket').socket(1).connect({str(tmp_path / 'library' / 'socket')!r})",
        "fork": "os.fork()",
        "spawn": "os.posix_spawn('/bin/sh', ['sh', '-c', 'exit'], {})",
        "kill": f"os.kill({os.getpid()}, 0)",
        "limits": "__import__('resource').prlimit(1, 7)",
        "variable": "os.environ['STP_TEST_SECRET']",
    }
    with LeanPool(speaking, workers=1, spares=0, canaries=False) as pool:
        jobs = [Check(name, "theorem t : True", code) for name, code in deeds.items()]
        met = {job.id: verdict.detail for job, verdict in pool.check(jobs)}
        assert pool.check_one(Check("3", "theorem t : True", "6 * 7")).detail == "GOT 42"
    server.close()
    local.close()
    assert set(met) == set(deeds)
    assert not {name: detail for name, detail in met.items() if detail.startswith("GOT")}
    assert secret.read_text() == "the secret"


def test_a_project_that_lake_cannot_load_is_told_plainly(speaking: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "bin" / "lake").write_text("#!/bin/sh\necho 'error: missing manifest' >&2\nexit 1\n")
    with pytest.raises(
        LeanError, match=r"`lake env` fails in .*project: error: missing manifest.*lake build"
    ):
        LeanPool(speaking, workers=1, spares=0, canaries=False)


@pytest.mark.lean
def test_doctor_uses_the_lake_project_that_is_configured(
    lean: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = embedded.node_binary()
    script = EMBEDDED.format(
        python=PYTHON,
        mounts=json.dumps([str(paths.home()), str(paths.shipped("lean_project"))]),
        node=str(node),
        glue=str(lean.folder / "lean.js"),
    )
    project = make(tmp_path, script, [lean.folder / "lib", lean.folder, node.parent], monkeypatch)
    run = subprocess.run(
        [sys.executable, "-m", "stp", "lean", "doctor", "--json"], capture_output=True, text=True
    )
    report = json.loads(run.stdout or "{}")
    assert run.returncode == 0, run.stderr
    assert report["lean"] == "native"
    assert report["folder"] == str(project)
    assert report["proves"].endswith("proved") and report["refutes"].endswith("rejected")
    assert report["got_through"] == "none"
    assert "refused_by_node" not in report
