"""Where the demo writes: ``<data dir>/demo``, so that it never mixes with real data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings

_MARKER = "MADE_BY_ZENHIRE_SYNC_DEMO"


@contextmanager
def demo_folder(data_dir: Path) -> Iterator[Path]:
    """The demo's own folder, emptied of an earlier demo and locked while the block runs.

    Raises ConfigurationError when something that is no demo is there, LockHeldError when another run
    is, WarehouseError when an earlier demo cannot be removed.
    """
    settings = Settings(data_dir=data_dir / "demo")
    folder = settings.data_dir
    _require_own(folder)
    with exclusive(settings.state_dir, "demo"):
        try:
            (folder / _MARKER).touch()
            _empty(folder, settings.state_dir)
        except OSError as error:
            raise WarehouseError(f"{folder} cannot be emptied ({error.strerror})") from None
        yield folder


def _require_own(folder: Path) -> None:
    if folder.is_dir() and not (folder / _MARKER).exists() and any(folder.iterdir()):
        raise ConfigurationError(
            f"{folder} holds something that is not a demo, which would be lost; "
            "choose another folder with ZENHIRE_DATA_DIR"
        )


def _empty(folder: Path, state_dir: Path) -> None:
    """Leaves the marker and the lock files, which are in use."""
    for path in (*folder.iterdir(), *state_dir.iterdir()):
        if path.is_symlink() or (path.is_file() and path.parent == folder and path.name != _MARKER):
            path.unlink()
        elif path.is_dir() and path != state_dir:
            shutil.rmtree(path)
