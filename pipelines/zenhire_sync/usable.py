"""Settings that are of the right kind and still cannot be used, told before the night's work. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from zenhire_sync.errors import ConfigurationError
from zenhire_sync.proxy import is_loopback

SHORTEST_PRIVACY_KEY = 16
# Names in the time zone database that are this machine's own, and mean nothing to a warehouse.
_LOCAL_ZONES = {"localtime"}
# dlt takes % for a template; DuckDB takes name=value for a column, and the others for the end of a text.
_UNUSABLE_IN_PATHS = set("'%?\\=")
# What an engine is used through, where a plain install does not bring it.
_ENGINE_MODULES = {
    "postgres": ("psycopg2", "adbc_driver_postgresql", "dbt.adapters.postgres"),
    "spark": ("pyspark", "dbt.adapters.spark"),
    "lake": ("pyiceberg", "pyiceberg_core", "sqlalchemy", "psycopg2"),
    "snowflake": ("snowflake.connector",),
    "bigquery": ("google.cloud.bigquery", "db_dtypes"),
    "databricks": ("databricks.sql", "databricks.sdk"),
}
_QUOTES = set("\"'`\u201c\u201d\u2018\u2019")
_COMMENT = re.compile(r"\s#")
# A shell's variable or command, as it stands in a file that no shell reads.
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}/]*\}?|\([^)]*\)?)")


def require_bare_values(environ: Mapping[str, str], prefix: str) -> None:
    """No quotes around a value and no comment behind it: env files of containers and services keep both.

    Raises ConfigurationError naming the variable, never its value.
    """
    for name in sorted(name for name in environ if name.startswith(prefix)):
        value = environ[name].strip()
        # A command line is for the shell, which knows what its quotes and signs mean.
        if is_quoted(value, whole=name.endswith("_COMMAND")):
            raise ConfigurationError(
                f"{name} has quotes around its value, which `docker --env-file` keeps; remove the quotes"
            )
        if "KEY" not in name and _COMMENT.search(value):
            raise ConfigurationError(
                f"{name} has a comment behind its value, which env files keep; put it on a line of its own"
            )


def is_quoted(value: str, *, whole: bool = False) -> bool:
    """Whether a value begins or ends with a quote, or is ``whole`` in one pair of them."""
    first, last = value[:1], value[-1:]
    if whole:
        return len(value) > 1 and first == last and first in _QUOTES and value.count(first) == 2
    return bool(value) and (first in _QUOTES or last in _QUOTES)


def require_safe_url(base_url: str) -> None:
    """An http(s) address, plain http only on this machine. Raises ConfigurationError."""
    try:
        parts = urlsplit(base_url)
        host, is_odd = parts.hostname, parts.username or parts.query or parts.port == 0
    except ValueError:
        # a port beyond 65535, half a bracket
        host, is_odd = None, True
    if not host or is_odd or parts.scheme not in {"http", "https"}:
        raise ConfigurationError(
            f"ZENHIRE_BASE_URL is not a usable http(s) address: {_without_login(base_url)!r}"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            "ZENHIRE_BASE_URL is plain http, which sends the key in clear; use https (http only on loopback)"
        )


def require_zone(name: str) -> None:
    """A zone that every warehouse knows. Raises ConfigurationError."""
    try:
        ZoneInfo(name)
        is_known = name == "UTC" or name in available_timezones() - _LOCAL_ZONES
    except (ValueError, OSError, KeyError):
        is_known = False
    if not is_known:
        raise ConfigurationError(
            f"ZENHIRE_REPORTING_TIME_ZONE is no time zone: {name!r}; use an IANA name such as Europe/Zurich"
        )


def require_privacy_key(key: str, *, is_needed: bool) -> None:
    """A secret that cannot be guessed, where pseudonyms are made. Raises ConfigurationError."""
    if is_needed and len(key) < SHORTEST_PRIVACY_KEY:
        raise ConfigurationError(
            "pseudonymise needs a secret of your own: set ZENHIRE_PRIVACY_KEY or ZENHIRE_PRIVACY_KEY_FILE "
            f"({SHORTEST_PRIVACY_KEY} characters or more), and keep it: another key makes other pseudonyms"
        )


def require_engine(destination: str) -> None:
    """What the profile's engine is used through is installed. Raises ConfigurationError."""
    missing = [name for name in _ENGINE_MODULES.get(destination, ()) if not is_installed(name)]
    if missing:
        raise ConfigurationError(
            f"the profile needs what is not installed ({', '.join(missing)}); "
            f"pip install 'zenhire-sync[{destination}]'"
        )


def is_installed(module: str) -> bool:
    """Whether it could be imported; it is not."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def require_usable_folder(folder: Path, variable: str) -> None:
    """A path that dlt and DuckDB can open, from that variable. Raises ConfigurationError."""
    whole = str(folder.absolute())
    if unread := _VARIABLE.search(whole):
        raise ConfigurationError(
            f"{variable} holds {unread[0]}, which nothing here replaces; write the whole path"
        )
    bad = sorted({c for c in whole if c in _UNUSABLE_IN_PATHS or category(c) in {"Cc", "Cs"}})
    if bad:
        raise ConfigurationError(
            f"{variable} leads to a folder whose path holds {', '.join(map(ascii, bad))}, "
            f"which DuckDB or dlt cannot open: {whole!a}; choose another folder"
        )


def _without_login(url: str) -> str:
    return url.rpartition("@")[2]
