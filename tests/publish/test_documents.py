"""What a build says of its marts is published with them, and with none but them."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from zenhire_schemas.names import CONTRACT, DOCUMENTS
from zenhire_sync.engines.documents import documents_folder
from zenhire_sync.erase.folders import rewritten_files, strangers
from zenhire_sync.errors import AuditError
from zenhire_sync.publish import PublishSummary
from zenhire_sync.settings import Settings

Publish = Callable[[], PublishSummary]


@pytest.fixture
def say(settings: Settings) -> Callable[[str], None]:
    """Leaves documents as a build does."""

    def said(text: str) -> None:
        folder = documents_folder(settings)
        folder.mkdir(parents=True, exist_ok=True)
        for name in DOCUMENTS:
            (folder / name).write_text(f"{name}: {text}")

    return said


def test_they_are_swapped_in_with_the_marts_and_only_their_owner_reads_them(
    publish: Publish, settings: Settings, say: Callable[[str], None]
) -> None:
    folder = settings.published_path.parent
    for night in ("one", "two"):
        say(night)
        publish()
        assert {name: _text(folder, name) for name in DOCUMENTS} == {
            name: f"{name}: {night}" for name in DOCUMENTS
        }
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in DOCUMENTS} == {0o400}
    assert {path.name for path in folder.iterdir()} == {"zenhire.duckdb", "parquet", ".parquet", *DOCUMENTS}


def test_a_publish_that_is_refused_leaves_the_contract_of_what_is_published(
    publish: Publish,
    settings: Settings,
    say: Callable[[str], None],
    change_warehouse: Callable[[str], None],
) -> None:
    say("one")
    publish()
    say("two")
    change_warehouse("delete from zenhire_marts.negative_feedback")
    with pytest.raises(AuditError):
        publish()
    assert _text(settings.published_path.parent, CONTRACT) == f"{CONTRACT}: one"


def test_an_erasure_knows_them_for_ours(
    publish: Publish, settings: Settings, say: Callable[[str], None]
) -> None:
    say("one")
    publish()
    folder = settings.published_path.parent
    assert strangers(settings) == ()
    assert {folder / name for name in DOCUMENTS} <= {*rewritten_files(settings)}


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")
