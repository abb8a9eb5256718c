"""What a company chose not to keep stands nowhere in a row that was set aside either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from zenhire_sync.rows.contract import Rejection
from zenhire_sync.rows.privacy import Privacy, private_rejection

BROKEN: dict[str, Any] = {
    "status": "odd",
    "candidate_ref": "a reference",
    "metadata": {"note": "an entry"},
    "persona": {"role_name": "Nurse", "system_prompt": "a prompt", "base_prompt_override": "an own prompt"},
    "feedback": {"rating": 1, "comment": "a comment"},
    "mood": {"deep": "an unknown field"},
}
FIELDS_OF = {
    "candidate_ref": {"a reference"},
    "comment": {"a comment"},
    "metadata": {"an entry"},
    "prompts": {"a prompt", "an own prompt"},
    "unknown_fields": {"an unknown field"},
}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("kind", FIELDS_OF)
@pytest.mark.parametrize("choice", ["drop", "pseudonymise"])
def test_of_a_broken_row_goes_what_was_chosen_and_nothing_else(kind: str, choice: Any) -> None:
    rejection = Rejection("sessions/{id}", "a", "status: odd", json.dumps(BROKEN))
    kept = private_rejection(Privacy(**{kind: choice}, key=b"key"), rejection).payload
    assert kept is not None
    left = set(texts(json.loads(kept)))
    every = set(texts(BROKEN))
    assert every - left == FIELDS_OF[kind]
    assert all(text not in kept for text in FIELDS_OF[kind])
    assert len(left - every) == (0 if choice == "drop" else len(FIELDS_OF[kind]))
    assert private_rejection(Privacy(), rejection) == rejection
