"""A CSV file read with the standard module, each row with the line it begins on and checked by its model."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from zenhire_sync.company.company_rows import CompanyRow
from zenhire_sync.company.wrong_place import text_of, wrong

Row = TypeVar("Row", bound=CompanyRow)


def read_rows(folder: Path, model: type[Row]) -> tuple[tuple[int, Row], ...]:
    """Rows of the model's file with their lines; none when there is no such file.

    Lines that begin with # and empty ones are left out. Raises ConfigurationError with file, line and column.
    """
    path = folder / model.file
    text = text_of(path)
    if text is None:
        return ()
    records = _records(path, text)
    line, header = next(records, (1, []))
    _require_columns(path, line, header, model)
    rows: list[tuple[int, Row]] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, cells in records:
        row = _row(path, line, dict(zip(header, cells, strict=True)), model)
        key = tuple(getattr(row, name) for name in model.key)
        if key and key in seen:
            named = " ".join(str(part) for part in key if part is not None) or "the blank one"
            raise wrong(path, line, model.key[0], f"{named} stands in line {seen[key]} already")
        seen[key] = line
        rows.append((line, row))
    return tuple(rows)


class _Lines:
    """The lines of a text, without those that begin with # where a record begins."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.is_start = True

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            is_comment = self.is_start and line.startswith("#")
            self.is_start = False
            # An empty line, so that lines are counted as an editor does.
            yield "\n" if is_comment else line


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Records that hold something, each with the line it begins on and as many cells as the first."""
    lines = _Lines(text)
    reader, width = csv.reader(lines, strict=True), 0
    while True:
        begins, lines.is_start = reader.line_num + 1, True
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise wrong(path, begins, 1, f"this is no CSV ({error})") from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        width = width or len(cells)
        if len(cells) != width:
            column = min(len(cells), width) + 1
            raise wrong(path, begins, column, f"{len(cells)} cells in a table of {width} columns")
        yield begins, [cell.strip() for cell in cells]


def _require_columns(path: Path, line: int, header: list[str], model: type[CompanyRow]) -> None:
    wanted = list(model.model_fields)
    for place, name in enumerate(header, start=1):
        if len(header) == 1 and ";" in name:
            raise wrong(path, line, place, "columns are separated by commas, not by semicolons")
        if name not in wanted:
            raise wrong(path, line, place, f"there is no column {name!r}, only {', '.join(wanted)}")
        if name in header[: place - 1]:
            raise wrong(path, line, place, f"column {name} stands here a second time")
    if missing := [name for name in wanted if name not in header and name not in model.optional]:
        raise wrong(path, line, missing[0], "this column is missing")


def _row(path: Path, line: int, cells: dict[str, str], model: type[Row]) -> Row:
    try:
        return model.model_validate({name: cell or None for name, cell in cells.items()})
    except ValidationError as error:
        column, problem = first_problem(error)
        raise wrong(path, line, column or next(iter(cells)), problem) from None


def first_problem(error: ValidationError) -> tuple[str, str]:
    """The field (empty when it is about the whole row), and what is wrong, in words for people."""
    found = error.errors(include_url=False, include_context=False)[0]
    field = str(found["loc"][0]) if found["loc"] else ""
    value = found["input"]
    if value is None or found["type"] == "missing":
        return field, "it must not be blank"
    said = found["msg"].removeprefix("Value error, ")
    is_ours = found["type"] == "value_error"
    return field, said if is_ours else f"{said[:1].lower()}{said[1:]}, got {str(value)[:80]!r}"
