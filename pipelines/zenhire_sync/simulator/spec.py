"""What a simulated company is like: sizes, rates and the seed that fixes every accident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zenhire_sync.simulator import texts

# P: a candidate link dies unused after 7 days.
LINK_LIFE_DAYS = 7


@dataclass(frozen=True, slots=True)
class CompanySpec:
    """Everything a company's history depends on; equal specs give equal histories.

    Shares are probabilities from 0 to 1. ``sessions=0`` gives an empty company for tests that script
    their own accidents. Raises ``ValueError`` for sizes that cannot be.
    """

    seed: int = 7
    sessions: int = 2_000
    days: int = 60
    start: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    # nothing is created later than this; None: until the days are over
    until: datetime | None = None
    # the weekday (0: Monday) that the first day is lived as; None: the one that it is
    starts_on: int | None = None
    personas: int = 6
    projects: int = 2
    # how many different ones are in use
    tags: int = len(texts.PLAIN_TAGS)
    languages: int = 7
    # roles, tags and references about as long as allowed, which begin alike
    long_names: bool = False
    no_project_share: float = 0.15
    playground_share: float = 0.1
    integrator_share: float = 0.3

    # how a link ends; what is left over expires unused
    completed_share: float = 0.72
    failed_share: float = 0.14
    # of failed and expired sessions, counted anew after each invitation
    reinvite_share: float = 0.35
    # an invitation is renewed at most this long after creation, so that all is over within 28 days
    reinvite_within_days: float = 20.0
    # a failed session that never got an end time
    failed_without_end_share: float = 0.1
    # created in one burst by an integration: the same created_at to the millisecond
    tie_share: float = 0.05
    # rows that show up in answers only some minutes after their own created_at
    late_appearance_share: float = 0.0

    survey_share: float = 0.55
    negative_share: float = 0.22
    survey_comment_share: float = 0.7
    # None: minutes, hours or up to 25 days after the end; (low, high): evenly between, in days
    survey_delay_days: tuple[float, float] | None = None

    tags_share: float = 0.6
    metadata_share: float = 0.6
    candidate_ref_share: float = 0.8
    # of texts and values: unicode, quotes, path-like, right-to-left, as long as allowed
    awkward_share: float = 0.2

    edits_per_persona: int = 2
    personas_deleted: int = 1
    sessions_deleted_share: float = 0.005

    credits_per_minute: int = 2
    credits_bought: int = 1_000_000

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or (self.until is not None and self.until.tzinfo is None):
            raise ValueError("CompanySpec.start and until must carry a time zone; pass UTC datetimes")
        if self.personas < 1 or self.days < 1 or self.sessions < 0 or self.projects < 0:
            raise ValueError("CompanySpec needs at least 1 persona and 1 day, and no negative counts")
        if self.tags < 0 or not 1 <= self.languages <= len(texts.LANGUAGES):
            raise ValueError(
                f"CompanySpec needs 1 to {len(texts.LANGUAGES)} languages, and no negative counts"
            )

    @property
    def ends_at(self) -> datetime:
        """When the last session can have been created."""
        return self.until or self.start + timedelta(days=self.days)


def first_day(until: datetime, days: int) -> datetime:
    """Midnight (UTC) at which a company of so many days begins, so that the last of them holds ``until``."""
    # a midnight ends the day before it
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return last - timedelta(days=days - 1)
