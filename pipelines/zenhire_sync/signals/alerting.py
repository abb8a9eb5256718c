"""After each run, people are told what needs their attention: alerts, where a channel is set."""

from __future__ import annotations

from datetime import UTC, datetime

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.alerts import alert
from zenhire_sync.errors import ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.signals.outbox import CannotBeSentError, Message
from zenhire_sync.steps import Step


class Alerting:
    """What is news is found once the run has ended, well or not."""

    name = "alerts"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begun(self, _step: Step) -> None:
        """Says nothing of a step."""

    def ended(self, _step: Step) -> None:
        """Says nothing of a step: it may be tried again."""

    def told(self, _summary: RunSummary) -> Message:
        """The news, if there are any."""
        return self._send

    def _send(self) -> None:
        try:
            done = alert(self._settings, now=datetime.now(UTC))
        except ZenhireError as error:
            raise CannotBeSentError(str(error)) from None
        if done.failures:
            raise CannotBeSentError("; ".join(done.failures))
