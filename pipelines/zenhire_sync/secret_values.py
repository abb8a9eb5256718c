"""Secrets of the environment: a variable, or one that names a file or a command."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from zenhire_sync.errors import ConfigurationError

KEY_COMMAND_TIMEOUT_SECONDS = 30


def secret_of(variable: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """A secret and the variable that it came from: its own, or one that names a file or a command."""
    if value := environ.get(variable, "").strip():
        return variable, value
    if path := environ.get(f"{variable}_FILE", "").strip():
        return f"{variable}_FILE", secret_in(path, f"{variable}_FILE")
    if command := environ.get(f"{variable}_COMMAND", "").strip():
        return f"{variable}_COMMAND", _printed_by(variable, command)
    return None


def secret_in(path: str, variable: str) -> str:
    """What a file holds. Raises ConfigurationError naming the variable that led to it."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigurationError(f"{variable} cannot be read ({type(error).__name__}): {path}") from None


def _printed_by(variable: str, command: str) -> str:
    try:
        # The user's own command line from the user's own environment, as git and aws do with theirs.
        done = subprocess.run(  # noqa: S602
            command,
            shell=True,
            capture_output=True,
            text=True,
            timeout=KEY_COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
    except UnicodeDecodeError:
        # Bytes of no letters: told with its variable, as every other value that is no key.
        return ""
    except subprocess.TimeoutExpired:
        raise ConfigurationError(
            f"{variable}_COMMAND gave no answer in {KEY_COMMAND_TIMEOUT_SECONDS} s"
        ) from None
    if done.returncode != 0:
        raise ConfigurationError(f"{variable}_COMMAND ended with exit code {done.returncode}")
    return done.stdout.strip()
