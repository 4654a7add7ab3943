"""Campaigns made by hand: a store whose rows the test writes, samples and trainings that it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from written import ENVIRONMENT, Learning

from stp import config as configuration
from stp.data import dataset
from stp.data.splits import Guard
from stp.lean.pool import LeanPool
from stp.lm import bases, formats
from stp.lm.sampler import FakeSampler
from stp.progress import Reporter
from stp.stages.context import Context
from stp.store import Store

Make = Callable[..., Context]


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data sets of this test's own; the installed Lean stays where it is."""
    monkeypatch.setattr(dataset, "root", lambda: tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def make(tmp_path: Path, data_home: Path) -> Iterator[Make]:
    """Makes the context of a campaign; nothing is held out in it. answers: see `FakeSampler`."""
    stores: list[Store] = []

    def made(
        table: dict[str, Any],
        *,
        pool: LeanPool | None = None,
        answers: Callable[[str, int], str] | dict[str, Sequence[str]] | None = None,
        name: str = "campaign",
    ) -> Context:
        config = configuration.parse(table)
        store = Store.create_or_open(tmp_path / name, config)
        stores.append(store)
        store.set_environment(pool.environment if pool else ENVIRONMENT)
        context = Context(
            config,
            store,
            pool,  # type: ignore[arg-type]
            formats.load("stp"),
            lambda folder: FakeSampler(answers or {}),
            Learning(),
            Reporter(quiet=True),
            base=bases.find("stp-nano"),
        )
        context.guard = Guard({})
        return context

    yield made
    for store in stores:
        store.close()
