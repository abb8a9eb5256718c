"""Alerts: look at how things stand, say what is news, remember what was said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from zenhire_sync.alerts.channels import AlertError, Mail, Webhook
from zenhire_sync.alerts.message import Message
from zenhire_sync.alerts.told import Bulletin, Trouble, after, bulletin, read_told, write_told
from zenhire_sync.alerts.troubles import troubles_of
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.settings import Settings

Channel = Webhook | Mail
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class AlertSummary:
    """What was said, and what could not be handed over, by channel. ``troubles`` are all of now."""

    troubles: tuple[Trouble, ...]
    news: Bulletin
    channels: int
    failures: tuple[str, ...] = ()


def alert(settings: Settings, *, now: datetime) -> AlertSummary:
    """Sends the news to each channel, if there are any, and remembers what one of them has taken.

    Raises ConfigurationError when no channel is set, WarehouseError when what is published cannot be read.
    """
    channels = _some_channels(settings)
    told = read_told(settings.state_dir)
    troubles = troubles_of(settings, now, told.values())
    found = bulletin(told, troubles)
    if not found:
        return AlertSummary(troubles, found, len(channels))
    failures = []
    for failure in _sent(channels, Message(found, warehouse_of(settings).place)):
        if failure is None:
            # At once: a run does not wait for a channel that hangs longer than for all its signals.
            write_told(settings.state_dir, after(told, found))
        else:
            failures.append(failure)
    return AlertSummary(troubles, found, len(channels), tuple(failures))


def try_channels(settings: Settings) -> AlertSummary:
    """Sends a message that says that it is a trial, and remembers nothing. Raises as ``alert`` does."""
    channels = _some_channels(settings)
    trial = Bulletin(new=(Trouble("trial", "This is a trial: alerts of zenhire-sync come here.", {}),))
    said = _sent(channels, Message(trial, warehouse_of(settings).place))
    return AlertSummary((), trial, len(channels), tuple(failure for failure in said if failure))


def _some_channels(settings: Settings) -> tuple[Channel, ...]:
    channels = channels_of(settings)
    if not channels:
        raise ConfigurationError(
            "no alert goes anywhere: set ZENHIRE_ALERT_WEBHOOK_URL, or ZENHIRE_ALERT_SMTP_URL and "
            "ZENHIRE_ALERT_EMAIL_TO"
        )
    return channels


def channels_of(settings: Settings) -> tuple[Channel, ...]:
    """Those that are set. Raises ConfigurationError for mail without a server, or without a recipient."""
    channels: list[Channel] = []
    if settings.alert_webhook_url is not None:
        channels.append(Webhook(settings.alert_webhook_url.get_secret_value(), settings.alert_webhook_format))
    if (settings.alert_smtp_url is None) is bool(settings.alert_email_to):
        raise ConfigurationError("mail needs both ZENHIRE_ALERT_SMTP_URL and ZENHIRE_ALERT_EMAIL_TO")
    if settings.alert_smtp_url is not None:
        sender = settings.alert_email_from or settings.alert_email_to[0]
        channels.append(Mail(settings.alert_smtp_url.get_secret_value(), sender, settings.alert_email_to))
    return tuple(channels)


def _sent(channels: tuple[Channel, ...], message: Message) -> Iterator[str | None]:
    """Of each channel why it did not take the message, or None, in the order in which that is known."""
    # To all at once: one that hangs takes the others no time.
    under_way = [channel.send(message) for channel in channels]
    while under_way:
        over = [handover for handover in under_way if handover.is_over()]
        for handover in over:
            under_way.remove(handover)
            try:
                handover.wait()
                yield None
            except AlertError as error:
                yield str(error)
        if not over:
            time.sleep(_LOOK_SECONDS)
