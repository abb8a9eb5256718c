"""``company init``: nobody types an id, nothing is overwritten, and what it writes can be read at once."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.company.folder import write_files
from tests.operate.conftest import shell_for
from tests.sync.world import world
from zenhire_sync.check.local import company_findings
from zenhire_sync.company import company_of
from zenhire_sync.company.first_files import first_files, suggested_column, write_missing
from zenhire_sync.company.metadata_keys import TAKEN
from zenhire_sync.company.seen_ids import SeenId, SeenIds, SeenKey
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company, CompanySpec

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
FILES = {
    "accounts.csv",
    "projects.csv",
    "personas.csv",
    "tags.csv",
    "budgets.csv",
    "purchases.csv",
    "metadata.toml",
}


def test_it_writes_what_was_seen_and_the_files_can_be_used_as_they_are(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=40, days=10, projects=2))
    for number in range(12):
        company.add_session(
            NOW - timedelta(days=1),
            project_id=company.project_ids[0],
            tags=["#1", "a, b"],
            metadata={
                "Cost Center": f"CC{number % 2}",
                "mail": f"c{number}@x.org",
                "candidateId": str(number),
            },
        )
    with world(tmp_path, company, NOW) as here:
        here.night()
        shell = shell_for(here.settings.data_dir, here.sim.base_url)
        done = shell("company", "init", "--json")
        assert done.exit_code == EXIT_DONE, done.err
        folder = here.settings.company_path
        assert {path.name for path in folder.iterdir()} == FILES == {*done.json["company"]["written"]}
        found = company_of(here.settings)
        assert {row.project_id for _, row in found.projects} == {*company.project_ids}
        assert {row.persona_id for _, row in found.personas} == {
            row["persona_id"] for row in here.rows("sessions")
        }
        assert {"#1", "a, b"} <= {row.tag for _, row in found.tags}
        assert found.metadata_keys == (), "nothing is in the marts that nobody asked for"
        doubted = {f["key"]: f["is_like_an_identifier"] for f in done.json["company"]["metadata_keys"]}
        assert {"Cost Center": False, "mail": True, "candidateId": True}.items() <= doubted.items()
        # With the # of what is listed taken away.
        path = folder / "metadata.toml"
        _, *keys = path.read_text().split("\n\n")
        lines = [line.removeprefix("# ") for key in keys for line in key.splitlines()[1:]]
        path.write_text("\n".join(lines))
        assert {listed.key for listed in company_of(here.settings).metadata_keys} == {*doubted}


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    folder = write_files(tmp_path, projects_csv="precious")
    assert {*write_missing(folder, first_files(SeenIds()))} == FILES - {"projects.csv"}
    assert (folder / "projects.csv").read_text() == "precious"
    assert write_missing(folder, first_files(SeenIds())) == []


def test_before_the_first_sync_there_are_templates_without_ids(tmp_path: Path) -> None:
    done = shell_for(tmp_path)("company", "init")
    assert (done.exit_code, "no session carries metadata" in done.out) == (EXIT_DONE, True)
    assert company_of(Settings(data_dir=tmp_path)).projects == ()
    assert shell_for(tmp_path)("company", "check").exit_code == EXIT_DONE


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "company").touch()
    done = shell_for(tmp_path)("company", "init")
    assert (done.exit_code, "cannot be written" in done.err) == (EXIT_FAILED, True)


@pytest.mark.parametrize("command", [("company", "check"), ("sync",), ("run",)])
def test_a_wrong_file_ends_a_command_with_2_and_its_place(tmp_path: Path, command: tuple[str, ...]) -> None:
    write_files(tmp_path, tags_csv="tag,group,label\na,b\n")
    done = shell_for(tmp_path)(*command)
    assert done.exit_code == EXIT_USAGE
    assert "tags.csv, line 2, column 3: 2 cells in a table of 3 columns; nothing was touched" in done.err


def test_a_misspelled_file_is_mentioned(tmp_path: Path) -> None:
    write_files(tmp_path, project_csv="project_id,name,cost_center,owner\n")
    done = shell_for(tmp_path)("company", "check", "--json")
    assert (done.exit_code, done.json["company"]["unread"]) == (EXIT_DONE, ["project.csv"])


def test_a_check_tells_of_the_files_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert company_findings(settings) == []
    write_files(tmp_path, tags_csv="tag,group,label\na,b,c\n")
    assert [finding.verdict for finding in company_findings(settings)] == ["ok"]
    write_files(tmp_path, tag_csv="")
    assert [finding.verdict for finding in company_findings(settings)] == ["warning"]
    write_files(tmp_path, tags_csv="tag,group\n")
    [finding] = company_findings(settings)
    assert (finding.verdict, finding.is_configuration) == ("failed", True)
    assert finding.found.endswith("tags.csv, line 1, column label: this column is missing")


def test_a_text_of_the_api_cannot_break_out_of_its_cell(tmp_path: Path) -> None:
    odd = ('a"b', "a,b", "line\nbreak", "# no comment", "=1+1", "'")
    seen = SeenIds(
        personas=tuple(SeenId(f"p{n}", 1, text) for n, text in enumerate(odd)),
        tags=tuple(SeenId(t, 2) for t in odd),
    )
    write_missing(tmp_path / "company", first_files(seen))
    lines = (tmp_path / "company" / "personas.csv").read_text().splitlines()
    assert [row[0] for row in csv.reader(line for line in lines if not line.startswith("#"))][1:] == [
        f"p{n}" for n in range(6)
    ]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("Cost Center", "cost_center_"),
        ("department", "department"),
        ("7", "metadata_7"),
        ("Größe", "gr_e"),
        ("", "metadata"),
        ("status", "metadata_status"),
    ],
)
def test_a_column_is_suggested_that_can_be_used(key: str, column: str) -> None:
    expected = "metadata_cost_center" if column == "cost_center_" else column
    assert suggested_column(key) == expected
    assert suggested_column(key) not in TAKEN


def test_what_looks_like_an_identifier() -> None:
    looks = {
        "department": SeenKey("department", 100, 5, 0), "email": SeenKey("contact", 3, 3, 3),
        "reqId": SeenKey("reqId", 5, 5, 0),
        "video": SeenKey("video", 100, 2, 0), "odd": SeenKey("x", 100, 90, 0),
    }  # fmt: skip
    assert {name: key.is_like_an_identifier for name, key in looks.items()} == {
        "department": False, "email": True, "reqId": True, "video": False, "odd": True,
    }  # fmt: skip
