"""``zenhire-sync company``: the folder with the company's own names, made and checked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

if TYPE_CHECKING:
    from zenhire_sync.company.seen_ids import SeenIds
    from zenhire_sync.settings import Settings


class FolderAction(StrEnum):
    """What to do with the folder."""

    INIT = "init"
    CHECK = "check"


def company(
    action: Annotated[
        FolderAction,
        typer.Argument(help="init: write the files that are not there yet; check: read them all."),
    ],
    *,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Make or check the folder with the company's own names, groups and budgets."""
    work = _init if action is FolderAction.INIT else _check
    perform(Call("company", profile, json, log_format, needs_lock=False), work)


def _init(context: Context) -> Result:
    from zenhire_sync.company.first_files import first_files, write_missing
    from zenhire_sync.errors import WarehouseError

    settings = context.config.settings
    seen, folder = _seen(settings), settings.company_path
    files = first_files(seen)
    try:
        written = write_missing(folder, files)
    except OSError as error:
        raise WarehouseError(f"{folder} cannot be written ({error.strerror})") from None
    counts = {
        "accounts.csv": seen.accounts,
        "projects.csv": seen.projects,
        "personas.csv": seen.personas,
        "tags.csv": seen.tags,
    }
    lines = [f"company: {len(written)} of {len(files)} files written to {folder}, the others were there"]
    lines += [f"  {name:<14} {len(counts.get(name, ())):>5,} ids seen" for name in written if name in counts]
    lines += _key_lines(seen)
    facts = {
        "folder": folder,
        "written": written,
        "metadata_keys": [
            {
                "key": found.key,
                "sessions": found.sessions,
                "is_like_an_identifier": found.is_like_an_identifier,
            }
            for found in seen.keys
        ],
    }
    return Result({"company": facts}, "\n".join([*lines, "next: fill in the names, then zenhire-sync build"]))


def _key_lines(seen: SeenIds) -> list[str]:
    if not seen.keys:
        return ["no session carries metadata"]
    told = ["metadata keys; only those that metadata.toml lists come into the marts:"]
    for found in seen.keys:
        doubt = "; looks like an identifier, better left out" if found.is_like_an_identifier else ""
        told.append(f"  {found.key}: {found.sessions:,} sessions, {found.values:,} values{doubt}")
    return told


def _seen(settings: Settings) -> SeenIds:
    from zenhire_sync.company.seen_ids import SeenIds, look_for_ids
    from zenhire_sync.engines.open import warehouse_of

    warehouse = warehouse_of(settings)
    with warehouse.undisturbed():
        if not warehouse.raw_tables():
            return SeenIds()
        with warehouse.reading() as reader:
            return look_for_ids(reader)


def _check(context: Context) -> Result:
    from zenhire_sync.company import company_of
    from zenhire_sync.company.company_files import unread_files

    settings = context.config.settings
    rows: dict[str, Any] = {name: len(found) for name, found in company_of(settings).stored().items()}
    lines = [f"company: {settings.company_path} can be used"]
    lines += [f"  {name.removeprefix('company_'):<10} {count:>6,} rows" for name, count in rows.items()]
    unread = unread_files(settings.company_path)
    lines += [f"  nothing reads {name}" for name in unread]
    facts = {"folder": settings.company_path, "rows_by_table": rows, "unread": unread}
    return Result({"company": facts}, "\n".join(lines))
