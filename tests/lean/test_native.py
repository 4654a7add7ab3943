"""The way a native Lean is started. No native Lean can be had from the registries, so `lake` and `lean` are scripts
here that hand over to the embedded one: what is tested is the command line, the compiling and the protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stp import paths
from stp.lean import embedded
from stp.lean.toolchain import Toolchain

pytestmark = pytest.mark.lean

LAKE = '#!/bin/sh\n[ "$1" = env ] || exit 1\nshift\nexport LEAN_PATH={lib}\nexec "$@"\n'
LEAN = "#!/bin/sh\nSTP_MOUNTS='{mounts}' exec {node} --stack-size=7600 {glue} \"$@\"\n"


def test_doctor_uses_the_lake_project_that_is_configured(lean: Toolchain, tmp_path: Path) -> None:
    project, bin_ = tmp_path / "project", tmp_path / "bin"
    project.mkdir()
    bin_.mkdir()
    (project / "lakefile.toml").write_text('name = "mine"\n')
    mounts = [str(paths.home()), str(paths.shipped("lean_project"))]
    scripts = {
        "lake": LAKE.format(lib=lean.folder / "lib"),
        "lean": LEAN.format(
            mounts=json.dumps(mounts), node=embedded.node_binary(), glue=lean.folder / "lean.js"
        ),
    }
    for name, text in scripts.items():
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    run = subprocess.run(
        [sys.executable, "-m", "stp", "lean", "doctor", "--json"],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "STP_LAKE_PROJECT": str(project),
        },
    )
    report = json.loads(run.stdout or "{}")
    assert run.returncode == 0, run.stderr
    assert report["lean"] == "native"
    assert report["folder"] == str(project)
    assert report["proves"].endswith("proved") and report["refutes"].endswith("rejected")
