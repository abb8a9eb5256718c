"""Names of personas that fit beside a chart and still tell one from the other."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import short_labels

# Columns of text, of which a Chinese or Japanese character takes two.
_LONGEST = 24
_TAIL = 12
_CUT = "…"


def name_personas(rows: list[Row]) -> None:
    """Adds a ``name`` to each row, the same for rows of one persona and no others, and its ``full_name``.

    It is what the company calls the persona (``persona_name``), else its role.

    Roles that begin alike are cut in their middle; where that is not enough, the id says which is which.
    """
    roles = {row["persona_id"]: " ".join((_name(row) or "Unknown role").split()) for row in rows}
    # the language would tell "Data Engi… (en)" from "Data Engi… (de)", and yet they would look like one role
    begins = Counter(_cut_at_end(role) for role in {*roles.values()})
    names = {
        row["persona_id"]: _with_language(_shortened(roles[row["persona_id"]], begins), row["language"])
        for row in rows
    }
    alike = Counter(names.values())
    labels = short_labels(names)
    full = full_names(rows)
    for row in rows:
        row["full_name"] = full[row["persona_id"]]
        name = names[row["persona_id"]]
        row["name"] = name if alike[name] == 1 else f"{name} {labels[row['persona_id']]}"


def full_names(rows: list[Row]) -> dict[str, str]:
    """The whole name of each persona by its id, with its language; the id tells apart those called alike."""
    named = {
        row["persona_id"]: _with_language(" ".join((_name(row) or "Unknown role").split()), row["language"])
        for row in rows
    }
    alike, labels = Counter(named.values()), short_labels(named)
    return {key: name if alike[name] == 1 else f"{name} {labels[key]}" for key, name in named.items()}


def name_column(published: Published, mart: str) -> str:
    """The column with the company's name; marts of an earlier version have the role only."""
    return "persona_name" if published.has(mart, "persona_name") else "role_name as persona_name"


def _name(row: Row) -> str | None:
    # Without any name a mart has the id there.
    name: str | None = row.get("persona_name")
    role: str | None = row["role_name"]
    return role if name in (None, row["persona_id"]) else name


def _cut_at_end(role: str) -> str:
    return role if _columns(role) <= _LONGEST else f"{_beginning(role, _LONGEST)}{_CUT}"


def cut_in_middle(role: str) -> str:
    """The name with its middle left out where it is too long for a legend."""
    if _columns(role) <= _LONGEST:
        return role
    end = _beginning(reversed(role), _TAIL)[::-1]
    return f"{_beginning(role, _LONGEST - _TAIL)}{_CUT}{end}"


def _shortened(role: str, begins: Counter[str]) -> str:
    return _cut_at_end(role) if begins[_cut_at_end(role)] == 1 else cut_in_middle(role)


def _with_language(role: str, language: str | None) -> str:
    return f"{role} ({language})" if language else role


def _beginning(characters: Iterable[str], columns: int) -> str:
    """The first characters that fit into so many columns."""
    fitting = ""
    for character in characters:
        columns -= _columns(character)
        if columns < 0:
            break
        fitting += character
    return fitting


def _columns(text: str) -> int:
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
