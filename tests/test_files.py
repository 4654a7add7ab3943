"""Files that are complete or absent, and the full disk."""

import errno
import os
from pathlib import Path

import pytest

from stp.errors import InputError
from stp.files import disk_full, whole


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "folder" / "out.jsonl"
    with pytest.raises(ZeroDivisionError), whole(out) as stream:
        stream.write("half")
        raise ZeroDivisionError
    assert list(out.parent.iterdir()) == []
    with whole(out) as stream:
        stream.write("all")
        assert not out.exists()
    assert out.read_text() == "all"
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]


def test_a_full_disk_leaves_the_old_file_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="the disk is full; free some space"), whole(out) as stream:
        stream.write("new")
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_is_known_by_number_or_by_text() -> None:
    assert disk_full(OSError(errno.ENOSPC, "x"))
    assert disk_full(
        RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")
    )
    assert not disk_full(OSError(errno.EACCES, "permission denied"))
