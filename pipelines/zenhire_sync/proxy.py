"""Which proxy leads to the API, from the variables that every program reads. Pure.

``https_proxy``, ``all_proxy`` and ``no_proxy`` in small or capital letters, small ones first, as curl and
requests read them. Only the tunnel of an https address goes through a proxy, so that no proxy sees the key:
plain http is for this machine, which is never behind one.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

_VARIABLES = ("https_proxy", "all_proxy")
_NO_PROXY = "no_proxy"
_SCHEMES = {"http", "https"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy without its login, and the variable that names it. ``authorization`` is its header.

    ``problem`` says why it cannot be used; only a command that talks to the API minds.
    """

    url: str
    variable: str
    authorization: str | None = field(default=None, repr=False)
    problem: str | None = None

    def __str__(self) -> str:
        return f"{self.url} ({self.variable})"


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy on the way to ``url``; None for the direct way."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or is_loopback(host) or _is_excepted(host, parts.port or 443, environ):
        return None
    for name in _VARIABLES:
        variable, value = _told(name, environ)
        if value:
            return _proxy(variable, value)
    return None


def proxy_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """The logins in proxies' addresses, as written and as they are meant, longest first."""
    for name, value in environ.items():
        login = value.rpartition("@")[0].rpartition("/")[2] if name.lower().endswith("_proxy") else ""
        password = login.partition(":")[2]
        yield from sorted({login, password, unquote(password)} - {""}, key=len, reverse=True)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _told(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that counts and its value; an empty one in small letters hides the other."""
    variable = name if name in environ else name.upper()
    return variable, environ.get(variable, "").strip()


def _proxy(variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), None, None
    if parts.scheme.startswith("socks"):
        return _unusable(variable, "names a SOCKS proxy, and zenhire-sync knows http and https proxies only")
    if not host or parts.scheme not in _SCHEMES or re.search(r"[\s\"'<>]", host):
        return _unusable(variable, "is not the address of a proxy, such as http://proxy.example.com:3128")
    where = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{where}" + ("" if port is None else f":{port}")
    return Proxy(address, variable, _authorization(parts))


def _unusable(variable: str, why: str) -> Proxy:
    advice = "correct it, or name the API's host in NO_PROXY"
    return Proxy("unusable", variable, problem=f"{variable} {why}; {advice}")


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + b64encode(login.encode()).decode()


def _is_excepted(host: str, port: int, environ: Mapping[str, str]) -> bool:
    _, names = _told(_NO_PROXY, environ)
    plain = host.lower().rstrip(".")
    return any(_covers(entry, plain, port) for entry in re.split(r"[\s,]+", names) if entry)


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of no_proxy names the host: ``*``, a domain, a number, a network, any with a port."""
    if entry == "*":
        return True
    named, colon, last = entry.rpartition(":")
    if colon and last.isdigit() and (":" not in named or named.endswith("]")):
        if int(last) != port:
            return False
        entry = named
    entry = entry.lower().strip("[]")
    if (network := _network(entry)) is not None:
        address = _network(host)
        return address is not None and address.version == network.version and address.subnet_of(network)  # type: ignore[arg-type]
    domain = entry.lstrip("*").strip(".")
    return bool(domain) and (host == domain or host.endswith("." + domain))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
