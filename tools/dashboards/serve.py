"""Run by the Python of Superset's environment: a Superset of its own with these bundles, until it is stopped.

    python serve.py FOLDER PORT USER PASSWORD BUNDLE...

Its metadata stand in FOLDER, beside the key of its sessions, which is another each time.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

_SETTINGS = """\
SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = {metadata!r}
# one machine, one person, no other page: no proxy and no TLS
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
SESSION_COOKIE_SAMESITE = "Strict"
RATELIMIT_ENABLED = False
AUTH_RATE_LIMITED = False
CONTENT_SECURITY_POLICY_WARNING = False
"""


def main(folder: Path, port: int, user: str, password: str, *bundles: Path) -> None:
    """Sets it up in one process, since each start of Superset takes seconds, and answers."""
    settings = folder / "superset_config.py"
    metadata = f"sqlite:///{folder / 'metadata.db'}?check_same_thread=false"
    settings.write_text(_SETTINGS.format(key=secrets.token_hex(), metadata=metadata), encoding="utf-8")
    os.environ |= {"SUPERSET_CONFIG_PATH": str(settings), "SUPERSET_HOME": str(folder)}

    from flask import g
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        _set_up()
        from superset import security_manager

        admin = security_manager.find_role("Admin")
        g.user = security_manager.add_user(user, user, user, f"{user}@localhost", admin, password=password)
        for bundle in bundles:
            _import(bundle)
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", port, app, threaded=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


def _set_up() -> None:
    """Tables, permissions and roles."""
    import superset
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _import(bundle: Path) -> None:
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    ImportAssetsCommand(
        {str(path.relative_to(bundle)): path.read_text("utf-8") for path in bundle.rglob("*.yaml")}
    ).run()


if __name__ == "__main__":
    place, number, name, word, *parts = sys.argv[1:]
    main(Path(place), int(number), name, word, *map(Path, parts))
