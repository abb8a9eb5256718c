"""What the company chose for its metadata, and who was erased, as the marts show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.company.folder import write_files
from tests.company.test_kept_files import build, profile
from tests.sync.world import World, world
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase import erase_people
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.warehouse.people import ErasureRequest

pytestmark = pytest.mark.slow
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
KEY = SecretStr("a secret of sixteen characters")
MAIL, TEAM = "ana@x.org", "Field team nine"


def _company() -> Company:
    company = Company(CompanySpec(sessions=10, days=5))
    start = NOW - timedelta(days=2)
    for number in range(3):
        company.add_session(
            start, candidate_ref=f"cand-{number}", metadata={"mail": MAIL, "Team": TEAM, "unlisted": "x"}
        )
    return company


def _listed(privacy: str) -> str:
    return (
        f'[mail]\ncolumn = "mail"\ndescription = "Address."\nprivacy = "{privacy}"\n'
        '[Team]\ncolumn = "team"\ndescription = "Team."\n'
    )


def _values(here: World) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with warehouse_of(here.settings).built() as reader:
        for row in reader.rows("select attribute, value from session_attributes"):
            found.setdefault(row["attribute"], set()).add(row["value"])
    return found


def _raw(here: World) -> set[str | None]:
    return {row[0] for row in here.query("select value from session_metadata where key = 'mail'")}


def test_a_pseudonym_is_made_at_the_door_and_shown(tmp_path: Path) -> None:
    with world(tmp_path, _company(), NOW, privacy_key=KEY) as here:
        write_files(here.settings.data_dir, metadata_toml=_listed("pseudonymise"))
        here.night()
        build(here)
        [pseudonym] = _values(here)["mail"]
        assert (len(pseudonym or ""), _raw(here)) == (64, {pseudonym})
        assert _values(here)["team"] == {TEAM}


def test_what_was_kept_before_is_not_shown_until_it_is_written_again(tmp_path: Path) -> None:
    with world(tmp_path, _company(), NOW, privacy_key=KEY) as here:
        here.night()
        write_files(here.settings.data_dir, metadata_toml=_listed("pseudonymise"))
        build(here)
        assert (_raw(here), "mail" in _values(here)) == ({MAIL}, False)
        here.reconcile()
        build(here)
        [pseudonym] = _values(here)["mail"]
        assert _raw(here) == {pseudonym}


@pytest.mark.parametrize("choice", ["drop", "keep"])
def test_the_stricter_of_key_and_setting_counts(tmp_path: Path, choice: str) -> None:
    setting = {"drop": "keep", "keep": "drop"}[choice]
    with world(tmp_path, _company(), NOW, privacy_metadata=setting) as here:
        write_files(here.settings.data_dir, metadata_toml=_listed(choice))
        here.night()
        build(here)
        assert _raw(here) == {None}
        assert "mail" not in _values(here)
        assert ("team" in _values(here)) == (choice == "drop")


def test_an_erased_person_leaves_the_attributes_and_everybody_else_stays(tmp_path: Path) -> None:
    with world(tmp_path, _company(), NOW) as here:
        write_files(here.settings.data_dir, metadata_toml=_listed("keep"))
        here.night()
        build(here)
        shown = "select session_id from session_attributes where attribute = 'mail' order by session_id"
        with warehouse_of(here.settings).built() as reader:
            before = {row["session_id"] for row in reader.rows(shown)}
        [(erased,)] = here.query("select id from sessions where candidate_ref = 'cand-1'")
        erase(here, "cand-1")
        build(here)
        with warehouse_of(here.settings).built() as reader:
            after = {row["session_id"] for row in reader.rows(shown)}
            [wide] = reader.rows("select * from sessions_wide where session_id = ?", erased)
        assert (before - after, len(after)) == ({erased}, 2)
        assert (wide["mail"], wide["team"], wide["candidate_ref"]) == (None, None, None)


def test_a_wrong_file_is_told_before_anybody_is_erased(tmp_path: Path) -> None:
    with world(tmp_path, _company(), NOW) as here:
        here.night()
        write_files(here.settings.data_dir, metadata_toml="[mail]\n")
        with pytest.raises(
            ConfigurationError, match=r"metadata\.toml, line 1, column 1: .*nothing was touched"
        ):
            erase(here, "cand-1")
        assert here.query("select count(*) from sessions where candidate_ref = 'cand-1'") == [(1,)]


def erase(here: World, ref: str) -> None:
    """As the command does it, under the lock."""
    with warehouse_of(here.settings).exclusive("erase"):
        erase_people(here.settings, profile(here), ErasureRequest(candidate_refs=(ref,)), now=NOW)
