"""Calls an address after a good night, as healthchecks.io and its like want it: one GET, and no body.

They page when the call does not come, so whatever keeps a night from ending well is noticed, also a machine
that is off.
"""

from __future__ import annotations

import time
from functools import partial
from http.client import HTTPException
from importlib.metadata import version
from urllib.error import HTTPError, URLError
from urllib.request import Request

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.signal_endpoints import host_of, opener_for
from zenhire_sync.signals.outbox import LONGEST_WAIT_SECONDS, CannotBeSentError, Message
from zenhire_sync.signals.run_metrics import GOOD
from zenhire_sync.steps import Step

_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5


class Heartbeat:
    """The address is a secret: who knows it can call it."""

    name = "heartbeat"

    def __init__(self, url: str) -> None:
        self._url = url

    def begun(self, _step: Step) -> None:
        """Says nothing of a step."""

    def ended(self, _step: Step) -> None:
        """Says nothing of a step."""

    def told(self, summary: RunSummary) -> Message | None:
        """The call, after a good ``run`` alone."""
        is_good = summary.command == "run" and summary.outcome in GOOD
        return partial(_call, self._url) if is_good else None


def _call(url: str) -> None:
    """Raises CannotBeSentError when every attempt failed."""
    ends = time.monotonic() + LONGEST_WAIT_SECONDS
    # That it is http(s) was checked.
    request = Request(url, headers={"User-Agent": f"zenhire-sync/{version('zenhire-sync')}"})  # noqa: S310
    opener, why = opener_for(url), ""
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE_SECONDS if attempt else 0)
        try:
            with opener.open(request, timeout=max(0.1, ends - time.monotonic())):
                return
        except HTTPError as error:
            error.close()
            why = f"HTTP {error.code}"
        except URLError as error:
            why = type(error.reason).__name__
        except (OSError, HTTPException, ValueError) as error:
            why = type(error).__name__
    raise CannotBeSentError(f"{host_of(url)}: {why}")
