"""The quick way of details is never more lenient than the models, and brings the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rows.test_plain import EXAMPLE, VALUES
from tests.thorough import examples
from zenhire_schemas.session import Feedback, Persona, SessionSummary
from zenhire_sync.rows.columns import session_tables
from zenhire_sync.rows.contract import Rejection, accept_detail
from zenhire_sync.rows.detail_rows import DetailRows
from zenhire_sync.simulator import Company, CompanySpec

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMPANY = Company(CompanySpec(seed=3, sessions=60, days=40)).at(NOW)
DETAILS = [COMPANY.detail(row["id"]) for row in COMPANY.sessions()]
PARTS = {"persona": [*Persona.model_fields, "future"], "feedback": [*Feedback.model_fields, "future"]}


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Details by the id that was asked for; some with a field or a part of them changed or gone."""
    bodies: list[Any] = deepcopy(
        draw(st.lists(st.sampled_from(DETAILS), min_size=1, max_size=5, unique_by=lambda body: body["id"]))
    )
    window = []
    for body in bodies:
        asked = body["id"]
        if draw(st.integers(0, 3)) == 0:
            part = draw(st.sampled_from([None, "persona", "feedback"]))
            fields = [*SessionSummary.model_fields, "future"] if part is None else PARTS[part]
            where = body if part is None else body[part]
            if isinstance(where, dict):
                where[draw(st.sampled_from(fields))] = draw(st.sampled_from(VALUES))
        window.append((asked, draw(st.sampled_from([body] * 20 + [None, [], "detail"]))))
    return window


def changes(personas: Sequence[Persona | None]) -> list[Persona]:
    """Each persona where it is not as it was when it was seen last."""
    latest: dict[str, Persona] = {}
    found = []
    for persona in personas:
        if persona is not None and latest.get(persona.id) != persona:
            latest[persona.id] = persona
            found.append(persona)
    return found


@settings(max_examples=examples(1_000), deadline=None)
@given(st.lists(windows(), min_size=1, max_size=3))
def test_details_are_what_the_models_make_of_them(batches: list[list[tuple[str, Any]]]) -> None:
    rows, accepted, rejected, personas = DetailRows(), {}, [], []
    for batch in batches:
        for session_id, body in batch:
            rows.add(session_id, body)
            outcome = accept_detail(body, session_id)
            if isinstance(outcome, Rejection):
                rejected.append(outcome)
            else:
                accepted[session_id] = outcome
                personas.append(outcome.persona)
        rows.close()
    assert sorted(rows.rejected, key=repr) == sorted(rejected, key=repr)
    assert set(rows.ids) == set(accepted)
    assert dict(rows.surveys) == {i: s.feedback for i, s in accepted.items()}
    assert changes(rows.personas) == changes(personas)
    ours = rows.tables()
    assert (ours is None) == (not accepted)
    if ours is None:
        return
    theirs = session_tables(list(accepted.values()))
    for mine, other in ((ours.sessions, theirs.sessions), (ours.tags, theirs.tags)):
        order = [(mine.schema.names[0], "ascending"), (mine.schema.names[1], "ascending")]
        assert mine.sort_by(order).equals(other.sort_by(order))
    assert sorted(map(repr, ours.metadata.to_pylist())) == sorted(map(repr, theirs.metadata.to_pylist()))


def test_ordinary_details_and_the_vendors_own_example_take_the_quick_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DetailRows, "_take_judged", lambda *_: 1 / 0)
    rows = DetailRows()
    for detail in DETAILS:
        rows.add(detail["id"], detail)
    example = {**EXAMPLE, "feedback": {**EXAMPLE["feedback"], "rating": 2}}
    rows.add(example["id"], example)
    rows.close()
    assert len(rows.ids) == len(DETAILS) + 1


def test_a_persona_is_told_again_only_when_it_is_not_as_it_was() -> None:
    detail = next(detail for detail in DETAILS if detail["persona"])
    prompts = ["one", "one", "two", "one", "one"]
    rows = DetailRows()
    for number, prompt in enumerate(prompts):
        session_id = f"{number:08x}{detail['id'][8:]}"
        body = {**detail, "id": session_id, "persona": {**detail["persona"], "system_prompt": prompt}}
        rows.add(session_id, body)
        rows.close()
    assert [persona.system_prompt for persona in rows.personas] == ["one", "two", "one"]
    assert {persona.id for persona in rows.personas} == {detail["persona"]["id"]}
