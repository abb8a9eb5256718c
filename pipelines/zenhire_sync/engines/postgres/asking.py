"""A person's SELECT, in a transaction that only reads."""

from __future__ import annotations

import psycopg2
from sqlglot import TokenType, tokenize

from zenhire_sync.engines.postgres.connecting import connected, execute, has_schema, place
from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import QueryAnswer

# What a dropped connection or a server that is going down answers is no fault of the question.
_OF_THE_SERVER = ("08", "57P")


def ask(settings: Settings, sql: str, most: int | None, schema: str) -> QueryAnswer:
    """The first ``most`` rows (None: all). Raises ConfigurationError, WarehouseError."""
    asked = sql.strip().rstrip(";")
    if any(token.token_type == TokenType.SEMICOLON for token in tokenize(asked, "postgres")):
        raise ConfigurationError("it takes one SELECT, no more")
    with connected(settings, "sql") as connection:
        if not has_schema(connection, schema):
            raise WarehouseError(f"{place(settings)} has no schema {schema}; run `zenhire-sync run` first")
        execute(connection, f"set search_path = {schema}")
        execute(connection, "set default_transaction_read_only = on")
        connection.autocommit = False
        try:
            # A cursor of the server's takes nothing but a SELECT.
            with connection.cursor("zenhire_question") as cursor:
                cursor.itersize = 10_000
                cursor.execute(asked)
                rows = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
                columns = tuple(column.name for column in cursor.description or ())
        except psycopg2.Error as error:
            if (error.pgcode or "08").startswith(_OF_THE_SERVER):
                raise
            raise ConfigurationError(f"this SQL cannot be answered: {first_line(error)}") from None
    return QueryAnswer(columns, tuple(rows[:most]), is_cut=most is not None and len(rows) > most)
