"""A cluster with Iceberg: nights of a team whose raw tables it reads by their catalog, all of it in S3.

Real commands, a catalog on PostgreSQL, an S3 double, one master and two workers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.accidents.commands import KEY, variables
from tests.lake.cluster import SHORT_LIVES, running
from tests.lake.test_team import assert_marts_equal
from tests.publish.s3 import Bucket
from tests.sync.world import World, assert_lists_equal, assert_no_orphans_or_twins, world
from tests.thorough import dice
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company, CompanySpec

pytestmark = pytest.mark.slow

JARS = Path(__file__).parents[2] / ".jars"
SPEC = CompanySpec(sessions=300, days=40, personas=4)
PROGRAM = (sys.executable, "-m", "zenhire_sync")


@pytest.mark.skipif(not JARS.is_dir() and not os.environ.get("CI"), reason="needs `make jars`")
def test_nights_on_a_cluster_that_reads_the_catalog(team: Settings, bucket: Bucket, tmp_path: Path) -> None:
    company = Company(SPEC)
    with (
        running(tmp_path / "cluster") as master,
        world(tmp_path, company, company.settled_at - timedelta(days=2), keys={KEY: None}) as here,
    ):
        here.settings = team
        env = at_work(here, tmp_path, master, bucket)
        sync_and_reconcile(here, env)
        killed_in_the_middle(here, env)
        # A worker keeps nothing between its steps. An erasure builds and publishes by itself.
        said = erased(here, {**env, "ZENHIRE_DATA_DIR": str(tmp_path / "other")})
        assert "the cluster reads the raw tables by their catalog" in said
        assert_marts_are_those_of_a_file(here, env, tmp_path)


def at_work(here: World, tmp_path: Path, master: str, bucket: Bucket) -> dict[str, str]:
    """The environment of a stateless worker, Spark's own configuration in the file that Spark has for it."""
    endpoint, conf = bucket.client.meta.endpoint_url, tmp_path / "conf"
    conf.mkdir()
    properties = {
        **SHORT_LIVES,
        "spark.jars": ",".join(str(path) for path in sorted(JARS.glob("*.jar"))),
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "1g",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.executorEnv.AWS_ACCESS_KEY_ID": "a-key",
        "spark.executorEnv.AWS_SECRET_ACCESS_KEY": "a-secret",
        "spark.executorEnv.AWS_REGION": "us-east-1",
    }
    lines = "".join(f"{name} {text}\n" for name, text in properties.items())
    (conf / "spark-defaults.conf").write_text(lines)
    url = here.settings.home.url
    assert url is not None
    mine = variables(
        here.settings.data_dir,
        here.sim.base_url,
        ZENHIRE_PROFILE="lake",
        ZENHIRE_LAKE_DIR=str(here.settings.lake_dir),
        ZENHIRE_LAKE_CATALOG_URL=url.get_secret_value(),
        ZENHIRE_SPARK_MASTER=master,
        ZENHIRE_PUBLISH_DIR=str(tmp_path / "out"),
    )
    return {**mine, "AWS_ENDPOINT_URL": endpoint, "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1"}


def command(here: World, env: Mapping[str, str], *arguments: str) -> str:
    """What a command that ends well says."""
    at = ("--as-of", here.sim.now.isoformat()) if arguments[0] in {"sync", "reconcile", "build"} else ()
    done = subprocess.run([*PROGRAM, *arguments, *at], check=False, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def sync_and_reconcile(here: World, env: Mapping[str, str]) -> None:
    """Two nights, of which the second reads everything again."""
    command(here, env, "sync")
    here.sim.now += timedelta(days=2)
    command(here, env, "sync")
    command(here, env, "reconcile")
    assert_lists_equal(here, here.sim.now)
    assert_no_orphans_or_twins(here)


def killed_in_the_middle(here: World, env: Mapping[str, str]) -> None:
    """kill -9 of a build at some moment of it: nothing is published, nothing is in the way of the next."""
    with subprocess.Popen(
        [*PROGRAM, "build", "--as-of", here.sim.now.isoformat()],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        time.sleep(dice("the second at which a build is killed").uniform(8, 25))
        process.kill()


def assert_marts_are_those_of_a_file(here: World, env: Mapping[str, str], tmp_path: Path) -> None:
    """Row by row, to the last digit; the copy knows what was published."""
    own = {name: text for name, text in env.items() if name != "ZENHIRE_SPARK_MASTER"}
    file = {
        **own,
        "ZENHIRE_DATA_DIR": str(tmp_path / "file"),
        "ZENHIRE_PUBLISH_DIR": str(tmp_path / "of_file"),
    }
    command(here, file, "copy", "--to", "duckdb")
    alone = {name: text for name, text in file.items() if "LAKE" not in name} | {"ZENHIRE_PROFILE": "duckdb"}
    command(here, alone, "build")
    command(here, alone, "publish")
    theirs, ours = (tmp_path / folder / "zenhire.duckdb" for folder in ("out", "of_file"))
    assert_marts_equal(theirs, ours, are_next=True)


def erased(here: World, env: Mapping[str, str]) -> str:
    """What an erasure says. It reads every row to see that the person is gone, and so does this."""
    [[candidate]] = here.query("select min(candidate_ref) from sessions where candidate_ref is not null")
    said = command(here, env, "erase", "--candidate-ref", candidate, "--yes")
    assert here.query("select count(*) from sessions where candidate_ref = ?", candidate) == [(0,)]
    return said
