"""What a company chose to keep of people and prompts, applied before anything is written anywhere. Pure.

A pseudonym is HMAC-SHA-256 of the value with the company's own key, in hex: equal values stay equal, so that
a candidate can be followed and a changed prompt is seen to have changed; without the key they cannot be read.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pyarrow as pa

from zenhire_schemas.session import Feedback, Persona, SessionSummary
from zenhire_schemas.tables import SESSION_METADATA
from zenhire_sync.rows.columns import SessionTables, to_json
from zenhire_sync.rows.contract import Rejection

PrivacyChoice = Literal["keep", "pseudonymise", "drop"]
# From what keeps most to what keeps least.
_STRICTNESS: tuple[PrivacyChoice, ...] = ("keep", "pseudonymise", "drop")
Mask = Callable[[str], str | None]
_FIELDS = {
    "candidate_ref": "candidate_ref",
    "comment": "comment",
    "metadata": "metadata",
    "system_prompt": "prompts",
    "base_prompt_override": "prompts",
}
_KNOWN = {name for model in (SessionSummary, Persona, Feedback) for name in model.model_fields}


@dataclass(frozen=True, slots=True)
class Privacy:
    """The choice by kind of field, and the key of the pseudonyms.

    ``metadata_keys`` are choices for single keys of metadata; the stricter of the two counts.
    """

    candidate_ref: PrivacyChoice = "keep"
    comment: PrivacyChoice = "keep"
    metadata: PrivacyChoice = "keep"
    prompts: PrivacyChoice = "keep"
    unknown_fields: PrivacyChoice = "keep"
    key: bytes = b""
    metadata_keys: Mapping[str, PrivacyChoice] = field(default_factory=dict)

    @property
    def keeps_all(self) -> bool:
        """Whether rows are kept as they come."""
        kinds = (self.candidate_ref, self.comment, self.metadata, self.prompts, self.unknown_fields)
        return {*kinds, *self.metadata_keys.values()} == {"keep"}

    def pseudonym(self, text: str) -> str:
        """What stands for a text."""
        return hmac.digest(self.key, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def mask_of_entry(self, name: str) -> Mask:
        """What becomes of the value of a metadata entry."""
        return self.mask(strictest((self.metadata, self.metadata_keys.get(name, "keep"))))

    def mask(self, choice: PrivacyChoice) -> Mask:
        """What a choice makes of a text."""
        masks: dict[PrivacyChoice, Mask] = {
            "keep": lambda text: text,
            "pseudonymise": self.pseudonym,
            "drop": lambda _: None,
        }
        return masks[choice]


def strictest(choices: Sequence[PrivacyChoice]) -> PrivacyChoice:
    """The choice that keeps least."""
    return _STRICTNESS[max(map(_STRICTNESS.index, choices))]


def private_tables(privacy: Privacy, tables: SessionTables) -> SessionTables:
    """Sessions, tags and metadata as they may be kept."""
    if privacy.keeps_all:
        return tables
    sessions = _changed(tables.sessions, "candidate_ref", privacy.mask(privacy.candidate_ref))
    sessions = _changed(sessions, "unknown_fields", lambda text: _private_object(privacy, text))
    return SessionTables(sessions, tables.tags, _private_metadata(privacy, tables.metadata))


def private_survey(privacy: Privacy, survey: Feedback | None) -> Feedback | None:
    """A survey as it may be kept."""
    if survey is None or survey.comment is None:
        return survey
    return survey.model_copy(update={"comment": privacy.mask(privacy.comment)(survey.comment)})


def private_persona(privacy: Privacy, persona: Persona) -> Persona:
    """A persona as it may be kept. A pseudonym changes with the prompt; a dropped prompt never does."""
    mask = privacy.mask(privacy.prompts)
    texts = {name: getattr(persona, name) for name in ("system_prompt", "base_prompt_override")}
    return persona.model_copy(update={name: text and mask(text) for name, text in texts.items()})


def private_rejection(privacy: Privacy, rejection: Rejection) -> Rejection:
    """A row that was set aside, its payload as it may be kept; none where its shape tells nothing."""
    if privacy.keeps_all or rejection.payload is None:
        return rejection
    try:
        row = json.loads(rejection.payload)
        payload = to_json(_private_value(privacy, row)) if isinstance(row, dict) else None
        # A lone surrogate is written as Python escapes it, which keeps it JSON.
        payload = payload and payload.encode("utf-8", "backslashreplace").decode()
    except (ValueError, RecursionError):
        payload = None
    return replace(rejection, payload=payload)


def _private_value(privacy: Privacy, value: Any) -> Any:
    """A broken row with everything masked that stands, at any depth, under the name of a private field."""
    if isinstance(value, list):
        return [_private_value(privacy, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _private_field(privacy, name, field) for name, field in value.items()}


def _private_field(privacy: Privacy, name: str, value: Any) -> Any:
    if name not in _KNOWN:
        return _masked(privacy.mask(privacy.unknown_fields), value)
    if name not in _FIELDS:
        return _private_value(privacy, value)
    if name == "metadata" and isinstance(value, dict):
        return {key: _masked(privacy.mask_of_entry(key), entry) for key, entry in value.items()}
    return _masked(privacy.mask(getattr(privacy, _FIELDS[name])), value)


def _masked(mask: Mask, value: Any) -> Any:
    """The value itself where the mask keeps it; else the mask of its text."""
    if value is None:
        return None
    text = value if isinstance(value, str) else to_json(value)
    masked = mask(text)
    return value if masked == text else masked


def _private_object(privacy: Privacy, text: str) -> str | None:
    mask = privacy.mask(privacy.unknown_fields)
    if privacy.unknown_fields == "drop":
        return None
    return to_json({name: _masked(mask, value) for name, value in json.loads(text).items()})


def _private_metadata(privacy: Privacy, metadata: pa.Table) -> pa.Table:
    if {privacy.metadata, *privacy.metadata_keys.values()} == {"keep"}:
        return metadata
    columns = metadata.select(["key", "value", "value_type"]).to_pydict()
    values, kinds = columns["value"], columns["value_type"]
    for place, name in enumerate(columns["key"]):
        text = values[place]
        values[place] = None if text is None else privacy.mask_of_entry(name)(text)
        if values[place] != text or text is None:
            # A pseudonym is a text whatever the value was.
            kinds[place] = "null" if values[place] is None else "string"
    masked = _with(_with(metadata, "value", values), "value_type", kinds)
    return masked.cast(SESSION_METADATA.arrow_schema())


def _changed(table: pa.Table, name: str, mask: Mask) -> pa.Table:
    texts = table.column(name).to_pylist()
    return _with(table, name, [None if text is None else mask(text) for text in texts])


def _with(table: pa.Table, name: str, values: Sequence[str | None]) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, type=field.type))
