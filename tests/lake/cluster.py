"""A standalone Spark cluster on loopback: one master and two worker processes."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

_PACKAGE = "org.apache.spark.deploy"
_LONGEST_SECONDS = 60
# These Javas live for a minute or two: what a better compiler and collector would save comes too late.
SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SHORT_LIVES = {f"spark.{part}.defaultJavaOptions": SHORT_LIFE for part in ("driver", "executor")}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The master's address; its processes end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        where = ("--host", "127.0.0.1", "--webui-port", "0")
        stack.enter_context(
            _process(folder / "master", f"{_PACKAGE}.master.Master", *where, "--port", str(port))
        )
        _wait_for(folder / "master" / "log", "I have been elected leader")
        for number in (1, 2):
            worker = folder / f"worker{number}"
            room = ("-c", "1", "-m", "2g", "-d", str(worker))
            stack.enter_context(_process(worker, f"{_PACKAGE}.worker.Worker", *where, *room, master))
            _wait_for(worker / "log", "Successfully registered with master")
        yield master


@contextmanager
def _process(folder: Path, name: str, *arguments: str) -> Iterator[None]:
    home = Path(pyspark.__file__).parent
    folder.mkdir(parents=True)
    environ = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
    }
    with (folder / "log").open("wb") as log:
        # The script ends by becoming Java.
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), "-Xmx256m", *SHORT_LIFE.split(), name, *arguments],
            cwd=folder,
            env=environ,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(_LONGEST_SECONDS)


def _wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while words not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)
