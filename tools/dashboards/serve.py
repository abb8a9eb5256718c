"""Run by the Python of Superset's environment: a Superset of its own with these bundles.

    python serve.py FOLDER PORT USER BUNDLE...

The password is the first line of standard input, and it ends when that is closed. Its metadata stand in
FOLDER, beside the key of its sessions, which is another one each time.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from pathlib import Path

_SETTINGS = """\
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = {metadata!r}
# one machine and no other page: no TLS, and none who tries passwords
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
SESSION_COOKIE_SAMESITE = "Strict"
RATELIMIT_ENABLED = False
AUTH_RATE_LIMITED = False
CONTENT_SECURITY_POLICY_WARNING = False
"""


def main(folder: Path, port: int, user: str, *bundles: Path) -> None:
    """Sets it up and answers, in one process, since each start of Superset takes seconds."""
    password = sys.stdin.readline().strip()
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    settings = folder / "superset_config.py"
    metadata = f"sqlite:///{folder / 'metadata.db'}?check_same_thread=false"
    settings.write_text(_SETTINGS.format(key=secrets.token_hex(), metadata=metadata), encoding="utf-8")
    os.environ |= {"SUPERSET_CONFIG_PATH": str(settings), "SUPERSET_HOME": str(folder)}

    from flask import g
    from superset.app import create_app
    from werkzeug.serving import make_server

    app = create_app()
    with app.app_context():
        _set_up()
        from superset import security_manager

        role = security_manager.find_role("Admin")
        g.user = security_manager.add_user(user, user, "", f"{user}@localhost", role, password=password)
        for bundle in bundles:
            _import(bundle)
    server = make_server("127.0.0.1", port, app, threaded=True)
    sys.stdout.write(f"ready at http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _end_with_standard_input() -> None:
    """Whoever started it may die without a word."""
    sys.stdin.read()
    os._exit(0)


def _set_up() -> None:
    """Tables, permissions and roles.

    Of the models, not by the migrations: those leave SQLite with tables whose name may be there once only, in
    whatever database, and take longer.
    """
    from flask_appbuilder import Model
    from superset import appbuilder, db, security_manager

    Model.metadata.create_all(db.engine)
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _import(bundle: Path) -> None:
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    files = {str(path.relative_to(bundle)): path.read_text("utf-8") for path in bundle.rglob("*.yaml")}
    ImportAssetsCommand(files).run()


if __name__ == "__main__":
    place, number, name, *parts = sys.argv[1:]
    main(Path(place), int(number), name, *map(Path, parts))
