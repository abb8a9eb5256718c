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
from zenhire_sync.config import api_access
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.settings import DEFAULT_BASE_URL, ApiKey, Settings
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
    """Interview sessions with tags, metadata, surveys and personas, one resource a table.

    Data flow::

        GET /sessions                -> sessions, session_tags, session_metadata
        GET /sessions/{id}           -> session_feedback, personas
        what breaks the contract     -> rejected_rows

    Run alone, with the key in ``SOURCES__ZENHIRE__API_KEY`` or ``.dlt/secrets.toml``::

        import dlt
        from zenhire_sync.source import zenhire

        pipeline = dlt.pipeline("interviews", destination="duckdb", dataset_name="zenhire")
        print(pipeline.run(zenhire()))

    A load reads the list back to its cursor ``created_at`` less ``cursor_lag_minutes``, and as far as a
    session may still change or a survey may still come (``recheck_days``, and 30 days more for surveys). It
    asks for the details of sessions that completed since the cursor ``completed_at``, and for those without
    a survey again 1, 2, 3, 5, 8, 13, 21 and 30 days after. Cursors decide what is fetched, and drop nothing.
    The list is read once, whichever tables are selected; without session_feedback and personas no detail is
    asked for. Each table has its own cursors, so that one that is selected later is read from the start.

    The end of the list is proven: a load whose list cannot be read to its end raises and loads nothing. A row
    that breaks the contract goes to rejected_rows, and its session is asked for again by each load until it
    is accepted; while rejected_rows is not selected, such a row raises.

    ``merge_strategy`` "upsert" is for destinations that know no delete-insert (Delta, Iceberg, LanceDB).
    ``as_of`` is "now" for every decision (an orchestrator's logical date). ``settings`` are others of
    docs/settings.md that concern the API or people, such as ``{"paging": "cursor"}`` or
    ``{"privacy_comment": "drop"}``.

    What ``zenhire-sync sync`` does beyond this: it commits as it goes, so that a first load of many hours may
    be stopped; it looks into the warehouse, and so writes only what changed, knows each session's place on
    the survey ladder, tells deleted sessions and brings them back, keeps the role of a deleted persona and
    every version of it, marks rejected rows as healed; it keeps erased people out, uses filters and several
    keys, and builds, tests and publishes marts.

    Raises ConfigurationError for an argument that cannot be used. While it is extracted, errors of
    ``zenhire_sync.errors`` are the cause of dlt's ``PipelineStepFailed``.
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
    )
