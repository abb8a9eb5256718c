"""The page says how many figures of published months moved, and why; of none it says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FULL = "everything, 60 personas"
RESTATEMENTS = """
alter table zenhire_marts.sync_freshness add column build_id varchar default 'tonight';
create table zenhire_marts.restatements as select * from (values
    ('tonight', timestamp '2026-03-04 02:10:00', 'p', date '2026-02-01', 'credits_charged', 'charge_edited'),
    ('tonight', timestamp '2026-03-04 02:10:00', 'p', date '2026-02-01', 'credits_charged', 'late_survey'),
    ('earlier', timestamp '2026-02-20 02:10:00', 'p', date '2026-02-01', 'credits_charged', 'charge_edited'),
    ('earlier', timestamp '2026-02-20 02:10:00', 'q', date '2026-01-01', 'surveys', 'late_survey'),
    ('older', timestamp '2026-02-04 02:10:00', 'q', date '2026-01-01', 'interviews', 'reinvited')
) as told (build_id, restated_at, project_key, month_start_date, figure, cause);
"""


def test_figures_that_moved_are_counted_once_each_and_by_cause(
    publish_company: Callable[[str], None], change: Callable[[str], None], page: Callable[[], Any]
) -> None:
    publish_company(FULL)
    change(RESTATEMENTS)
    words = (
        "1 in this publication, 2 in the 28 days up to it (late survey 2, charge edited 1);"
        " the table restatements has each."
    )
    assert words in page().html
    change("update zenhire_marts.sync_freshness set build_id = 'a quiet night'")
    assert "0 in this publication, 2 in the 28 days up to it" in page().html
    change("delete from zenhire_marts.restatements where build_id <> 'older'")
    assert "in this publication" not in page().html
