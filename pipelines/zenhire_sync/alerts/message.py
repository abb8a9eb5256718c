"""A message: the news as text, and as the bodies that Slack, Teams and programs want."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zenhire_sync.alert_settings import WebhookFormat
from zenhire_sync.alerts.told import Bulletin, Trouble

_SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKDOWN = re.compile(r"([\\`*_\[\]()#~>|-])")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said. ``place`` is the data directory or database, for whoever runs several."""

    news: Bulletin
    place: str

    @property
    def subject(self) -> str:
        """One line, without words of anybody else."""
        counts = ((len(self.news.new), "new"), (len(self.news.worse), "worse"), (len(self.news.over), "over"))
        return "ZenHire sync: " + ", ".join(f"{count} {word}" for count, word in counts if count)

    @property
    def text(self) -> str:
        """Plain text, a line a trouble."""
        parts = [
            f"{heading}\n" + "\n".join(f"- {t.sentence}" for t in found) for heading, found in self.parts()
        ]
        return "\n\n".join([*parts, f"{self.place}: `zenhire-sync status` and the report tell more."])

    def parts(self) -> list[tuple[str, tuple[Trouble, ...]]]:
        """The headings with what stands under them."""
        all_parts = (
            ("Needs attention", self.news.new),
            ("Worse than when it was told", self.news.worse),
            ("Over", self.news.over),
        )
        return [(heading, found) for heading, found in all_parts if found]


def body(message: Message, form: WebhookFormat) -> dict[str, Any]:
    """The JSON that is posted."""
    return _BODIES[form](message)


def _slack(message: Message) -> dict[str, Any]:
    """Slack's incoming webhooks; names in it must not become links, mentions or markup."""
    text = re.sub("[&<>]", lambda found: _SLACK[str(found[0])], message.text)
    # Its markup (*, _, ~) cannot be escaped, only be turned off as a whole.
    return {"text": f"{message.subject}\n{text}", "mrkdwn": False}


def _teams(message: Message) -> dict[str, Any]:
    """An Adaptive Card, as the workflows of Microsoft Teams take it."""
    blocks: list[dict[str, Any]] = [_block(message.subject, size="Medium", weight="Bolder")]
    for heading, found in message.parts():
        blocks.append(_block(heading, weight="Bolder", spacing="Medium"))
        blocks += [_block(trouble.sentence) for trouble in found]
    blocks.append(_block(message.place, isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": content_type, "content": card}]}


def _block(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _MARKDOWN.sub(r"\\\1", text), "wrap": True, **style}


def _json(message: Message) -> dict[str, Any]:
    """For programs: each trouble with its cause, level and sentence."""
    news = message.news
    told = {name: [asdict(trouble) for trouble in getattr(news, name)] for name in ("new", "worse", "over")}
    return {"product": "zenhire-sync", "subject": message.subject, "place": message.place, **told}


_BODIES: Mapping[WebhookFormat, Callable[[Message], dict[str, Any]]] = {
    "slack": _slack,
    "teams": _teams,
    "json": _json,
}
