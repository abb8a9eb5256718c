"""The client's shared credit balance (P: GET /api/v1/credits at the platform root)."""

from __future__ import annotations

import logging
from typing import Any

from zenhire_sync.api.client import ApiClient
from zenhire_sync.errors import ZenhireError

log = logging.getLogger(__name__)

# The shape is not documented: the balance is taken where it is found.
_NAMES = (
    "balance",
    "credit_balance",
    "creditbalance",
    "credits_balance",
    "remaining",
    "available",
    "credits",
    "remaining_credits",
    "available_credits",
    "credits_remaining",
    "credits_available",
)
_DEEPEST = 3
# what is more is no balance, and no mart holds it; nor is "NaN" a number of credits
_MOST = 1e12


async def credit_balance(client: ApiClient) -> float | None:
    """The balance in credits; None when the call fails or no balance is found, which is never fatal."""
    try:
        answer = await client.get(client.platform_url("credits"), reason="credits", attempts=2)
    except ZenhireError as error:
        log.warning("the credit balance could not be read, the sync goes on", extra={"why": str(error)})
        return None
    balance = find_balance(answer.body) if answer.ok else None
    if balance is None:
        log.warning("the API told no credit balance, the sync goes on", extra={"status": answer.status})
    return balance


def find_balance(body: Any, depth: int = 0) -> float | None:
    """The first number under a name that means balance, likeliest name first, outer level first."""
    if isinstance(body, bool) or depth > _DEEPEST:
        return None
    if not isinstance(body, dict):
        return _credits(body) if isinstance(body, int | float) and depth > 0 else None
    by_name = {str(name).replace("-", "_").lower(): value for name, value in body.items()}
    for name in _NAMES:
        for spelled in (name, name.replace("_", "")):
            found = _as_number(by_name.get(spelled), depth)
            if found is not None:
                return found
    inner = (find_balance(value, depth + 1) for value in body.values() if isinstance(value, dict))
    return next((found for found in inner if found is not None), None)


def _as_number(value: Any, depth: int) -> float | None:
    if isinstance(value, dict):
        return find_balance(value, depth + 1)
    return _credits(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _credits(value: float | str) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= _MOST else None
