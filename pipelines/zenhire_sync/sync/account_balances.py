"""The credit balance of each account: all keys of one ZenHire client share one (P: GET /api/v1/credits)."""

from __future__ import annotations

from collections.abc import Sequence

from zenhire_sync.api.credit_balance import credit_balance
from zenhire_sync.sync.key_sessions import KeyReading
from zenhire_sync.sync.outcome import AccountBalance


def key_by_client(readings: Sequence[KeyReading]) -> dict[str | None, KeyReading]:
    """The key to ask for the balance of each client whose sessions the lists showed.

    A key that showed no session tells nothing of whose it is: it is asked only where none showed any.
    """
    found: dict[str | None, KeyReading] = {}
    for reading in readings:
        for client_id in sorted({client_id for client_id, _ in reading.scopes if client_id is not None}):
            found.setdefault(client_id, reading)
    return found or {None: readings[0]}


async def account_balances(readings: Sequence[KeyReading]) -> list[AccountBalance]:
    """The balance of each client; one that cannot be read is left out, which is never fatal."""
    told = [
        (client_id, reading.client.key_name, await credit_balance(reading.client))
        for client_id, reading in key_by_client(readings).items()
    ]
    return [
        AccountBalance(client_id, name, balance) for client_id, name, balance in told if balance is not None
    ]
