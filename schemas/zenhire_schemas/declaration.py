"""How a raw table is declared: its name, grain, key and columns, from which Arrow schemas follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Literal["text", "bigint", "double", "bool", "timestamp"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``nullable`` columns say in their description what null means."""

    name: str
    type: ColumnType
    description: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One raw table. ``removal_marker`` names the column that tells the loader to drop a child set."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    removal_marker: str | None = None

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the table, columns in declared order."""
        # It takes longer to import than some commands take to answer.
        import pyarrow as pa

        types: dict[ColumnType, pa.DataType] = {
            "text": pa.string(),
            "bigint": pa.int64(),
            "double": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us", tz="UTC"),
        }
        return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in declared order."""
        return tuple(c.name for c in self.columns)


def text(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "text", description, nullable)


def bigint(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "bigint", description, nullable)


def timestamp(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "timestamp", description, nullable)


def key(name: str, description: str) -> Column:
    return Column(name, "text", description, nullable=False)
