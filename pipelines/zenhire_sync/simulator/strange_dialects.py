"""Dialects put together from independent choices by a seed, as no single API would have them all.

A dialect says of itself whether a fair client can read it: by what the API contract lists under "Spellings
to recognise". Where it has something of "Ways of paging and ending seen in public trackers" that nobody need
understand, it is opaque: all rows, or an error that says so.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import get_args

from zenhire_sync.simulator.behaviour import ALL_FILTERS, Beyond, NextAtEnd, Order, TotalForm
from zenhire_sync.simulator.dialect_draft import Draft, SimulatedDialect
from zenhire_sync.simulator.strange_ways import ODD_LENGTHS, ROUND_LENGTHS, WAYS

_PAGES_AGAIN: tuple[Beyond, ...] = ("first_page", "last_page")
SIZE_PARAMS = ("limit", "per_page", "page_size", "pageSize")


def compose(seed: int | str) -> SimulatedDialect:
    """The dialect of a seed; equal seeds give equal dialects."""
    draft = Draft(Random(f"dialect {seed}"))  # noqa: S311 - repeatable accidents, not secrets
    draft.one_of(WAYS)(draft)
    for choice in (_envelope, _lengths, _total, _end, _echoes, _order, _filters, _manners, _again):
        choice(draft)
    return SimulatedDialect(draft.behaviour, tuple(draft.traits), tuple(draft.opaque))


# what an answer looks like


def _envelope(draft: Draft) -> None:
    behaviour = draft.behaviour
    is_bare = behaviour.link_header or (behaviour.next_key is None and behaviour.links_key is None)
    says = behaviour.has_more_key or behaviour.total_pages_key or behaviour.total_key
    if is_bare and not says and draft.likely(0.3):
        draft.set("bare array", rows_key=None)
        return
    draft.set("envelope", rows_key=draft.one_of(("data", "items", "results", "sessions")))
    where = draft.one_of(("", "", "pagination", "meta", "page_info"))
    draft.behaviour = replace(draft.behaviour, info_at=where, names=draft.one_of(("snake", "snake", "camel")))
    if draft.likely(0.05):
        draft.doubt("wrapped in data", wrapped_in="data", rows_key=draft.one_of(("sessions", "items")))
    elif draft.likely(0.05):
        draft.doubt("rows under a name of its own", rows_key=draft.one_of(("content", "entries", "hits")))


def _lengths(draft: Draft) -> None:
    if draft.behaviour.paging == "everything":
        draft.behaviour = replace(draft.behaviour, size_param=None)
        return
    draft.behaviour = replace(draft.behaviour, size_param=draft.one_of(SIZE_PARAMS))
    kind = draft.one_of(("as asked", "as asked", "fixed", "at most", "strict"))
    length = draft.one_of((*ODD_LENGTHS, *ROUND_LENGTHS))
    if kind == "fixed":
        draft.set(f"{length} a page", size_param=None, default_page_size=length)
    elif kind == "at most":
        draft.set(f"at most {length} a page", largest_page=length, default_page_size=min(20, length))
    elif kind == "strict":
        draft.set("refuses parameters it does not know", unknown_params="reject")
        if draft.likely(0.5):
            draft.set("refuses more than 50 a page", oversize="reject", largest_page=50)
    if draft.likely(0.15):
        slot = draft.rng.randint(1, 150)
        draft.set(f"never shows place {slot}", ghost_slot=slot)


def _total(draft: Draft) -> None:
    if draft.behaviour.rows_key is None or draft.behaviour.total_key or not draft.likely(0.55):
        return
    draft.set("total", total_key=draft.one_of(("total", "total", "total_count", "count")))
    if draft.likely(0.5):
        form: TotalForm = draft.one_of(get_args(TotalForm)[1:])
        amount = {"capped": draft.one_of((10, 50, 100)), "low": draft.rng.randint(1, 5)}
        few = amount.get(form, draft.rng.randint(1, 5))
        draft.doubt(f"total is {form} ({few})", total_form=form, total_amount=few)


def _end(draft: Draft) -> None:
    if draft.likely(0.5):
        beyond: Beyond = draft.one_of([way for way in get_args(Beyond) if way not in _PAGES_AGAIN])
        draft.set(f"{beyond} beyond the end", beyond=beyond)
    behaviour = draft.behaviour
    if behaviour.next_key is None or behaviour.next_form == "flag" or behaviour.next_at_end != "null":
        return
    choices: set[NextAtEnd] = {"null", "absent", "empty", "false"}
    if behaviour.beyond not in {"400", "404", "416"}:
        # a token of its own that a server refuses would be no end
        choices.add("leads_to_empty")
    if behaviour.paging == "cursor" and behaviour.next_form in {"value", "number"}:
        # elsewhere, 0 and what was asked for are pages
        choices |= {"zero", "asked"}
    at_end: NextAtEnd = draft.one_of(sorted(choices))
    draft.set(f"{at_end} at the end", next_at_end=at_end)


def _echoes(draft: Draft) -> None:
    behaviour = draft.behaviour
    if behaviour.rows_key is None:
        return
    if behaviour.paging in {"page", "offset"} and behaviour.next_key != "cursor" and draft.likely(0.2):
        draft.set("cursor: null", echoes=frozenset({"null_cursor"}))
    elif behaviour.paging == "cursor" and behaviour.next_key != behaviour.page_param and draft.likely(0.3):
        draft.set("echoes the cursor", echoes=frozenset({"asked_cursor"}))
    if draft.likely(0.15):
        draft.set("echoes the request", echoes=draft.behaviour.echoes | {"query"})


def _order(draft: Draft) -> None:
    if draft.likely(0.5):
        return
    orders = [order for order in get_args(Order) if order != "newest_first_unstable_ties"]
    order: Order = draft.one_of(orders)
    draft.set(order, order=order)


def _filters(draft: Draft) -> None:
    kind = draft.one_of(("ignored", "ignored", "honoured", "some", "refused", "lie"))
    if kind == "honoured":
        draft.set("filters", filters=ALL_FILTERS, is_filter_inclusive=draft.likely(0.5))
    elif kind == "some":
        names = sorted(ALL_FILTERS)
        draft.set("some filters", filters=frozenset(draft.rng.sample(names, draft.rng.randint(1, 2))))
    elif kind == "refused":
        draft.set("filters refused", filters_refused=True)
    elif kind == "lie":
        draft.set("filters lie", filters_lie=True)
    if draft.likely(0.3):
        draft.set("filters in camel case", filter_names="camel")


def _manners(draft: Draft) -> None:
    if draft.likely(0.05):
        draft.doubt("redirects to a slash", redirects_to_slash=True)
    if draft.likely(0.1):
        draft.set("integers with a point", integers="with_point")
    if draft.likely(0.1):
        most = draft.one_of((1, 3, 20))
        draft.set(f"closes connections after {most} answers", answers_per_connection=most)
    if draft.likely(0.1):
        draft.set("deleted sessions answer 410", deleted_answer=410)


def _again(draft: Draft) -> None:
    if draft.behaviour.paging in {"page", "offset"} and draft.likely(0.15):
        again = draft.one_of(_PAGES_AGAIN)
        draft.set(f"{again} beyond the end", beyond=again)
