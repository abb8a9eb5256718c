"""The flagged comments, newest first, as a table that can be searched.

Comments are strangers' text of any length, and the page has to stay small: a very long one is cut, the
oldest are left out, and the page says so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zenhire_sync.report.filter_rows import Who
from zenhire_sync.report.project_names import project_labels
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Mark, short_labels, text

LONGEST_COMMENT = 10_000
BYTES_FOR_COMMENTS = 240_000
_OPENING = 280
_LONGEST_NAME = 256  # P: the longest candidate reference
_ROW_MARKUP = 400
_MOST_ROWS = 2_000
_OPTIONAL = (
    "submitted_at",
    "feedback_date",
    "role_name",
    "language",
    "persona_name",
    "persona_id",
    "project_id",
    "project_name",
    "persona_version",
    "candidate_ref",
)
# What HTML cannot hold; tab and line feed stay.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class FlaggedComment:
    """One flagged survey, as text ready to be escaped. ``rest`` is folded away at first.

    ``session_start`` is enough to find the session by, and all that is printed of its id.
    """

    day: str
    rating: str
    opening: str
    rest: str
    role: str
    language: str
    project: str
    persona_version: str
    candidate: str
    session_start: str
    session_rest: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class FlaggedComments:
    """The comments that fit, and how many flagged surveys there are in all."""

    shown: tuple[FlaggedComment, ...]
    total: int
    is_available: bool = True


def flagged_comments(published: Published, who: Who | None = None) -> FlaggedComments:
    """The newest flagged surveys that fit on the page."""
    if not published.has("negative_feedback", "session_id", "rating", "comment"):
        return FlaggedComments((), 0, is_available=False)
    optional = [name for name in _OPTIONAL if published.has("negative_feedback", name)]
    order = next((name for name in ("submitted_at", "feedback_date") if name in optional), "session_id")
    columns = ", ".join(["session_id", "rating", "comment", *optional])
    # The names are those written above.
    rows = published.rows(
        f"select {columns} from zenhire_marts.negative_feedback"  # noqa: S608
        f" order by {order} desc nulls last, session_id limit {_MOST_ROWS}"
    )
    [total] = published.rows("select count(*) as rows from zenhire_marts.negative_feedback")
    projects = _project_labels(rows, who) if "project_id" in optional else {}
    sessions = short_labels(_clean(row["session_id"]) for row in rows)
    return FlaggedComments(_fitting([_comment(row, projects, sessions, who) for row in rows]), total["rows"])


def _project_labels(rows: list[Row], who: Who | None) -> Mapping[str, str]:
    return project_labels(rows) if who is None else who.project_labels


def _comment(
    row: Row, projects: Mapping[str, str], sessions: dict[str, str], who: Who | None
) -> FlaggedComment:
    words = _clean(row["comment"])
    if len(words) > LONGEST_COMMENT:
        words = f"{words[:LONGEST_COMMENT]}… (cut: {len(words):,} characters; the mart has them all)"
    is_long = len(words) > _OPENING * 1.5
    submitted = row.get("submitted_at")
    session_id = _clean(row["session_id"])
    start = sessions[session_id]
    return FlaggedComment(
        day=f"{submitted:%Y-%m-%d}" if submitted is not None else text(row.get("feedback_date")),
        rating=text(row["rating"]),
        opening=words[:_OPENING] if is_long else words,
        rest=words[_OPENING:] if is_long else "",
        role=_clean(row.get("persona_name") or row.get("role_name"))[:_LONGEST_NAME],
        language=_clean(row.get("language"))[:_LONGEST_NAME],
        project=projects.get(row.get("project_id") or "", ""),
        persona_version=text(row.get("persona_version")),
        candidate=_clean(row.get("candidate_ref"))[:_LONGEST_NAME],
        session_start=start[:_LONGEST_NAME],
        session_rest=session_id[len(start) :],
        mark=_mark(row, who),
    )


def _mark(row: Row, who: Who | None) -> Mark:
    # without a day of its own, none of the periods has it
    day = row.get("feedback_date")
    if who is None:
        return Mark(day=day)
    return Mark(
        who.persona_number.get(row.get("persona_id") or ""),
        who.project_number.get(row.get("project_id")),
        day,
    )


def _clean(value: Any) -> str:
    return "" if value is None else _CONTROLS.sub("�", str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _fitting(comments: list[FlaggedComment]) -> tuple[FlaggedComment, ...]:
    shown: list[FlaggedComment] = []
    room = BYTES_FOR_COMMENTS
    for comment in comments:
        room -= _ROW_MARKUP + sum(
            len(html.escape(getattr(comment, name)).encode()) for name in comment.__slots__ if name != "mark"
        )
        if room < 0:
            break
        shown.append(comment)
    return tuple(shown)
