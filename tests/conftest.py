"""The warm interpreter that commands are run in, and how many examples a property test tries."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.accidents.commands import Nursery
from tests.thorough import IS_THOROUGH, examples

settings.register_profile("thorough")
settings.register_profile("quick", max_examples=examples(settings().max_examples))
settings.load_profile("thorough" if IS_THOROUGH else "quick")


@pytest.fixture(scope="session")
def nursery() -> Nursery:
    """Runs commands without the seconds that importing takes."""
    return Nursery.of_this_process()
