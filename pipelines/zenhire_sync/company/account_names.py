"""Whose a budget or a purchase is, by the names of ``accounts.csv``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zenhire_schemas.session import canonical_id
from zenhire_sync.company.company_rows import AccountName, Budget, CreditPurchase
from zenhire_sync.company.wrong_place import wrong

Named = tuple[tuple[int, AccountName], ...]


@dataclass(frozen=True, slots=True)
class AccountNames:
    """Client ids by what the company calls them, and by themselves."""

    client_ids: Mapping[str, str] = field(default_factory=dict)
    is_one: bool = True

    @classmethod
    def of(cls, folder: Path, accounts: Named) -> AccountNames:
        """Raises ConfigurationError when two accounts would read alike."""
        client_ids = {row.client_id: row.client_id for _, row in accounts}
        for line, row in accounts:
            if row.name is None:
                continue
            if client_ids.setdefault(row.name, row.client_id) != row.client_id:
                raise wrong(
                    folder / AccountName.file,
                    line,
                    "name",
                    f"{row.name} is the name of another account already",
                )
        return cls(client_ids, len(accounts) < 2)

    def require_known(self, folder: Path, rows: Iterable[tuple[int, Budget | CreditPurchase]]) -> None:
        """Raises ConfigurationError for an account that has no name, or none said where there are several."""
        for line, row in rows:
            path = folder / row.file
            if row.account is None and not self.is_one:
                problem = f"{AccountName.file} names several accounts; say whose this is"
                raise wrong(path, line, "account", problem)
            if row.account is not None and self._found(row.account) is None:
                problem = f"{row.account} is not an account of {AccountName.file}"
                raise wrong(path, line, "account", problem)

    def require_once(self, folder: Path, budgets: Iterable[tuple[int, Budget]]) -> None:
        """Raises ConfigurationError for a second budget of a project and month, however its account is named.

        One that says no account is that of the only one.
        """
        clients = set(self.client_ids.values())
        only = clients.pop() if len(clients) == 1 else ""
        first: dict[tuple[str, str, str], int] = {}
        for line, row in budgets:
            budget = (self.client_id(row.account) or only, row.project_id or "", row.month)
            if first.setdefault(budget, line) != line:
                problem = f"the same project, month and account stand in line {first[budget]} already"
                raise wrong(folder / row.file, line, "account", problem)

    def client_id(self, account: str | None) -> str:
        """The id of the account's client; empty where no known account is named."""
        return ("" if account is None else self._found(account)) or ""

    def _found(self, account: str) -> str | None:
        return self.client_ids.get(account) or self.client_ids.get(canonical_id(account))
