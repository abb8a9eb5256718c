"""How much of a key's rate a backfill of details uses, and how often it is told to slow down.

Data flow: a server with 50-400 ms latency and a sliding window per minute -> arrivals -> shares by minute.
Run alone: ``python -m bench.rate``; takes about two and a half minutes, nearly all of it waiting.
``python -m bench.rate changing`` halves the limit after a minute and gives it back two minutes later.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
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
# Seconds after the first request, and the limit from then on.
STEADY = ((0.0, PER_MINUTE),)
CHANGING = ((0.0, PER_MINUTE), (60.0, PER_MINUTE // 2), (180.0, PER_MINUTE))


@dataclass(slots=True)
class Gate:
    """Admits so many requests in any minute; remembers when each came and whether it was admitted."""

    limits: Sequence[tuple[float, int]] = STEADY
    admitted: deque[float] = field(default_factory=deque)
    arrivals: list[tuple[float, bool]] = field(default_factory=list)

    def admits(self, now: float) -> bool:
        """Whether a request that comes now is within the limit."""
        while self.admitted and self.admitted[0] <= now - 60:
            self.admitted.popleft()
        began = self.arrivals[0][0] if self.arrivals else now
        is_admitted = len(self.admitted) < self.limit(now - began)
        if is_admitted:
            self.admitted.append(now)
        self.arrivals.append((now, is_admitted))
        return is_admitted

    def limit(self, seconds: float) -> int:
        """Requests a minute that are admitted so long after the first."""
        return [limit for start, limit in self.limits if start <= seconds][-1]

    def retry_after(self, now: float) -> int:
        """Whole seconds until the next request would be admitted."""
        over = len(self.admitted) - self.limit(now - self.arrivals[0][0])
        return max(1, ceil(self.admitted[over] + 60 - now))


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
            now = time.monotonic()
            is_admitted = self._gate.admits(now)
            answer = self._answers.answer(head) if is_admitted else _too_many(self._gate.retry_after(now))
            delay = self._rng.uniform(FASTEST_SEC, SLOWEST_SEC)
            asyncio.get_running_loop().call_later(delay, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)  # type: ignore[attr-defined]


def _too_many(seconds: int) -> bytes:
    return refusal(b"429 Too Many Requests\r\nRetry-After: %d" % seconds)


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
    lines = ["| minute | limit | requests admitted | of the limit |", "| --: | --: | --: | --: |"]
    for minute in range(whole):
        count = sum(minute * PERIOD_SEC <= at < (minute + 1) * PERIOD_SEC for at in times)
        limit = gate.limit((minute + 0.5) * PERIOD_SEC)
        lines.append(f"| {minute + 1} | {limit} | {count} | {count / (limit * PERIOD_SEC / 60):.1%} |")
    lines.append("")
    lines.append(
        f"{refused} of {len(gate.arrivals):,} answers were 429 ({refused / len(gate.arrivals):.2%})."
    )
    return "\n".join(lines)


def main(*, changing: bool) -> None:
    """Runs a first sync against a key of 500 requests a minute."""
    gate = Gate(CHANGING if changing else STEADY)
    with TemporaryDirectory(prefix="zenhire-bench-") as folder:
        company = Path(folder) / "company"
        company.mkdir()
        write(company, 2 * SESSIONS if changing else SESSIONS, with_details=True)
        environ = {
            "ZENHIRE_BASE_URL": base_url(start(company, gate)),
            "ZENHIRE_API_KEY": KEY,
            "ZENHIRE_DATA_DIR": str(Path(folder) / "data"),
            "ZENHIRE_RATE_LIMIT_PER_MINUTE": str(PER_MINUTE),
        }
        run([PROGRAM, "sync"], environ)
    sys.stdout.write(report(gate) + "\n")


if __name__ == "__main__":
    main(changing="changing" in sys.argv[1:])
