"""What shows Spark one snapshot of each raw table.

By the names of the catalog where the cluster has Iceberg and reaches it, else by the live files, which are
plain Parquet.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pyarrow.dataset as ds
from pyiceberg.table import Table as LakeTable

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES, ColumnType, Table
from zenhire_sync.engines.lake.catalog import (
    CATALOG,
    catalog_url,
    file_of_catalog,
    file_system,
    location,
    rest_properties,
    server_of_catalog,
    store_properties,
)
from zenhire_sync.engines.lake.commits import live_files
from zenhire_sync.errors import first_line
from zenhire_sync.settings import Settings

log = logging.getLogger(__name__)

_TYPES: Mapping[ColumnType, str] = {
    "text": "string",
    "bigint": "bigint",
    "double": "double",
    "bool": "boolean",
    "timestamp": "timestamp",
}
_CONF = f"spark.sql.catalog.{CATALOG}"
# How Iceberg's Java names what pyiceberg names otherwise.
_JAVA_NAMES = {"s3.region": "client.region"}


def show_raw_tables(session: Any, settings: Settings, tables: Mapping[str, LakeTable]) -> None:
    """Makes a view of each raw table in the session."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    session.sql(f"create database {RAW_SCHEMA}")
    if (conf := _catalog_conf(settings)) is not None:
        try:
            for name, text in conf.items():
                if session.conf.get(name, None) is None:
                    session.conf.set(name, text)
            for table in RAW_TABLES:
                session.sql(_of_snapshot(table, tables[table.name]))
        except (PySparkException, Py4JError) as error:
            # Not every cluster has Iceberg, the driver of the catalog's server, or a way to it.
            log.info(
                "the cluster reads the files of the raw tables; of the catalog it says: %s", first_line(error)
            )
            session.sql(f"drop database {RAW_SCHEMA} cascade")
            session.sql(f"create database {RAW_SCHEMA}")
        else:
            log.info("the cluster reads the raw tables by their catalog")
            return
    for table in RAW_TABLES:
        session.sql(_of_files(table, tables[table.name]))


def _catalog_conf(settings: Settings) -> dict[str, str] | None:
    """Spark's properties of the lake's catalog; None where it is a file, which no cluster reaches."""
    if file_of_catalog(settings) is not None:
        return None
    found = {
        _JAVA_NAMES.get(name, name): text
        for name, text in store_properties(settings).items()
        if not name.startswith("py-")
    }
    if "s3.endpoint" in found:
        # A store that is not Amazon's has no name for each bucket.
        found["s3.path-style-access"] = "true"
    found |= {"io-impl": "org.apache.iceberg.io.ResolvingFileIO", "cache-enabled": "false"}
    if server_of_catalog(settings) is None:
        found |= {"type": "rest", **rest_properties(catalog_url(settings))}
    else:
        found |= {"type": "jdbc", "warehouse": location(settings), **_jdbc(catalog_url(settings))}
    return {_CONF: "org.apache.iceberg.spark.SparkCatalog"} | {
        f"{_CONF}.{name}": text for name, text in found.items()
    }


def _jdbc(url: str) -> dict[str, str]:
    """A libpq address as PostgreSQL's Java driver has it."""
    parts = urlsplit(url)
    hosts, query = parts.netloc.rpartition("@")[2], dict(parse_qsl(parts.query))
    login = {"user": parts.username or query.pop("user", ""), "password": parts.password or ""}
    options = f"?{urlencode(query)}" if query else ""
    found = {"uri": f"jdbc:postgresql://{hosts}{parts.path}{options}"}
    return found | {f"jdbc.{name}": unquote(text) for name, text in login.items() if text}


def _of_snapshot(table: Table, there: LakeTable) -> str:
    known = [field.name for field in there.schema().fields]
    snapshot = there.current_snapshot()
    # A table that never held a row has none to name.
    at = "where false" if snapshot is None else f"version as of {snapshot.snapshot_id}"
    columns = _columns(table, known)
    return (
        f"create view {RAW_SCHEMA}.{table.name} as "
        f"select {columns} from {CATALOG}.{RAW_SCHEMA}.{table.name} {at}"
    )


def _of_files(table: Table, there: LakeTable) -> str:
    """A file of before a column came has null there."""
    files = live_files(there)
    if not files:
        columns = ", ".join(f"`{column.name}` {_TYPES[column.type]}" for column in table.columns)
        return f"create table {RAW_SCHEMA}.{table.name} ({columns}) using parquet"
    parts = []
    for file in files:
        store, path = file_system(there, file.file_path)
        known = ds.dataset([path], filesystem=store, format="parquet").schema.names
        parts.append(f"select {_columns(table, known)} from parquet.`{for_spark(file.file_path)}`")
    return f"create view {RAW_SCHEMA}.{table.name} as {' union all '.join(parts)}"


def _columns(table: Table, known: Sequence[str]) -> str:
    return ", ".join(
        f"`{column.name}`"
        if column.name in known
        else f"cast(null as {_TYPES[column.type]}) as `{column.name}`"
        for column in table.columns
    )


def for_spark(place: str) -> str:
    """The place under the name that Hadoop has for its store."""
    return place.replace("s3://", "s3a://", 1) if place.startswith("s3://") else place
