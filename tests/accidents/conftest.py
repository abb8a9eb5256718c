"""One warm interpreter for all accidents of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.accidents.commands import Nursery


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Runs commands without the second that importing takes."""
    with Nursery(tmp_path_factory.mktemp("nursery")) as running:
        yield running
