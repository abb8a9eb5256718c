"""The settings of signals: who is told of each run."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator


class SignalSettings(BaseModel):
    """Each signal is off unless its setting is there."""

    heartbeat_url: SecretStr | None = Field(
        None,
        description="Signals: URL that is called after each good `run`; or `ZENHIRE_HEARTBEAT_URL_FILE`, "
        "`..._COMMAND`. [More](signals.md).",
    )
    prometheus_file: Path | None = Field(
        None,
        description="Signals: file for Prometheus' textfile collector, ending in `.prom`, written after each "
        "command. [More](signals.md).",
    )
    otel: bool = Field(False, description="Signals: traces and metrics by OpenTelemetry. [More](signals.md).")
    openlineage: bool = Field(False, description="Signals: lineage by OpenLineage. [More](signals.md).")

    @field_validator("heartbeat_url")
    @classmethod
    def _can_be_called(cls, url: SecretStr | None) -> SecretStr | None:
        """Raises ValueError for what is no address, without repeating it."""
        if url is None:
            return None
        told = url.get_secret_value().strip()
        try:
            parts = urlsplit(told)
            is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            is_usable = is_usable and parts.username is None and told.isascii() and told.isprintable()
        except ValueError:
            # a port beyond 65535, half a bracket
            is_usable = False
        if not is_usable or " " in told:
            raise ValueError("it is no address such as https://monitor.example.com/ping/a-token")
        return SecretStr(told)

    @field_validator("prometheus_file")
    @classmethod
    def _is_read(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix != ".prom":
            raise ValueError("it must end in .prom, node_exporter reads no other")
        return path
