"""The verdict cache by itself; with Lean: tests/lean/test_pool.py."""

from __future__ import annotations

from pathlib import Path

from stp.lean.cache import VerdictCache
from stp.records import Check, Environment, Verdict

HERE = Environment("4.28", "commit", "checker", ("Init",), "", "", 20_000)
JOB = Check("1", "theorem t : 1 = 1", "rfl", forbid=("b", "a"))
PROVED = Verdict("proved", axioms=("propext",), theorems=("x", "y"), seconds=0.5)


def test_a_verdict_is_there_for_others_at_once(tmp_path: Path) -> None:
    """So that a process that is killed has lost none."""
    first, second = (VerdictCache(tmp_path / "verdicts.db", HERE) for _ in range(2))
    first.add(JOB, PROVED)
    assert second.find([JOB]) == {JOB: PROVED}
    same = Check("another id", JOB.statement, JOB.proof, forbid=("a", "b"), timeout=3.0)
    assert second.find([same]) == {same: PROVED}
    other = Check("1", JOB.statement, JOB.proof)
    assert second.find([other]) == {}


def test_a_verdict_kept_without_its_text_is_none_for_those_who_want_the_text(tmp_path: Path) -> None:
    brief, full = (VerdictCache(tmp_path / "verdicts.db", HERE, texts=texts) for texts in (False, True))
    refused = Verdict("rejected", reason="error")
    brief.add(JOB, refused)
    assert (brief.find([JOB]), full.find([JOB])) == ({JOB: refused}, {})
    told = Verdict("rejected", reason="error", detail="unsolved goals")
    full.add(JOB, told)
    assert brief.find([JOB]) == full.find([JOB]) == {JOB: told}


def test_a_folder_that_cannot_be_made_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = VerdictCache(tmp_path / "file" / "verdicts.db", HERE)
    cache.add(JOB, PROVED)
    assert cache.find([JOB]) == {}
    cache.close()
