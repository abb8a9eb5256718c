"""The datasets of each step, named as OpenLineage names them: raw tables, marts, published files.

Schemas are those that are declared: of raw tables by us, of marts in dbt's manifest. No row is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    documentation_dataset,
    schema_dataset,
)

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.settings import Settings
from zenhire_sync.signal_endpoints import host_of
from zenhire_sync.signals.column_lineage import raw_columns
from zenhire_sync.signals.dbt_tests import assertions_by_model

Manifest = Mapping[str, Any]
# Namespace and name.
Name = tuple[str, str]
_IN_A_DSN = re.compile(r"(host|port|dbname)\s*=\s*'?([^\s']+)")


@dataclass(frozen=True, slots=True)
class Datasets:
    """What a step reads and writes."""

    inputs: list[InputDataset] = field(default_factory=list)
    outputs: list[OutputDataset] = field(default_factory=list)


def datasets_of(step: str, settings: Settings, manifest: Manifest | None, *, is_done: bool) -> Datasets:
    """Datasets of a step as it begins, or with the columns' lineage once it is done.

    ``manifest`` is that of the last build; None where there is none.
    """
    marts = marts_of(manifest)
    match step:
        case "sync" | "reconcile":
            return Datasets([_api(settings)], [_out(*_raw(settings, t.name)) for t in RAW_TABLES])
        case "build":
            made_of = raw_columns(manifest) if is_done and manifest is not None else {}
            outputs = [_mart(settings, node, made_of) for node in marts] if is_done else []
            return Datasets([_in(*_raw(settings, t.name)) for t in RAW_TABLES], outputs)
        case "publish":
            inputs = [_in(mart_name(settings, node["name"]), _facets(node)) for node in marts]
            return Datasets(inputs, [_out(name) for name in _published(settings)])
        case "report":
            return Datasets([_in(name) for name in _published(settings)[:1]], [_out(_report(settings))])
    return Datasets()


def with_whole_paths(settings: Settings) -> Settings:
    """The same folders, named from the root: dbt changes the working directory for as long as it works."""
    found = {"data_dir": settings.data_dir.absolute()}
    named = {name: getattr(settings, name) for name in ("publish_dir", "lake_dir")}
    whole = {name: str(Path(it).absolute()) for name, it in named.items() if it and "://" not in it}
    return settings.model_copy(update=found | whole)


def tested(settings: Settings, manifest: Manifest, results: Manifest) -> list[InputDataset]:
    """The marts with what each of their tests said, those that hold marts against raw tables too."""
    facets = {
        model: data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions)
        for model, assertions in assertions_by_model(manifest, results).items()
    }
    return [
        InputDataset(
            *mart_name(settings, node["name"]),
            inputFacets={"dataQualityAssertions": facets[node["unique_id"]]},
        )
        for node in marts_of(manifest)
        if node["unique_id"] in facets
    ]


def marts_of(manifest: Manifest | None) -> list[Mapping[str, Any]]:
    """The nodes of the tables that are published, by name."""
    nodes = () if manifest is None else manifest["nodes"].values()
    tables = [n for n in nodes if n["resource_type"] == "model" and n["config"]["materialized"] == "table"]
    # Facts and dimensions are published with the marts. The schema has another name on each engine.
    schemas = {node["schema"] for node in tables if "/marts/" in node["original_file_path"]}
    return sorted((n for n in tables if n["schema"] in schemas), key=lambda node: str(node["name"]))


def mart_name(settings: Settings, mart: str) -> Name:
    """A mart in the warehouse."""
    return _table(settings, MARTS_SCHEMA, mart)


def _raw(settings: Settings, table: str) -> tuple[Name, dict[str, DatasetFacet]]:
    declared = next(one for one in RAW_TABLES if one.name == table)
    columns = ((column.name, str(column.type), column.description) for column in declared.columns)
    return _table(settings, RAW_SCHEMA, table), _described(columns, declared.grain)


def _mart(settings: Settings, node: Mapping[str, Any], made_of: Mapping[Any, Any]) -> OutputDataset:
    facets = _facets(node)
    lineage = {}
    for column in node["columns"]:
        sources = sorted(made_of.get((node["schema"], node["alias"], column.lower()), ()))
        if sources:
            inputs = [
                column_lineage_dataset.InputField(*_table(settings, RAW_SCHEMA, table), field=of)
                for _, table, of in sources
            ]
            lineage[column] = column_lineage_dataset.Fields(inputFields=inputs)
    if lineage:
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields=lineage)
    return _out(mart_name(settings, node["name"]), facets)


def _facets(node: Mapping[str, Any]) -> dict[str, DatasetFacet]:
    columns = (
        (name, column.get("data_type") or "", column.get("description") or "")
        for name, column in node["columns"].items()
    )
    return _described(columns, node["description"])


def _described(columns: Iterable[tuple[str, str, str]], meaning: str) -> dict[str, DatasetFacet]:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=name, type=kind or None, description=text or None)
        for name, kind, text in columns
    ]
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=fields),
        "documentation": documentation_dataset.DocumentationDatasetFacet(description=meaning),
    }


def _api(settings: Settings) -> InputDataset:
    path = urlsplit(settings.base_url).path.rstrip("/")
    return _in((host_of(settings.base_url), f"{path}/sessions"))


def _table(settings: Settings, schema: str, table: str) -> Name:
    match settings.home.destination:
        case "postgres":
            namespace, database = _server(settings)
            return namespace, f"{database}.{schema}.{table}"
        case "lake":
            namespace, path = _place(settings.lake_dir or str(settings.data_dir / "lake"))
            return namespace, f"{path}/{schema}/{table}"
        case _:
            # As the dbt integration of OpenLineage names it.
            return f"duckdb://{settings.warehouse_path.resolve()}", f"warehouse.{schema}.{table}"


def _server(settings: Settings) -> tuple[str, str]:
    """Namespace and database. No login is in it."""
    url = "" if settings.home.url is None else settings.home.url.get_secret_value()
    named = {**settings.home.parameters, **dict(_IN_A_DSN.findall(url))}
    if "://" in url:
        parts = urlsplit(url)
        told = {"host": parts.hostname, "port": parts.port, "dbname": parts.path.strip("/")}
        named.update({name: str(value) for name, value in told.items() if value})
    host, port = named.get("host", "localhost"), named.get("port", "5432")
    return f"postgres://{host}:{port}", named.get("dbname", "postgres")


def _place(where: str) -> Name:
    """A folder, or a place in an object store."""
    if "://" not in where:
        return "file", str(Path(where).resolve())
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")


def _published(settings: Settings) -> list[Name]:
    """What readers open: files, in the store where there is one; on a server without files its tables."""
    if settings.home.destination != "duckdb" and settings.publish_dir is None:
        return [_table(settings, MARTS_SCHEMA, "publication")]
    namespace, folder = _place(settings.store_url or str(settings.published_path.parent))
    return [(namespace, f"{folder}/{name}") for name in ("zenhire.duckdb", "parquet")]


def _report(settings: Settings) -> Name:
    namespace, folder = _place(settings.store_url or str(settings.report_path.parent))
    return namespace, f"{folder}/report.html"


def _in(name: Name, facets: dict[str, DatasetFacet] | None = None) -> InputDataset:
    return InputDataset(*name, facets=facets or {})


def _out(name: Name, facets: dict[str, DatasetFacet] | None = None) -> OutputDataset:
    return OutputDataset(*name, facets=facets or {})
