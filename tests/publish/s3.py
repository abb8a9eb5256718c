"""An S3 of our own on loopback: moto's server, with one bucket."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import requests
from moto.server import ThreadedMotoServer

BUCKET = "company"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket, as an administrator sees it; ``query`` is what leads a URL of it to the server."""

    client: boto3.client
    query: str

    def url(self, path: str = "marts", bucket: str = BUCKET) -> str:
        """A place in the bucket, as ZENHIRE_PUBLISH_DIR has it."""
        return f"s3://{bucket}/{path}?{self.query}"

    def objects(self) -> list[str]:
        """The key of every object."""
        return sorted(
            found["Key"] for found in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        )

    def read(self, key: str) -> bytes:
        """The object's bytes."""
        body: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def kind(self, key: str) -> str:
        """The object's media type."""
        found: str = self.client.head_object(Bucket=BUCKET, Key=key)["ContentType"]
        return found


@contextmanager
def running() -> Iterator[Bucket]:
    """A server with an empty bucket; credentials are the environment's."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # It keeps what an earlier server of this process held.
        requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10).raise_for_status()
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield Bucket(client, f"endpoint_override={host}:{port}&scheme=http&region=us-east-1")
    finally:
        server.stop()
