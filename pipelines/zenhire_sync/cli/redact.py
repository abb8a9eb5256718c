"""The last gate before anything is printed: no API key and no proxy's login passes."""

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
HIDDEN = "(hidden)"


def without_keys(text: str, environ: Mapping[str, str]) -> str:
    """``text`` with all that is, or looks like, a key replaced.

    Users paste keys where they do not belong, and servers repeat what they were sent.
    """
    for name, value in environ.items():
        secret = value.strip()
        if _HOLDS_A_KEY.fullmatch(name) and len(secret) >= _SHORTEST_SECRET and _is_value(name):
            text = text.replace(secret, HIDDEN)
    for secret in (*proxy_secrets(environ), *_passwords(environ), *_cloud_secrets(environ)):
        text = text.replace(secret, HIDDEN)
    return _LOOKS_LIKE_A_KEY.sub(HIDDEN, text)


def _passwords(environ: Mapping[str, str]) -> Iterator[str]:
    """The passwords in servers' addresses, as written and as they are meant."""
    for variable in ("ZENHIRE_POSTGRES_URL", "ZENHIRE_LAKE_CATALOG_URL"):
        for found in _PASSWORD.finditer(environ.get(variable, "")):
            written = next(filter(None, found.groups()))
            yield from {written, unquote(written)}


def _cloud_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    if login := environ.get(PUBLISH_CREDENTIALS_VARIABLE, "").strip():
        yield from login_secrets(login)


def _is_value(name: str) -> bool:
    """Paths and commands that lead to a key are no secrets, and a message must name them."""
    return not name.endswith(("_FILE", "_COMMAND"))
