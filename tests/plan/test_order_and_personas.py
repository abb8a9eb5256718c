"""The order witness, and personas as they are followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zenhire_schemas.session import Persona
from zenhire_sync.plan.order import OrderWitness
from zenhire_sync.plan.personas import Looks, PersonaMemory, follow_personas, replayed

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


def test_commits_that_overtake_each_other_by_seconds_do_not_make_a_list_unordered() -> None:
    second = timedelta(seconds=1)
    witness = OrderWitness()
    witness.watch([START, START - 50 * second, START - 20 * second, START + 10 * second])
    assert witness.is_newest_first
    witness.watch([START + 11 * second])
    assert not witness.is_newest_first


def test_reading_stops_a_minute_behind_the_target_and_not_before_a_hundred_rows() -> None:
    second, target = timedelta(seconds=1), START - timedelta(days=1)
    witness = OrderWitness()
    witness.watch([START - row * second for row in range(98)])
    witness.watch([target - 30 * second])
    assert not witness.has_passed(START - HOUR)  # 99 rows may be in order by chance
    witness.watch([target - 60 * second])
    assert witness.has_passed(START - HOUR)
    assert not witness.has_passed(target)
    witness.watch([target - 61 * second])
    assert witness.has_passed(target)


def test_a_list_that_was_not_in_order_last_time_is_read_to_its_end() -> None:
    for was, may_stop in ((None, True), (True, True), (False, False)):
        witness = OrderWitness(was_newest_first=was)
        witness.watch([START - row * HOUR for row in range(200)])
        assert witness.has_passed(START - 150 * HOUR) is may_stop


def test_an_order_that_does_not_hold_means_read_to_the_end() -> None:
    witness = OrderWitness(HOUR)
    witness.watch([START, START - 9 * HOUR, START - 2 * HOUR])
    assert not witness.is_newest_first
    assert not witness.has_passed(START)


CONTENT = {"role_name": "r", "language": "en", "base_prompt_override": None}


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


def nights_of(looks_of_nights: list[list[str]]) -> list[tuple[int, str]]:
    """Versions after runs that each saw prompts, one window a letter; many letters are one window."""
    versions: dict[int, dict[str, Any]] = {}

    def follow(shown: list[Persona], now: datetime, looks: Looks, *, is_all: bool) -> None:
        memory = PersonaMemory.of([{**versions[max(versions)], "first_seen_at": START}] if versions else [])
        memory = memory.with_contents(versions.values())
        if not is_all:
            looks.note(memory, shown)
        tables = follow_personas(memory, shown, now, "run", is_all=is_all)
        versions.update({row["version"]: row for row in tables.versions.to_pylist()})

    for night, windows in enumerate(looks_of_nights):
        before, looks = len(versions), Looks()
        for window in windows:
            follow([persona(prompt) for prompt in window], START + night * HOUR, looks, is_all=False)
        follow(looks.without_the_known(), START + night * HOUR, looks, is_all=True)
        assert len(versions) <= before + 1
    return [(version, versions[version]["system_prompt"]) for version in sorted(versions)]


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=4), max_size=6))
def test_a_run_makes_one_version_at_most_and_what_all_replicas_show_at_last_is_the_latest(
    looks: list[list[str]],
) -> None:
    assert nights_of([*looks, ["a"]])[-1][1] == "a"


def test_replicas_that_lag_behind_an_edit_do_not_bring_the_old_content_back() -> None:
    edited = [["a"], ["aba"], ["ab"], ["a", "b"], ["ba", "ab"], ["b"]]
    assert nights_of(edited) == [(1, "a"), (2, "b")]
    # An edit that is taken back is seen when the replicas agree.
    assert nights_of([*edited, ["ab"], ["a"]]) == [(1, "a"), (2, "b"), (3, "a")]
    # In the night of an edit the last of several new ones counts, and takes the place of the others.
    assert nights_of([["a"], ["b", "ac", "a"]]) == [(1, "a"), (2, "c")]
    assert nights_of([["a"], ["bc"]]) == [(1, "a"), (2, "c")]


def test_an_old_answer_does_not_take_the_place_of_what_the_run_itself_brought() -> None:
    brought = {"persona_id": ID, "version": 2, **CONTENT, "system_prompt": "new"}
    brought |= {"valid_from": START, "valid_to": START, "first_seen_at": START - HOUR}
    memory = PersonaMemory.of([brought]).with_contents([brought, {**brought, "system_prompt": "old"}])
    old = Persona.model_validate({"id": ID, **CONTENT, "system_prompt": "old"})
    assert follow_personas(memory, [old], START, "run", is_all=True).versions.num_rows == 0
    assert follow_personas(memory, [old], START + HOUR, "run", is_all=True).versions.num_rows == 1


def test_a_history_that_overlaps_is_told_again_in_the_order_of_what_was_seen() -> None:
    rows = [
        {"version": 1, **CONTENT, "system_prompt": "old", "valid_from": START, "valid_to": START + 9 * HOUR},
        {
            "version": 2,
            **CONTENT,
            "system_prompt": "new",
            "valid_from": START + HOUR,
            "valid_to": START + HOUR,
        },
    ]
    told = [(row["version"], row["system_prompt"], row["valid_from"]) for row in replayed(rows)]
    assert told == [(1, "old", START), (2, "new", START + HOUR), (3, "old", START + 9 * HOUR)]
    assert replayed(rows[:1]) == rows[:1]
