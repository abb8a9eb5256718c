"""One test's outcome: what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zenhire_sync.errors import ZenhireError

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test found. ``advice`` says what to do when it is not ok.

    ``is_configuration``: a setting or key must be corrected before anything can work.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""
    is_configuration: bool = False


def ok(name: str, found: str) -> Finding:
    """All is well."""
    return Finding(name, "ok", found)


def warning(name: str, found: str, advice: str) -> Finding:
    """It works, and an operator should know about it."""
    return Finding(name, "warning", found, advice)


def failed(name: str, found: str, advice: str, *, is_configuration: bool = False) -> Finding:
    """A night would stop here, or be wrong."""
    return Finding(name, "failed", found, advice, is_configuration)


def told(error: ZenhireError) -> tuple[str, str]:
    """What an error's message says is wrong, and what it says to do: the two sides of its first semicolon."""
    found, _, advice = str(error).partition("; ")
    return found, advice
