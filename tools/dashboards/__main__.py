"""Writes the dashboards' bundle: ``python -m tools.dashboards --to dashboards/superset``."""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile, is_zipfile

from tools.dashboards.bundle import CONNECTED, NAME, PUBLISHED_FILE, Bundle, Files, keeping

# what Superset itself writes in the place of a password
MASK = "XXXXXXXXXX"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes a folder, or a zip file where the name ends so."""
    asked = argparse.ArgumentParser(prog="python -m tools.dashboards", description=__doc__)
    asked.add_argument("--to", type=Path, required=True, help="a folder that is made anew, or a .zip file")
    asked.add_argument(
        "--database", default=PUBLISHED_FILE, help="SQLAlchemy's address (default: %(default)s)"
    )
    asked.add_argument("--name", default=NAME, help="of the connection and in titles (default: %(default)s)")
    asked.add_argument("--keep", type=Path, help="Superset's export of its datasets, whose additions stay")
    told = asked.parse_args(arguments)
    if re.split(r"\W", told.database)[0] not in CONNECTED:
        asked.error("--database is an address that begins with duckdb: or postgresql:")
    if urlsplit(told.database).password not in {None, MASK}:
        asked.error(f"write {MASK} for the password in --database: Superset asks for it, or has it already")
    if told.to.is_file() and told.to.suffix != ".zip":
        asked.error(f"{told.to} is a file: --to is a folder, or ends in .zip")
    if told.keep is not None and not is_zipfile(told.keep):
        asked.error(f"{told.keep} is no zip file: --keep is what Superset exports")
    if told.to.is_dir() and any(told.to.iterdir()) and not (told.to / "metadata.yaml").exists():
        asked.error(f"{told.to} holds something else than a bundle, which would be lost")
    # a folder is for the command of Superset, a zip file for its pages
    kind = "Dashboard" if told.to.suffix == ".zip" else "assets"
    files = Bundle(told.name, told.database).files(kind)
    write(files if told.keep is None else keeping(files, _exported(told.keep)), told.to)


def write(files: Files, to: Path) -> None:
    """Makes the folder or zip file anew."""
    if to.suffix == ".zip":
        with ZipFile(to, "w") as bundle:
            for path, text in files.items():
                # Superset wants them in a folder, whatever its name
                bundle.writestr(f"bundle/{path}", text)
        return
    if to.exists():
        shutil.rmtree(to)
    for path, text in files.items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_text(text, encoding="utf-8")


def _exported(path: Path) -> Files:
    with ZipFile(path) as export:
        return {name: export.read(name).decode() for name in export.namelist()}


if __name__ == "__main__":
    main()
