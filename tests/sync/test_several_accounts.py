"""Several clients of ZenHire in one warehouse: none is taken for another, whatever ids they share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.sync.test_changes import DAY, EMPTY, NOON, completed
from tests.sync.world import World, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import build_marts
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Profile
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.sync.dry_run import estimate_bill

KEYS = {f"zh_api_{name}": name for name in ("one", "two", "three")}
NOW = datetime(2026, 2, 20, 2, tzinfo=UTC)
# what tells of the warehouse and its runs, not of an account
NOT_BY_ACCOUNT = {
    "dim_date", "data_quality", "data_quality_findings", "metrics", "request_value",
    "session_changes", "sync_accuracy", "sync_freshness",
}  # fmt: skip
# a persona is one client's; a billing period is the issuer's, there once any account has a charge in it
WITHOUT_ACCOUNT = {"dim_persona_version", "focus_1_4_billing_period"}
# the run that wrote it, and what is made of it
OF_A_RUN = {
    "run_id", "credit_balance_key", "build_id", "restated_at",
    "BillingPeriodCreated", "BillingPeriodLastUpdated",
}  # fmt: skip


def three_clients() -> list[Company]:
    """Each with sessions, personas and prices of its own, all with the same project ids."""
    specs = [
        CompanySpec(
            seed=seed, sessions=60 * seed, days=40, projects=2, credits_per_minute=seed, credits_bought=n
        )
        for seed, n in ((1, 50_000), (2, 7_000), (3, 300_000))
    ]
    companies = [Company(spec) for spec in specs]
    first, second = companies[0].project_ids
    for company in companies[1:]:
        shared = dict(zip(company.project_ids, (first, second), strict=True))
        for session in company.sessions_by_creation:
            session.project_id = shared.get(session.project_id or "", session.project_id)
    return companies


def key(raw: str) -> ApiKey:
    return ApiKey(name=KEYS[raw], value=SecretStr(raw))


def others(companies: list[Company]) -> dict[str, Company]:
    return dict(zip(KEYS, companies, strict=True))


def marts(here: World) -> dict[str, list[dict[str, Any]]]:
    """Rows of every mart that is told apart by account, on whichever engine the tests run."""
    target = "postgres" if here.settings.home.destination == "postgres" else "duckdb"
    summary = build_marts(here.settings, Profile(name="test", description="test", dbt_target=target), NOW)
    with warehouse_of(here.settings).built() as reader:
        return {
            mart: [
                {name: value for name, value in row.items() if name not in OF_A_RUN}
                for row in reader.rows(f"select * from {mart}")
            ]
            for mart in summary.rows_by_mart
            if mart not in NOT_BY_ACCOUNT
        }


def of_client(rows: list[dict[str, Any]], client_id: str) -> list[dict[str, Any]]:
    """An account's rows, in an order of their own."""
    account = "account" if rows and "account" in rows[0] else "BillingAccountId"
    return sorted((row for row in rows if row[account] == client_id), key=repr)


@pytest.mark.slow
def test_three_clients_synced_together_equal_three_synced_alone(tmp_path: Path) -> None:
    companies = three_clients()
    with world(tmp_path / "all", companies[0], NOW, keys={}, others=others(companies)) as here:
        here.keys = tuple(map(key, KEYS))
        for now in (NOW - timedelta(days=9), NOW):
            assert here.night(now).outcome == "done"
        together = marts(here)
    for raw, company in others(companies).items():
        with world(tmp_path / KEYS[raw], company, NOW, keys={}, others={raw: company}) as here:
            here.keys = (key(raw),)
            for now in (NOW - timedelta(days=9), NOW):
                here.night(now)
            alone = marts(here)
        assert set(alone) == set(together)
        for mart, rows in alone.items():
            if rows and not {"account", "BillingAccountId"} & set(rows[0]):
                assert mart in WITHOUT_ACCOUNT, mart
                missed = [row for row in rows if row not in together[mart]]
                assert not missed, (mart, missed, together[mart])
                continue
            expected = of_client(rows, company.client_id)
            assert len(expected) == len(rows)
            assert of_client(together[mart], company.client_id) == expected, mart


def test_each_account_is_asked_for_its_balance_once(tmp_path: Path) -> None:
    companies = three_clients()
    with world(tmp_path, companies[0], NOW, keys={}, others=others(companies)) as here:
        here.keys = tuple(map(key, KEYS))
        outcome = here.night(NOW)
        assert outcome.ledger.by_reason["credits"] == 3
        assert {balance.client_id: balance.credits for balance in outcome.balances} == {
            company.client_id: company.spec.credits_bought - company.at(NOW).credits_charged()
            for company in companies
        }
        assert outcome.credit_balance is None
        assert here.query("select count(distinct client_id), count(*) from credit_balances") == [(3, 3)]


def test_a_bill_beforehand_counts_a_balance_for_each_account(tmp_path: Path) -> None:
    companies = three_clients()
    with world(tmp_path, companies[0], NOW, keys={}, others=others(companies)) as here:
        here.keys = tuple(map(key, KEYS))
        bill = estimate_bill(here.settings, here.keys, as_of=NOW, progress=Silent())
        assert bill.balances == 3
        assert bill.requests == here.night(NOW).ledger.total


def test_keys_of_one_client_share_its_balance(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=40, projects=2, no_project_share=0))
    one, two = company.project_ids
    with world(tmp_path, company, NOW, keys={"zh_api_one": one, "zh_api_two": two}) as here:
        here.keys = (key("zh_api_one"), key("zh_api_two"))
        outcome = here.night(NOW)
        assert outcome.ledger.by_reason["credits"] == 1
        assert outcome.credit_balance == outcome.balances[0].credits


def test_before_its_first_session_a_balance_belongs_to_nobody_yet(tmp_path: Path) -> None:
    company = Company(EMPTY)
    with world(tmp_path, company, NOON) as here:
        here.night(NOON)
        assert here.query("select client_id, credit_balance from credit_balances") == [("", 1_000_000.0)]
        completed(company)
        here.night(NOON + DAY)
        assert here.query("select client_id from credit_balances order by client_id") == [
            ("",),
            (company.client_id,),
        ]


def test_a_detail_is_asked_of_the_client_whose_session_it_is(tmp_path: Path) -> None:
    """Projects of the same id, or none, must not send calls to keys that cannot see the session."""
    companies = three_clients()
    with world(tmp_path, companies[0], NOW, keys={}, others=others(companies)) as here:
        here.keys = tuple(map(key, KEYS))
        here.night(NOW)
        here.night(NOW + DAY)
        assert [record.path for record in here.sim.log.records() if record.status == 404] == []


def test_what_a_key_that_left_could_see_is_not_deleted_by_a_namesake(tmp_path: Path) -> None:
    """Another client's key shows the same project ids and sessions without a project."""
    ours, theirs = Company(replace(EMPTY, seed=1, projects=1)), Company(replace(EMPTY, seed=2, projects=1))
    for project_id in (None, ours.project_ids[0]):
        completed(ours, project_id=project_id)
        completed(theirs, project_id=project_id)
    clients = {"zh_api_one": ours, "zh_api_two": theirs}
    with world(tmp_path, ours, NOON, keys={}, others=clients) as here:
        here.keys = (key("zh_api_one"), key("zh_api_two"))
        here.night(NOON)
        here.keys = (key("zh_api_one"),)
        here.sim.now = NOON + DAY
        here.reconcile()
        assert here.query("select count(*) from sessions") == [(4,)]
        assert here.query("select id from sessions where deleted_at is not null") == []
