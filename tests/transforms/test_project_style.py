"""The rules of the dbt project that no tool checks: length, portable SQL, words for every column."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.dictionary import described_marts
from tools.sources import sources_yaml

from zenhire_sync import report
from zenhire_sync.bundle import bundled

MODELS = bundled("transforms") / "models"
SQL = sorted(MODELS.rglob("*.sql"))
MARTS = sorted([*MODELS.glob("core/*.sql"), *MODELS.glob("marts/*.sql")])
# a forecast is no ratio, though its name says rate
NOT_ONE_OF_ROWS = ("run_rate_", "all_projects_run_rate_")
ENGINE_WORDS = r"::|\bqualify\b|group by all|\bfilter\s*\(|\bmedian\(|\bjson|\bunnest\b|\btimezone\(|\blist_"


def _properties(path: Path) -> dict[str, Any]:
    (model,) = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
    return dict(model)


@pytest.mark.parametrize("path", SQL, ids=lambda p: p.stem)
def test_a_model_is_short_and_portable(path: Path) -> None:
    text = re.sub(r"--.*", "", path.read_text())
    assert len(path.read_text().splitlines()) <= 90
    assert re.findall(ENGINE_WORDS, text) == []
    if path.parent.name != "staging":
        assert "source(" not in text
        assert "adapter.quote" not in text


@pytest.mark.parametrize("path", MARTS, ids=lambda p: p.stem)
def test_a_column_that_can_be_null_says_what_null_means(path: Path) -> None:
    (mart,) = (mart for mart in described_marts() if mart.name == path.stem)
    assert [c.name for c in mart.columns if c.is_nullable and "null" not in c.meaning.lower()] == []


@pytest.mark.parametrize("path", MARTS, ids=lambda p: p.stem)
def test_a_ratio_says_how_it_is_taken_over_several_rows(path: Path) -> None:
    """A mean of ratios is the mistake that a table of ratios invites."""
    (mart,) = (mart for mart in described_marts() if mart.name == path.stem)
    fractions = [column for column in mart.columns if column.type.startswith("numeric")]
    tempting = [
        c for c in fractions if re.search(r"rati[on]|_rate|share_of|_per_|average|median|p90", c.name)
    ]
    silent = [c.name for c in tempting if "Over " not in c.meaning and not c.name.startswith(NOT_ONE_OF_ROWS)]
    assert silent == []


@pytest.mark.parametrize("path", MARTS, ids=lambda p: p.stem)
def test_a_mart_says_its_grain_and_the_meaning_of_each_column(path: Path) -> None:
    model = _properties(path)
    assert model["description"].startswith("One row")
    assert [c["name"] for c in model["columns"] if not (c.get("description") and c.get("data_type"))] == []
    tests = [test for column in model["columns"] for test in column.get("data_tests", [])]
    assert "unique" in tests


def test_names_of_unit_tests_fit_into_a_name_of_postgres() -> None:
    """It makes a table of that name and knows no more than 63 characters."""
    files = [yaml.safe_load(path.read_text()) for path in MODELS.rglob("*.yml")]
    names = [test["name"] for file in files for test in file.get("unit_tests", [])]
    assert len(names) > 20
    assert [name for name in names if len(name) > 63] == []


def test_sources_are_the_declared_raw_tables() -> None:
    """Renew with ``python -m tools.sources > transforms/models/staging/zenhire_raw.yml``."""
    assert (MODELS / "staging" / "zenhire_raw.yml").read_text() == sources_yaml()


def _exposed(name: str) -> list[str]:
    """The marts that an exposure says it reads."""
    exposures = yaml.safe_load((MODELS / "exposures.yml").read_text())["exposures"]
    (exposure,) = (e for e in exposures if e["name"] == name)
    return sorted(re.sub(r"ref\('(\w+)'\)", r"\1", mart) for mart in exposure["depends_on"])


def test_the_published_file_is_said_to_hold_every_mart() -> None:
    assert _exposed("published_file") == sorted(path.stem for path in MARTS)


def test_the_report_is_said_to_read_what_it_reads() -> None:
    texts = (path.read_text() for path in Path(report.__file__).parent.glob("*.py"))
    read = {mart for text in texts for mart in re.findall(r"from zenhire_marts\.(\w+)", text)}
    assert _exposed("offline_report") == sorted(read - {"publication"})
