"""Published files once more in an object store, for readers that reach no disk of this machine.

An object store has no folder that is swapped and no link: each object is the old one or the new one, whole.
So the DuckDB file, which holds everything in one state, goes last, and of the Parquet ``publication``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zenhire_schemas.names import DOCUMENTS
from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_NATIVE = {"s3", "gs", "gcs", "abfs", "abfss"}
# abfss://container@account.dfs.core.windows.net/path
_ACCOUNT_AT_HOST = {"abfs", "abfss"}
_NO_STORES = {
    **dict.fromkeys(("", "http", "https", "data"), "nothing can be put there"),
    **dict.fromkeys(("file", "local"), "write a folder as a path"),
}
_LAST = "publication"
_CHUNK_BYTES = 8 * 1024 * 1024
_TYPES = {".html": "text/html; charset=utf-8", ".yaml": "application/yaml"}


def require_store(url: str, variable: str = "ZENHIRE_PUBLISH_DIR") -> None:
    """A place in a store that this installation can reach, without a secret; nothing is asked of it.

    Raises ConfigurationError naming the variable.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _not_usable(variable, url, first_line(error)) from None
    if "@" in parts.netloc and parts.scheme not in _ACCOUNT_AT_HOST:
        raise ConfigurationError(
            f"{variable} holds a login; give it to the store's own variables (such as "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) instead"
        )
    if parts.scheme in _NO_STORES:
        raise _not_usable(variable, url, _NO_STORES[parts.scheme])
    if parts.scheme not in _NATIVE:
        _require_installed(parts.scheme, variable, url)
    elif not parts.netloc:
        raise _not_usable(variable, url, "it names no bucket")


def _require_installed(scheme: str, variable: str, url: str) -> None:
    from fsspec import get_filesystem_class

    try:
        get_filesystem_class(scheme)
    except (ValueError, ImportError) as error:
        raise _not_usable(variable, url, first_line(error)) from None


def _not_usable(variable: str, url: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"{variable} cannot be used: {why}, got {shown(url)!r}")


def shown(url: str) -> str:
    """The URL for messages, without its query."""
    return url.partition("?")[0]


def put_published(folder: Path, url: str) -> str:
    """Copies what ``publish`` makes in the folder; returns where it is.

    Raises WarehouseError when the store refuses; run again then, what is there is whole, object by object.
    """
    marts = sorted((folder / "parquet").glob("*/*.parquet"), key=lambda path: (path.stem == _LAST, path))
    others = [folder / name for name in (*DOCUMENTS, "zenhire.duckdb")]
    with _store(url) as (store, root):
        for path in (*marts, *(path for path in others if path.is_file())):
            _put_one(store, path, f"{root}/{path.relative_to(folder)}")
        _remove_others(store, f"{root}/parquet", {path.stem for path in marts})
    return shown(url)


def put_report(report: Path, url: str) -> None:
    """Copies the report. Raises WarehouseError as ``put_published`` does."""
    with _store(url) as (store, root):
        _put_one(store, report, f"{root}/{report.name}")


def look_at(url: str) -> str:
    """Asks the store for the place, changes nothing, and says where it is.

    Raises WarehouseError when the store does not answer, or there is no such bucket.
    """
    from pyarrow.fs import FileType

    with _store(url) as (store, root):
        bucket = root.partition("/")[0]
        if store.get_file_info(bucket).type != FileType.NotFound:
            return shown(url)
    raise WarehouseError(f"{shown(url)}: there is no bucket {bucket}; check ZENHIRE_PUBLISH_DIR")


@contextmanager
def _store(url: str) -> Iterator[tuple[FileSystem, str]]:
    try:
        yield _opened(url)
    except (OSError, ValueError) as error:
        raise WarehouseError(
            f"{shown(url)}: {first_line(error)}; mend that and run again: what readers see there is whole"
        ) from None


def _put_one(store: FileSystem, source: Path, target: str) -> None:
    kind = {"Content-Type": _TYPES.get(source.suffix, "application/octet-stream")}
    with source.open("rb") as read, store.open_output_stream(target, metadata=kind) as write:
        shutil.copyfileobj(read, write, _CHUNK_BYTES)
    # A stream that is left by an error is closed as if it were whole.
    if (there := store.get_file_info(target).size) != source.stat().st_size:
        raise OSError(f"{target} has {there} bytes there")


def _remove_others(store: FileSystem, folder: str, marts: set[str]) -> None:
    """Parquet of marts that are no longer published, a folder each."""
    from pyarrow.fs import FileSelector, FileType

    for found in store.get_file_info(FileSelector(folder, allow_not_found=True)):
        if found.type == FileType.Directory and found.base_name not in marts:
            store.delete_dir(found.path)


def _opened(url: str) -> tuple[FileSystem, str]:
    """The store and the path in it: Arrow's own for S3, Google and Azure, else what fsspec has installed."""
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    if urlsplit(url).scheme in _NATIVE:
        store, root = FileSystem.from_uri(url)
    else:
        from fsspec.core import url_to_fs

        found, root = url_to_fs(url)
        store = PyFileSystem(FSSpecHandler(found))
    return store, root.rstrip("/")
