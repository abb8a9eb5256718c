"""The JSON Schema of a run's summary, and its keys as a table: ``python -m tools.run_summary > FILE``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from zenhire_schemas.run_summary import RunSummary

_TITLE = "What one command of zenhire-sync did"


def schema_text() -> str:
    """Text of docs/run-summary.schema.json (JSON Schema 2020-12)."""
    schema = RunSummary.model_json_schema(mode="validation")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return json.dumps({**head, **{k: v for k, v in schema.items() if k != "title"}}, indent=2) + "\n"


def keys() -> list[tuple[str, str, str]]:
    """Each key with its type and meaning, those of a part under the part's name."""
    schema = RunSummary.model_json_schema(mode="validation")
    return list(_keys(schema, schema["$defs"], ""))


def _keys(schema: dict[str, Any], parts: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, found in schema.get("properties", {}).items():
        part, is_list = _part_of(found)
        meaning = found.get("description") or (parts[part]["description"] if part else _words(name))
        yield f"{prefix}{name}{'[]' if is_list else ''}", _type(found), " ".join(meaning.split())
        # reconcile has the keys of sync
        if part and name != "reconcile":
            yield from _keys(parts[part], parts, f"{prefix}{name}{'[]' if is_list else ''}.")


def _part_of(found: dict[str, Any]) -> tuple[str | None, bool]:
    """The name of the part that a key holds, if it holds one, and whether it holds many."""
    for choice in (found, found.get("items", {}), *found.get("anyOf", ())):
        if "$ref" in choice:
            return choice["$ref"].rpartition("/")[2], choice is found.get("items")
    return None, False


def _type(found: dict[str, Any]) -> str:
    if "anyOf" in found:
        return " or ".join(_type(choice) for choice in found["anyOf"])
    if "$ref" in found:
        return "object"
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    if "const" in found:
        return f"`{found['const']}`"
    return "time" if found.get("format") == "date-time" else str(found["type"])


def _words(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."


if __name__ == "__main__":
    sys.stdout.write(schema_text())
