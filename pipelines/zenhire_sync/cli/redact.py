"""The last gate before anything is printed or sent: no API key, no login and no token of a signal passes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE, login_secrets
from zenhire_sync.proxy import proxy_secrets

# P: every generation of keys begins with zh_.
_LOOKS_LIKE_A_KEY = re.compile(r"zh_\w{8,}", re.ASCII)
_HOLDS_A_KEY = re.compile(r"ZENHIRE_\w*KEY\w*")
_SHORTEST_SECRET = 8
_PASSWORD = re.compile(r"://[^:@/]*:([^@]+)@|password=(?:'([^']+)'|([^\s&']+))")
_ADDRESSES = (
    "ZENHIRE_POSTGRES_URL",
    "ZENHIRE_LAKE_CATALOG_URL",
    "OPENLINEAGE_URL",
    *(f"OTEL_EXPORTER_OTLP_{kind}ENDPOINT" for kind in ("", "TRACES_", "METRICS_")),
)
# What signals are sent with: the heartbeat's address is a token itself, headers are name=token,...
_HOLDS_A_TOKEN = re.compile(
    r"ZENHIRE_HEARTBEAT_URL|OTEL_EXPORTER_OTLP_(?:\w+_)?HEADERS|OPENLINEAGE_\w*(?:API_?KEY|AUTH|SECRET)\w*"
)
HIDDEN = "(hidden)"


def without_keys(text: str, environ: Mapping[str, str]) -> str:
    """``text`` with all that is, or looks like, a key replaced.

    Users paste keys where they do not belong, and servers repeat what they were sent.
    """
    for name, value in environ.items():
        secret = value.strip()
        if _HOLDS_A_KEY.fullmatch(name) and len(secret) >= _SHORTEST_SECRET and _is_value(name):
            text = text.replace(secret, HIDDEN)
    hidden = (*proxy_secrets(environ), *_passwords(environ), *_cloud_secrets(environ))
    for secret in (*hidden, *_signal_secrets(environ)):
        text = text.replace(secret, HIDDEN)
    return _LOOKS_LIKE_A_KEY.sub(HIDDEN, text)


def _passwords(environ: Mapping[str, str]) -> Iterator[str]:
    """The passwords in servers' addresses, as written and as they are meant."""
    for variable in _ADDRESSES:
        for found in _PASSWORD.finditer(environ.get(variable, "")):
            written = next(filter(None, found.groups()))
            yield from {written, unquote(written)}


def _cloud_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    if login := environ.get(PUBLISH_CREDENTIALS_VARIABLE, "").strip():
        yield from login_secrets(login)


def _signal_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Tokens of signals, the whole values first."""
    values = [value.strip() for name, value in environ.items() if _HOLDS_A_TOKEN.fullmatch(name)]
    parts = [unquote(part.partition("=")[2].strip()) for value in values for part in value.split(",")]
    yield from (secret for secret in (*values, *parts) if len(secret) >= _SHORTEST_SECRET)


def _is_value(name: str) -> bool:
    """Paths and commands that lead to a key are no secrets, and a message must name them."""
    return not name.endswith(("_FILE", "_COMMAND"))
