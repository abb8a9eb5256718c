"""What the company calls its projects, short enough for a legend and still telling one from the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from zenhire_sync.report.persona_names import cut_in_middle
from zenhire_sync.report.published import Row
from zenhire_sync.report.section import short_labels

NO_PROJECT, OTHER_PROJECTS = "No project", "Other projects"


def project_labels(rows: Iterable[Row]) -> dict[str, str]:
    """A label for each ``project_id`` of the rows, made of its ``project_name`` where it has one.

    Where two projects have one name, the id says which is which; without names there are only ids.
    """
    named = {
        row["project_id"]: row.get("project_name") or row["project_id"] for row in rows if row["project_id"]
    }
    ids = short_labels(named)
    shown = {
        project_id: ids[project_id] if name == project_id else cut_in_middle(" ".join(name.split()))
        for project_id, name in named.items()
    }
    alike = Counter([*shown.values(), NO_PROJECT, OTHER_PROJECTS])
    return {
        project_id: label if alike[label] == 1 else f"{label} {ids[project_id]}"
        for project_id, label in shown.items()
    }


def whole_names(rows: Iterable[Row], labels: Mapping[str, str]) -> dict[str, str]:
    """The uncut name for each label, with the same id where that tells two of one name apart."""
    named = {row["project_id"]: row.get("project_name") or row["project_id"] for row in rows}
    whole = {labels[key]: " ".join(named[key].split()) for key in labels}
    alike = Counter(whole.values())
    return {label: name if alike[name] == 1 else label for label, name in whole.items()}
