"""Published files once more in an object store: each object whole, the last night's marts gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.publish import s3
from tests.publish.conftest import NOW

from zenhire_schemas.names import CONTRACT
from zenhire_sync import object_store
from zenhire_sync.check.local import store_finding
from zenhire_sync.engines.documents import documents_folder
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.report import write_report
from zenhire_sync.settings import Settings


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[s3.Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with s3.running() as found:
        yield found


def at(settings: Settings, place: str) -> Settings:
    return settings.model_copy(update={"publish_dir": place})


def publish(settings: Settings) -> PublishSummary:
    return publish_marts(settings, now=NOW)


def test_every_published_file_is_there_byte_for_byte(settings: Settings, bucket: s3.Bucket) -> None:
    there = at(settings, bucket.url())
    documents_folder(there).mkdir(parents=True)
    (documents_folder(there) / CONTRACT).write_text("kind: DataContract")
    done = publish(there)
    write_report(there, now=NOW)
    assert done.elsewhere == ("s3://company/marts",)
    folder = settings.published_path.parent
    local = [folder / "zenhire.duckdb", folder / "report.html", folder / CONTRACT]
    local += [*(folder / "parquet").glob("*/*.parquet")]
    assert bucket.objects() == sorted(f"marts/{path.relative_to(folder)}" for path in local)
    assert [
        path for path in local if bucket.read(f"marts/{path.relative_to(folder)}") != path.read_bytes()
    ] == []
    assert bucket.kind("marts/report.html").startswith("text/html")
    assert bucket.kind(f"marts/{CONTRACT}") == "application/yaml"


def test_a_mart_that_is_no_more_goes_and_what_is_not_ours_stays(
    settings: Settings, bucket: s3.Bucket, change_warehouse: Callable[[str], None]
) -> None:
    change_warehouse("create table zenhire_marts.passing as select 1 as one")
    publish(at(settings, bucket.url()))
    assert "marts/parquet/passing/passing.parquet" in bucket.objects()
    bucket.client.put_object(Bucket=s3.BUCKET, Key="other/parquet/mine.parquet", Body=b"mine")
    change_warehouse("drop table zenhire_marts.passing")
    publish(at(settings, bucket.url()))
    assert [key for key in bucket.objects() if "passing" in key] == []
    assert bucket.read("other/parquet/mine.parquet") == b"mine"


def test_what_cannot_be_put_there_is_told_without_the_secret(
    settings: Settings, bucket: s3.Bucket, tmp_path: Path
) -> None:
    publish(at(settings, bucket.url()))
    before = bucket.read("marts/zenhire.duckdb")
    with pytest.raises(WarehouseError, match=r"s3://nobody/marts: .*NO_SUCH_BUCKET") as told:
        publish(at(settings, bucket.url(bucket="nobody")))
    assert "planted-secret" not in str(told.value)
    assert bucket.read("marts/zenhire.duckdb") == before
    [finding] = store_finding(at(settings, bucket.url(bucket="nobody")))
    assert (finding.verdict, "there is no bucket nobody" in finding.found) == ("failed", True)
    [finding] = store_finding(at(settings, bucket.url()))
    assert (finding.verdict, finding.found) == ("ok", "s3://company/marts")
    assert store_finding(settings) == []


def test_half_an_object_is_never_taken_for_a_whole_one(
    settings: Settings, bucket: s3.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(read: Any, write: Any, length: int) -> None:
        write.write(read.read(10))

    monkeypatch.setattr(shutil, "copyfileobj", broken)
    with pytest.raises(WarehouseError, match="has 10 bytes there"):
        publish(at(settings, bucket.url()))


def test_publication_comes_last_of_parquet_and_the_file_last_of_all(
    settings: Settings, bucket: s3.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = object_store._put_one

    def noted(store: Any, source: Path, target: str) -> None:
        order.append(source.name)
        real(store, source, target)

    monkeypatch.setattr(object_store, "_put_one", noted)
    publish(at(settings, bucket.url()))
    assert order[-2:] == ["publication.parquet", "zenhire.duckdb"]


def test_a_folder_of_ones_own_takes_the_place_of_the_data_directorys(
    settings: Settings, tmp_path: Path
) -> None:
    there = at(settings, str(tmp_path / "for readers"))
    done = publish(there)
    report = write_report(there, now=NOW)
    assert done.place == str(tmp_path / "for readers" / "zenhire.duckdb")
    assert report.path == tmp_path / "for readers" / "report.html"
    assert (tmp_path / "for readers" / "parquet" / "publication" / "publication.parquet").is_file()
    assert not (settings.data_dir / "published").exists()
    with duckdb.connect(done.place, read_only=True) as reader:
        assert reader.execute("select sum(credits_charged) from credit_usage_daily").fetchall() == [(50,)]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://", "it names no bucket"),
        ("s3:///marts", "it names no bucket"),
        ("foo://bucket/x", "Protocol not known: foo"),
        ("https://example.com/x", "nothing can be put there"),
        ("file:///tmp/x", "write a folder as a path"),
        ("s3://[bucket/x", "Invalid IPv6 URL"),
        ("s3://key:planted-secret@bucket/x", "holds a login"),
    ],
)
def test_a_place_that_cannot_be_one_is_told_before_the_night(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match="ZENHIRE_PUBLISH_DIR") as told:
        object_store.require_store(url)
    assert words in str(told.value)
    assert "planted-secret" not in str(told.value)


@pytest.mark.parametrize(
    "url", ["s3://bucket", "gs://bucket/x", "abfss://box@account.dfs.core.windows.net/x"]
)
def test_a_place_of_a_known_kind_is_not_asked_for_anything(url: str) -> None:
    object_store.require_store(url)
