"""One bare request: what the server really answers, headers and refusals included, without any retry."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pydantic_core

from zenhire_sync.api.client import KEY_HEADER
from zenhire_sync.settings import ApiKey

LONGEST_WAIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Probe:
    """An answer, or why there was none (``failure``). ``body`` is None when it is not JSON."""

    status: int = 0
    headers: Mapping[str, str] | None = None
    body: Any = None
    seconds: float = 0.0
    received_at: datetime | None = None
    failure: str | None = None


async def probe(url: str, key: ApiKey | None, timeout_seconds: float) -> Probe:
    """Asks once, with the key or without; never raises for what the network does."""
    headers = {"Accept": "application/json"}
    if key is not None:
        headers[KEY_HEADER] = key.value.get_secret_value()
    timeout = aiohttp.ClientTimeout(total=min(timeout_seconds, LONGEST_WAIT_SECONDS))
    started = time.monotonic()
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            # A redirect would carry the key to wherever it points.
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            received_at, seconds = datetime.now(UTC), time.monotonic() - started
            body = _parse(await response.read())
            return Probe(response.status, response.headers, body, seconds, received_at)
    except aiohttp.ClientConnectorCertificateError as error:
        return Probe(failure=f"the TLS certificate is not trusted ({error.certificate_error})")
    except aiohttp.ClientSSLError as error:
        return Probe(failure=f"TLS failed ({type(error).__name__})")
    except TimeoutError:
        return Probe(failure=f"no answer in {timeout.total:g} s")
    except aiohttp.ClientConnectorError as error:
        return Probe(failure=f"nobody answers ({error.strerror or error.os_error})")
    except (aiohttp.ClientError, OSError) as error:
        return Probe(failure=f"the connection broke ({type(error).__name__})")


def _parse(body: bytes) -> Any:
    try:
        return pydantic_core.from_json(body)
    except ValueError:
        return None
