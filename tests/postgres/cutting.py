"""A proxy before the server that cuts all connections after so many bytes, as a firewall does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Cutting:
    """Passes on what is said; every connection ends once ``left`` bytes of clients have passed."""

    port: int
    left: float = float("inf")
    cuts: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, size: int) -> None:
        """Counts bytes of a client, and cuts."""
        with self._lock:
            self.left -= size
            if self.left < 0:
                self.cuts += 1
                self.cut()

    def cut(self) -> None:
        """Ends every connection, in the middle of what was said."""
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def join(self, client: socket.socket, server: socket.socket) -> None:
        """Passes on in both directions until one of them ends."""
        with self._lock:
            self._open += [client, server]
        for source, target, counted in ((client, server, True), (server, client, False)):
            threading.Thread(target=self._pass_on, args=(source, target, counted), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if counted:
                    self.note(len(data))
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def cutting(port: int) -> Iterator[Cutting]:
    """The proxy before a server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        found = Cutting(door.getsockname()[1])

        def let_in() -> None:
            with suppress(OSError):
                while True:
                    client, _ = door.accept()
                    found.join(client, socket.create_connection(("127.0.0.1", port)))

        threading.Thread(target=let_in, daemon=True).start()
        try:
            yield found
        finally:
            found.cut()
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
