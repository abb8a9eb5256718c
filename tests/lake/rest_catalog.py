"""An Iceberg REST catalog on loopback, by its specification; a catalog in a file is behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import CommitTableRequest, StagedTable, Table
from werkzeug.serving import make_server

LOGIN = "a-client:a-secret"
_ABSENT = {"location": None, "partition-spec": None, "write-order": None}


@contextmanager
def running(folder: Path, files: str, properties: dict[str, str]) -> Iterator[str]:
    """The catalog's address, its login included; ``files`` is where it puts tables."""
    folder.mkdir(parents=True, exist_ok=True)
    app = _app(folder / "catalog.db", files, properties)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOGIN}@127.0.0.1:{server.server_port}/catalog"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(file: Path, files: str, properties: dict[str, str]) -> Flask:
    app = Flask(__name__)
    catalog = SqlCatalog("behind", **properties, uri=f"sqlite:///{file}", warehouse=files)
    _add_login(app)
    _add_namespaces(app, catalog)
    _add_tables(app, catalog)
    return app


def _add_login(app: Flask) -> None:
    @app.before_request
    def _let_in() -> Any:
        if not request.path.endswith("/oauth/tokens") and request.headers.get("Authorization") != "Bearer in":
            return _refused(401, "NotAuthorizedException", "no token")
        return None

    @app.post("/catalog/v1/oauth/tokens")
    def _token() -> Any:
        if f"{request.form.get('client_id')}:{request.form.get('client_secret')}" != LOGIN:
            return {"error": "invalid_client"}, 401
        return {"access_token": "in", "token_type": "bearer", "expires_in": 3600}

    @app.get("/catalog/v1/config")
    def _config() -> Any:
        return {"defaults": {}, "overrides": {}}


def _add_namespaces(app: Flask, catalog: SqlCatalog) -> None:
    @app.get("/catalog/v1/namespaces/<namespace>")
    def _namespace(namespace: str) -> Any:
        if not catalog.namespace_exists(namespace):
            return _refused(404, "NoSuchNamespaceException", namespace)
        return {"namespace": [namespace], "properties": {}}

    @app.post("/catalog/v1/namespaces")
    def _make_namespace() -> Any:
        [name] = request.get_json()["namespace"]
        if catalog.namespace_exists(name):
            return _refused(409, "AlreadyExistsException", name)
        catalog.create_namespace(name)
        return {"namespace": [name], "properties": {}}


def _add_tables(app: Flask, catalog: SqlCatalog) -> None:
    one_at_a_time, tables = threading.Lock(), "/catalog/v1/namespaces/<namespace>/tables"

    @app.get(tables)
    def _list(namespace: str) -> Any:
        found = catalog.list_tables(namespace)
        return {"identifiers": [{"namespace": list(space), "name": name} for *space, name in found]}

    @app.post(tables)
    def _make(namespace: str) -> Any:
        wanted = CreateTableRequest.model_validate({**_ABSENT, **request.get_json()})
        make = catalog._create_staged_table if wanted.stage_create else catalog.create_table
        try:
            return _loaded(make((namespace, wanted.name), wanted.table_schema, properties=wanted.properties))
        except TableAlreadyExistsError:
            return _refused(409, "AlreadyExistsException", wanted.name)

    @app.get(f"{tables}/<name>")
    def _load(namespace: str, name: str) -> Any:
        try:
            return _loaded(catalog.load_table((namespace, name)))
        except NoSuchTableError:
            return _refused(404, "NoSuchTableException", name)

    @app.post(f"{tables}/<name>")
    def _commit(namespace: str, name: str) -> Any:
        wanted = CommitTableRequest.model_validate_json(request.data)
        with one_at_a_time:
            try:
                stands_for: Any = Table((namespace, name), None, "", None, catalog)  # type: ignore[arg-type]
                done = catalog.commit_table(stands_for, wanted.requirements, wanted.updates)
            except CommitFailedException as error:
                return _refused(409, "CommitFailedException", str(error))
        return Response(done.model_dump_json(), mimetype="application/json")


def _loaded(table: Table | StagedTable) -> Response:
    where, metadata = table.metadata_location, table.metadata.model_dump_json()
    text = f'{{"metadata-location": "{where}", "metadata": {metadata}}}'
    return Response(text, mimetype="application/json")


def _refused(status: int, kind: str, message: str) -> Any:
    return {"error": {"message": message, "type": kind, "code": status}}, status
