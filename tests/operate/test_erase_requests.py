"""Whom an erasure means, whom it spares, and what it says when it cannot be done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.operate.bytes_of import places_of
from tests.operate.conftest import NOW, Shell
from tests.sync.world import World
from zenhire_sync.engines.duckdb_file.removal import FileChanger
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase import ErasureRequest, NobodyFoundError
from zenhire_sync.erase.erasure import erase_people
from zenhire_sync.erase.folders import clear_working_files, strangers
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.rows.erased import PLAIN_REASON
from zenhire_sync.rows.privacy import Privacy
from zenhire_sync.settings import Profile
from zenhire_sync.simulator import Company, FaultPlan, mutate_sessions
from zenhire_sync.warehouse.people import Removal, find_people

ANNA = "anna-4711"
Interview = Callable[..., str]


def _remove(here: World, *refs: str, sessions: tuple[str, ...] = ()) -> Removal:
    """The first part of an erasure: out of the raw tables and the warehouse's bytes, nothing rebuilt."""
    warehouse = warehouse_of(here.settings)
    with warehouse.reading() as reader:
        found = find_people(reader, ErasureRequest(refs, sessions), Privacy())
    removal = warehouse.forget(found, NOW, "run-1")
    clear_working_files(here.settings)
    warehouse.scrub()
    return removal


def test_a_single_session_is_erased_and_the_candidates_others_stay(
    company: Company, here: World, interview: Interview
) -> None:
    first, second = interview(company, ANNA, "first-words"), interview(company, ANNA, "second-words")
    here.night()
    removal = _remove(here, sessions=(first,))
    assert (removal.sessions, removal.comments) == (1, 1)
    assert removal.before == removal.after
    refs = dict(here.query("select id, candidate_ref from sessions where id in (?, ?)", first, second))
    assert refs == {first: None, second: ANNA}
    assert here.query("select * from erased_candidates") == []
    here.night(NOW + timedelta(days=1))
    assert places_of(["first-words"], here.settings.data_dir) == []
    assert here.query("select comment from session_feedback where session_id = ?", second) == [
        ("second-words",)
    ]


def test_a_session_named_in_capitals_keeps_no_tag_that_repeats_its_reference_nor_a_proof_of_it(
    company: Company, here: World, interview: Interview
) -> None:
    anna = interview(company, ANNA, "annas-words", tags=["first", ANNA, "last"])
    here.night()
    assert _remove(here, sessions=(anna.upper(),)).sessions == 1
    assert here.query("select tag from session_tags where session_id = ? order by tag", anna) == [
        ("first",),
        ("last",),
    ]
    # Whoever guesses the reference could make the fingerprint of it.
    assert here.query("select candidate_ref, fingerprint from sessions where id = ?", anna) == [(None, None)]
    assert places_of([ANNA, "annas-words"], here.settings.data_dir) == []


@pytest.mark.file_only
@pytest.mark.parametrize("reason", ["metadata.anna: odd", "persona.metadata.anna: odd"])
def test_a_reason_that_names_a_key_of_metadata_is_made_plain(
    company: Company, here: World, interview: Interview, reason: str
) -> None:
    anna = interview(company, ANNA, "annas-words")
    here.sim.faults = FaultPlan(mutate_row=mutate_sessions({anna: lambda row: row | {"status": "asleep"}}))
    here.night()
    here.change("update rejected_rows set reason = ?", reason)
    _remove(here, ANNA)
    assert here.query("select payload, reason from rejected_rows") == [(None, PLAIN_REASON)]


@pytest.mark.file_only
@pytest.mark.parametrize("wrong", ["rating = 5", "flagged = false"])
def test_an_erasure_that_would_change_a_figure_changes_nothing(
    company: Company, here: World, interview: Interview, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    before = here.query("select * from session_feedback order by session_id")
    change = FileChanger.change

    def changes_too_much(self: FileChanger, sql: str, *values: object) -> int:
        return change(self, sql.replace("set comment = null", f"set comment = null, {wrong}"), *values)

    monkeypatch.setattr(FileChanger, "change", changes_too_much)
    with pytest.raises(WarehouseError, match=r"nothing was erased: it would turn .* this is a defect"):
        _remove(here, ANNA)
    assert here.query("select * from session_feedback order by session_id") == before
    assert here.query("select count(*) from sessions where candidate_ref = ?", ANNA) == [(1,)]
    assert here.query("select count(*) from erased_sessions") == [(0,)]


def test_several_people_at_once_and_a_reference_that_is_part_of_another(
    company: Company, here: World, interview: Interview
) -> None:
    gone = [interview(company, ref, "w-" + ref) for ref in ("anna", "b'ob\"; drop table sessions; --")]
    kept = interview(company, "anna2", "kept-words")
    here.night()
    removal = _remove(here, "anna", "b'ob\"; drop table sessions; --")
    assert removal.sessions == 2
    empty = {i for (i,) in here.query("select id from sessions where candidate_ref is null")}
    assert set(gone) <= empty
    assert kept not in empty
    assert removal.before == removal.after
    assert len(here.query("select * from sessions")) == removal.before.sessions


def test_an_unknown_reference_erases_nobody_and_is_not_repeated(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    with pytest.raises(NobodyFoundError, match=r"this --candidate-ref is here \(number 2 of 2\)") as raised:
        _remove(here, ANNA, "Anna-4711")
    assert "4711" not in str(raised.value)
    assert here.query("select count(*) from sessions where candidate_ref = ?", ANNA) == [(1,)]
    assert here.query("select * from erased_candidates") == []
    with pytest.raises(NobodyFoundError, match="no session of this --session is here"):
        _remove(here, sessions=("00000000-0000-4000-a000-000000000000",))


def test_a_person_known_only_from_a_row_that_was_set_aside_is_erased(
    company: Company, here: World, interview: Interview
) -> None:
    anna = interview(company, ANNA, "annas-words")
    here.sim.faults = FaultPlan(mutate_row=mutate_sessions({anna: lambda row: row | {"status": "asleep"}}))
    here.night()
    assert here.query("select session_id from rejected_rows") == [(anna,)]
    assert _remove(here, ANNA).rejected_rows == 1
    assert here.query("select payload, reason from rejected_rows") == [
        (None, "status: Input should be 'initiated', 'active', 'completed' or 'failed'")
    ]
    here.sim.faults = FaultPlan()
    here.night(NOW + timedelta(hours=1))
    assert here.query("select candidate_ref, credit_charged from sessions where id = ?", anna) == [(None, 20)]
    assert places_of([ANNA, "annas-words"], here.settings.data_dir) == []


def test_a_reference_that_others_repeat_is_pointed_out(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, ANNA, "annas-words")
    friend = interview(company, "friend", "other", metadata={"referred_by": ANNA})
    tagged = interview(company, None, "tagged", tags=["x", ANNA])
    here.night()
    assert _remove(here, ANNA).mentioning == tuple(sorted((friend, tagged)))


def test_erasing_again_finds_nothing_left_and_is_no_error(
    company: Company, here: World, interview: Interview
) -> None:
    anna = interview(company, ANNA, "annas-words")
    here.night()
    assert _remove(here, ANNA).newly_erased == 1
    again = _remove(here, ANNA, sessions=(anna,))
    assert (again.sessions, again.newly_erased, again.comments, again.metadata_entries) == (1, 0, 0, 0)
    for table in ("erased_sessions", "erased_candidates"):
        assert here.query(f"select count(*) from {table}") == [(1,)]


def test_erasing_again_is_open_until_it_has_ended_too(
    company: Company, here: World, interview: Interview
) -> None:
    anna = interview(company, ANNA, "annas-words")
    here.night()
    for again in range(2):
        _remove(here, sessions=(anna,))
        assert here.query("select finished_at from erased_sessions") == [(None,)], again
        warehouse_of(here.settings).forgotten(NOW, [])
        assert here.query("select finished_at from erased_sessions") == [(NOW,)], again


@pytest.mark.file_only
def test_tables_of_the_users_own_keep_their_rows_constraints_and_comments(here: World) -> None:
    here.night()
    with duckdb.connect(str(here.settings.warehouse_path)) as con:
        con.execute("create schema mine; create table mine.notes (id int primary key, note text not null)")
        con.execute("insert into mine.notes values (1, 'hello'); comment on table mine.notes is 'ours'")
        con.execute("create view mine.open as select * from mine.notes")
    _remove(here, sessions=(here.query("select id from sessions")[0][0],))
    with duckdb.connect(str(here.settings.warehouse_path)) as con:
        assert con.execute("from mine.open").fetchall() == [(1, "hello")]
        assert con.execute("select comment from duckdb_tables() where table_name = 'notes'").fetchall() == [
            ("ours",)
        ]
        with pytest.raises(duckdb.ConstraintException):
            con.execute("insert into mine.notes values (1, 'twice')")
    assert here.night(NOW + timedelta(hours=1)).outcome == "done"


@pytest.mark.file_only
def test_what_a_killed_sync_left_without_its_session_is_not_kept(
    company: Company, here: World, interview: Interview
) -> None:
    anna, other = interview(company, ANNA, "annas-words"), interview(company, "bob", "bobs-words")
    here.night()
    here.change("delete from sessions where id = ?", anna)
    _remove(here, sessions=(other,))
    assert places_of(["annas-words", "bobs-words"], here.settings.data_dir) == []


@pytest.mark.file_only
def test_a_warehouse_behind_a_link_is_rewritten_where_it_is(
    company: Company, here: World, interview: Interview, tmp_path: Path
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    elsewhere = tmp_path / "big disk"
    elsewhere.mkdir()
    path = here.settings.warehouse_path
    path.rename(elsewhere / "w.duckdb")
    path.symlink_to(elsewhere / "w.duckdb")
    _remove(here, ANNA)
    assert path.is_symlink()
    assert places_of([ANNA, "annas-words"], elsewhere) == []
    assert [entry.name for entry in elsewhere.iterdir()] == ["w.duckdb"]


@pytest.mark.file_only
def test_a_warehouse_of_an_earlier_version_is_brought_up_first(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    with duckdb.connect(str(here.settings.warehouse_path)) as con:
        con.execute("drop table zenhire_raw.erased_sessions; drop table zenhire_raw.erased_candidates")
        con.execute("delete from zenhire_raw._dlt_version; drop schema zenhire_raw_staging cascade")
    with warehouse_of(here.settings).loading():
        pass
    assert _remove(here, ANNA).sessions == 1
    assert here.night(NOW + timedelta(hours=1)).outcome == "done"


def test_copies_made_by_hand_are_named_and_left_alone(here: World) -> None:
    here.night()
    for name in ("warehouse-backup.duckdb", "published/extract.csv", "demo/x"):
        path = here.settings.data_dir / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    names = [str(path.relative_to(here.settings.data_dir)) for path in strangers(here.settings)]
    assert names == ["published/extract.csv", "warehouse-backup.duckdb"]


@pytest.mark.file_only
def test_what_others_left_in_the_working_folders_is_not_kept(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    state, warehouse = here.settings.state_dir, here.settings.warehouse_path
    left = [
        state / "dbt" / "logs" / "dbt.log.7",
        state / "of an older version" / "load.jsonl",
        warehouse.with_name(f"{warehouse.name}.tmp") / "duckdb_temp_storage-0.tmp",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"something of {ANNA}\n", "utf-8")
    # Else each trouble, and other candidates' comments, would be said again.
    (state / "alerts.json").write_text("{}", "utf-8")
    erase_people(here.settings, Profile(name="duckdb", description="test"), ErasureRequest((ANNA,)), now=NOW)
    assert [path for path in left if path.exists()] == []
    assert (state / "alerts.json").exists()
    assert places_of([ANNA, "annas-words"], here.settings.data_dir) == []
    assert here.query("select finished_at from erased_sessions") == [(NOW,)]


def test_marts_that_cannot_be_rebuilt_are_told_with_what_is_done(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, ANNA, "annas-words")
    here.night()
    profile = Profile(name="duckdb", description="test", dbt_target="nowhere")
    with pytest.raises(WarehouseError, match=r"out of the raw tables, but not yet out of all files: .*again"):
        erase_people(here.settings, profile, ErasureRequest((ANNA,)), now=NOW)
    assert here.query("select finished_at from erased_sessions") == [(None,)]


@pytest.mark.parametrize("request_", [((), ()), (("",), ()), ((), ("",))])
def test_a_request_that_names_nobody_is_refused(request_: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        ErasureRequest(*request_)


def test_the_command_says_what_is_wrong_in_one_line(shell: Shell) -> None:
    nothing = shell("erase")
    assert (nothing.exit_code, nothing.out) == (2, "")
    assert nothing.err.startswith("zenhire-sync erase: name the person: --candidate-ref or --session")
    nobody = shell("erase", "--candidate-ref", ANNA, "--json")
    assert nobody.exit_code == 1
    assert len(nobody.err.splitlines()) == 1
    assert re.search(
        "no warehouse at|has no schema zenhire_raw|holds no sessions yet", json.loads(nobody.out)["error"]
    )
