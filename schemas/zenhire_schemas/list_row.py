"""A list row by its types alone, for decoders that check them while they read (S: SessionSummary).

The quick half of the contract: it knows less than ``SessionSummary`` and is never more lenient (tested). Ids,
times and text are still to be looked at. A row with an unknown field is not read here.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from zenhire_schemas.session import LARGEST_COUNT, ConsentMode, Source, Status

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]


# Without cycles there is nothing for Python's collector to look for.
class ListRow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Fields in the order of ``SessionSummary``; times are text as sent. Details only (S): the last two."""

    id: str
    client_id: str
    persona_id: str
    candidate_ref: str | None = None
    status: Status
    consent_mode: ConsentMode
    source: Source
    project_id: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None
    started_at: str | None = None
    completed_at: str | None = None
    duration_sec: Count | None = None
    credit_charged: Count | None = None
    recording_s3_key: str | None = None
    transcript_s3_key: str | None = None
    interview_svc_session_id: str | None = None
    created_at: str
    role_name: str | None = None
    language: str | None = None
    persona: None = None
    feedback: None = None


class TypedRows(list[ListRow]):
    """The rows of a page, and their JSON text, which shows what was sent."""

    def __init__(self, rows: list[ListRow], text: bytes) -> None:
        super().__init__(rows)
        self.text = text

    @property
    def ids(self) -> list[str]:
        """Session ids as sent, in order."""
        return [row.id for row in self]
