"""Events of OpenLineage held against its official JSON schemas, by hand: no package brings them.

``python -m tests.signals.openlineage_spec FOLDER EVENTS`` takes the folder ``spec`` of OpenLineage's
repository and the file of a run with ``OPENLINEAGE__TRANSPORT__TYPE=file``; it says each fault and ends with
1 where there is one.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource


class OpenLineageSpec:
    """The schemas of a folder, by their ``$id`` and by the name of their file.

    A facet names its schema in ``_schemaURL``, of the version that its client was made from; the folder's may
    be a later one, which the specification keeps compatible (Versioning.md), so the file's name decides.
    """

    def __init__(self, folder: Path) -> None:
        schemas = [
            json.loads(file.read_bytes()) for file in folder.rglob("*.json") if "tests" not in file.parts
        ]
        self._schemas = {schema["$id"].rsplit("/", 1)[1]: schema for schema in schemas if "$id" in schema}
        known = ((schema["$id"], Resource.from_contents(schema)) for schema in self._schemas.values())
        self._registry: Registry[Any] = Registry().with_resources(known)

    def faults(self, event: dict[str, Any]) -> Iterator[str]:
        """What the schemas of the event and of each of its facets say against it."""
        yield from self._said(self._schemas["OpenLineage.json"], event)
        for facet in facets(event):
            address, _, pointer = facet["_schemaURL"].partition("#")
            schema = self._schemas[address.rsplit("/", 1)[1]]
            yield from self._said({"$ref": f"{schema['$id']}#{pointer}"}, facet)

    def _said(self, schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
        checks = Draft202012Validator(schema, registry=self._registry, format_checker=FormatChecker())
        for error in checks.iter_errors(value):
            yield f"{error.json_path}: {error.message}"


def facets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each facet of the event's run, job and datasets."""
    holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    for holder in holders:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from holder.get(kind, {}).values()


def main(folder: str, file: str) -> int:
    spec, counts = OpenLineageSpec(Path(folder)), Counter[str]()
    for line in Path(file).read_text().splitlines():
        event = json.loads(line)
        counts["events"] += 1
        counts["facets"] += sum(1 for _ in facets(event))
        for fault in spec.faults(event):
            counts["faults"] += 1
            sys.stdout.write(f"{event['job']['name']} {event['eventType']}: {fault}\n")
    sys.stdout.write(", ".join(f"{counts[what]} {what}" for what in ("events", "facets", "faults")) + "\n")
    return 1 if counts["faults"] or not counts["events"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
