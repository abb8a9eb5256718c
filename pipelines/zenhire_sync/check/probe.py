"""One bare request: what the server really answers, headers and refusals included, without any retry."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pydantic_core

from zenhire_sync.api.client import KEY_HEADER
from zenhire_sync.api.transport import FailedTry, Transport
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.settings import Settings

LONGEST_WAIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Probe:
    """An answer, or why there was none (``failure``). ``body`` is None when it is not JSON.

    ``is_configuration``: there will be none before a setting is corrected.
    """

    status: int = 0
    headers: Mapping[str, str] | None = None
    body: Any = None
    seconds: float = 0.0
    received_at: datetime | None = None
    failure: str | None = None
    is_configuration: bool = False


async def probe(settings: Settings, url: str, key: ApiKey | None = None) -> Probe:
    """Asks once, with the key or without; never raises for what the network does."""
    headers = {"Accept": "application/json"}
    if key is not None:
        headers[KEY_HEADER] = key.value.get_secret_value()
    started = time.monotonic()
    try:
        timeout = min(settings.request_timeout_seconds, LONGEST_WAIT_SECONDS)
        async with Transport(settings, headers, timeout) as transport:
            response, body = await transport.get(url)
    except (FailedTry, ZenhireError) as error:
        failure = str(error).removeprefix(f"{settings.base_url}: ")
        return Probe(failure=failure, is_configuration=isinstance(error, ConfigurationError))
    received_at, seconds = datetime.now(UTC), time.monotonic() - started
    return Probe(response.status, response.headers, _parse(body), seconds, received_at)


def _parse(body: bytes) -> Any:
    try:
        return pydantic_core.from_json(body)
    except ValueError:
        return None
