"""One figure and its way back: every row of every mart that has one adds up to its sessions."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml  # type: ignore[import-untyped]  # comes with dbt, without its types
from tools.dictionary import described_marts

from tests.cli.conftest import Shell
from tests.transforms.odd_company import COMPANY_DIR, odd_company
from tests.transforms.warehouse import NOW, Company
from zenhire_sync.bundle import bundled
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE, ConfigurationError, ZenhireError
from zenhire_sync.explain import WAYS, explain_figure
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings

ROWS = 12
# Marts of runs, of ratios of everything, and of what is counted for several attributes at once.
WITHOUT_SESSIONS = {
    "bridge_session_tag", "credit_anomalies", "credit_balance", "credit_close", "credit_usage_by_attribute",
    "data_quality", "dim_account", "dim_date", "dim_persona", "dim_persona_version", "dim_project",
    "feedback_by_attribute", "focus_1_4_billing_period", "focus_1_4_cost_and_usage", "focus_cost_and_usage",
    "forecast_accuracy", "metrics", "prompt_impact",
    "request_value", "restatements", "session_attributes", "sync_accuracy", "sync_freshness",
}  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    company = Company(tmp_path_factory.mktemp("odd"), {"company_dir": COMPANY_DIR})
    company.build(odd_company(20261130))
    publish_marts(company.settings, now=NOW)
    return company.settings


def keys_of(settings: Settings, mart: str) -> list[str]:
    """Some keys of a mart: half of them of rows with the largest figures, the others of any."""
    with duckdb.connect(str(settings.published_path), read_only=True) as marts:
        key, largest = WAYS[mart].key, next(iter(WAYS[mart].adds_up), WAYS[mart].key)
        asked = f"select {key} from zenhire_marts.{mart} order by"
        orders = (f"{largest} desc nulls last", f"md5({key})")
        found = [marts.execute(f"{asked} {order} limit {ROWS // 2}").fetchall() for order in orders]
        return [str(key) for rows in found for (key,) in rows]


def personal(mart: str) -> set[str]:
    """Its columns that show a person, or words that may name one; a single tag is what a row is of."""
    [path] = bundled("transforms").glob(f"models/*/{mart}.yml")
    [model] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    classes = {one["name"]: one.get("config", {}).get("meta", {}).get("privacy") for one in model["columns"]}
    return {name for name, of in classes.items() if of in {"personal", "staff", "free_text"}} - {"tag"}


def test_each_mart_has_a_way_back_or_is_known_to_have_none() -> None:
    assert set(WAYS) | WITHOUT_SESSIONS == {mart.name for mart in described_marts()}
    assert set(WAYS) & WITHOUT_SESSIONS == set()


@pytest.mark.parametrize("mart", sorted(WAYS))
def test_figures_are_what_their_sessions_add_up_to(published: Settings, mart: str) -> None:
    keys = keys_of(published, mart)
    assert keys, "the odd company has rows in every mart that is explained"
    traced = 0
    for key in keys:
        found = explain_figure(published, mart, key, most=2)
        assert found.adds_up, (key, found.sums)
        assert len(found.traces) == min(found.sessions, 2)
        # of a session that is set aside and never came there is none
        assert all(trace.written_by is not None for trace in found.traces)
        traced += found.sessions
    assert traced
    assert not personal(mart) & set(found.row)


def test_a_figure_that_was_changed_does_not_add_up(published: Settings, tmp_path: Path) -> None:
    # The others want theirs as it was.
    copied = shutil.copytree(published.data_dir, tmp_path / "data")
    published = published.model_copy(update={"data_dir": copied})
    [key, *_] = keys_of(published, "credit_usage_monthly")
    path = published.published_path
    assert path.is_relative_to(tmp_path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as marts:
        marts.execute(
            "update zenhire_marts.credit_usage_monthly set credits_charged = credits_charged + 1 "
            "where credit_month_key = ?",
            [key],
        )
    found = explain_figure(published, "credit_usage_monthly", key, most=1)
    told, of_sessions = found.sums["credits_charged"]
    assert told == of_sessions + 1
    assert not found.adds_up


def test_states_and_what_was_set_aside_are_told(published: Settings) -> None:
    found = explain_figure(published, "fct_sessions", "s1", most=1)
    [trace] = found.traces
    assert [state["status"] for state in trace.states][:1] == ["initiated"]
    assert {"run_id", "command", "as_of"} <= set(trace.written_by or {})


def test_what_has_no_way_back_is_told(published: Settings) -> None:
    with pytest.raises(ConfigurationError, match="'metrics' has no way back to sessions; these have: "):
        explain_figure(published, "metrics", "csat", most=1)
    with pytest.raises(ZenhireError, match="credit_usage_daily has no row whose credit_usage_key is 'no'"):
        explain_figure(published, "credit_usage_daily", "no", most=1)


def test_the_command_tells_it_in_words_and_as_json(published: Settings, shell: Shell) -> None:
    shell.set(ZENHIRE_DATA_DIR=str(published.data_dir), ZENHIRE_API_KEY=None)
    [key, *_] = keys_of(published, "session_funnel")
    told = shell.run("explain", "session_funnel", key, "--limit", "1")
    assert told.exit_code == EXIT_DONE, told.err
    assert "sessions add up to" in told.out
    facts = shell.run("explain", "session_funnel", key, "--json").json["explain"]
    assert facts["adds_up"] is True
    assert facts["sessions"] >= len(facts["traces"]) >= 1
    assert shell.run("explain", "metrics", "csat").exit_code == EXIT_USAGE
    assert shell.run("explain", "session_funnel", "no").exit_code == EXIT_FAILED
