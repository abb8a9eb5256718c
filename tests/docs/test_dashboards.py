"""The dashboards that a company imports are those of the models and metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.dashboards.__main__ import main
from tools.dashboards.bundle import Bundle

COMMITTED = Path(__file__).parents[2] / "dashboards" / "superset"


def test_they_are_fresh() -> None:
    found = {
        str(path.relative_to(COMMITTED)): path.read_text("utf-8")
        for path in COMMITTED.rglob("*")
        if path.is_file()
    }
    assert found == Bundle().files(), "run `python -m tools.dashboards --to dashboards/superset`"


def test_two_bundles_share_no_id() -> None:
    ours, theirs = (
        {*re.findall("^uuid: .*", "\n".join(Bundle(name).files().values()), re.MULTILINE)}
        for name in ("ZenHire", "Another")
    )
    assert len(ours) > 40
    assert ours & theirs == set()


@pytest.mark.parametrize("address", ["postgresql://reader:secret@host/zenhire", "mysql://host/zenhire"])
def test_a_password_or_another_database_is_refused(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--to", str(tmp_path / "bundle"), "--database", address])
    assert ended.value.code == 2
    assert "secret" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_bundle_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    with pytest.raises(SystemExit):
        main(["--to", str(tmp_path)])
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    with pytest.raises(SystemExit):
        main(["--to", str(tmp_path / "mine.yaml")])
