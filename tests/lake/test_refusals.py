"""What a store or a catalog refuses is told in one line, before the API is asked for anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.accidents.test_kills_of_sync import SPEC, START
from tests.publish.s3 import Bucket
from tests.sync.world import World, world
from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Home, Settings
from zenhire_sync.simulator import Company

pytestmark = pytest.mark.slow


@pytest.fixture
def here(team: Settings, tmp_path: Path) -> Iterator[World]:
    """A company beside a team's lake."""
    with world(tmp_path / "here", Company(SPEC), START) as found:
        found.settings = found.settings.model_copy(update={"lake_dir": team.lake_dir}).at(team.home)
        yield found


@pytest.fixture
def closed_store() -> Iterator[str]:
    """A store that lets nobody in."""

    @Request.application
    def refuse(_: Request) -> Response:
        said = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return Response(said, 403, mimetype="application/xml")

    server = make_server("127.0.0.1", 0, refuse, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(here: World) -> str:
    """The one line that a night ends with; no request was spent on it."""
    with pytest.raises(WarehouseError) as told:
        here.night()
    assert here.sim.log.records() == ()
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_bucket_that_is_not_there(here: World) -> None:
    here.settings = here.settings.model_copy(update={"lake_dir": "s3://nowhere/interviews"})
    assert "nowhere" in refused(here)


def test_a_store_without_the_right_to_write(here: World, closed_store: str) -> None:
    home = here.settings.home
    closed = {**home.parameters, "s3.endpoint": closed_store}
    here.settings = here.settings.at(Home(destination="lake", url=home.url, parameters=closed))
    said = refused(here)
    assert "denied" in said.lower()
    assert "a-secret" not in said


def test_tables_of_another_product(here: World, bucket: Bucket) -> None:
    catalog = catalog_of(here.settings)
    catalog.create_namespace("zenhire_raw")
    catalog.create_table(("zenhire_raw", "sessions"), schema=pa.schema([("visitor", pa.string())]))
    before = bucket.objects()
    assert "was not made by zenhire-sync" in refused(here)
    assert bucket.objects() == before
