"""Settings that are of the right kind and still cannot be used, told before the night's work. Pure."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from zenhire_sync.errors import ConfigurationError
from zenhire_sync.proxy import is_loopback

# Names in the time zone database that are this machine's own, and mean nothing to a warehouse.
_LOCAL_ZONES = {"localtime"}
# dlt takes % for a template; DuckDB takes the others for the end of a name or of a text.
_UNUSABLE_IN_PATHS = set("'%?\\")


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


def require_usable_folder(data_dir: Path) -> None:
    """A path that dlt and DuckDB can open. Raises ConfigurationError."""
    whole = str(data_dir.absolute())
    bad = sorted({c for c in whole if c in _UNUSABLE_IN_PATHS or category(c) in {"Cc", "Cs"}})
    if bad:
        raise ConfigurationError(
            f"ZENHIRE_DATA_DIR leads to a folder whose path holds {', '.join(map(ascii, bad))}, "
            f"which DuckDB or dlt cannot open: {whole!a}; choose another folder"
        )


def _without_login(url: str) -> str:
    return url.rpartition("@")[2]
