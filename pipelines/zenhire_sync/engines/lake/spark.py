"""The marts of a lake built on a Spark cluster: dbt-spark in a session of this process.

Metastore and views live in this process alone, so that workers keep nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.company import company_of
from zenhire_sync.company.metadata_keys import ATTRIBUTE_TYPES, WIDE
from zenhire_sync.engines.duckdb_file.opening import OFFLINE, make_file
from zenhire_sync.engines.duckdb_file.quoting import identifier
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn, make_mart
from zenhire_sync.engines.lake.catalog import catalog_of, explained
from zenhire_sync.engines.lake.marts import MartStore
from zenhire_sync.engines.lake.raw_shape import raw_tables
from zenhire_sync.engines.lake.spark_views import for_spark, show_raw_tables
from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import DbtTarget
from zenhire_sync.whole_files import make_folder, remove_whole

# Small tables in few tasks; adaptive execution makes more of them for large ones.
_DEFAULTS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.ui.showConsoleProgress": "false",
    # The deepest models are long expressions.
    "spark.driver.extraJavaOptions": "-Xss8m",
}
_PATIENCE_SECONDS = 5


def spark_target(settings: Settings, working: Settings) -> DbtTarget:
    """A session on the cluster. Raises ConfigurationError where there is no Java."""
    require_java()
    variables = {"ZENHIRE_BUILD_PATH": "unused", "ZENHIRE_WAREHOUSE_PATH": "unused"}
    clear = partial(_begin, settings, working)
    return DbtTarget(variables, ("--threads", "4"), clear, lambda: None, target="spark")


def require_java() -> None:
    """Raises ConfigurationError where there is no Java."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise ConfigurationError("Spark needs Java 17 or later: install it, or set JAVA_HOME")


def require_cluster(settings: Settings) -> None:
    """Raises WarehouseError when nobody listens at the cluster's address: before a night is begun."""
    master = settings.spark_master or ""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        parts = urlsplit(f"//{address}")
        try:
            socket.create_connection((parts.hostname or "", parts.port or 7077), _PATIENCE_SECONDS).close()
        except (OSError, ValueError) as error:
            failure = first_line(error)
        else:
            return
    raise WarehouseError(f"the Spark cluster {master} does not answer: {failure}; check ZENHIRE_SPARK_MASTER")


def _begin(settings: Settings, working: Settings) -> None:
    """A new session that sees the raw tables as they are now; what a build has left goes first."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    remove_whole(working.data_dir)
    make_folder(working.state_dir / "dbt")
    MartStore(settings).clear_spark()
    with explained(settings):
        tables = raw_tables(catalog_of(settings))
    try:
        show_raw_tables(_session(settings), settings, tables)
    # Java's errors are not all Spark's: a library that the cluster lacks is one of its own.
    except (PySparkException, Py4JError) as error:
        raise _not_working(settings, error) from None


def _session(settings: Settings) -> Any:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if (before := SparkSession.getActiveSession()) is not None:
        before.stop()
    own = {name: text for name, text in settings.home.parameters.items() if name.startswith("spark.")}
    conf = {**_DEFAULTS, **own, "spark.sql.warehouse.dir": for_spark(MartStore(settings).spark_location())}
    builder = SparkSession.builder.master(settings.spark_master or "").appName("zenhire-sync")
    for name, text in conf.items():
        builder = builder.config(name, text)
    try:
        with _console_in(_log(settings)), _own_interrupts():
            return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise _not_working(settings, error) from None


def _not_working(settings: Settings, error: Exception) -> WarehouseError:
    java = getattr(error, "java_exception", None)
    said = first_line(error) if java is None else first_line(java.toString())
    return WarehouseError(
        f"no session on the Spark cluster {settings.spark_master}: {said}; see {_log(settings)}"
    )


def _log(settings: Settings) -> Path:
    return settings.state_dir.resolve() / "dbt" / "spark.log"


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """Ctrl-C stays this program's: pyspark would put a handler of its own there, and leave it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


@contextmanager
def _console_in(path: Path) -> Iterator[None]:
    """What the block's child processes say goes into a file: Java's words are none of this program's log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    console = os.dup(2)
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(console, 2)
        os.close(console)


def gather_marts(settings: Settings, path: Path) -> None:
    """The marts that Spark has written, in the file in which another build would have left them.

    Raises WarehouseError when not all of their rows are where this machine looks.
    """
    from pyspark.sql import SparkSession

    store, session = MartStore(settings), SparkSession.builder.getOrCreate()
    make_file(path)
    with duckdb.connect(str(path), config=OFFLINE) as file:
        file.execute(f"set TimeZone = 'UTC'; create schema {MARTS_SCHEMA}")
        described = _described(settings.state_dir.resolve() / "dbt" / "target" / "manifest.json")
        for name, comment, declared in described:
            columns = [*declared, *_attributes(settings)] if name == WIDE else declared
            target = make_mart(file, name, comment, columns)
            rows = store.spark_rows(name)
            if rows is not None:
                file.register("rows_of_spark", rows)
                chosen = ", ".join(_chosen(column) for column in columns)
                file.execute(f"insert into {target} select {chosen} from rows_of_spark")
                file.unregister("rows_of_spark")
            [(there,)] = file.execute(f"select count(*) from {target}").fetchall()
            if there != (written := session.table(f"{MARTS_SCHEMA}.{name}").count()):
                raise WarehouseError(
                    f"the cluster wrote {written:,} rows of {name}, and {there:,} are in "
                    f"{store.spark_location()}: all its workers and this machine must reach that very path"
                )
    session.stop()
    store.clear_spark()


def _attributes(settings: Settings) -> list[MartColumn]:
    """The columns that the company's own list adds, which dbt's does not have."""
    return [
        MartColumn(listed.column, ATTRIBUTE_TYPES[listed.type], True, listed.meaning)
        for listed in company_of(settings).shown_keys
    ]


def _chosen(column: MartColumn) -> str:
    # An instant for Spark; the marts have its UTC wall clock.
    return f"cast({identifier(column.name)} as {column.type}) as {identifier(column.name)}"


def _described(manifest: Path) -> list[tuple[str, str | None, list[MartColumn]]]:
    """Each mart of the build with its comment and columns, as dbt's list of the project has them."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return [
        (
            node["name"],
            node["description"] or None,
            [
                MartColumn(
                    column["name"],
                    "varchar" if column["data_type"] == "string" else column["data_type"],
                    not any(rule["type"] == "not_null" for rule in column["constraints"]),
                    column["description"] or None,
                )
                for column in node["columns"].values()
            ],
        )
        for node in nodes
        if node["resource_type"] == "model"
        and node["schema"] == MARTS_SCHEMA
        and node["config"]["materialized"] == "table"
    ]
