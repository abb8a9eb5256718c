"""What dbt takes from the process rather than from arguments, changed for one call and put back."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from zenhire_sync.company import CompanyFiles
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings
from zenhire_sync.usable import require_zone


def dbt_variables(settings: Settings, as_of: datetime, company: CompanyFiles | None = None) -> dict[str, str]:
    """The environment variables that ``transforms/`` reads.

    Raises ConfigurationError when the reporting time zone or the memory limit cannot be used.
    """
    require_zone(settings.reporting_time_zone)
    shown = () if company is None else company.shown_keys
    return {
        **warehouse_of(settings).dbt().variables,
        "ZENHIRE_BUILD_AS_OF": as_of.astimezone(UTC).isoformat(),
        "ZENHIRE_BUILD_SURVEY_DAYS": str(max(settings.survey_ladder_days, default=0)),
        "ZENHIRE_BUILD_CREDIT_PRICE": "" if settings.credit_price is None else f"{settings.credit_price:f}",
        "ZENHIRE_BUILD_CREDIT_CURRENCY": settings.credit_currency,
        "ZENHIRE_BUILD_ATTRIBUTES": json.dumps(
            [{"attribute": one.column, "type": one.type, "meaning": one.meaning} for one in shown]
        ),
        "ZENHIRE_REPORTING_TIME_ZONE": settings.reporting_time_zone,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def work_dir(settings: Settings) -> Path:
    """Where dbt and the engine may write: parse cache, compiled SQL, log, spilled data."""
    return settings.state_dir.resolve() / "dbt"


@contextmanager
def process_set_up(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables set, new files private, dbt's own warnings off; everything as before afterwards.

    dbt takes any of its options from a variable: those that a scheduler exports for another project would
    choose what is built and tested here, so none but ours is there. dbt also changes the working directory,
    which the caller must not notice.
    """
    before, folder, mask = dict(os.environ), Path.cwd(), os.umask(0o077)
    for name in filter(_is_of_dbt, before):
        del os.environ[name]
    os.environ.update(variables)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.umask(mask)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


def _is_of_dbt(name: str) -> bool:
    """Also under dbt's newer prefix, DBT_ENGINE_."""
    return name.upper().startswith("DBT_")
