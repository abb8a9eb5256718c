"""The models' documentation as one page, made by dbt of what was just built: ``docs.html``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from zenhire_sync.errors import BuildError
from zenhire_sync.marts.runner import run_dbt

log = logging.getLogger(__name__)
# what the build compiled is not compiled again: 0.3 s instead of 2.2
_COMMAND = ("docs", "generate", "--static", "--no-compile")
# dbt's page has a tracker in it, asleep while the project says so; under this policy nothing is fetched
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline';"
    " style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
# files beside the page that it asks for by mistake: an icon whose name was left a template, and the names of
# its menu's icons before they are filled in
_NOT_THERE = {
    '<link rel="shortcut icon" href="${require(\'./assets/favicons/favicon.ico\')}"/>': "",
    'xlink:href="{{': 'ng-attr-href="{{',
}


def make_docs_page(project: Path, target: str, work: Path, page: Path, let_go: Callable[[], None]) -> None:
    """Renews the page; a page that cannot be made is logged and leaves none, the marts are right without it.

    It holds names, texts and SQL of the models, never a row, and no path of this machine.
    """
    made = work / "target" / "static_index.html"
    try:
        for stale in (made, page):
            stale.unlink(missing_ok=True)
        run_dbt(_COMMAND, project=project, target=target, work=work, let_go=let_go)
        page.write_text(_tamed(made.read_text("utf-8"), work), "utf-8")
    except (BuildError, OSError) as error:
        log.warning("the page of the models' documentation could not be made: %s", error)


def _tamed(html: str, work: Path) -> str:
    for asked, quiet in {**_NOT_THERE, f"{work}/": ""}.items():
        html = html.replace(asked, quiet)
    before, head, after = html.partition("<head>")
    return before + head + _POLICY + after
