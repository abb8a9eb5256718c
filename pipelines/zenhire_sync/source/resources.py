"""The dlt source ``zenhire`` for pipelines of your own. See ``zenhire``, and docs/dlt-source.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from zenhire_schemas.tables import Table
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.config import api_access
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.settings import DEFAULT_BASE_URL, Settings
from zenhire_sync.source.extraction import Extraction
from zenhire_sync.source.loaded import LOADED, Batch
from zenhire_sync.source.own_thread import in_own_thread
from zenhire_sync.source.remembered import recall, remember
from zenhire_sync.warehouse.hints import column_hints, delete_insert

MergeStrategy = Literal["delete-insert", "upsert"]


@dlt.source(name="zenhire", section="zenhire", max_table_nesting=0)
def zenhire(
    api_key: str = dlt.secrets.value,
    base_url: str = DEFAULT_BASE_URL,
    *,
    cursor_lag_minutes: int = 60,
    recheck_days: int = 30,
    merge_strategy: MergeStrategy = "delete-insert",
    as_of: datetime | None = None,
    settings: dict[str, Any] | None = None,
) -> list[DltResource]:
    """Interview sessions with tags, metadata, surveys and personas: a resource for each table.

    Data flow: ``GET /sessions`` -> sessions, session_tags, session_metadata; ``GET /sessions/{id}`` ->
    session_feedback, personas; what breaks the contract -> rejected_rows. Run alone::

        pipeline = dlt.pipeline("interviews", destination="duckdb", dataset_name="interviews")
        pipeline.run(zenhire())  # the key is in SOURCES__ZENHIRE__API_KEY, or .dlt/secrets.toml

    A load reads the list back to its cursor ``created_at`` less ``cursor_lag_minutes``, and as far as a
    session may change (``recheck_days``) or its survey come (30 days more). It asks for details of what
    completed since the cursor ``completed_at``, and where there is no survey again 1 to 30 days after.
    Cursors decide what is fetched, and drop nothing. The end of the list is proven: a load that cannot read
    it raises, and nothing is loaded. A row that breaks the contract is kept in rejected_rows and asked for
    by each load until it is whole; it raises while rejected_rows is not selected.

    ``merge_strategy`` "upsert" is for destinations without delete-insert (Delta, Iceberg, LanceDB). ``as_of``
    is "now" for every decision. ``settings`` are others of docs/settings.md, such as ``{"paging": "cursor"}``
    or ``{"privacy_comment": "drop"}``.

    What ``zenhire-sync sync`` does beyond: it commits as it goes, so that a first load of hours may be
    stopped; it knows its warehouse, so that it writes only what changed, climbs the survey ladder of each
    session whatever its age, marks what was deleted, keeps versions of personas, marks rejected rows as
    healed and never lets an erased person in again; it uses filters, several keys, and builds marts.

    Raises ConfigurationError for an argument that cannot be used; while it is extracted, an error of
    ``zenhire_sync.errors`` is the cause of dlt's PipelineStepFailed.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise ConfigurationError("as_of has no time zone; give it one, such as UTC")
    chosen = {"base_url": base_url, "cursor_lag_minutes": cursor_lag_minutes, "recheck_days": recheck_days}
    resolved, key = api_access(api_key, {**chosen, **(settings or {})}, os.environ)
    reading = dlt.resource(_reader(resolved, key, as_of), name="session_list", selected=False)
    return [_resource(table, reading, merge_strategy) for table in LOADED.values()]


def _reader(settings: Settings, key: ApiKey, as_of: datetime | None) -> Callable[[], Iterator[Batch]]:
    def session_list() -> Iterator[Batch]:
        selected = frozenset(dlt.current.source().selected_resources)
        tables = sorted(selected - {"rejected_rows"} or selected)
        remembered = recall(tables)
        now = as_of or datetime.now(UTC)
        if remembered.last_run is not None:
            # An old run that is started again sees today's rows all the same.
            now = max(now, remembered.last_run)
        extraction = Extraction(settings, key, remembered, selected, now)
        yield from in_own_thread(extraction.batches())
        remember(tables, extraction.learned)

    return session_list


def _resource(table: Table, reading: DltResource, strategy: MergeStrategy) -> DltResource:
    def rows(batch: Batch) -> Iterator[pa.Table]:
        if table.name in batch and batch[table.name].num_rows:
            yield batch[table.name]

    is_plain = strategy == "delete-insert"
    merge: Any = delete_insert(table) if is_plain else {"disposition": "merge", "strategy": strategy}
    return dlt.transformer(
        rows,
        data_from=reading,
        name=table.name,
        columns=column_hints(table),
        primary_key=table.key,
        write_disposition=merge,
        # Where it can be: for PostgreSQL dlt would choose CSV, in which an empty text is null.
        file_format="parquet",
    )
