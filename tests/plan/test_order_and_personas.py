"""The order witness, and personas as they are followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zenhire_schemas.session import Persona
from zenhire_sync.plan.order import OrderWitness
from zenhire_sync.plan.personas import PersonaMemory, follow_personas

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@given(st.lists(st.integers(0, 1000)), st.integers(0, 1000))
def test_reading_stops_only_when_nothing_wanted_can_follow_in_a_sorted_list(
    ages: list[int], target: int
) -> None:
    created = [START - age * HOUR for age in sorted(ages)]
    witness = OrderWitness(HOUR)
    for place, moment in enumerate(created):
        witness.watch([moment])
        if witness.has_passed(START - target * HOUR):
            assert all(later < START - target * HOUR for later in created[place:])
    assert witness.is_newest_first


def test_an_order_that_does_not_hold_means_read_to_the_end() -> None:
    witness = OrderWitness(HOUR)
    witness.watch([START, START - 9 * HOUR, START - 2 * HOUR])
    assert not witness.is_newest_first
    assert not witness.has_passed(START)


def persona(prompt: str) -> Persona:
    return Persona(id=ID, role_name="r", language="en", system_prompt=prompt)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20))
def test_each_content_change_is_one_version_and_the_latest_is_the_persona(prompts: list[str]) -> None:
    versions: dict[int, dict[str, object]] = {}
    for night, prompt in enumerate(prompts):
        rows = [{**versions[max(versions)], "first_seen_at": START}] if versions else []
        tables = follow_personas(PersonaMemory.of(rows), [persona(prompt)], START + night * HOUR, "run")
        assert [row["system_prompt"] for row in tables.personas.to_pylist()] == [prompt]
        versions.update({row["version"]: row for row in tables.versions.to_pylist()})
    runs = [p for n, p in enumerate(prompts) if n == 0 or prompts[n - 1] != p]
    assert [versions[n]["system_prompt"] for n in sorted(versions)] == runs
    assert sorted(versions) == list(range(1, len(runs) + 1))
    for n in sorted(versions)[1:]:
        assert versions[n]["valid_from"] > versions[n - 1]["valid_to"]  # type: ignore[operator]


def test_two_contents_in_one_run_are_two_versions_in_the_order_fetched() -> None:
    tables = follow_personas(
        PersonaMemory({}), [persona("old"), persona("new"), persona("new")], START, "run"
    )
    assert [(r["version"], r["system_prompt"]) for r in tables.versions.to_pylist()] == [
        (1, "old"),
        (2, "new"),
    ]
