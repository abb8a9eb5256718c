"""What status tells, as values. All times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zenhire_sync.warehouse.moved_figures import MovedFigures


@dataclass(frozen=True, slots=True)
class Run:
    """One run of sync or reconcile, as it recorded itself."""

    started_at: datetime
    finished_at: datetime
    run_id: str
    command: str
    outcome: str
    sessions_listed: int
    requests: int
    rejected: int
    error: str | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows set aside that have not healed; ``by_reason`` names fields and faults, never values or ids."""

    rows: int
    oldest_at: datetime | None
    by_reason: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is set aside, without what it held."""

    session_id: str | None
    endpoint: str
    reason: str
    first_seen_at: datetime
    seen_at: datetime
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """One run of erase; ``finished_at`` is None when it was cut short."""

    run_id: str
    erased_at: datetime
    finished_at: datetime | None
    asked_by: str
    sessions: int


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """Sessions whose person was erased, and ids of those whose erasure was never finished.

    ``runs`` counts the runs of erase, ``last`` are the newest of them, newest first.
    """

    sessions: int
    unfinished: tuple[str, ...]
    runs: int = 0
    last: tuple[Erasure, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """What the warehouse tells. ``runs`` are the last ones, newest first; ``rejected`` is None unless asked.

    ``data_until`` is the time of the last sync that did not fail, as a publication carries it, and
    ``last_sync_finished_at`` the wall clock at its end.
    """

    runs: tuple[Run, ...]
    data_until: datetime | None
    last_sync_finished_at: datetime | None
    set_aside: SetAside
    erasures: ErasureCounts
    rejected: tuple[RejectedRow, ...] | None = None


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """Sessions of the samples of 28 days that were other at ZenHire than they were held.

    ``differing_rate_high`` is the one-sided 95% upper bound of their share of all sessions, 0 to 1.
    """

    window_end_date: date
    compared_sessions: int
    differing_sessions: int
    differing_rate_high: float


@dataclass(frozen=True, slots=True)
class Publication:
    """What readers see: when it was published, and when the last good sync in it ended.

    ``last_sync_finished_at`` is None also for a file that does not tell, ``accuracy`` before any sample,
    ``moved`` when no figure of a published month is another one now. Each living session was last seen at
    ZenHire at ``oldest_verified_at`` or later; None without sessions, and for a file that does not tell.
    """

    published_at: datetime
    data_until: datetime | None
    last_sync_finished_at: datetime | None
    marts: int
    sessions: int
    credits_charged: int
    negative_surveys: int
    accuracy: MeasuredAccuracy | None = None
    moved: MovedFigures | None = None
    oldest_verified_at: datetime | None = None
