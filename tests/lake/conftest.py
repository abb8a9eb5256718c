"""A catalog on PostgreSQL and an S3 of our own, as a team has them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.publish.s3 import Bucket
from tests.publish.s3 import running as s3_running
from tests.transforms.postgres.server import CAN_BUILD, Postgres, running
from zenhire_sync.settings import Home, Profile, Settings

collect_ignore_glob = [] if CAN_BUILD else ["test_*.py"]
PROFILE = Profile(name="lake", description="test", destination="lake", dbt_target="duckdb")
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this worker's own."""
    with running() as found:
        yield found


@pytest.fixture
def catalog_url(postgres: Postgres) -> Iterator[str]:
    """A database for one catalog."""
    name = f"catalog_{next(_NUMBERS)}"
    postgres.execute(f"create database {name}")
    yield postgres.url(name)
    postgres.execute(f"drop database {name} with (force)")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, and the variables that lead there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with s3_running() as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.client.meta.endpoint_url)
        yield found


@pytest.fixture
def team(catalog_url: str, bucket: Bucket, tmp_path: Path) -> Settings:
    """Settings of a stateless worker: catalog and files are elsewhere."""
    store = {"s3.endpoint": bucket.client.meta.endpoint_url, "s3.region": "us-east-1"}
    home = Home(destination="lake", url=SecretStr(catalog_url), parameters=store)
    return Settings(data_dir=tmp_path / "worker", lake_dir="s3://company/interviews").at(home)
