"""Documents that a build writes of its marts, and a publish puts beside what readers open."""

from __future__ import annotations

import shutil
from pathlib import Path

from zenhire_schemas.names import DOCUMENTS
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held
from zenhire_sync.whole_files import private_folder, put_in_place, seal


def documents_folder(settings: Settings) -> Path:
    """Where a build leaves them: those of the last one that ended well."""
    return settings.state_dir.resolve() / "documents"


def put_documents(settings: Settings, scratch: Path) -> None:
    """Swaps each in, as private as the marts; one that was not made stays as it was published before.

    Raises OSError when the folder of the published files refuses.
    """
    folder = settings.published_path.parent
    for made in _made(settings):
        copy = scratch / made.name
        shutil.copyfile(made, copy)
        seal(copy, like=folder)
        put_in_place(copy, folder / made.name)


def publish_documents(settings: Settings) -> None:
    """The same where the engine makes no files. Raises WarehouseError when the folder refuses."""
    folder = settings.published_path.parent
    if not _made(settings):
        return
    try:
        with private_folder(folder, "publish") as scratch, held():
            put_documents(settings, scratch)
    except OSError as error:
        raise WarehouseError(
            f"cannot write to {error.filename or folder}: {error.strerror}; mend it and publish again"
        ) from None


def _made(settings: Settings) -> list[Path]:
    folder = documents_folder(settings)
    return [folder / name for name in DOCUMENTS if (folder / name).is_file()]
