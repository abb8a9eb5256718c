"""Answers that no API should give: lived through, or told in one clear line; and the key is never shown."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.accidents.between import Answer, Change, between
from tests.accidents.commands import KEY, Ended, Nursery, settled_truth, variables
from tests.sync.world import World
from zenhire_sync.api.transport import LARGEST_BODY_BYTES
from zenhire_sync.simulator import CompanySpec

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)


def sync(here: World, nursery: Nursery, base_url: str, *more: str, attempts: int = 3) -> Ended:
    env = variables(here.settings.data_dir, base_url, ZENHIRE_REQUEST_ATTEMPTS=str(attempts))
    ended = nursery.run(env, "sync", "--as-of", here.sim.now.isoformat(), *more)
    assert KEY not in ended.output
    assert "defect" not in ended.output
    assert ended.output.replace("\n", "").isprintable()
    return ended


def of_list(change: Change) -> Change:
    """The change for pages of the list alone."""
    return lambda answer: change(answer) if answer.path == "sessions" else answer


def with_field(name: str, text: str) -> Change:
    """A list with one more field in its envelope, as JSON text."""
    return of_list(
        lambda answer: answer.but(answer.body[:-1] + f', "{name}": {text}}}'.encode("utf-8", "surrogatepass"))
    )


def once(change: Change) -> Change:
    """The first answer that it would change."""
    done: list[bool] = []

    def changed(answer: Answer) -> Answer | None:
        found = answer if done else change(answer)
        done.extend([True] * (found is not answer))
        return found

    return changed


ESCAPES = r"\u001b[2J\u001b]0;owned\u0007 half \ud83d \u202e"
PASSING: dict[str, Change] = {
    "a waiting time that no float holds": once(
        of_list(lambda a: a.but(f'{{"error": {{"retryAfterSeconds": 1{"0" * 400}}}}}', 503))
    ),
    "a waiting date that no calendar holds": once(
        of_list(lambda a: a.but("", 503, Retry_After=f"Wed, 21 Oct {'9' * 30} 07:28:00 GMT"))
    ),
    "an error with the status of a success": once(
        of_list(lambda a: a.but('{"error": {"code": "BUSY"}, "data": []}'))
    ),
    "a list that is null": once(of_list(lambda a: a.but('{"data": null}'))),
    "a link to a help page that is no address": of_list(
        lambda a: a.but(a.body, Link='<http://[help>; rel="help"')
    ),
    "an envelope nested three thousand times": with_field("meta", '{"meta":' * 3_000 + "1" + "}" * 3_000),
    "a balance that is no number": lambda a: a.but('{"balance": NaN}') if "credits" in a.path else a,
    "a balance without end": lambda a: a.but('{"balance": "1e999"}') if "credits" in a.path else a,
    "a balance of four hundred digits": lambda a: (
        a.but(f'{{"balance": {"9" * 400}}}') if "credits" in a.path else a
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PASSING)
def test_an_odd_answer_that_says_enough_is_lived_through(here: World, nursery: Nursery, name: str) -> None:
    with between(here.sim.base_url, PASSING[name]) as proxy:
        ended = sync(here, nursery, proxy.base_url, "--json").well()
    settled_truth(here)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    json.loads(ended.output.splitlines()[-1], parse_constant=refuse)


ENDING: dict[str, tuple[Change, str]] = {
    "an error with escape sequences and half characters": (
        of_list(lambda a: a.but(f'{{"error": {{"code": "BAD", "message": "{ESCAPES}"}}}}', 418)),
        "HTTP 418 BAD: [2J ]0;owned half; is",
    ),
    "an error that stays, with half characters": (
        of_list(
            lambda a: a.but(f'{{"error": {{"code": "BAD{ESCAPES}", "requestId": "req_1 {ESCAPES}"}}}}', 500)
        ),
        "HTTP 500 BAD [2J ]0;owned half after 3 tries",
    ),
    "field names that would fill the log": (of_list(lambda a: a.but(f'{{"{"n" * 999_999}": 1}}')), "nnnn);"),
    "field names of half characters": (of_list(lambda a: a.but(r'{"x\ud83d": 1}')), "found fields x);"),
    "a next page at no address": (
        with_field("next", '"http://[::1/sessions?a=b"'),
        "leads to another server",
    ),
    "a link to the next page that is no address": (
        of_list(lambda a: a.but(a.body, Link='<http://[next>; rel="next"')),
        "a Link header that holds no address after 3 tries",
    ),
    "a next page with a second request in it": (
        with_field("next", r'"/sessions?x=a HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET /evil"'),
        "no known way of paging works",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDING)
def test_an_answer_that_cannot_be_used_ends_the_run_in_one_short_line(
    here: World, nursery: Nursery, name: str
) -> None:
    change, words = ENDING[name]
    with between(here.sim.base_url, change) as proxy:
        ended = sync(here, nursery, proxy.base_url)
    assert ended.exit_code == 1
    line = ended.output.splitlines()[-1]
    assert words in line
    assert len(line) < 700
    assert not any("evil" in request.lower() for request in proxy.requests)
    [(error,)] = here.query("select error from sync_runs")
    assert words in error
    sync(here, nursery, here.sim.base_url).well()
    settled_truth(here)


def test_one_session_that_fails_in_half_characters_is_set_aside_alone(here: World, nursery: Nursery) -> None:
    rows = here.sim.company.at(here.sim.now).sessions()
    broken = next(row["id"] for row in rows if row["status"] == "completed")
    failure = f'{{"error": {{"code": "E{ESCAPES}", "message": "m", "requestId": "req_1{ESCAPES}"}}}}'
    fails: Change = lambda a: a.but(failure, 500) if a.path.endswith(broken) else a  # noqa: E731
    with between(here.sim.base_url, fails) as proxy:
        assert sync(here, nursery, proxy.base_url).exit_code == 3
    [(session_id, request_id)] = here.query("select session_id, request_id from rejected_rows")
    assert (session_id, request_id) == (broken, "req_1 [2J ]0;owned half")


def endless(answer: Answer) -> Answer:
    """An answer that fills the memory, in a few bytes."""
    return answer.but(gzip.compress(b" " * (LARGEST_BODY_BYTES + 1), 1), Content_Encoding="gzip")


@pytest.mark.slow
def test_a_list_without_end_ends_the_run_before_the_memory_is_full(here: World, nursery: Nursery) -> None:
    with between(here.sim.base_url, of_list(endless)) as proxy:
        ended = sync(here, nursery, proxy.base_url)
    assert ended.exit_code == 1
    assert "/sessions: an answer of more than 256 MB; is ZENHIRE_BASE_URL right?" in ended.output
    assert len(proxy.requests) == 1
    sync(here, nursery, here.sim.base_url).well()
    settled_truth(here)


def test_a_detail_without_end_is_set_aside_alone(here: World, nursery: Nursery) -> None:
    rows = here.sim.company.at(here.sim.now).sessions()
    broken = next(row["id"] for row in rows if row["status"] == "completed")
    with between(here.sim.base_url, lambda a: endless(a) if a.path.endswith(broken) else a) as proxy:
        assert sync(here, nursery, proxy.base_url).exit_code == 3
    [(session_id, reason)] = here.query("select session_id, reason from rejected_rows")
    assert session_id == broken
    assert "more than 256 MB" in reason


def test_a_key_that_rows_repeat_is_kept_nowhere(here: World, nursery: Nursery) -> None:
    def echo(answer: Answer) -> Answer:
        return answer.but(answer.body.replace(b'"id":', b'"echo": "' + answer.key.encode() + b'", "id":'))

    with between(here.sim.base_url, echo) as proxy:
        sync(here, nursery, proxy.base_url).well()
    assert here.query("select count(*) from sessions where unknown_fields like '%(hidden)%'") != [(0,)]
    files = [path for path in here.settings.data_dir.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400"])
def test_a_number_that_is_none_leaves_readable_json(here: World, nursery: Nursery, number: str) -> None:
    def odd(answer: Answer) -> Answer:
        return answer.but(answer.body.replace(b'"id":', f'"mood": {{"a": [{number}]}}, "id":'.encode()))

    with between(here.sim.base_url, odd) as proxy:
        sync(here, nursery, proxy.base_url).well()
    kept: list[Any] = here.query("select distinct unknown_fields from sessions")
    moods = [json.loads(text)["mood"]["a"] for (text,) in kept]
    assert moods
    assert all(mood == [{"1e400": "inf"}.get(number, number)] for mood in moods)


def test_a_request_is_never_sent_again_uncounted_when_a_kept_connection_breaks(
    here: World, nursery: Nursery
) -> None:
    with between(here.sim.base_url, lambda a: None if a.number == 3 else a) as proxy:
        sync(here, nursery, proxy.base_url, attempts=20).well()
    settled_truth(here)
    [(requests, retries, reasons)] = here.query("select requests, retries, requests_by_reason from sync_runs")
    assert requests == len(proxy.requests)
    # It was the connection's fault, not the request's.
    assert retries == 0
    assert json.loads(reasons)["reconnect"] > 0
