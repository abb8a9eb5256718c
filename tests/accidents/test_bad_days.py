"""Sessions that fail for good, many or one: they are set aside, and the others come in, night after night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.accidents.between import Answer, Change, between
from tests.accidents.commands import Ended, Nursery, settled_truth, variables
from tests.sync.world import World
from zenhire_sync.simulator import CompanySpec

SPEC = CompanySpec(sessions=120, days=12, personas=2, personas_deleted=0, sessions_deleted_share=0)
FORBIDDEN = '{"error": {"code": "FORBIDDEN", "message": "not yours", "requestId": "req_7"}}'
PAGE = "<html><h1>Not Found</h1>the gateway knows no such path</html>"


def completed(here: World) -> list[str]:
    """Ids of completed sessions, the latest end first, as a night asks for them."""
    rows = [row for row in here.sim.company.at(here.sim.now).sessions() if row["status"] == "completed"]
    return [row["id"] for row in sorted(rows, key=lambda row: str(row["completed_at"]), reverse=True)]


def sync(here: World, nursery: Nursery, base_url: str) -> Ended:
    env = variables(here.settings.data_dir, base_url, ZENHIRE_REQUEST_ATTEMPTS="1")
    return nursery.run(env, "sync", "--as-of", here.sim.now.isoformat())


def failing(ids: list[str], body: str, status: int) -> Change:
    broken = {f"sessions/{session_id}" for session_id in ids}
    return lambda answer: answer.but(body, status) if answer.path in broken else answer


@pytest.mark.slow
def test_the_sessions_of_one_bad_day_do_not_stop_all_the_others_every_night(
    here: World, nursery: Nursery
) -> None:
    ids = completed(here)
    bad_day = ids[:30]
    assert len(ids) > 45
    with between(here.sim.base_url, failing(bad_day, '{"error": {"code": "INTERNAL"}}', 500)) as proxy:
        for _ in range(2):
            assert sync(here, nursery, proxy.base_url).exit_code == 3
            here.sim.advance(timedelta(days=30))
        # By now hardly any other session is asked for.
        assert sync(here, nursery, proxy.base_url).exit_code == 3
    aside = here.query("select session_id from rejected_rows where healed_at is null order by 1")
    assert [session_id for (session_id,) in aside] == sorted(bad_day)
    never = here.query(
        "select count(*) from sessions where status = 'completed' and detail_checked_at is null"
    )
    assert never == [(len(bad_day),)]
    here.sim.advance(timedelta(days=1))
    sync(here, nursery, here.sim.base_url).well()
    settled_truth(here)
    assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "status", "words"),
    [(FORBIDDEN, 403, "403 FORBIDDEN: not yours"), (PAGE, 403, "(403 )"), (PAGE, 404, "HTTP 404 and a page")],
)
def test_one_session_that_is_refused_is_neither_the_keys_fault_nor_deleted(
    here: World, nursery: Nursery, body: str, status: int, words: str
) -> None:
    refused = completed(here)[3]
    with between(here.sim.base_url, failing([refused], body, status)) as proxy:
        assert sync(here, nursery, proxy.base_url).exit_code == 3
    [(session_id, reason)] = here.query("select session_id, reason from rejected_rows")
    assert session_id == refused
    assert words in reason
    assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]
    here.sim.advance(timedelta(days=1))
    sync(here, nursery, here.sim.base_url).well()
    settled_truth(here)


@pytest.mark.slow
@pytest.mark.parametrize(("body", "status", "exit_code"), [(FORBIDDEN, 403, 2), (PAGE, 404, 1)])
def test_all_sessions_refused_is_not_one_session_refused(
    here: World, nursery: Nursery, body: str, status: int, exit_code: int
) -> None:
    def refuse(answer: Answer) -> Answer:
        return answer.but(body, status) if answer.path.startswith("sessions/") else answer

    with between(here.sim.base_url, refuse) as proxy:
        assert sync(here, nursery, proxy.base_url).exit_code == exit_code
    assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]
    sync(here, nursery, here.sim.base_url).well()
    settled_truth(here)
