"""Files of rows on their way to the warehouse."""

from __future__ import annotations

import stat
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sync.world import UNLIMITED
from zenhire_schemas.tables import SESSION_METADATA
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.spool import Spool

pytestmark = pytest.mark.file_only


def metadata(sessions: int, letters: int) -> pa.Table:
    """One entry for each session, of letters that cannot be squeezed."""
    rng = Random(1)
    rows = [
        {
            "session_id": f"session-{number}",
            "key": "notes",
            "value": rng.randbytes(letters // 2).hex(),
            "value_type": "string",
            "is_removed": False,
        }
        for number in range(sessions)
    ]
    return pa.Table.from_pylist(rows, schema=SESSION_METADATA.arrow_schema())


@pytest.mark.parametrize("are_new", [True, False])
def test_sessions_with_as_much_metadata_as_the_api_allows_fit_into_duckdbs_memory(
    tmp_path: Path, *, are_new: bool
) -> None:
    settings = Settings(data_dir=tmp_path, rate_limit_per_minute=UNLIMITED)
    with warehouse_of(settings).loading() as warehouse:
        # A window of 32 MB, of 8 KB each (P).
        assert warehouse.load({"session_metadata": metadata(4_000, 8_000)}, are_new=are_new)
        [row] = warehouse.select(
            "select count(*) as rows, min(length(value)) as shortest from session_metadata"
        ).to_pylist()
    assert row == {"rows": 4_000, "shortest": 8_000}
    assert not list(settings.state_dir.rglob("*.parquet"))


def test_what_was_added_is_in_one_private_file_a_table(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    first, second = metadata(3, 10), metadata(2, 10)
    spool.add({"session_metadata": first})
    spool.add({"session_metadata": second})
    assert spool.rows("session_metadata") == 5
    assert not spool.is_due(60)
    assert spool.is_due(0)
    [(name, file)] = spool.take().items()
    assert (name, file.num_rows, pq.read_schema(file.path)) == ("session_metadata", 5, first.schema)
    assert pq.read_table(file.path).equals(pa.concat_tables([first, second]))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert spool.take() == {}
    assert not spool.is_due(0)
