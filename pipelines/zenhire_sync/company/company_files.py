"""The whole folder as it is now, checked, and as rows of the raw tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zenhire_schemas.company_tables import COMPANY_TABLES
from zenhire_sync.company.account_names import AccountNames
from zenhire_sync.company.company_rows import (
    BUILT_IN_ATTRIBUTES,
    AccountName,
    Budget,
    CreditPurchase,
    MetadataKey,
    PersonaName,
    ProjectName,
    TagGroup,
)
from zenhire_sync.company.csv_table import read_rows
from zenhire_sync.company.metadata_keys import FILE as METADATA_FILE
from zenhire_sync.company.metadata_keys import read_metadata_keys, require_pseudonym_key
from zenhire_sync.company.wrong_place import wrong
from zenhire_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class CompanyFiles:
    """Rows by file, each with its line; empty where a file is not there."""

    accounts: tuple[tuple[int, AccountName], ...] = ()
    projects: tuple[tuple[int, ProjectName], ...] = ()
    personas: tuple[tuple[int, PersonaName], ...] = ()
    tags: tuple[tuple[int, TagGroup], ...] = ()
    budgets: tuple[tuple[int, Budget], ...] = ()
    purchases: tuple[tuple[int, CreditPurchase], ...] = ()
    metadata_keys: tuple[MetadataKey, ...] = ()
    account_names: AccountNames = field(default_factory=AccountNames)

    @property
    def shown_keys(self) -> tuple[MetadataKey, ...]:
        """The listed keys that marts show: all but those to drop."""
        return tuple(listed for listed in self.metadata_keys if listed.privacy != "drop")

    def stored(self) -> Mapping[str, list[dict[str, Any]]]:
        """Rows by raw table, each row's columns in the declared order."""
        client_id = self.account_names.client_id
        rows: dict[str, list[dict[str, Any]]] = {
            "company_accounts": [row.stored() for _, row in self.accounts],
            "company_projects": [row.stored() for _, row in self.projects],
            "company_personas": [row.stored() for _, row in self.personas],
            "company_tags": [row.stored() for _, row in self.tags],
            "company_budgets": [row.stored_for(client_id(row.account)) for _, row in self.budgets],
            "company_purchases": [
                {"line": line, **row.stored_for(client_id(row.account))} for line, row in self.purchases
            ],
            "company_metadata": [listed.stored() for listed in self.metadata_keys],
        }
        return {table.name: rows[table.name] for table in COMPANY_TABLES}


def unread_files(folder: Path) -> list[str]:
    """Names of tables and lists in the folder that nothing reads, such as ``project.csv``."""
    known = {
        METADATA_FILE,
        *(model.file for model in (AccountName, ProjectName, PersonaName, TagGroup, Budget, CreditPurchase)),
    }
    found = {path.name for kind in ("*.csv", "*.toml") for path in folder.glob(kind)}
    return sorted(found - known)


def company_of(settings: Settings) -> CompanyFiles:
    """The company's files. Raises ConfigurationError for the first that is wrong: file, line and column."""
    folder = settings.company_path
    if not folder.is_dir():
        if settings.company_dir is not None or folder.exists():
            raise ConfigurationError(
                f"there is no folder {folder}; check ZENHIRE_COMPANY_DIR, or have it made: "
                "`zenhire-sync company init`"
            )
        return CompanyFiles()
    keys = read_metadata_keys(folder)
    require_pseudonym_key(folder, keys, settings.privacy_key is not None)
    accounts = read_rows(folder, AccountName)
    found = CompanyFiles(
        accounts=accounts,
        projects=read_rows(folder, ProjectName),
        personas=read_rows(folder, PersonaName),
        tags=read_rows(folder, TagGroup),
        budgets=read_rows(folder, Budget),
        purchases=read_rows(folder, CreditPurchase),
        metadata_keys=keys,
        account_names=AccountNames.of(folder, accounts),
    )
    found.account_names.require_known(folder, (*found.budgets, *found.purchases))
    found.account_names.require_once(folder, found.budgets)
    taken = {*BUILT_IN_ATTRIBUTES, *(listed.column for listed in keys)}
    for line, row in found.tags:
        if row.group in taken:
            path = folder / TagGroup.file
            raise wrong(
                path, line, "group", f"{row.group} is another attribute's name already; choose another"
            )
    return found
