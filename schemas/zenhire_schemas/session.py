"""What one session row must look like to be trusted (S: the vendor's SessionSummary schema).

The models are strict: a number in quotes, a naive time or an unknown status is not repaired but refused,
because a repaired row is a silently wrong one. Unknown fields are kept (``model_extra``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    PrivateAttr,
    StringConstraints,
)
from pydantic.json_schema import WithJsonSchema

# Thirty years of seconds: more is a mistake, and enough such numbers would overflow every sum.
LARGEST_COUNT = 10**9
# The range that every destination's timestamp holds.
FIRST_YEAR, LAST_YEAR = 1970, 2261
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_LENGTH_OF_A_UUID = 36


def canonical_id(text: str) -> str:
    """The one form of an id (RFC 9562: a uuid in lower case); what cannot be a uuid stays as it is."""
    return text.lower() if len(text) == _LENGTH_OF_A_UUID else text


def whole(value: Any) -> Any:
    """JSON has one kind of number: 600.0 and 6e2 are 600. Anything else stays as it is, to be judged."""
    return int(value) if type(value) is float and value.is_integer() else value


# In its one form, whatever spelling comes: what is compared, joined and remembered.
Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
        to_lower=True,
    ),
]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT), BeforeValidator(whole)]
Status = Literal["initiated", "active", "completed", "failed"]
ConsentMode = Literal["explicit", "integrator"]
Source = Literal["requests", "playground"]


def parse_moment(value: Any) -> datetime:
    """A point in time in UTC from RFC 3339 text (S: "date-time"), cut to microseconds.

    Raises ValueError for anything else: a number, a date alone, or a time without an offset, which would be
    ambiguous by a day of credits.
    """
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("not an RFC 3339 date-time with an offset")
    moment = datetime.fromisoformat(value.upper())
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        raise ValueError(f"year {moment.year} is not believable")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime,
    PlainValidator(parse_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Persona(BaseModel):
    """Persona context of a detail: its content when fetched, not when the interview ran (P: editable)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    id: Uuid
    role_name: str
    language: str
    system_prompt: str | None = None
    base_prompt_override: str | None = None


class Feedback(BaseModel):
    """The candidate's survey after the interview (S)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    rating: Annotated[int, Field(ge=1, le=5), BeforeValidator(whole)]
    comment: str | None = None
    submitted_at: Moment
    flagged: bool


class SessionSummary(BaseModel):
    """One session, as a list row (no persona, no feedback) or as a detail (with both, S)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    id: Uuid
    client_id: Uuid
    persona_id: Uuid
    candidate_ref: str | None = None
    status: Status
    consent_mode: ConsentMode
    source: Source
    project_id: Uuid | None = None
    tags: list[str] | None = None
    metadata: dict[str, JsonValue] | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    duration_sec: Count | None = None
    credit_charged: Count | None = None
    recording_s3_key: str | None = None
    transcript_s3_key: str | None = None
    interview_svc_session_id: str | None = None
    created_at: Moment
    role_name: str | None = None
    language: str | None = None
    persona: Persona | None = None
    feedback: Feedback | None = None

    # The id as the API spelled it, where that is not ``id``: requests speak the API's own language.
    _sent_id: str | None = PrivateAttr(default=None)

    @property
    def sent_id(self) -> str | None:
        """The id as it was sent, when it was not in lower case."""
        return self._sent_id

    def note_sent(self, spelling: str) -> None:
        """Remembers how the API spelled the id."""
        self._sent_id = spelling if spelling != self.id else None
