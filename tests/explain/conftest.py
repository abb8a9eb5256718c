"""Commands for the tests of explain."""

from tests.cli.conftest import shell

__all__ = ["shell"]
