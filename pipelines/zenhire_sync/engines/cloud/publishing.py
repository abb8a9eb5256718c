"""The published marts once more in a cloud warehouse, sent by dlt.

All of them are loaded into a schema of their own first, where no reader looks, and counted there. Then each
takes the place of the one before in one step, ``publication`` last: one of the new night says that the others
are at least as new.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import dlt
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.exceptions import MissingDependencyException
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE, login_secrets
from zenhire_sync.engines.cloud.destinations import WAREHOUSES, destination_of, login_text, place_of
from zenhire_sync.engines.cloud.mart_resources import resource_of
from zenhire_sync.engines.duckdb_file.publishing.published_marts import PublishedMart, published_tables
from zenhire_sync.errors import AuditError, ConfigurationError, WarehouseError, ZenhireError, first_line
from zenhire_sync.progress import TABLES_COPIED, Progress
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held, raise_if_asked, stop_behind
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS, PUBLICATION
from zenhire_sync.warehouse.dlt_loader import root_of
from zenhire_sync.warehouse.dlt_settings import set_up_dlt
from zenhire_sync.whole_files import private_folder

# Where rows arrive; nobody reads there, and it is gone afterwards with what dlt notes in it.
INCOMING = "zenhire_incoming"


def publish_tables_to(settings: Settings, readers: Settings, progress: Progress) -> str:
    """Makes the marts anew there from the published file; returns where they are.

    Raises ConfigurationError when the login or dlt's driver cannot be used, WarehouseError when the file
    cannot be read or the warehouse refuses, AuditError when what arrived differs. A mart there is then whole,
    of this night or of the one before, and ``publication`` is that of the night before.
    """
    with published_tables(settings) as tables, _pipeline(readers) as pipeline:
        sent = _load(pipeline, readers, tables)
        with pipeline.sql_client() as client:
            _require_rows(client, readers, sent)
            progress.advance(TABLES_COPIED, 0, len(tables))
            # A stop waits: it is soon done, and half of it shows two nights.
            with held():
                _put_in_place(client, readers, tables)
            progress.advance(TABLES_COPIED, len(tables), len(tables))
            client.drop_dataset()
    raise_if_asked()
    return f"{place_of(readers)}, schema {MARTS_SCHEMA}"


def look_at_warehouse(readers: Settings) -> str:
    """Opens it, changes nothing, and says where it is. Raises ConfigurationError, WarehouseError."""
    with _pipeline(readers) as pipeline, pipeline.sql_client() as client:
        client.has_dataset()
    return f"{place_of(readers)}, schema {MARTS_SCHEMA}"


@contextmanager
def _pipeline(readers: Settings) -> Iterator[Any]:
    """dlt at the warehouse, in a folder that is gone afterwards."""
    set_up_dlt()
    with private_folder(readers.state_dir, "cloud") as folder, _explained(readers):
        pipeline = dlt.pipeline(
            INCOMING, destination=destination_of(readers), dataset_name=INCOMING, pipelines_dir=str(folder)
        )
        # The warehouse needs no state of ours, and this folder has none to be restored.
        pipeline.config.restore_from_destination = False
        yield pipeline


def _load(pipeline: Any, readers: Settings, tables: Sequence[PublishedMart]) -> Mapping[str, int]:
    """All tables into a schema of their own; returns the rows that were sent."""
    with pipeline.sql_client() as client:
        # What a publish that died has left, which dlt would not make anew.
        if client.has_dataset():
            client.drop_dataset()
    sent: Counter[str] = Counter()
    digits = WAREHOUSES[readers.home.destination].most_whole_digits
    pipeline.run([resource_of(table, sent, digits) for table in tables], loader_file_format="parquet")
    return sent


def _require_rows(client: Any, readers: Settings, sent: Mapping[str, int]) -> None:
    counts = (
        f"select '{name}' as mart, count(*) as found from {client.make_qualified_table_name(name)}"
        for name in sent
    )
    there = {row[0]: row[1] for row in client.execute_sql(" union all ".join(counts))}
    differing = [name for name in sent if there[name] != sent[name]]
    if differing:
        told = "; ".join(f"{name} has {there[name]} rows, {sent[name]} were sent" for name in differing)
        raise AuditError(f"not published: {place_of(readers)}: {told}; publish again")


def _put_in_place(client: Any, readers: Settings, tables: Sequence[PublishedMart]) -> None:
    """Readers see the new marts from here on."""
    warehouse = WAREHOUSES[readers.home.destination]
    loaded = {table.name: client.make_qualified_table_name(table.name) for table in tables}
    with client.with_alternative_dataset_name(MARTS_SCHEMA):
        if not client.has_dataset():
            client.create_dataset()
        gone = _published_before(client) - loaded.keys()
        with client.begin_transaction() if warehouse.has_transactions else nullcontext():
            for table in tables:
                target = client.make_qualified_table_name(table.name)
                for statement in warehouse.replaced(table, loaded[table.name], target):
                    client.execute_sql(statement)
            client.drop_tables(*sorted(gone))


def _published_before(client: Any) -> set[str]:
    """Tables of ours that readers see. What else is in the schema is somebody's own."""
    try:
        told = client.execute_sql(
            f"select rows_by_table from {client.make_qualified_table_name(PUBLICATION)}"
        )
    except DatabaseUndefinedRelation:
        return set()
    return {FRESHNESS_FACTS if mart == FRESHNESS else mart for row in told for mart in json.loads(row[0])}


@contextmanager
def _explained(readers: Settings) -> Iterator[None]:
    """Raises ConfigurationError, WarehouseError for whatever dlt or a driver raises, without the login."""
    try:
        yield
    except ZenhireError:
        raise
    except Exception as error:
        root = root_of(error)
        if (stop := stop_behind(root)) is not None:
            raise stop from None
        if isinstance(root, ZenhireError):
            raise root from None
        said = first_line(root)
        for secret in login_secrets(login_text(readers) or ""):
            said = said.replace(secret, "(hidden)") if secret else said
        target = readers.home.destination
        if isinstance(root, MissingDependencyException | ImportError):
            raise ConfigurationError(
                f"publishing to {target} needs what is not installed; pip install 'zenhire-sync[{target}]'"
            ) from None
        if isinstance(root, ConfigurationException):
            raise ConfigurationError(f"{PUBLISH_CREDENTIALS_VARIABLE} cannot be used: {said}") from None
        raise WarehouseError(
            f"{place_of(readers)}: {said}; mend that and publish again: what is published here stays, and "
            "publication there tells what readers see"
        ) from None
