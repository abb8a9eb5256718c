"""The page itself: one HTML text that loads nothing, runs only its own two scripts and escapes all data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import jinja2
from markupsafe import Markup

from zenhire_sync.report.attention import Concern
from zenhire_sync.report.charts import drawing_code, to_vega
from zenhire_sync.report.comments import FlaggedComments
from zenhire_sync.report.figures import KeyFigure
from zenhire_sync.report.filters import Filters
from zenhire_sync.report.freshness import STALE_AFTER, staleness
from zenhire_sync.report.periods import ALL_FILTERS
from zenhire_sync.report.published import PublicationTimes
from zenhire_sync.report.section import Section, text

_PARTS = Path(__file__).parent / "templates"
# A run's own steps take minutes; what is further off was given with --as-of.
_SAME_RUN = timedelta(hours=1)
# The page's style prints so many rows of a table, the search's finds among them.
PRINTED_ROWS = 30
# each uses what stands before it
_SCRIPTS = ("charts.js", "age.js", "search.js", "tables.js")
_FILTER_SCRIPTS = ("rows.js", "figures.js", "sections.js", "filters.js")
# Longer than what people write without a space: a reference, an id, a line of CJK.
_UNBROKEN = re.compile(r"[^\s-]{25,}")


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Everything that is shown."""

    publication: PublicationTimes
    made_at: datetime
    reporting_time_zone: str
    sections: Sequence[Section]
    comments: FlaggedComments
    figures: Sequence[KeyFigure]
    figure_days: str
    concerns: Sequence[Concern]
    filters: Filters | None


def render(page: ReportPage) -> str:
    """The page as HTML."""
    drawing, behaviour = drawing_code(), _behaviour(filters=page.filters is not None)
    style = _part("page.css")
    charts = {
        section.anchor: to_vega(section.chart) for section in page.sections if section.chart is not None
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = text
    return environment.get_template("page.html.j2").render(
        page=page,
        shown_sections=[section for section in page.sections if not section.is_absent],
        absent_sections=[section for section in page.sections if section.is_absent],
        policy=_policy(scripts=(drawing, behaviour), style=style),
        # Our own code and the bundle; the hashes in the policy are of exactly these texts.
        style=Markup(style),  # noqa: S704
        drawing=Markup(drawing),  # noqa: S704
        behaviour=Markup(behaviour),  # noqa: S704
        charts=_as_script_data(charts),
        rows=None if page.filters is None else _as_script_data(page.filters.rows),
        code_in=_code_in,
        titles={section.anchor: section.title for section in page.sections},
        anchors={section.anchor for section in page.sections if not section.is_absent},
        all_filters=ALL_FILTERS,
        stale=staleness(page.publication.data_until, page.made_at),
        stale_after=STALE_AFTER,
        stale_after_hours=STALE_AFTER // timedelta(hours=1),
        as_of=_as_of_elsewhere(page.publication),
        width_of=_width_of,
        printed_rows=PRINTED_ROWS,
    )


def _behaviour(*, filters: bool) -> str:
    """The page's own script: its parts in one scope, which nothing else can reach."""
    parts = _SCRIPTS + (_FILTER_SCRIPTS if filters else ())
    return '"use strict";\n(() => {\n' + "\n".join(map(_part, parts)) + "})();\n"


def _code_in(sentence: str) -> Markup:
    """A sentence whose commands between backticks are set as code."""
    code, words = Markup("<code>{}</code>"), Markup("{}")
    parts = enumerate(sentence.split("`"))
    return Markup("").join((code if number % 2 else words).format(part) for number, part in parts)


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str], style: str) -> str:
    """A content security policy under which nothing else runs and nothing is fetched or sent."""
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _as_script_data(value: object) -> Markup:
    """JSON that cannot end the script element that holds it, whatever the data says."""
    encoded = json.dumps(value, separators=(",", ":"), default=str)
    safe = encoded.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - no markup character is left


def _as_of_elsewhere(publication: PublicationTimes) -> datetime | None:
    """The time that the run was told to be at, where that is another than when it published."""
    as_of, published_at = publication.as_of, publication.published_at
    if as_of is None or published_at is None or abs(published_at - as_of) <= _SAME_RUN:
        return None
    return as_of


def _width_of(cell: object, short: int) -> str:
    """The style of a cell: whole on one line, cut where a word fits no column, or wrapped between words."""
    words = str(cell)
    if len(words) <= short:
        return "short"
    return "unbroken" if _UNBROKEN.search(words) else "wrapped"
