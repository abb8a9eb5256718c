"""The catalog that knows the lake's tables, and every accident on the way to it, in words of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import requests
from pydantic import SecretStr
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from sqlalchemy.exc import SQLAlchemyError

from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line
from zenhire_sync.settings import Home, Settings
from zenhire_sync.stopping import Stopped, asked
from zenhire_sync.whole_files import make_folder

CATALOG = "zenhire"
_SQL = {"postgresql": "postgresql+psycopg2", "postgres": "postgresql+psycopg2", "sqlite": "sqlite"}
_REST = ("http", "https")


def catalog_of(settings: Settings) -> Catalog:
    """The catalog, made where there is none. Raises ConfigurationError, WarehouseError."""
    url = catalog_url(settings)
    with explained(settings):
        if is_folder(settings):
            make_folder(Path(lake_dir(settings)))
        if (file := file_of_catalog(settings)) is not None:
            make_folder(file.parent)
        scheme, _, rest = url.partition("://")
        if scheme in _REST:
            own = {**rest_properties(url), **store_properties(settings)}
            return load_catalog(CATALOG, **own, type="rest")
        uri = f"{_SQL[scheme]}://{rest}"
        return load_catalog(
            CATALOG, **store_properties(settings), type="sql", uri=uri, warehouse=location(settings)
        )


def rest_properties(url: str) -> dict[str, str]:
    """Address and login: ``https://id:secret@host/path`` (OAuth2), or ``https://:token@host/path``."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port is None else f":{parts.port}"
    found = {"uri": f"{parts.scheme}://{host}{port}{parts.path}"}
    secret = unquote(parts.password or "")
    if secret and parts.username:
        found["credential"] = f"{unquote(parts.username)}:{secret}"
        # The catalog's own, unless the profile names another.
        found["oauth2-server-uri"] = f"{found['uri'].rstrip('/')}/v1/oauth/tokens"
    elif secret:
        found["token"] = secret
    return found


def store_properties(settings: Settings) -> dict[str, str]:
    """What the profile says of the store, as pyiceberg names it."""
    return {name: value for name, value in settings.home.parameters.items() if not name.startswith("spark.")}


def catalog_url(settings: Settings) -> str:
    """The catalog's address, with its login; a file beside the lake's folder when none is named.

    Raises ConfigurationError for one that cannot be used.
    """
    if settings.home.url is None:
        if not is_folder(settings):
            raise ConfigurationError(
                "a lake in an object store needs a catalog that all its users reach: set "
                "ZENHIRE_LAKE_CATALOG_URL, such as postgresql://user@host:5432/database"
            )
        return f"sqlite:///{Path(lake_dir(settings)).resolve() / 'catalog.db'}"
    url = settings.home.url.get_secret_value()
    try:
        parts = urlsplit(url)
        scheme, has_host = parts.scheme, bool(parts.hostname and (parts.port is None or parts.port))
    except ValueError:
        scheme, has_host = "", False
    if scheme in _REST and has_host:
        return url
    if scheme not in _SQL or (scheme == "sqlite" and not url.startswith("sqlite:///")):
        # It may hold a password: nothing of it is repeated.
        raise ConfigurationError(
            "ZENHIRE_LAKE_CATALOG_URL cannot be understood; write postgresql://user@host:5432/database, "
            "sqlite:////a/folder/catalog.db, or the https:// address of an Iceberg REST catalog"
        )
    return url


def server_of_catalog(settings: Settings) -> Settings | None:
    """Settings that lead to the catalog's PostgreSQL server; None where the catalog is something else."""
    url = catalog_url(settings)
    if not url.startswith(("postgresql://", "postgres://")):
        return None
    return settings.at(Home(destination="postgres", url=SecretStr(url)))


def file_of_catalog(settings: Settings) -> Path | None:
    """The catalog's file; None where the catalog is a server."""
    url = catalog_url(settings)
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def lake_dir(settings: Settings) -> str:
    """The folder or URL under which the lake's files are."""
    return settings.lake_dir or str(settings.data_dir / "lake")


def keep_for(settings: Settings) -> timedelta:
    """How long older states of the raw tables are kept."""
    return timedelta(days=settings.lake_keep_days)


def is_folder(settings: Settings) -> bool:
    """Whether the lake is in a folder, of this machine or one that is mounted."""
    return "://" not in lake_dir(settings)


def location(settings: Settings) -> str:
    """The same as every engine understands it."""
    root = lake_dir(settings)
    return f"file://{Path(root).resolve()}" if is_folder(settings) else root.rstrip("/")


def place(settings: Settings) -> str:
    """The lake, for messages: never a login."""
    return f"the lake in {lake_dir(settings).partition('?')[0]}"


@contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """Raises WarehouseError for whatever a catalog, a store or a query answers that is no row."""
    try:
        yield
    except (CommitFailedException, ValidationException) as error:
        raise WarehouseError(
            f"{place(settings)}: {first_line(error)}; somebody else changed the lake meanwhile; "
            "nothing of it is lost: run again"
        ) from None
    except SQLAlchemyError as error:
        raise _of_the_catalog(settings, getattr(error, "orig", None) or error) from None
    except requests.RequestException as error:
        raise _of_the_catalog(settings, error) from None
    except (duckdb.Error, OSError, RuntimeError) as error:
        if "Query interrupted" in str(error) or isinstance(error, duckdb.InterruptException):
            raise (asked() or Stopped()) from error
        if isinstance(error, RuntimeError) and not isinstance(error, duckdb.Error):
            raise
        raise WarehouseError(
            f"{place(settings)}: {first_line(error)}; mend that and run again: what was committed stays"
        ) from None
    except Exception as error:
        if not type(error).__module__.startswith("pyiceberg."):
            raise
        raise _of_the_catalog(settings, error) from None


def _of_the_catalog(settings: Settings, error: BaseException) -> WarehouseError:
    return WarehouseError(
        f"the catalog of {place(settings)}: {first_line(error)}; check ZENHIRE_LAKE_CATALOG_URL and that the "
        "catalog's server is up"
    )


def tables_in(catalog: Catalog, namespace: str) -> frozenset[str] | None:
    """Names of the tables of a namespace; None when there is no such namespace."""
    if not catalog.namespace_exists(namespace):
        return None
    return frozenset(name for *_, name in catalog.list_tables(namespace))


def file_system(table: Any, path: str) -> tuple[Any, str]:
    """Arrow's file system behind a file of a table, and the path in it."""
    scheme, netloc, inner = table.io.parse_location(path, table.io.properties)
    return table.io.fs_by_scheme(scheme, netloc), inner
