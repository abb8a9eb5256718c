"""Commands for the tests of alerts."""

from tests.cli.conftest import shell

__all__ = ["shell"]
