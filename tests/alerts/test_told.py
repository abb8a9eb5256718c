"""What is said of a trouble: once, again when it is worse, once when it is over."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.alerts.told import MOST_EVENTS, Trouble, after, bulletin, read_told, write_told


def trouble(cause: str, **levels: int) -> Trouble:
    return Trouble(cause, f"{cause} is wrong", levels or {"": 0})


def messages(nights: list[list[Trouble]]) -> list[tuple[list[str], list[str], list[str]]]:
    """What each night says, by cause; nights that say nothing are left out."""
    told, said = {}, []
    for troubles in nights:
        found = bulletin(told, troubles)
        if found:
            said.append(tuple([one.cause for one in part] for part in (found.new, found.worse, found.over)))
        told = after(told, found)
    return said


def test_thirty_nights_of_one_fault_are_two_messages() -> None:
    assert messages([[trouble("step/sync")]] * 30 + [[]] * 3) == [
        (["step/sync"], [], []),
        ([], [], ["step/sync"]),
    ]


def test_what_gets_worse_is_said_again_and_what_gets_better_is_not() -> None:
    levels = [1, 1, 2, 1, 2, 2, 4, 1]
    assert messages([[trouble("set_aside", rows=level)] for level in levels]) == [
        (["set_aside"], [], []),
        ([], ["set_aside"], []),
        ([], ["set_aside"], []),
    ]


def test_another_persona_is_news_and_one_that_is_back_is_not() -> None:
    nights = [["a"], ["a", "b"], ["b"], ["a", "b"], ["c"]]
    assert messages([[trouble("personas", **dict.fromkeys(names, 0))] for names in nights]) == [
        (["personas"], [], []),
        ([], ["personas"], []),
        ([], ["personas"], []),
    ]


def test_causes_are_told_together_and_apart() -> None:
    assert messages([[trouble("a"), trouble("b")], [trouble("b"), trouble("c")], []]) == [
        (["a", "b"], [], []),
        (["c"], [], ["a"]),
        ([], [], ["b", "c"]),
    ]


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=3), max_size=12))
def test_no_message_says_what_is_known(nights: list[list[tuple[str, int]]]) -> None:
    """Each cause is new, then over, in turns, and worse only in between and above all that was said of it."""
    highest: dict[str, int] = {}
    told = {}
    for night in nights:
        found = bulletin(told, [trouble(cause, x=level) for cause, level in night])
        now = dict(night)
        assert {one.cause for one in found.new} == set(now) - set(highest)
        assert {one.cause for one in found.over} == set(highest) - set(now)
        assert {one.cause for one in found.worse} == {c for c in now if c in highest and now[c] > highest[c]}
        told = after(told, found)
        highest = {cause: max(level, highest.get(cause, level)) for cause, level in now.items()}


def test_it_is_remembered_and_a_broken_file_is_forgotten(tmp_path: Path) -> None:
    told = after({}, bulletin({}, [trouble("budgets", sales=1), trouble("stale")]))
    write_told(tmp_path, told)
    assert read_told(tmp_path) == told
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
    (tmp_path / "alerts.json").write_text('{"stale": {"cause": 1}}')
    assert read_told(tmp_path) == {}
    assert read_told(tmp_path / "nowhere") == {}


def test_of_an_event_no_end_is_told_and_it_is_told_once() -> None:
    survey = Trouble("survey/1", "rated 1 of 5", {"": 0}, is_event=True)
    nights: list[list[Trouble]] = [[survey], [survey], [], [trouble("stale")], [trouble("stale")]]
    assert messages(nights) == [(["survey/1"], [], []), (["stale"], [], [])]
    assert "rated" not in str(after({}, bulletin({}, [survey])))


def test_events_that_are_too_many_for_one_message_are_said_in_the_next() -> None:
    surveys = [Trouble(f"survey/{n}", "rated 1 of 5", {"": 0}, is_event=True) for n in range(MOST_EVENTS + 9)]
    said = messages([[*surveys, trouble("stale")]] * 3)
    assert [len(new) for new, _, _ in said] == [MOST_EVENTS + 1, 9]
    assert {cause for new, _, _ in said for cause in new} == {"stale", *(one.cause for one in surveys)}
