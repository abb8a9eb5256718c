"""Where signals of a run go, and whether they can: told before the night's work.

Nothing is sent where nobody named an address: the defaults of the libraries (this machine's port 4318, the
console) are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import BaseHandler, OpenerDirector, ProxyHandler, build_opener

from zenhire_sync.errors import ConfigurationError
from zenhire_sync.proxy import is_loopback
from zenhire_sync.settings import Settings
from zenhire_sync.usable import is_installed

# What each extra brings, by its name.
_MODULES = {
    "otel": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
    "openlineage": ("openlineage.client",),
}
# P of OpenTelemetry: one address for all, or one for each kind.
_KINDS = ("", "TRACES_", "METRICS_")


def require_signals(settings: Settings, environ: Mapping[str, str]) -> None:
    """Signals that are switched on can be made and have a place to go.

    Raises ConfigurationError for a missing extra or address.
    """
    if settings.otel:
        _require_extra("otel")
        _require_otel(environ)
    if settings.openlineage:
        _require_extra("openlineage")


def host_of(url: str) -> str:
    """Scheme, host and port: all of an address that may be told, for its path and query may be a token."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


def opener_for(url: str, *handlers: type[BaseHandler]) -> OpenerDirector:
    """Opens it as the API is: by a proxy that the variables name, except on the way to this machine."""
    direct = [ProxyHandler({})] if is_loopback(urlsplit(url).hostname or "") else []
    return build_opener(*direct, *handlers)


def _require_extra(extra: str) -> None:
    missing = [name for name in _MODULES[extra] if not is_installed(name)]
    if missing:
        raise ConfigurationError(
            f"ZENHIRE_{extra.upper()} needs what is not installed ({', '.join(missing)}); "
            f"pip install 'zenhire-sync[{extra}]'"
        )


def _require_otel(environ: Mapping[str, str]) -> None:
    if not any(environ.get(f"OTEL_EXPORTER_OTLP_{kind}ENDPOINT", "").strip() for kind in _KINDS):
        raise ConfigurationError(
            "ZENHIRE_OTEL is on and nothing says where to; set OTEL_EXPORTER_OTLP_ENDPOINT, "
            "such as http://localhost:4318"
        )
    for kind in _KINDS:
        variable = f"OTEL_EXPORTER_OTLP_{kind}PROTOCOL"
        if environ.get(variable, "").strip() not in {"", "http/protobuf"}:
            raise ConfigurationError(
                f"{variable} is {environ[variable]!r}, and http/protobuf alone is spoken here; "
                "name the collector's port for it, mostly 4318"
            )
