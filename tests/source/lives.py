"""Some weeks of a lively company, loaded night by night and after gaps, the same for every destination."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.source.loads import Loads, assert_all_is_there
from zenhire_sync.simulator import Company, CompanySpec

START = datetime(2026, 1, 5, tzinfo=UTC)
LIVELY = CompanySpec(
    sessions=160,
    days=55,
    start=START,
    personas=5,
    personas_deleted=0,
    edits_per_persona=2,
    reinvite_share=0.6,
)
# Nights, then outages; the last surveys come in the last weeks.
NIGHTS = [START + timedelta(days=days, hours=2) for days in (30, 31, 45, 57)]


def live_through(here: Loads, company: Company) -> None:
    """Loads on each night and once the company is quiet; then everything equals the truth."""
    for now in NIGHTS:
        here.load(now)
    quiet = max(NIGHTS[-1], company.settled_at) + timedelta(days=1)
    for now in (quiet, quiet + timedelta(days=8)):
        here.load(now)
    assert_all_is_there(here, now)
