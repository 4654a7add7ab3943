"""The hand-made campaign, once for all tests, and exports of it on the shared workers."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handmade import Export, build

from stp.export.options import Options
from stp.export.run import Result
from stp.export.run import export as run_export
from stp.lean.pool import LeanPool
from stp.progress import Reporter
from stp.store import Store


@pytest.fixture(scope="session")
def made(pool: LeanPool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by_hand") / "campaign"
    build(folder, pool)
    return folder


@pytest.fixture
def campaign(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "campaign"))


@pytest.fixture
def export(pool: LeanPool) -> Export:
    """`stp.export.run.export` on the shared workers: `export(campaign, out, force=…, **options)`."""

    @contextlib.contextmanager
    def shared(store: Store, **_: object) -> Iterator[LeanPool]:
        yield pool

    def run(campaign: Path, out: Path | None = None, *, force: bool = False, **options: Any) -> Result:
        return run_export(
            campaign, Options(**options), out, Reporter(quiet=True), force=force, open_pool=shared
        )

    return run
