"""Alerts end to end: what needs attention reaches people, once, and nothing else reaches anybody."""

from __future__ import annotations

import email
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.alerts.receivers import Hook, answering, hook, mailbox
from tests.cli.conftest import Shell
from tests.signals.conftest import summary as run_summary
from tests.transforms.warehouse import NOW, Company, completed, survey, sync_run
from zenhire_sync.alerts import alert, try_channels
from zenhire_sync.cli.summaries import report_facts
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.publish import publish_marts
from zenhire_sync.report import write_report
from zenhire_sync.settings import Settings
from zenhire_sync.signals.alerting import Alerting
from zenhire_sync.signals.switched_on import Signals
from zenhire_sync.simulator import DEFAULT_KEY, CompanySpec, Fault, FaultPlan, SimulatorServer
from zenhire_sync.simulator import Company as SimulatedCompany
from zenhire_sync.step_record import StepRecords
from zenhire_sync.steps import Steps

COMMENT, CANDIDATE = "the bot laughed at me", "cand-4711"
LATER = NOW + timedelta(hours=1)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A company whose balance runs out soon, with a row set aside and a negative survey."""
    company = Company(tmp_path_factory.mktemp("company"))
    days = [f"2026-03-{day:02} 10:00" for day in range(1, 10)]
    sessions = [completed(f"s{n}", day, 3600, candidate_ref=CANDIDATE) for n, day in enumerate(days)]
    aside = {"rejected_id": "r-1", "endpoint": "list", "session_id": "lost", "reason": "id: Field required"}
    times = {"first_seen_at": NOW, "seen_at": NOW, "run_id": "run-1"}
    company.build(
        {
            "sessions": sessions,
            "session_feedback": [survey("s8", 1, "2026-03-09 12:00", comment=COMMENT)],
            "rejected_rows": [{**aside, **times}],
            "sync_runs": [sync_run("run-0", 1500, as_of=NOW - timedelta(days=9)), sync_run("run-1", 500)],
        }
    )
    publish_marts(company.settings, now=NOW)
    return company.settings


@pytest.fixture
def settings(published: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The same, with nothing said yet."""
    yield published
    (published.state_dir / "alerts.json").unlink(missing_ok=True)


def to_hook(settings: Settings, here: Hook, form: str = "json", **more: Any) -> Settings:
    return settings.model_copy(
        update={"alert_webhook_url": SecretStr(here.url), "alert_webhook_format": form, **more}
    )


def texts(node: Any) -> str:
    """All text of a body."""
    if isinstance(node, dict):
        return "\n".join(map(texts, node.values()))
    return "\n".join(map(texts, node)) if isinstance(node, list) else str(node)


def test_what_needs_attention_is_said_once_to_a_program(settings: Settings) -> None:
    with hook() as here:
        done = alert(to_hook(settings, here), now=LATER)
        assert (done.failures, len(here.bodies)) == ((), 1)
        [body] = here.bodies
        said = {trouble["cause"]: trouble["sentence"] for trouble in body["new"]}
        assert {"balance/client", "set_aside"} <= set(said)
        assert "runs out on about 2026-03-" in said["balance/client"]
        assert "1 row broke the contract" in said["set_aside"]
        assert all(not alert(to_hook(settings, here), now=LATER).news for _ in range(29))
        assert len(here.bodies) == 1
        # Two days on nobody has synced: that alone is news.
        late = alert(to_hook(settings, here), now=NOW + timedelta(hours=48))
        assert "stale" in {trouble.cause for trouble in late.news.new}
        assert "48 hours old" in texts(here.bodies[-1]["new"])


@pytest.mark.parametrize("form", ["slack", "teams", "json"])
def test_no_word_of_a_candidate_is_in_any_form_unless_asked_for(settings: Settings, form: str) -> None:
    with hook() as here:
        alert(to_hook(settings, here, form, alert_negative_feedback="count"), now=LATER)
        sent = here.sent.decode()
        assert "rated 1 of 5" in sent
        assert COMMENT not in sent
        (settings.state_dir / "alerts.json").unlink()
        alert(to_hook(settings, here, form, alert_negative_feedback="comments"), now=LATER)
        assert COMMENT in here.sent.decode()
        assert COMMENT not in (settings.state_dir / "alerts.json").read_text()
        assert CANDIDATE not in here.sent.decode()


def test_a_survey_that_the_ladder_found_late_is_said_too(settings: Settings) -> None:
    """Nine days lie between its last two looks: one that came after the first is no older than that."""
    with hook() as here:
        asked = to_hook(settings, here, alert_negative_feedback="count")
        found = alert(asked, now=NOW + timedelta(days=9)).news
    assert [one.cause for one in found.new if one.is_event] == ["survey/s8"]


def test_names_are_no_markup_for_slack_and_teams(settings: Settings) -> None:
    with hook() as here:
        alert(to_hook(settings, here, "slack"), now=LATER)
        assert set(here.bodies[0]) == {"text", "mrkdwn"}
        assert here.bodies[0]["mrkdwn"] is False
        alert(to_hook(settings, here, "teams"), now=NOW + timedelta(hours=48))
        [card] = here.bodies[1]["attachments"]
        assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert {block["type"] for block in card["content"]["body"]} == {"TextBlock"}


def test_a_recipient_whom_the_mail_server_refuses_is_told_of_and_the_others_get_theirs(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with mailbox() as here:
        here.refused = frozenset({"left@a.example"})
        to = ("ops@a.example", "left@a.example")
        mailed = settings.model_copy(
            update={
                "alert_smtp_url": SecretStr(here.url),
                "alert_email_from": "ops@a.example",
                "alert_email_to": to,
            }
        )
        assert alert(mailed, now=LATER).failures == ()
    assert here.recipients == [["ops@a.example"]]
    [record] = [one for one in caplog.records if "refused some" in one.message]
    assert (record.refused, record.recipients) == (1, 2)  # type: ignore[attr-defined]
    assert "left@" not in caplog.text


def test_mail_is_written_to_everybody_and_names_nobody_else(settings: Settings) -> None:
    with mailbox() as here:
        mailed = settings.model_copy(
            update={
                "alert_smtp_url": SecretStr(here.url),
                "alert_email_to": ("ops@a.example", "fin@a.example"),
            }
        )
        assert alert(mailed, now=LATER).failures == ()
    assert here.recipients == [["ops@a.example", "fin@a.example"]]
    mail = email.message_from_bytes(here.mails[0])
    assert mail["Subject"].startswith("ZenHire sync: ")
    assert mail["From"] == "ops@a.example"
    text = str(mail.get_payload(decode=True), "utf-8")
    assert "1 row broke the contract" in text
    assert COMMENT not in text
    assert CANDIDATE not in text


@pytest.mark.parametrize("status", [404, 500])
def test_what_nobody_took_is_said_again(settings: Settings, status: int) -> None:
    with hook() as here:
        here.status = status
        [failure] = alert(to_hook(settings, here), now=LATER).failures
        assert f"HTTP {status}" in failure
        assert "s3cretT0ken" not in failure
        here.status = 200
        assert alert(to_hook(settings, here), now=LATER).news
        assert not alert(to_hook(settings, here), now=LATER).news


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_webhook_that_has_moved_has_not_taken_it(settings: Settings, status: int) -> None:
    """A redirect makes a GET of the POST: whatever is there answers 200 and has read nothing."""
    with hook() as there:
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {there.url}\r\nContent-Length: 0\r\n\r\n"
        with answering(moved.encode()) as url:
            [failure] = alert(to_hook(settings, Hook(url)), now=LATER).failures
    assert f"HTTP {status}" in failure
    assert there.bodies == []


def test_what_is_no_answer_of_http_is_no_receipt_and_shows_no_secret(settings: Settings) -> None:
    with answering(b"220 mail.example ESMTP\r\n") as url:
        for told in (url, f"{url} and more"):
            [failure] = alert(to_hook(settings, Hook(told)), now=LATER).failures
            assert "s3cretT0ken" not in failure
    with hook() as here:
        assert alert(to_hook(settings, here), now=LATER).news


def test_one_that_hangs_is_left_after_four_seconds(settings: Settings) -> None:
    with hook() as here:
        here.hangs = True
        began = time.monotonic()
        [failure] = alert(to_hook(settings, here), now=LATER).failures
        assert "no answer in 4 s" in failure
        assert time.monotonic() - began < 30


def test_a_run_with_a_webhook_that_hangs_writes_its_mail_and_remembers_it(settings: Settings) -> None:
    """One after the other, the mail would come after the five seconds that a run has for its signals."""
    with hook() as here, mailbox() as box:
        here.hangs = True
        both = to_hook(settings, here, alert_smtp_url=SecretStr(box.url), alert_email_to=("ops@a.example",))
        signals = Signals((Alerting(both),))
        signals.tell(run_summary())
        signals.wait()
        assert len(box.mails) == 1
        assert (settings.state_dir / "alerts.json").exists()


def test_one_channel_that_fails_is_no_reason_to_say_it_twice_on_the_other(settings: Settings) -> None:
    with hook() as here, mailbox() as box:
        here.status = 500
        both = to_hook(settings, here, alert_smtp_url=SecretStr(box.url), alert_email_to=("ops@a.example",))
        assert len(alert(both, now=LATER).failures) == 1
        assert not alert(both, now=LATER).news
        assert len(box.mails) == 1


def test_a_trial_is_remembered_nowhere(settings: Settings) -> None:
    with hook() as here:
        assert try_channels(to_hook(settings, here)).failures == ()
        assert "trial" in texts(here.bodies)
        assert not (settings.state_dir / "alerts.json").exists()


@pytest.mark.slow
def test_a_night_that_fails_is_said_and_so_is_its_end(shell: Shell) -> None:
    company = SimulatedCompany(CompanySpec(sessions=40, days=10))
    keys = {shell.variables["ZENHIRE_API_KEY"]: None, DEFAULT_KEY: None}
    with hook() as here, SimulatorServer(company, now=company.settled_at, keys=keys) as api:
        shell.set(ZENHIRE_BASE_URL=api.base_url, ZENHIRE_ALERT_WEBHOOK_URL=here.url)
        api.faults = FaultPlan((Fault("internal_error", times=None),))
        for _ in range(2):
            ended = shell.run("run")
            assert ended.exit_code == EXIT_FAILED
            assert "s3cretT0ken" not in ended.out + ended.err
        [body] = here.bodies
        assert [trouble["cause"] for trouble in body["new"]] == ["step/sync"]
        api.faults = FaultPlan()
        assert shell.run("run").exit_code == EXIT_DONE
        assert [trouble["cause"] for trouble in here.bodies[-1]["over"]] == ["step/sync"]
        # A channel that fails costs no night.
        here.status = 500
        api.faults = FaultPlan((Fault("internal_error", times=None),))
        shell.run("run")
        api.faults = FaultPlan()
        ended = shell.run("run")
        assert ended.exit_code == EXIT_DONE
        assert shell.variables["ZENHIRE_API_KEY"].encode() not in here.sent


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "no alert goes anywhere"),
        (
            {"ZENHIRE_ALERT_WEBHOOK_URL": "hooks.example/s3cretT0ken"},
            "ZENHIRE_ALERT_WEBHOOK_URL cannot be used",
        ),
        ({"ZENHIRE_ALERT_WEBHOOK_FORMAT": "pigeon"}, "ZENHIRE_ALERT_WEBHOOK_FORMAT cannot be used"),
        ({"ZENHIRE_ALERT_SMTP_URL": "smtp://s3cretT0ken@mail.example"}, "mail needs both"),
        ({"ZENHIRE_ALERT_EMAIL_TO": "nobody"}, "ZENHIRE_ALERT_EMAIL_TO cannot be used"),
    ],
)
def test_a_channel_that_is_set_up_wrong_is_told(shell: Shell, variables: dict[str, str], said: str) -> None:
    shell.set(**variables)
    for ended in (shell.run("alert"), shell.run("alert", "--trial")):
        assert ended.exit_code == EXIT_USAGE
        assert said in ended.told
        assert "s3cretT0ken" not in ended.told


def test_where_nothing_was_published_there_is_nothing_to_say(shell: Shell) -> None:
    with hook() as here:
        shell.set(ZENHIRE_ALERT_WEBHOOK_URL=here.url)
        ended = shell.run("alert", "--json")
        assert (ended.exit_code, ended.json["alert"]["new"]) == (EXIT_DONE, [])
        ended = shell.run("alert", "--trial")
        assert ended.exit_code == EXIT_DONE
        assert json.dumps(here.bodies).count("trial") >= 1


def test_a_publication_that_is_gone_is_said_and_ends_no_trouble(settings: Settings) -> None:
    with Steps("run-1", [StepRecords(settings.state_dir, "publish")]).step("publish"):
        pass
    folder, away = settings.published_path.parent, settings.data_dir / "away"
    with hook() as here:
        to = to_hook(settings, here)
        alert(to, now=LATER)
        folder.rename(away)
        try:
            for _ in range(2):
                alert(to, now=LATER)
        finally:
            away.rename(folder)
        first, gone = here.bodies
        assert {"balance/client", "set_aside"} <= {one["cause"] for one in first["new"]}
        assert ([one["cause"] for one in gone["new"]], gone["worse"], gone["over"]) == (
            ["unpublished"],
            [],
            [],
        )
        alert(to, now=LATER)
        assert [one["cause"] for one in here.bodies[2]["over"]] == ["unpublished"]
        assert not here.bodies[2]["new"]


def test_the_report_and_its_summary_say_the_same(settings: Settings) -> None:
    done = write_report(settings, now=LATER)
    page = done.path.read_text()
    assert {"balance/client", "set_aside"} <= {one.cause for one in done.attention}
    assert all(escape(one.sentence) in page for one in done.attention)
    facts = report_facts(done)
    assert [one["sentence"] for one in facts["attention"]] == [one.sentence for one in done.attention]
