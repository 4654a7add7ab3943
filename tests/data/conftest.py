"""The environment of the core parts: what the embedded Lean has of its own, nothing opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings


@pytest.fixture(scope="session")
def core_pool(lean: toolchain.Toolchain) -> Iterator[LeanPool]:
    with LeanPool(lean, Settings(("Init", "Std"), ""), workers=2, spares=0) as pool:
        yield pool


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data sets of this test's own; the installed Lean stays where it is."""
    from stp.data import dataset

    monkeypatch.setattr(dataset, "root", lambda: tmp_path / "data")
    return tmp_path / "data"
