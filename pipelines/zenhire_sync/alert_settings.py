"""The settings of alerts: where messages go, and how much they say."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, StringConstraints, field_validator

WebhookFormat = Literal["slack", "teams", "json"]
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\s@,<>]+@[^\s@,<>]+$")]


class AlertSettings(BaseModel):
    """A channel is used when its address is set."""

    alert_webhook_url: SecretStr | None = Field(
        None,
        description="Alerts: URL that messages are posted to; or `ZENHIRE_ALERT_WEBHOOK_URL_FILE`, "
        "`..._COMMAND`. [More](alerts.md).",
    )
    alert_webhook_format: WebhookFormat = Field(
        "json", description="Alerts: what is posted: `slack`, `teams` or `json`."
    )
    alert_email_to: tuple[Address, ...] = Field((), description="Alerts: addresses that are written to.")
    alert_email_from: Address | None = Field(
        None, description="Alerts: the sender; the first of them when not set."
    )
    alert_smtp_url: SecretStr | None = Field(
        None,
        description="Alerts: the mail server, `smtps://user:password@host` or `smtp://host:587`; or "
        "`ZENHIRE_ALERT_SMTP_URL_FILE`, `..._COMMAND`.",
    )
    alert_negative_feedback: Literal["off", "count", "comments"] = Field(
        "off", description="Alerts: tell new negative surveys too: how many, or with their comments."
    )

    @field_validator("alert_webhook_url")
    @classmethod
    def _is_url(cls, url: SecretStr | None) -> SecretStr | None:
        return _addressed(url, "https", "http")

    @field_validator("alert_smtp_url")
    @classmethod
    def _is_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        return _addressed(url, "smtps", "smtp")


def _addressed(url: SecretStr | None, *schemes: str) -> SecretStr | None:
    """Raises ValueError for what is no address of such a scheme, without repeating it."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.get_secret_value().strip())
        is_usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # a port beyond 65535, half a bracket
        is_usable = False
    if not is_usable:
        raise ValueError(f"it is no address that begins with {schemes[0]}:// or {schemes[1]}://")
    return SecretStr(url.get_secret_value().strip())
