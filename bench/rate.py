"""How much of a key's rate a backfill of details uses, and how often it is told to slow down.

Data flow: a server with 50-400 ms latency and a sliding window per minute -> arrivals -> shares by minute.
Run alone: ``python -m bench.rate``; takes about two and a half minutes, nearly all of it waiting.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.company import write
from bench.contest import PROGRAM, base_url
from bench.measure import run
from bench.server import KEY, Answers, refusal

SESSIONS = 1_500
PER_MINUTE = 500
FASTEST_SEC, SLOWEST_SEC = 0.05, 0.4
# The client keeps a little air around each minute; its bursts come this far apart.
PERIOD_SEC = 60.25


@dataclass(slots=True)
class Gate:
    """Admits so many requests in any minute; remembers when each came and whether it was admitted."""

    per_minute: int
    admitted: deque[float] = field(default_factory=deque)
    arrivals: list[tuple[float, bool]] = field(default_factory=list)

    def admits(self, now: float) -> bool:
        """Whether a request that comes now is within the limit."""
        while self.admitted and self.admitted[0] <= now - 60:
            self.admitted.popleft()
        is_admitted = len(self.admitted) < self.per_minute
        if is_admitted:
            self.admitted.append(now)
        self.arrivals.append((now, is_admitted))
        return is_admitted


class SlowConnection(asyncio.Protocol):
    """Answers one request at a time, after a while."""

    def __init__(self, answers: Answers, gate: Gate, rng: random.Random) -> None:
        self._answers, self._gate, self._rng = answers, gate, rng
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every request that is whole."""
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            is_admitted = self._gate.admits(time.monotonic())
            answer = self._answers.answer(head) if is_admitted else refusal(b"429 Too Many Requests")
            delay = self._rng.uniform(FASTEST_SEC, SLOWEST_SEC)
            asyncio.get_running_loop().call_later(delay, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)  # type: ignore[attr-defined]


def start(folder: Path, gate: Gate) -> int:
    """Serves the company in a thread until the program ends; its port."""
    answers, rng = Answers(folder), random.Random(7)  # noqa: S311 - latencies
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    making = loop.create_server(lambda: SlowConnection(answers, gate, rng), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(making, loop).result()
    port: int = server.sockets[0].getsockname()[1]
    return port


def report(gate: Gate) -> str:
    """Share of the rate by minute, and 429s."""
    first = gate.arrivals[0][0]
    times = [at - first for at, is_admitted in gate.arrivals if is_admitted]
    refused = sum(not is_admitted for _, is_admitted in gate.arrivals)
    whole = int(times[-1] // PERIOD_SEC)
    lines = ["| minute | requests admitted | of the key's rate |", "| --: | --: | --: |"]
    for minute in range(whole):
        count = sum(minute * PERIOD_SEC <= at < (minute + 1) * PERIOD_SEC for at in times)
        lines.append(f"| {minute + 1} | {count} | {count / (PER_MINUTE * PERIOD_SEC / 60):.1%} |")
    lines.append("")
    lines.append(
        f"{refused} of {len(gate.arrivals):,} answers were 429 ({refused / len(gate.arrivals):.2%})."
    )
    return "\n".join(lines)


def main() -> None:
    """Runs a first sync against a key of 500 requests a minute."""
    gate = Gate(PER_MINUTE)
    with TemporaryDirectory(prefix="zenhire-bench-") as folder:
        company = Path(folder) / "company"
        company.mkdir()
        write(company, SESSIONS, with_details=True)
        environ = {
            "ZENHIRE_BASE_URL": base_url(start(company, gate)),
            "ZENHIRE_API_KEY": KEY,
            "ZENHIRE_DATA_DIR": str(Path(folder) / "data"),
            "ZENHIRE_RATE_LIMIT_PER_MINUTE": str(PER_MINUTE),
        }
        run([PROGRAM, "sync"], environ)
    sys.stdout.write(report(gate) + "\n")


if __name__ == "__main__":
    main()
