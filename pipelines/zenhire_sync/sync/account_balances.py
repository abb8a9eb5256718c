"""The credit balance of each account: all keys of one ZenHire client share one (P: GET /api/v1/credits)."""

from __future__ import annotations

from collections.abc import Iterable

from zenhire_sync.api.credit_balance import credit_balance
from zenhire_sync.sync.key_sessions import KeyReading
from zenhire_sync.sync.outcome import AccountBalance


async def account_balances(readings: Iterable[KeyReading]) -> list[AccountBalance]:
    """One balance for each client whose sessions the lists showed, by one request each.

    A key that showed no session tells nothing of whose it is: it is asked only where none showed any. A
    balance that cannot be read is left out, which is never fatal.
    """
    found = list(readings)
    key_of: dict[str | None, KeyReading] = {}
    for reading in found:
        for client_id in sorted({client_id for client_id, _ in reading.scopes if client_id is not None}):
            key_of.setdefault(client_id, reading)
    if not key_of:
        key_of = {None: found[0]}
    told = [
        (client_id, reading.client.key_name, await credit_balance(reading.client))
        for client_id, reading in key_of.items()
    ]
    return [
        AccountBalance(client_id, name, balance) for client_id, name, balance in told if balance is not None
    ]
