"""The models' documentation, copied from where the build left it to ``published/docs.html``."""

from __future__ import annotations

import shutil
from pathlib import Path

from zenhire_sync.settings import Settings
from zenhire_sync.whole_files import put_in_place, seal


def put_docs_page(settings: Settings, scratch: Path) -> None:
    """Swaps the page in, as private as the marts. Without one (state was deleted) the old page stays."""
    folder = settings.published_path.parent
    # what build_marts leaves; build is no import of publish
    page = settings.state_dir / "dbt" / "docs.html"
    if page.is_file():
        copy = scratch / "docs.html"
        shutil.copyfile(page, copy)
        seal(copy, like=folder)
        put_in_place(copy, folder / "docs.html")
