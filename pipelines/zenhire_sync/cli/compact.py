"""``zenhire-sync compact``: many small files of a lake become few."""

from __future__ import annotations

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform


def compact(*, profile: Profile = None, json: Json = False, log_format: LogFormat = "text") -> None:
    """Make the many small files of a lake few and large, and drop its older states."""

    def work(context: Context) -> Result:
        from zenhire_sync.engines.open import warehouse_of

        warehouse = warehouse_of(context.config.settings)
        tables = warehouse.compact()
        total = {name: sum(table[name] for table in tables.values()) for name in ("files", "bytes")}
        lines = [
            f"compact: {warehouse.place} has {total['files']:,} files, {total['bytes'] / 1e6:,.1f} MB",
            *(f"  {name:<18} {table['data_files']:,} files of data" for name, table in tables.items()),
        ]
        return Result({"compact": {"tables": tables, **total}}, "\n".join(lines))

    perform(Call("compact", profile, json, log_format), work)
