"""The fence around a worker: what hostile code could do if the checker's own defences failed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stp.errors import LeanError
from stp.lean import doctor, embedded, sandbox, seccomp
from stp.lean.toolchain import Toolchain

linux = pytest.mark.skipif(sys.platform != "linux", reason="the fence of the system is Linux's")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """What is found under one STP_SANDBOX is remembered by the process; tests change more than that."""
    sandbox._plan.cache_clear()
    yield
    sandbox._plan.cache_clear()


@pytest.fixture(params=["landlock", "bwrap"])
def fence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of shutting files off that this machine has."""
    monkeypatch.setenv("STP_SANDBOX", request.param)
    try:
        sandbox.plan()
    except LeanError as error:
        pytest.skip(str(error))
    return str(request.param)


def node(script: str, *arguments: str, read: tuple[Path, ...] = ()) -> str:
    """What a script prints that Node runs behind the fence, without Node's own permission model."""
    binary = embedded.node_binary()
    with sandbox.launch(
        [str(binary), "-e", script, *arguments], environment={}, folder=Path("/"), read=[binary, *read]
    ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    return out.decode()


# --- plain Lean, as if a proof could run any command --------------------------------------------------------

DEEDS = """
def attempt (name : String) (deed : IO String) : IO Unit := do
  try
    let got ← deed
    IO.println s!"{name}: GOT {got}"
  catch _ => IO.println s!"{name}: refused"

#eval attempt "nothing" do return "1"
#eval attempt "own file" do let text ← IO.FS.readFile "@OWN/deeds.lean"; return toString text.length
#eval attempt "read" do let text ← IO.FS.readFile "@OUTSIDE/secret"; return text
#eval attempt "read the parent" do let text ← IO.FS.readFile "/proc/@PARENT/environ"; return text
#eval attempt "write" do IO.FS.writeFile "@OUTSIDE/new" "x"; return ""
#eval attempt "overwrite" do IO.FS.writeFile "@OUTSIDE/secret" "x"; return ""
#eval attempt "write own" do IO.FS.writeFile "@OWN/new" "x"; return ""
#eval attempt "write install" do IO.FS.writeFile "@INSTALL/stp-sandbox-test" "x"; return ""
#eval attempt "make a folder" do IO.FS.createDir "@OUTSIDE/folder"; return ""
#eval attempt "remove" do IO.FS.removeFile "@OUTSIDE/secret"; return ""
#eval attempt "spawn" do
  let ran ← IO.Process.output { cmd := "/bin/echo", args := #["hi"] }
  return ran.stdout
#eval attempt "environment" do
  match ← IO.getEnv "STP_TEST_SECRET" with
  | some value => return value
  | none => throw (IO.userError "not there")
"""


@pytest.mark.lean
@pytest.mark.parametrize("permissions", [True, False], ids=["as it is", "without Node's permissions"])
def test_plain_lean_reaches_nothing(
    lean: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, permissions: bool
) -> None:
    if lean.kind != "embedded":
        pytest.skip("for the embedded Lean")
    own, outside = tmp_path / "own", tmp_path / "outside"
    own.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("the secret")
    text = DEEDS
    for name, path in (("OWN", own), ("OUTSIDE", outside), ("INSTALL", lean.folder), ("PARENT", os.getpid())):
        text = text.replace(f"@{name}", str(path))
    (own / "deeds.lean").write_text(text)
    monkeypatch.setenv("STP_TEST_SECRET", "the secret")
    if not permissions:
        if "read" not in sandbox.plan().refuses():
            pytest.skip("the platform has nothing that shuts files off")
        monkeypatch.setattr(Toolchain, "permissions", lambda self, read, write=None: [])
        # Everything that the embedded Lean would hide by not mounting it.
        real = Toolchain.environment
        monkeypatch.setattr(
            Toolchain,
            "environment",
            lambda self, **folders: {
                **real(self, **folders),
                "STP_MOUNTS": json.dumps([str(lean.folder), str(tmp_path), f"/proc/{os.getpid()}"]),
            },
        )
    with lean.popen(["-q", str(own / "deeds.lean")], read=[own]) as process:
        out, err = process.communicate(timeout=300)
    lines = [line for line in out.decode().splitlines() if ": " in line and not line.startswith("[DEBUG")]
    met = dict(line.split(": ", 1) for line in lines if not line.startswith(" "))
    assert met.pop("nothing", "") == "GOT 1", out.decode() + err.decode()
    assert met.pop("own file", "") == f"GOT {len(text)}", lines
    if permissions:  # Node refuses in a word that the embedded Lean's runtime takes for success
        assert met.pop("write own") in ("refused", "GOT ")
        assert met.pop("write install") in ("refused", "GOT ")
    assert len(met) >= 8 and {*met.values()} == {"refused"}, met
    assert (outside / "secret").read_text() == "the secret"
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert [path.name for path in own.iterdir()] == ["deeds.lean"]
    assert not (lean.folder / "stp-sandbox-test").exists()


# --- the fence of the system alone --------------------------------------------------------------------------


@pytest.mark.lean
@linux
def test_what_doctor_tries_is_refused(lean: Toolchain, fence: str) -> None:
    met = doctor.attempt(lean)
    assert set(met) == {"read", "write", "write_own", "spawn", "environment", "connect"}
    assert all(met.values()), met


@pytest.mark.lean
def test_without_a_fence_it_all_succeeds(lean: Toolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the attempts are real ones."""
    monkeypatch.setenv("STP_SANDBOX", "off")
    met = doctor.attempt(lean)
    assert {deed for deed, error in met.items() if error} == {"environment"}


@linux
def test_other_ways_out_are_shut(fence: str, tmp_path: Path) -> None:
    own, outside = tmp_path / "own", tmp_path / "outside"
    own.mkdir()
    outside.mkdir()
    (own / "file").write_text("x")
    (outside / "file").write_text("x")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(own / "socket"))
    server.listen()
    script = """
    const fs = require("fs"), [own, outside, pid] = process.argv.slice(1), met = {};
    const attempt = (name, deed) => { try { met[name] = "GOT " + deed() } catch (e) { met[name] = e.code } };
    attempt("own", () => fs.readFileSync(own + "/file", "utf8"));
    attempt("parent", () => fs.readFileSync(`/proc/${pid}/environ`).length);
    attempt("passwd", () => fs.readFileSync("/etc/passwd").length);
    attempt("list", () => fs.readdirSync(outside).length);
    attempt("signal", () => process.kill(+pid, 0));
    attempt("mode", () => fs.chmodSync(own + "/file", 0o777));
    attempt("time", () => fs.utimesSync(own + "/file", 1, 1));
    attempt("cut", () => fs.truncateSync(own + "/file", 0));
    attempt("link", () => fs.linkSync(own + "/file", own + "/link"));
    attempt("rename", () => fs.renameSync(own + "/file", own + "/other"));
    attempt("memory", () => fs.openSync(`/proc/${pid}/mem`, "r"));
    attempt("shared memory", () => fs.writeFileSync("/dev/shm/stp-sandbox-test", "x"));
    const end = () => { if (Object.keys(met).length === 14) { console.log(JSON.stringify(met)); process.exit() } };
    require("net").connect(own + "/socket").on("connect", () => { met.unix = "GOT"; end() })
      .on("error", e => { met.unix = e.code; end() });
    try {
      require("dgram").createSocket("udp4").on("error", e => { met.udp = e.code; end() })
        .send("x", 9, "127.0.0.1", e => { met.udp = e ? e.code : "GOT"; end() });
    } catch (e) { met.udp = e.code; end() }
    """
    met = json.loads(node(script, str(own), str(outside), str(os.getpid()), read=(own,)))
    server.close()
    assert met.pop("own") == "GOT x"
    assert len(met) == 13 and not [deed for deed, error in met.items() if error.startswith("GOT")], met


@linux
def test_threads_still_start(fence: str) -> None:
    script = """
    const { Worker } = require("worker_threads");
    new Worker("require('worker_threads').parentPort.postMessage(7)", { eval: true }).on("message", console.log);
    """
    assert node(script) == "7\n"


@linux
def test_one_folder_can_be_written(fence: str, tmp_path: Path) -> None:
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
    script = """
    const fs = require("fs"), [good, bad] = process.argv.slice(1);
    fs.writeFileSync(good + "/a", "x"); fs.renameSync(good + "/a", good + "/b"); fs.chmodSync(good + "/b", 0o600);
    try { fs.writeFileSync(bad + "/a", "x") } catch (e) { console.log("refused") }
    """
    binary = embedded.node_binary()
    with sandbox.launch(
        [str(binary), "-e", script, str(tmp_path / "open"), str(tmp_path / "shut")],
        environment={},
        folder=Path("/"),
        read=[binary, tmp_path],
        write=tmp_path / "open",
    ) as process:
        out, err = process.communicate(timeout=60)
    assert out == b"refused\n", err.decode()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]


@linux
def test_it_dies_with_its_parent(fence: str, tmp_path: Path) -> None:
    mark = f"mark-{os.getpid()}-{fence}"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from stp.lean import embedded, sandbox\n"
            "node = embedded.node_binary()\n"
            "child = sandbox.launch([str(node), '-e', 'console.log(1); setInterval(() => 0, 1000)', sys.argv[1]],"
            " environment={}, folder=Path('/'), read=[node])\n"
            "child.stdout.readline(); print(1, flush=True); time.sleep(60)",
            mark,
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"1\n"
    assert len(_processes(mark)) >= 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert _soon(lambda: not _processes(mark)), _processes(mark)


@linux
def test_killing_its_group_ends_it(fence: str) -> None:
    mark = f"group-{os.getpid()}-{fence}"
    binary = embedded.node_binary()
    process = sandbox.launch(
        [str(binary), "-e", "console.log(1); setInterval(() => 0, 1000)", mark],
        environment={},
        folder=Path("/"),
        read=[binary],
    )
    assert process.stdout is not None and process.stdout.readline() == b"1\n"
    assert _processes(mark)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert _soon(lambda: not _processes(mark)), _processes(mark)


def _processes(mark: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "cmdline").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found


def _soon(condition: Callable[[], bool]) -> bool:
    for _ in range(100):
        if condition():
            return True
        time.sleep(0.1)
    return False


# --- what is chosen, and what happens if it fails -----------------------------------------------------------


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_SANDBOX", "jail")
    with pytest.raises(LeanError, match=r"'jail'; it can be auto, landlock, bwrap, off"):
        sandbox.plan()


@pytest.mark.parametrize("choice", ["landlock", "bwrap"])
def test_a_demand_that_cannot_be_met_is_refused(monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    monkeypatch.setenv("STP_SANDBOX", choice)
    monkeypatch.setattr(sandbox, "_landlock_version", lambda: 0)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(LeanError, match=f"STP_SANDBOX={choice} asks for what this machine does not have"):
        sandbox.plan()


@linux
def test_bubblewrap_stands_in_for_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_SANDBOX", "bwrap")
    try:
        expected = sandbox.plan().bwrap
    except LeanError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("STP_SANDBOX", "auto")
    monkeypatch.setattr(sandbox, "_landlock_version", lambda: 0)
    assert sandbox.plan().bwrap == expected


def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_SANDBOX", "auto")
    monkeypatch.setattr(sandbox, "_landlock_version", lambda: 0)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox, "_works", lambda plan, *more: False)
    plan = sandbox.plan()
    assert plan.refuses() == set()
    assert plan.describe()["files"] == "none (the kernel has no Landlock, no bubblewrap)"
    assert all(text.startswith("none (") for key, text in plan.describe().items() if key != "privileges")


@linux
@pytest.mark.parametrize(
    ("plan", "layer"),
    [
        (sandbox.Plan(network=1), "a network of its own"),
        (sandbox.Plan(landlock=1), "Landlock"),
        (sandbox.Plan(calls=True), "seccomp"),
    ],
)
def test_a_layer_that_fails_keeps_the_process_from_starting(
    monkeypatch: pytest.MonkeyPatch, plan: sandbox.Plan, layer: str
) -> None:
    monkeypatch.setattr(sandbox, "plan", lambda: plan)
    monkeypatch.setattr(sandbox, "_LANDLOCK_RESTRICT_SELF", 1 << 20)
    monkeypatch.setattr(sandbox, "_SET_SECCOMP", 1 << 20)
    with pytest.raises(
        LeanError, match=rf"could not be set up \(OSError: .*{layer}.*\), so it was not started"
    ):
        sandbox.launch(["/bin/sh", "-c", "echo hi"], environment={}, folder=Path("/"), read=[Path("/bin")])


# --- the filter, read as the kernel reads it: also for the processor that is not at hand ----------------------


def verdict(rules: seccomp.Filter, architecture: int, call: int, argument: int = 0) -> str:
    """What the filter says of a call with this first argument."""
    given = {0: call, 4: architecture, 16: argument}
    steps, at, loaded = rules.head(4711).steps, 0, 0
    while True:
        step = steps[at]
        at += 1
        if step.code == seccomp._LOAD:
            loaded = given[step.k]
        elif step.code == seccomp._RETURN:
            names = {0x7FFF0000: "pass", 0x80000000: "kill", 0x00050001: "EPERM", 0x00050026: "ENOSYS"}
            return names[step.k]
        else:
            tests = {0x15: loaded == step.k, 0x35: loaded >= step.k, 0x45: bool(loaded & step.k)}
            at += step.yes if tests[step.code] else step.no


@pytest.mark.parametrize(
    ("machine", "architecture", "calls"),
    [
        # read, write, open; socket; fchmod; clone; clone3; tgkill; prlimit64; execve
        ("x86_64", 0xC000003E, (0, 1, 257, 41, 91, 56, 435, 234, 302, 59)),
        ("aarch64", 0xC00000B7, (63, 64, 56, 198, 52, 220, 435, 131, 261, 221)),
    ],
)
def test_the_filter(
    monkeypatch: pytest.MonkeyPatch, machine: str, architecture: int, calls: tuple[int, ...]
) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: machine)
    reader, writer = seccomp.Filter(False, own=True), seccomp.Filter(True, own=False)
    read, write, open_, socket_, fchmod, clone, clone3, tgkill, prlimit, execve = calls
    for rules in (reader, writer):
        assert {verdict(rules, architecture, call) for call in (read, write, open_, execve)} == {"pass"}
        assert verdict(rules, architecture, socket_) == "EPERM"
        assert verdict(rules, architecture, clone, 0x3D0F00) == "pass"  # a thread
        assert verdict(rules, architecture, clone, 0x1200011) == "EPERM"  # a process
        assert verdict(rules, architecture, clone3) == "ENOSYS"
        assert verdict(rules, architecture, prlimit, 0) == "pass"
        assert verdict(rules, architecture, prlimit, 4711) == "EPERM"
        assert verdict(rules, architecture, 0x40000000 + socket_) == "EPERM"
        assert verdict(rules, 0x40000003, read) == "kill"  # another processor's calls
    assert (verdict(reader, architecture, fchmod), verdict(writer, architecture, fchmod)) == ("EPERM", "pass")
    assert verdict(reader, architecture, tgkill, 4711) == "pass"
    assert verdict(reader, architecture, tgkill, 1) == "EPERM"


def test_no_filter_for_an_unknown_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    assert not seccomp.known()
    monkeypatch.setenv("STP_SANDBOX", "auto")
    assert not sandbox.plan().calls
