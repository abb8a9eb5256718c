"""``contract.odcs.yaml``: what the marts promise, in the Open Data Contract Standard, from dbt's own list.

Columns, keys and tests stand in the models' yml alone; what is here says them in the standard's words. It
holds no row and no login, names files as they lie beside it, and changes only when a promise does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_schemas.publication import COLUMNS as PUBLICATION_COLUMNS
from zenhire_schemas.publication import GRAIN as PUBLICATION_GRAIN
from zenhire_sync.company import CompanyFiles
from zenhire_sync.company.metadata_keys import ATTRIBUTE_TYPES, WIDE
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts.together import Nodes
from zenhire_sync.marts.yaml_document import flat, write_yaml
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import FRESHNESS, PUBLICATION, STALE_AFTER_HOURS

STANDARD = "v3.2.0"
# What a column holds of people, of the strictest kind first; the yml's meta names it, "business" is the rest.
PRIVACY = {
    "personal": "a candidate's words, reference or attributes; erase empties it",
    "pseudonymous": "leads to a candidate in ZenHire's console",
    "staff": "names an employee",
    "free_text": "the company's own tags and notes, which may hold anything",
    "confidential": "the company's prompts",
    "business": "none of these; in a row of one session it is about its candidate all the same",
}
# Computed when they are read: Parquet, which is promised the same, cannot hold them.
AS_OF_READING = frozenset({"data_age_hours", "is_stale"})
_LOGICAL_TYPES = (
    (r"string|varchar|text", "string"),
    (r"bigint|integer|int", "integer"),
    (r"numeric|decimal|double", "number"),
    (r"timestamp", "timestamp"),
    (r"date", "date"),
    (r"boolean", "boolean"),
)
_REFERRED = re.compile(r"ref\('(?P<model>\w+)'\)")

Promise = dict[str, Any]


def write_contract(settings: Settings, nodes: Nodes, company: CompanyFiles, path: Path) -> None:
    """Renews the file, whole or not at all. Raises WarehouseError when a server cannot be reached."""
    write_yaml(path, data_contract(nodes, company, servers(settings)))


def data_contract(nodes: Nodes, company: CompanyFiles, places: Sequence[Promise]) -> Promise:
    """The contract of all marts among dbt's nodes, readable at ``places``."""
    marts = sorted((node for node in nodes.values() if _is_mart(node)), key=lambda node: str(node["name"]))
    return {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": "zenhire-marts",
        "name": "ZenHire interviews: credit usage and candidate feedback",
        "version": version("zenhire-sync"),
        "status": "active",
        "description": {
            "purpose": "Credit usage and candidate feedback of a company's interviews, each night.",
            "usage": "Read only. A change of a column is announced in CHANGELOG.md.",
            "limitations": "Times are UTC, days those of the reporting time zone. Computed when read, and so"
            f" not promised here: {' and '.join(sorted(AS_OF_READING))} of {FRESHNESS}.",
            "customProperties": [{"property": "classification", "value": PRIVACY}],
        },
        **({"servers": list(places)} if places else {}),
        "schema": [*(_mart(node, _tests_of(node, nodes), company) for node in marts), _publication()],
        "slaProperties": [
            {
                "property": "freshness",
                "value": STALE_AFTER_HOURS,
                "unit": "h",
                "element": f"{PUBLICATION}.data_until",
                "driver": "operational",
                "description": "Age of the last sync whose rows are in the marts.",
            },
            {"property": "frequency", "value": 1, "unit": "d", "description": "A run each night."},
        ],
    }


def servers(settings: Settings) -> list[Promise]:
    """Where the marts are read: files by their names beside the contract, no login."""
    found: list[Promise] = []
    parquet = "parquet/{model}/{model}.parquet"
    if settings.home.destination == "duckdb" or settings.publish_dir is not None:
        file = settings.published_path.name
        found = [
            {"server": "duckdb", "type": "duckdb", "database": file, "schema": MARTS_SCHEMA},
            {"server": "parquet", "type": "local", "path": parquet, "format": "parquet"},
        ]
    if settings.store_url is not None and settings.store_url.startswith("s3://"):
        root = settings.store_url.partition("?")[0].rstrip("/")
        found.append({"server": "store", "type": "s3", "location": f"{root}/{parquet}", "format": "parquet"})
    for place in filter(None, (settings, settings.readers)):
        if place.home.destination == "postgres":
            found.append(_postgres(place))
    return found


def _postgres(settings: Settings) -> Promise:
    asked = warehouse_of(settings).dbt().variables
    return {
        "server": "postgres",
        "type": "postgres",
        "host": asked["ZENHIRE_POSTGRES_HOST"] or "localhost",
        "port": int(asked["ZENHIRE_POSTGRES_PORT"]),
        "database": asked["ZENHIRE_POSTGRES_DATABASE"],
        "schema": MARTS_SCHEMA,
    }


def _is_mart(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "model" and node.get("access") == "public"


def _tests_of(mart: Mapping[str, Any], nodes: Nodes) -> list[Mapping[str, Any]]:
    """Tests that end a build, which are those that a reader may rely on."""
    return [
        node
        for node in nodes.values()
        if node.get("attached_node") == mart["unique_id"] and node["config"]["severity"].lower() == "error"
    ]


def _mart(node: Mapping[str, Any], tests: Sequence[Mapping[str, Any]], company: CompanyFiles) -> Promise:
    properties = [
        _column(column, [t["test_metadata"] for t in tests if _column_of(t) == column["name"]])
        for column in node["columns"].values()
        if node["name"] != FRESHNESS or column["name"] not in AS_OF_READING
    ]
    if node["name"] == WIDE:
        properties += _attributes(company)
    for place, name in enumerate(_composite_key(tests), start=1):
        [part] = [column for column in properties if column["name"] == name]
        part.update(required=True, primaryKey=True, primaryKeyPosition=place)
    rules = list(_rules(tests))
    return {**_table(node["name"], node["description"], properties), **({"quality": rules} if rules else {})}


def _table(name: str, description: str, properties: list[Promise]) -> Promise:
    text = flat(description)
    return {
        "name": name,
        "physicalName": name,
        "logicalType": "object",
        "physicalType": "table",
        "description": text,
        "dataGranularityDescription": text.partition(". ")[0],
        "properties": properties,
    }


def _column(column: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]) -> Promise:
    kinds = {test["name"]: test["kwargs"] for test in tests}
    constraints = {constraint["type"] for constraint in column["constraints"]}
    said: Promise = {
        "name": column["name"],
        **_typed(column["data_type"]),
        "required": "not_null" in constraints or "not_null" in kinds,
        "classification": column["config"]["meta"].get("privacy", "business"),
        "description": flat(column["description"]),
    }
    if "unique" in kinds:
        said.update(primaryKey=True, primaryKeyPosition=1, unique=True)
    if "accepted_values" in kinds:
        said["enum"] = [{"value": value} for value in kinds["accepted_values"]["values"]]
    if "relationships" in kinds:
        [model] = _REFERRED.findall(kinds["relationships"]["to"])
        said["relationships"] = [{"to": f"{model}.{kinds['relationships']['field']}"}]
    return said


def _attributes(company: CompanyFiles) -> Iterator[Promise]:
    """The metadata that the company lists: a column for each key, of a candidate."""
    for listed in company.shown_keys:
        yield {
            "name": listed.column,
            **_typed(ATTRIBUTE_TYPES[listed.type]),
            "required": False,
            "classification": "personal",
            "description": flat(listed.meaning),
        }


def _rules(tests: Sequence[Mapping[str, Any]]) -> Iterator[Promise]:
    """What holds in each row, as SQL that every engine reads alike."""
    for test in sorted(tests, key=lambda test: str(test["name"])):
        expression = test["test_metadata"]["kwargs"].get("expression", "")
        if expression and not AS_OF_READING & set(re.findall(r"\w+", expression)):
            yield {
                "id": test["name"],
                "type": "sql",
                "description": f"In every row: {flat(expression)}",
                "query": f"select count(*) from ${{object}} where not ({flat(expression)})",  # noqa: S608 - the models' own
                "mustBe": 0,
                "dimension": "consistency",
                "severity": "error",
            }


def _composite_key(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    keys = [t["test_metadata"] for t in tests if t["test_metadata"]["name"] == "unique_key"]
    return list(keys[0]["kwargs"]["columns"]) if keys else []


def _publication() -> Promise:
    properties = [
        {
            "name": name,
            **_typed(kind.removesuffix(" not null")),
            "required": "not null" in kind,
            "classification": "business",
            "description": text,
        }
        for name, (kind, text) in PUBLICATION_COLUMNS.items()
    ]
    one_row = {"id": "one_row", "metric": "rowCount", "mustBe": 1, "dimension": "completeness"}
    return {**_table(PUBLICATION, PUBLICATION_GRAIN, properties), "quality": [one_row]}


def logical_type(kind: str) -> str:
    """The standard's word for a type of the models. Raises KeyError when there is none."""
    for pattern, logical in _LOGICAL_TYPES:
        if re.match(pattern, kind, re.IGNORECASE):
            return logical
    raise KeyError(kind)


def _typed(kind: str) -> Promise:
    logical = logical_type(kind)
    # Named alike on every engine; without its size a reader of Parquet takes 32 bits, or three places.
    sized = {"physicalType": kind.replace(" ", "")} if logical in {"integer", "number"} else {}
    return {"logicalType": logical, **sized}


def _column_of(test: Mapping[str, Any]) -> str:
    return (test["column_name"] or "").strip('"')
