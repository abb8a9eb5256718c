"""Companies whose only way out is a proxy: named as every tool has it, and never shown the key."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from tests.api.raw_server import serving
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.cli.redact import without_keys
from zenhire_sync.config import load_config
from zenhire_sync.errors import ApiUnreachableError, ConfigurationError, ZenhireError
from zenhire_sync.proxy import proxy_for
from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer

KEY = "zh_api_n0tForAnyProxy"
API = "https://api.example.com/api/v1/interview"
NAMED = {"HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    ("environ", "used"),
    [
        ({}, None),
        (NAMED, "http://proxy:3128 (HTTPS_PROXY)"),
        ({"https_proxy": "http://small:1", **NAMED}, "http://small:1 (https_proxy)"),
        ({"https_proxy": "", **NAMED}, None),
        ({"ALL_PROXY": "http://all:1"}, "http://all:1 (ALL_PROXY)"),
        ({"ALL_PROXY": "http://all:1", **NAMED}, "http://proxy:3128 (HTTPS_PROXY)"),
        ({"HTTP_PROXY": "http://plain:1"}, None),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "https://[::1]:3128/"}, "https://[::1]:3128 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://me:p%40ss@proxy:3128"}, "http://proxy:3128 (HTTPS_PROXY)"),
    ],
)
def test_the_proxy_is_named_as_every_tool_has_it(environ: dict[str, str], used: str | None) -> None:
    found = proxy_for(API, environ)
    assert (None if found is None else str(found)) == used
    assert found is None or found.problem is None


@pytest.mark.parametrize(
    ("url", "no_proxy", "is_direct"),
    [
        (API, "*", True),
        (API, "example.com", True),
        (API, ".example.com", True),
        (API, "*.example.com", True),
        (API, "localhost, API.Example.COM ,other", True),
        (API, "localhost api.example.com", True),
        (API, "api.example.com:443", True),
        (API, "api.example.com:8443", False),
        (API, "pi.example.com", False),
        (API, "example", False),
        (API, "", False),
        (API, "10.0.0.0/8", False),
        ("https://10.1.2.3/api", "10.0.0.0/8", True),
        ("https://10.1.2.3/api", "10.1.2.3", True),
        ("https://11.1.2.3/api", "10.0.0.0/8", False),
        ("https://[fd00::7]:8443/api", "fd00::/8", True),
        ("https://[fd00::7]:8443/api", "[fd00::7]:8443", True),
        ("https://127.0.0.1:8443/api", "", True),
        ("http://localhost/api", "", True),
    ],
)
def test_no_proxy_keeps_hosts_on_the_direct_way(url: str, no_proxy: str, is_direct: bool) -> None:
    assert (proxy_for(url, {**NAMED, "NO_PROXY": no_proxy}) is None) == is_direct


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://me:secret@proxy:1080", "names a SOCKS proxy"),
        ("http://:3128", "is not the address of a proxy"),
        ("ftp://me:secret@proxy", "is not the address of a proxy"),
        ("http://me:secret@proxy:99999", "is not the address of a proxy"),
        ('"http://me:secret@proxy:3128"', "is not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_login(value: str, words: str) -> None:
    told = said(API, HTTPS_PROXY=value)
    assert isinstance(told, ConfigurationError)
    assert words in str(told)
    assert "HTTPS_PROXY" in str(told)
    assert "secret" not in str(told)


def test_an_unusable_proxy_is_no_matter_to_a_command_that_stays_here() -> None:
    load_config({"HTTPS_PROXY": "socks5://proxy"}, None)


def said(base_url: str, **environ: str) -> ZenhireError:
    """What a request ends with."""
    config = load_config({"ZENHIRE_BASE_URL": base_url, "ZENHIRE_API_KEY": KEY, **environ}, None)
    settings = config.settings.model_copy(update={"request_attempts": 2, "retry_base_seconds": 0.01})

    async def ask() -> None:
        async with ApiClient(settings, config.keys()[0], RequestLedger()) as client:
            await client.get("sessions", reason="list")

    with pytest.raises(ZenhireError) as told:
        asyncio.run(ask())
    return told.value


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("407 Proxy Authentication Required", "asks for a login (407)", ConfigurationError),
        ("403 Forbidden", "answers HTTP 403", ApiUnreachableError),
        ("502 Bad Gateway", "answers HTTP 502", ApiUnreachableError),
    ],
)
def test_a_proxy_that_refuses_is_told_apart_from_the_api(
    status: str, words: str, kind: type[ZenhireError]
) -> None:
    with serving(lambda _: (f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode(), False)) as seen:
        told = said(API, HTTPS_PROXY=f"http://me:secret@127.0.0.1:{seen.port}")
    assert isinstance(told, kind)
    assert f"the proxy http://127.0.0.1:{seen.port} (HTTPS_PROXY) {words}" in str(told)
    assert "secret" not in str(told)
    assert seen.lines[0] == "CONNECT api.example.com:443 HTTP/1.1"
    assert KEY not in "".join(seen.heads)
    assert f"Proxy-Authorization: Basic {b64encode(b'me:secret').decode()}" in seen.heads[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.invalid"])
def test_a_proxy_that_is_not_there_is_named(host: str) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        told = said(API, https_proxy=f"http://me:secret@{host}:{port}")
    assert f"the proxy http://{host}:{port} (https_proxy) does not answer" in str(told)
    assert "secret" not in str(told)


def test_a_netrc_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(lambda _: (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", True)) as seen:
        config = load_config({"ZENHIRE_BASE_URL": seen.base_url, "ZENHIRE_API_KEY": KEY}, None)

        async def ask() -> int:
            async with ApiClient(config.settings, config.keys()[0], RequestLedger()) as client:
                return (await client.get("sessions", reason="list")).status

        assert asyncio.run(ask()) == 404
    assert "authorization" not in seen.heads[0].lower()


def test_a_proxys_login_never_leaves_in_a_trace() -> None:
    environ = {"HTTPS_PROXY": "http://me:p%40ss@proxy:3128"}
    assert without_keys("http://me:p%40ss@proxy p@ss", environ) == "http://(hidden)@proxy (hidden)"


@dataclass
class Tunnel:
    """A proxy that leads every host to one port: what it was asked for, and what went through it."""

    port: int
    asked: list[str] = field(default_factory=list)
    passed: list[bytes] = field(default_factory=list)


@contextmanager
def tunnel_to(there: int, secured: ssl.SSLContext | None = None) -> Iterator[Tunnel]:
    """A CONNECT proxy, itself behind TLS when ``secured``."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        found = Tunnel(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(plain: socket.socket) -> None:
            with suppress(OSError):
                client = plain if secured is None else secured.wrap_socket(plain, server_side=True)
                found.asked.append(client.recv(65_536).decode())
                server = socket.create_connection(("127.0.0.1", there))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                Thread(target=pass_on, args=(server, client), daemon=True).start()
                pass_on(client, server)

        def pass_on(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while block := source.recv(65_536):
                    found.passed.append(block)
                    target.sendall(block)

        Thread(target=accept, daemon=True).start()
        yield found
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def behind_tls(there: int, context: ssl.SSLContext) -> Iterator[int]:
    """A port that speaks TLS and hands on to another that does not."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(plain: socket.socket) -> None:
            with suppress(OSError):
                client = context.wrap_socket(plain, server_side=True)
                server = socket.create_connection(("127.0.0.1", there))
                Thread(target=pass_on, args=(server, client), daemon=True).start()
                pass_on(client, server)

        def pass_on(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while block := source.recv(65_536):
                    target.sendall(block)

        Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_night_goes_through_the_proxy_and_shows_it_no_key(tmp_path: Path, scheme: str) -> None:
    context, certificate = certified(tmp_path)
    company = Company(CompanySpec(sessions=4, days=5))
    with (
        SimulatorServer(company, now=company.settled_at, keys={KEY: None}) as api,
        behind_tls(api.port, context) as secured,
        tunnel_to(secured, context if scheme == "https" else None) as proxy,
    ):
        environ = {name: text for name, text in os.environ.items() if not name.startswith("ZENHIRE_")}
        program, now = Path(sys.executable).with_name("zenhire-sync"), company.settled_at.isoformat()
        done = subprocess.run(
            [program, "sync", "--as-of", now],
            env={
                **environ,
                "ZENHIRE_API_KEY": KEY,
                "ZENHIRE_BASE_URL": "https://api.zenhire.example/api/v1/interview",
                "ZENHIRE_DATA_DIR": str(tmp_path / "data"),
                "HTTPS_PROXY": f"{scheme}://me:secret@localhost:{proxy.port}",
                "SSL_CERT_FILE": str(certificate),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert all(head.startswith("CONNECT api.zenhire.example:443 HTTP/1.1\r\n") for head in proxy.asked)
    assert KEY not in "".join(proxy.asked)
    assert KEY.encode() not in b"".join(proxy.passed)


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for the API and the proxy, and the certificate to be trusted."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = "subjectAltName=DNS:api.zenhire.example,DNS:localhost"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run(
        [*request, "-addext", names, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
