"""``zenhire-sync sql``: a look into what is published, or into the raw tables; nothing else is needed."""

from __future__ import annotations

import csv
import io
import json as json_format
import math
import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform
from zenhire_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.warehouse.port import QueryAnswer

_FORMATS = ("table", "csv", "json")
_ROWS_IN_A_TABLE = 100


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; - reads it from standard input.")],
    *,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Ask the warehouse (zenhire_raw) instead, while no run works."),
    ] = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="table|csv|json", help="table on a terminal, else csv, when not given."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Rows shown; 0 is all (100 in a table, else all)."),
    ] = None,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Answer a SELECT on the published marts: read-only, and no other file. Exit 2: the SQL is wrong."""

    def work(context: Context) -> Result:
        from zenhire_sync.engines.open import warehouse_of

        shape = form or ("table" if sys.stdout.isatty() else "csv")
        if shape not in _FORMATS:
            raise ConfigurationError(f"--format is table, csv or json, not {shape!r}")
        default = _ROWS_IN_A_TABLE if shape == "table" and not json else None
        most = default if limit is None else limit or None
        text = sys.stdin.read() if query == "-" else query
        answer = warehouse_of(context.config.settings).ask(text, most, raw=raw)
        facts = {"columns": answer.columns, "rows": _plain_rows(answer), "is_cut": answer.is_cut}
        return Result({"sql": facts}, _shown(answer, shape), keeps_lines=True)

    perform(Call("sql", profile, json, log_format, needs_lock=False), work)


def _shown(answer: QueryAnswer, shape: str) -> str:
    if shape == "json":
        rows = [dict(zip(answer.columns, row, strict=True)) for row in _plain_rows(answer)]
        return json_format.dumps(rows, ensure_ascii=False)
    if shape == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(_plain_rows(answer))
        return text.getvalue().removesuffix("\n")
    return "\n".join(_table(answer))


def _table(answer: QueryAnswer) -> list[str]:
    """Columns side by side, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in answer.rows]
    names = [_cell(name) for name in answer.columns]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    is_number = [
        all(isinstance(row[place], int | float | Decimal) for row in answer.rows)
        for place in range(len(names))
    ]

    def line(texts: list[str]) -> str:
        parts = zip(texts, widths, is_number, strict=True)
        return "  ".join(text.rjust(wide) if right else text.ljust(wide) for text, wide, right in parts)

    count = len(answer.rows)
    more = f"the first {count:,} rows; --limit 0 shows all" if answer.is_cut else f"{count:,} rows"
    lines = [line(names), line(["-" * width for width in widths]), *map(line, cells)]
    return [*(text.rstrip() for text in lines), f"({more})"]


def _cell(value: Any) -> str:
    """One line, and nothing that a terminal would obey: a comment is written by a stranger."""
    text = "" if value is None else str(_plain(value))
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _plain_rows(answer: QueryAnswer) -> list[list[Any]]:
    return [[_plain(value) for value in row] for row in answer.rows]


def _plain(value: Any) -> Any:
    """As JSON and CSV have it; times in ISO 8601."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value):
        # A JSON number, as a ratio is meant.
        return int(value) if isinstance(value, Decimal) and value == int(value) else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value)
