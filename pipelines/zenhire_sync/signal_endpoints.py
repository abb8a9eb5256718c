"""Where signals of a run go, and whether they can: told before the night's work.

Nothing is sent where nobody named an address: the defaults of the libraries (this machine's port 4318, the
console) are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from zenhire_sync.errors import ConfigurationError
from zenhire_sync.secret_values import secret_of
from zenhire_sync.settings import Settings
from zenhire_sync.usable import is_installed

HEARTBEAT_URL_VARIABLE = "ZENHIRE_HEARTBEAT_URL"
# What each extra brings, by its name.
_MODULES = {
    "otel": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
    "openlineage": ("openlineage.client",),
}
# P of OpenTelemetry: one address for all, or one for each kind.
_KINDS = ("", "TRACES_", "METRICS_")


def require_signals(settings: Settings, environ: Mapping[str, str]) -> None:
    """Signals that are switched on can be made and have a place to go.

    Raises ConfigurationError for a missing extra or address, and for a file that no collector would read.
    """
    if settings.prometheus_file is not None and settings.prometheus_file.suffix != ".prom":
        raise ConfigurationError(
            f"ZENHIRE_PROMETHEUS_FILE must end in .prom, node_exporter reads no other: "
            f"{str(settings.prometheus_file)!r}"
        )
    if settings.otel:
        _require_extra("otel")
        _require_otel(environ)
    if settings.openlineage:
        _require_extra("openlineage")


def heartbeat_url(environ: Mapping[str, str]) -> str | None:
    """The address that is called after a good night; it mostly holds a token. None where there is none.

    Raises ConfigurationError when it is no address, or its file or command cannot be read.
    """
    found = secret_of(HEARTBEAT_URL_VARIABLE, environ)
    if found is None:
        return None
    variable, url = found
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
        # A port beyond 65535 is told when it is asked for.
        is_usable = is_usable and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigurationError(
            f"{variable} does not hold an address such as https://monitor.example.com/ping/a-token"
        )
    return url


def host_of(url: str) -> str:
    """Scheme, host and port: all of an address that may be told, for its path and query may be a token."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


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
                f"{variable} is {environ[variable]!r}, and zenhire-sync speaks http/protobuf alone; "
                "name the collector's port for it, mostly 4318"
            )
