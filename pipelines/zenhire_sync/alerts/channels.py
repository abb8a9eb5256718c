"""Where messages go: a webhook, or mail. Neither may hold up a night or the other: both have four seconds."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

from zenhire_sync.alert_settings import WebhookFormat
from zenhire_sync.alerts.message import Message, body
from zenhire_sync.errors import ZenhireError
from zenhire_sync.proxy import is_loopback
from zenhire_sync.signal_endpoints import opener_for

log = logging.getLogger(__name__)

# A run waits for its signals for five, and what needs attention is to be found before.
SECONDS = 4.0


class AlertError(ZenhireError):
    """A message could not be handed over. ``str`` names the channel and never its address's secrets."""


class Handover:
    """A message on its way, in a thread that is left behind: sockets' timeouts end no answer that drips."""

    def __init__(self, what: str, work: Callable[[], None]) -> None:
        self._what, self._work = what, work
        self._failure: str | None = None
        self._is_silent = False
        self._until = time.monotonic() + SECONDS
        self._thread = threading.Thread(target=self._attempt, daemon=True)
        self._thread.start()

    def is_over(self) -> bool:
        """Whether it was taken or refused, or its time is up."""
        return not self._thread.is_alive() or time.monotonic() >= self._until

    def wait(self) -> None:
        """Raises AlertError when it was not taken within four seconds."""
        self._thread.join(max(0.0, self._until - time.monotonic()))
        if self._thread.is_alive() or self._is_silent:
            raise AlertError(f"an alert was not taken: {self._what} gave no answer in {SECONDS:.0f} s")
        if self._failure is not None:
            raise AlertError(f"an alert was not taken: {self._what} ({self._failure})")

    def _attempt(self) -> None:
        try:
            self._work()
        except urllib.error.HTTPError as error:
            self._failure = f"HTTP {error.code}"
        except smtplib.SMTPResponseException as error:
            self._failure = f"SMTP {error.smtp_code}"
        except Exception as error:
            # Of any kind, what is no HTTP too, and only the kind: words may repeat the address.
            why = getattr(error, "reason", error)
            self._failure = type(why).__name__
            self._is_silent = isinstance(why, TimeoutError)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts JSON. The URL is a secret: whoever knows it can write into the company's chat."""

    url: str
    form: WebhookFormat

    def send(self, message: Message) -> Handover:
        """The message on its way."""
        content = json.dumps(body(message, self.form)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "zenhire-sync"}

        def post() -> None:
            # The scheme was looked at when the settings were read.
            request = urllib.request.Request(self.url, data=content, headers=headers, method="POST")  # noqa: S310
            with opener_for(self.url, _NotMoved).open(request, timeout=SECONDS) as answer:
                answer.read(1)

        return Handover("the webhook", post)


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends through an SMTP server: ``smtp://`` (STARTTLS where it is offered) or ``smtps://``."""

    url: str
    sender: str
    recipients: tuple[str, ...]

    def send(self, message: Message) -> Handover:
        """The message on its way."""
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"], mail["To"] = self.sender, ", ".join(self.recipients)
        mail["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return Handover("the mail server", lambda: self._hand_over(mail))

    def _hand_over(self, mail: EmailMessage) -> None:
        at = urlsplit(self.url)
        is_tls = at.scheme == "smtps"
        context = ssl.create_default_context()
        host, port = at.hostname or "localhost", at.port or (465 if is_tls else 587)
        server = (
            smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
            if is_tls
            else smtplib.SMTP(host, port, timeout=SECONDS)
        )
        with server:
            server.ehlo()
            if not is_tls and server.has_extn("starttls"):
                server.starttls(context=context)
            elif at.username and not is_tls and not is_loopback(host):
                raise smtplib.SMTPNotSupportedError("the login would be sent in clear")
            if at.username:
                server.login(unquote(at.username), unquote(at.password or ""))
            refused = server.send_message(mail)
        if refused:
            # Those who were taken have it: sent again, they would have it each night.
            log.warning(
                "the mail server refused some of the recipients of an alert",
                extra={"refused": len(refused), "recipients": len(self.recipients)},
            )


class _NotMoved(urllib.request.HTTPRedirectHandler):
    """A redirect would be followed by a GET without the message, and any page there would be its receipt."""

    def redirect_request(self, *_: Any) -> None:
        """None: the answer is an error, by its code."""
