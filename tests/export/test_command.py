"""`stp export` and `stp push` as a person meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.lean


def stp(*arguments: object) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "stp", *map(str, arguments)], capture_output=True, text=True, timeout=240
    )
    assert "Traceback" not in run.stderr
    return run


def test_export_alone_checks_again_and_writes_proofs_jsonl(campaign: Path) -> None:
    run = stp("export", campaign, "--workers", 1)
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in (campaign / "proofs.jsonl").read_text().splitlines()]
    assert run.stdout == f"{len(rows)} verified proofs written to {campaign / 'proofs.jsonl'}\n"
    for told in (
        "every one stands",
        "left out: 2 proofs of held-out statements",
        "left out: 1 proofs that equal",
    ):
        assert told in run.stderr


def test_options_reach_the_tables(campaign: Path) -> None:
    arguments = (
        "--format",
        "jsonl",
        "--tables",
        "failures,proofs",
        "--iteration",
        "2",
        "--pass-rate",
        "0.1..1",
        "--no-recheck",
    )
    run = stp("export", campaign, *arguments, "--out", campaign / "out")
    assert run.returncode == 0, run.stderr
    for table in ("proofs", "failures"):
        rows = [json.loads(line) for line in (campaign / "out" / f"{table}.jsonl").read_text().splitlines()]
        assert rows and {row["iteration"] for row in rows} == {2}
    card = (campaign / "out" / "README.md").read_text()
    assert "`--iteration 2..2`, `--pass-rate 0.1..1`" in card


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--iteration", "two"], "no range"),
        (["--tables", "proof"], "There is no table 'proof'"),
        (["--split", "test"], "there are: held_out, sft, train"),
        (["--format", "lean", "--tables", "failures"], "holds proofs only"),
        (["--out", "."], "must name a file"),
    ],
)
def test_bad_options_are_one_sentence(campaign: Path, arguments: list[str], told: str) -> None:
    run = stp("export", campaign, *arguments)
    assert (run.returncode, run.stdout) == (1, "")
    assert told in run.stderr and len(run.stderr.splitlines()) == 1


def test_push_refuses_what_is_no_export(tmp_path: Path) -> None:
    run = stp("push", tmp_path, "me/proofs")
    assert run.returncode == 1 and "export.json is missing" in run.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from stp.cli import main; main(['export', '--help'], standalone_mode=False); "
        "sys.exit(bool({'torch', 'pyarrow', 'datasets', 'huggingface_hub'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120).returncode == 0
