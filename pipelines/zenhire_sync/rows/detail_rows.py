"""Details of one window: judged some at a time, their sessions kept as columns.

As with list rows (``plain``), what is plainly good takes the quick way and anything else is judged by the
models. A persona is one of a few, sent with every session: its text is judged when it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zenhire_schemas.session import Feedback, Persona, SessionSummary
from zenhire_sync.rows.batches import Batches
from zenhire_sync.rows.columns import SessionTables
from zenhire_sync.rows.contract import Rejection, accept_detail, texts_of
from zenhire_sync.rows.fast_contract import PlainRows, plain_rows

# Enough for the quick way to be quick, and few bodies to hold.
_AT_ONCE = 200


class DetailRows:
    """Details by the id that was asked for, which are distinct. ``close`` before anything is read."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        # By session id; None where there is no survey.
        self.surveys: list[tuple[str, Feedback | None]] = []
        # In the order they were seen, each again when it is not as it was.
        self.personas: list[Persona] = []
        self._shown: dict[str, Persona] = {}
        self.rejected: list[Rejection] = []
        self._batches = Batches()
        self._waiting: list[tuple[str, Any]] = []
        self._latest: dict[str, tuple[dict[str, Any], Persona]] = {}

    def add(self, session_id: str, body: Any) -> None:
        """Takes the body of a detail."""
        self._waiting.append((session_id, body))
        if len(self._waiting) >= _AT_ONCE:
            self.close()

    def close(self) -> None:
        """Judges what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting and not self._take_plain(waiting):
            self._take_judged(waiting)

    def extend(self, other: DetailRows) -> None:
        """Takes what another one holds, which is closed too and not to be used afterwards."""
        self.ids.extend(other.ids)
        self.surveys.extend(other.surveys)
        self.personas.extend(other.personas)
        self.rejected.extend(other.rejected)
        self._batches.extend(other._batches)

    def tables(self) -> SessionTables | None:
        """The sessions with tags and metadata; None when there are none. Can be asked for once."""
        return self._batches.take()

    def _take_plain(self, details: Sequence[tuple[str, Any]]) -> bool:
        try:
            plain = self._plain_sessions(details)
            if plain is None:
                return False
            personas = [self._persona(body.get("persona")) for _, body in details]
            surveys = [_plain_survey(body.get("feedback")) for _, body in details]
        except (ValueError, RecursionError):
            return False
        plain.sessions["sent_id"] = [None] * len(details)
        for place, persona in enumerate(personas):
            if persona is not None:
                plain.sessions["role_name"][place] = persona.role_name
                plain.sessions["language"][place] = persona.language
        self._note(plain.ids, personas, surveys)
        self._batches.add_plain(plain)
        return True

    def _plain_sessions(self, details: Sequence[tuple[str, Any]]) -> PlainRows | None:
        if not all(type(body) is dict for _, body in details):
            return None
        plain = plain_rows([{**body, "persona": None, "feedback": None} for _, body in details])
        # The models find out whether it is another session than the one asked for.
        return plain if plain is not None and plain.ids == [asked for asked, _ in details] else None

    def _persona(self, value: Any) -> Persona | None:
        """Raises ValueError for what the models must judge."""
        if value is None:
            return None
        persona_id = value.get("id") if type(value) is dict else None
        if type(persona_id) is not str:
            raise ValueError
        known = self._latest.get(persona_id)
        # All values of a known one are text or null: equal is the same.
        if known is None or known[0] != value:
            known = self._latest[persona_id] = value, _plain_persona(value)
        return known[1]

    def _take_judged(self, details: Sequence[tuple[str, Any]]) -> None:
        accepted: list[SessionSummary] = []
        for session_id, body in details:
            outcome = accept_detail(body, session_id)
            if isinstance(outcome, Rejection):
                self.rejected.append(outcome)
            else:
                accepted.append(outcome)
        self._note(
            [session.id for session in accepted],
            [session.persona for session in accepted],
            [session.feedback for session in accepted],
        )
        self._batches.add(accepted)

    def _note(
        self, ids: Sequence[str], personas: Sequence[Persona | None], surveys: Sequence[Feedback | None]
    ) -> None:
        self.ids.extend(ids)
        self.surveys.extend(zip(ids, surveys, strict=True))
        for persona in personas:
            if persona is not None and self._shown.get(persona.id) is not persona:
                self._shown[persona.id] = persona
                self.personas.append(persona)


def _plain_persona(value: dict[str, Any]) -> Persona:
    persona = Persona.model_validate(value)
    _require_plain(persona)
    return persona


def _plain_survey(value: Any) -> Feedback | None:
    if value is None:
        return None
    survey = Feedback.model_validate(value)
    _require_plain(survey)
    return survey


def _require_plain(part: Persona | Feedback) -> None:
    """Raises ValueError for unknown fields, and UnicodeError for text that no database takes."""
    if part.model_extra:
        raise ValueError
    "".join(texts_of(part)).encode()
