"""What a company chose to keep of people and prompts: the rest is in no file, and the numbers stay."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.accidents.commands import KEY, Nursery, variables
from tests.sync.world import World, world
from zenhire_sync.config import load_config
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.simulator import NO_FAULTS, Company, CompanySpec, FaultPlan, mutate_sessions

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECRET = "a key of the company's own"
# What must be found nowhere, by the field it stands in.
PRIVATE = {
    "candidate_ref": "Rosalind-Franklin-4711",
    "comment": "they asked about my mother",
    "metadata": "photograph fifty-one",
    "prompts": "you are the stern interviewer",
    "unknown_fields": "a phone number nobody announced",
}
CHOICES = ("candidate_ref", "comment", "metadata", "prompts")


def pseudonym(text: str) -> str:
    """As a company makes it itself, to find a candidate."""
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def a_company() -> tuple[Company, list[str]]:
    """Three interviews of one candidate."""
    company = Company(CompanySpec(sessions=0, personas=1, edits_per_persona=0, personas_deleted=0))
    company.edit_persona(
        company.persona_ids[0],
        company.spec.start,
        system_prompt=PRIVATE["prompts"],
        base_prompt_override=None,
    )
    ids = []
    for number in range(3):
        session_id = company.add_session(
            NOON - DAY - timedelta(minutes=number),
            persona_id=company.persona_ids[0],
            candidate_ref=PRIVATE["candidate_ref"],
            metadata={"portrait": PRIVATE["metadata"], "number": number},
        )
        company.start_session(session_id, NOON - DAY / 2)
        company.complete_session(session_id, NOON - DAY / 4)
        company.submit_survey(session_id, NOON - DAY / 8, 1, PRIVATE["comment"])
        ids.append(session_id)
    return company, ids


def everything_private(choice: str) -> dict[str, Any]:
    return {f"privacy_{name}": choice for name in CHOICES} | {"privacy_key": SecretStr(SECRET)}


def files_with(here: World, text: str) -> list[Path]:
    files = [path for path in here.settings.data_dir.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["pseudonymise", "drop"])
def test_what_is_not_to_be_kept_is_in_no_file_and_the_numbers_stay(tmp_path: Path, choice: str) -> None:
    company, ids = a_company()
    with world(tmp_path, company, NOON, **everything_private(choice)) as here:
        here.sim.faults = FaultPlan(
            mutate_row=mutate_sessions(
                {
                    ids[0]: lambda row: {**row, "phone": {"home": PRIVATE["unknown_fields"]}},
                    ids[1]: lambda row: {**row, "status": "odd", "phone": [PRIVATE["unknown_fields"]]},
                }
            )
        )
        here.night()
        for text in PRIVATE.values():
            assert files_with(here, text) == []
        expected = pseudonym if choice == "pseudonymise" else lambda _: None
        refs = here.query("select distinct candidate_ref from sessions")
        assert refs == [(expected(PRIVATE["candidate_ref"]),)]
        assert here.query("select distinct comment, rating, flagged from session_feedback") == [
            (expected(PRIVATE["comment"]), 1, True)
        ]
        assert here.query("select distinct value from session_metadata where key = 'portrait'") == [
            (expected(PRIVATE["metadata"]),)
        ]
        assert here.query("select system_prompt, base_prompt_override from personas") == [
            (expected(PRIVATE["prompts"]), None)
        ]
        [(payload,)] = here.query("select distinct payload from rejected_rows where endpoint = 'sessions'")
        assert json.loads(payload)["candidate_ref"] == expected(PRIVATE["candidate_ref"])
        assert json.loads(payload)["status"] == "odd"
        here.sim.faults = NO_FAULTS
        here.night(NOON + DAY)
        assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]
        assert here.night(NOON + DAY).rows_by_table == {}


@pytest.mark.parametrize(("choice", "versions"), [("pseudonymise", 2), ("drop", 1)])
def test_a_changed_prompt_is_seen_behind_its_pseudonym(tmp_path: Path, choice: str, versions: int) -> None:
    company, _ = a_company()
    company.edit_persona(company.persona_ids[0], NOON + DAY, system_prompt="you are kind now")
    with world(tmp_path, company, NOON, **everything_private(choice)) as here:
        here.night()
        here.night(NOON + 8 * DAY)
        assert here.query("select count(*) from persona_versions") == [(versions,)]
        assert files_with(here, "you are kind now") == []


@pytest.mark.file_only
def test_a_choice_made_later_reaches_what_is_listed_again(tmp_path: Path) -> None:
    company, _ = a_company()
    with world(tmp_path, company, NOON) as here:
        here.night()
        assert files_with(here, PRIVATE["candidate_ref"]) != []
        here.settings = here.settings.model_copy(update=everything_private("pseudonymise"))
        here.sim.now = NOON + DAY
        assert here.reconcile().changed_sessions == 3
        expected = pseudonym(PRIVATE["candidate_ref"])
        assert here.query("select distinct candidate_ref from sessions") == [(expected,)]
        # Surveys are asked for once: what was kept of them stays, as the runbook says.
        assert here.query("select distinct comment from session_feedback") == [(PRIVATE["comment"],)]


@pytest.mark.slow
def test_marts_and_published_files_follow_the_choice(tmp_path: Path, nursery: Nursery) -> None:
    company, _ = a_company()
    with world(tmp_path, company, NOON, keys={KEY: None}) as here:
        choices = {f"ZENHIRE_PRIVACY_{name.upper()}": "pseudonymise" for name in CHOICES}
        env = variables(here.settings.data_dir, here.sim.base_url, ZENHIRE_PRIVACY_KEY=SECRET, **choices)
        ended = nursery.run(env, "run", "--as-of", NOON.isoformat(), "--json").well()
        for text in (*PRIVATE.values(), SECRET):
            assert files_with(here, text) == []
            assert text not in ended.output
        nursery.run(env, "erase", "--candidate-ref", PRIVATE["candidate_ref"]).well()
        assert here.query("select distinct candidate_ref from sessions") == [(None,)]
        assert files_with(here, pseudonym(PRIVATE["candidate_ref"])) == []
        nursery.run(env, "sync", "--as-of", (NOON + DAY).isoformat()).well()
        assert here.query("select distinct candidate_ref from sessions") == [(None,)]


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ZENHIRE_PRIVACY_COMMENT": "hide"}, "ZENHIRE_PRIVACY_COMMENT cannot be used"),
        ({"ZENHIRE_PRIVACY_COMMENT": "pseudonymise"}, "needs a secret of your own"),
        ({"ZENHIRE_PRIVACY_COMMENT": "pseudonymise", "ZENHIRE_PRIVACY_KEY": "short"}, "16 characters"),
        ({"ZENHIRE_PRIVACY_KEY_FILE": "/nowhere"}, "ZENHIRE_PRIVACY_KEY_FILE cannot be read"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_told_before_anything_is_fetched(
    environ: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_config(environ, None)
    assert "short" not in str(caught.value)


def test_the_key_of_the_pseudonyms_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    environ = {"ZENHIRE_PRIVACY_PROMPTS": "pseudonymise", "ZENHIRE_PRIVACY_KEY_FILE": str(tmp_path / "key")}
    found = load_config(environ, None).settings
    assert found.privacy_key == SecretStr(SECRET)
    assert SECRET not in repr(found)
