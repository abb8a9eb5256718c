"""The login to a cloud warehouse: one secret text, taken apart and checked before a run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from zenhire_sync.errors import ConfigurationError

PUBLISH_CREDENTIALS_VARIABLE = "ZENHIRE_PUBLISH_CREDENTIALS"
# What each must name, as dlt calls it; of those in one tuple one is enough.
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "snowflake": (
        ("host",),
        ("database",),
        ("username", "authenticator"),
        ("password", "private_key", "private_key_path", "token", "authenticator"),
    ),
    "bigquery": (("project_id",), ("private_key", "refresh_token")),
    "databricks": (
        ("server_hostname",),
        ("http_path",),
        ("catalog",),
        ("access_token", "client_secret"),
    ),
    "motherduck": (("database",), ("password",)),
}
_FORMS: Mapping[str, str] = {
    "snowflake": "snowflake://user:password@account/database?warehouse=name&role=name, or JSON",
    "bigquery": "the JSON of a service account's key",
    "databricks": "JSON with server_hostname, http_path, catalog and access_token",
    "motherduck": "md:database?motherduck_token=token, or JSON",
}
_SECRET_WORDS = ("password", "token", "secret", "passphrase", "private_key")
_SHORTEST_SECRET = 4


def login_of(target: str, text: str | None) -> dict[str, Any]:
    """The fields of a login, as dlt's destination names them; none where the machine's own role is meant.

    Raises ConfigurationError that repeats nothing of the text.
    """
    if text is None:
        # Google's libraries find the role of the machine, or GOOGLE_APPLICATION_CREDENTIALS.
        if target == "bigquery":
            return {}
        raise ConfigurationError(f"ZENHIRE_PUBLISH_CREDENTIALS is not set; write {_FORMS[target]}")
    fields = _fields(text)
    missing = [" or ".join(names) for names in _NEEDED[target] if not any(map(fields.get, names))]
    if missing:
        raise ConfigurationError(
            f"ZENHIRE_PUBLISH_CREDENTIALS has no {', no '.join(missing)}, which {target} needs; "
            f"write {_FORMS[target]}"
        )
    return fields


def login_secrets(text: str) -> Iterator[str]:
    """What no message may show: the whole text, and the secrets in it as they are written and meant."""
    yield text
    for name, value in _fields(text).items():
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET and _is_secret(name):
            yield value
    # As it is written in a URL, where special characters are %40 and the like.
    password = urlsplit(text).password if "://" in text and not text.startswith("{") else None
    if password and len(password) >= _SHORTEST_SECRET:
        yield password


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET_WORDS) and not name.endswith(("_path", "_id", "_uri"))


def _fields(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text.startswith("{") else _of_url(text)
    except ValueError:
        # No JSON, or half an address: it names nothing.
        return {}
    return {str(name): value for name, value in found.items()}


def _of_url(text: str) -> dict[str, str]:
    """``snowflake://user:password@account/database?...`` or ``md:database?...``."""
    parts = urlsplit(text)
    fields = dict(parse_qsl(parts.query))
    named = {
        "host": parts.hostname,
        "username": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "database": unquote(parts.path).strip("/"),
    }
    fields.update({name: value for name, value in named.items() if value})
    for name in ("motherduck_token", "token"):
        if parts.scheme == "md" and name in fields:
            fields["password"] = fields.pop(name)
    return fields if parts.scheme in {"snowflake", "md"} else {}
