"""Buckets that keep what is overwritten or deleted: an erasure reaches the present objects only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zenhire_sync.errors import first_line
from zenhire_sync.settings import Settings

# How stores say that a bucket has none, or that they know no such thing.
_HAS_NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NotImplemented", "MethodNotAllowed"}


def kept_versions(settings: Settings) -> tuple[str, ...]:
    """A sentence for each bucket in use that keeps old versions, or of which it cannot be told."""
    return tuple(said for bucket, client in _buckets(settings) if (said := _said(bucket, client)))


def _buckets(settings: Settings) -> Iterator[tuple[str, dict[str, str]]]:
    """Each bucket once, and what leads a client there."""
    found: dict[str, dict[str, str]] = {}
    lake = settings.lake_dir if settings.home.destination == "lake" else None
    for url in filter(None, (settings.store_url, lake)):
        parts = urlsplit(url)
        if parts.scheme != "s3":
            continue
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        own = settings.home.parameters if url == lake else {}
        host = query.get("endpoint_override", "")
        client = {
            "endpoint_url": own.get("s3.endpoint")
            or (f"{query.get('scheme', 'https')}://{host}" if host else ""),
            "region_name": own.get("s3.region") or query.get("region", ""),
        }
        found.setdefault(parts.netloc, {name: value for name, value in client.items() if value})
    yield from found.items()


def _said(bucket: str, client: dict[str, str]) -> str | None:
    try:
        import boto3
    except ImportError:
        return f"whether bucket {bucket} keeps old versions: install zenhire-sync[s3] to see"
    try:
        store = boto3.client("s3", **client)
        versioning = store.get_bucket_versioning(Bucket=bucket).get("Status")
        if _is_locked(store, bucket):
            return f"bucket {bucket} has an object lock: old versions cannot be deleted before their time"
    # Whatever it is, it is no reason to stop: rights to look at a bucket are seldom given.
    except Exception as error:
        return f"whether bucket {bucket} keeps old versions: {first_line(error)}"
    # Suspended keeps those of before.
    if versioning:
        return f"bucket {bucket} keeps old versions (versioning: {versioning}); let them expire in time"
    return None


def _is_locked(store: Any, bucket: str) -> bool:
    try:
        found = store.get_object_lock_configuration(Bucket=bucket)
    except store.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in _HAS_NO_LOCK:
            return False
        raise
    return bool(found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")
