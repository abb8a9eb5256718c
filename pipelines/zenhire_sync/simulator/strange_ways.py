"""Ways of paging for strange dialects: what leads to the next page, and under which name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from zenhire_sync.simulator.dialect_draft import Draft

# the field of the next token, and the parameter that takes it
TOKENS = (
    ("next_cursor", "cursor"),
    ("next_cursor", "next_cursor"),
    ("cursor", "cursor"),
    ("next", "next"),
    ("next", "cursor"),
    ("after", "after"),
    ("next_page_token", "page_token"),
    ("page_token", "page_token"),
)
OWN_TOKENS = (
    ("last_evaluated_key", "last_evaluated_key"),
    ("last_evaluated_key", "exclusive_start_key"),
    ("iterator", "iterator"),
    ("bookmark", "bookmark"),
    ("marker", "marker"),
    ("scroll_id", "scroll_id"),
    ("continuation", "continuation"),
    ("next_marker", "marker"),
    ("resume_from", "resume_from"),
)
ODD_LENGTHS = (61, 64, 75, 99, 128, 7, 12, 33)
ROUND_LENGTHS = (10, 20, 25, 50, 100)


def _pages(draft: Draft) -> None:
    first = 0 if draft.likely(0.3) else 1
    draft.set(f"page from {first}", paging="page", page_param="page", first_page=first, next_key=None)
    said = draft.one_of(("nothing", "has_more", "total_pages", "next_page", "position"))
    _say_more(draft, said)
    if said == "next_page":
        draft.set("next_page", next_key="next_page")


def _offsets(draft: Draft) -> None:
    draft.set("offset", paging="offset", page_param="offset", next_key=None)
    said = draft.one_of(("nothing", "has_more", "next_offset", "position"))
    _say_more(draft, said)
    if said == "next_offset":
        draft.set("next_offset", next_key="next_offset")


def _say_more(draft: Draft, said: str) -> None:
    if said == "has_more":
        _has_more(draft)
    elif said == "total_pages":
        draft.set("total_pages", total_pages_key="total_pages")
    elif said == "position":
        draft.set("echoes its position", echoes_position=True)


def _has_more(draft: Draft) -> None:
    form = draft.one_of(("flag", "flag", "text", "number"))
    draft.set(f"has_more as {form}", has_more_key=draft.one_of(("has_more", "has_next")), has_more_form=form)


def _tokens(draft: Draft) -> None:
    key, param = draft.one_of(TOKENS)
    holds = draft.one_of(("position", "offset", "last_id"))
    draft.set(f"token {key} to {param} ({holds})", next_key=key, page_param=param, cursor_holds=holds)
    if draft.likely(0.2):
        draft.set("token is a number", cursor_holds="offset", next_form="number")
    if draft.likely(0.3):
        _has_more(draft)
        if draft.likely(0.4):
            draft.set("token kept at the end", next_at_end="kept")


def _addresses(draft: Draft) -> None:
    way = draft.one_of(("page", "offset", "cursor"))
    param = {"page": "page", "offset": "offset", "cursor": "cursor"}[way]
    draft.set(f"addresses with {way}", paging=way, page_param=param, next_key=None)
    form = draft.one_of(("url", "relative_url", "link header"))
    if form == "link header":
        draft.set("Link header", link_header=True)
    else:
        draft.set(form, next_key=draft.one_of(("next", "next_url")), next_form=form)


def _last_ids(draft: Draft) -> None:
    param = draft.one_of(("after", "starting_after"))
    draft.set(f"last id in {param}", page_param=param, cursor_holds="last_id", next_key=None)
    _has_more(draft)


def _flag(draft: Draft) -> None:
    way = draft.one_of(("page", "offset"))
    draft.doubt("next is a flag", paging=way, page_param=way, next_key="next", next_form="flag")
    draft.behaviour = replace(draft.behaviour, echoes_position=draft.likely(0.5))


def _own_token(draft: Draft) -> None:
    key, param = draft.one_of(OWN_TOKENS)
    holds = draft.one_of(("position", "offset"))
    draft.doubt(f"token {key} to {param}", next_key=key, page_param=param, cursor_holds=holds)


def _token_of_json(draft: Draft) -> None:
    key, param = draft.one_of((*TOKENS, *OWN_TOKENS))
    form = draft.one_of(("object", "list", "fraction"))
    draft.doubt(f"{key} is {form}", next_key=key, page_param=param, cursor_holds="offset", next_form=form)


def _list_of_links(draft: Draft) -> None:
    way, form = draft.one_of(("page", "offset", "cursor")), draft.one_of(("list", "object", "hal"))
    key = draft.one_of(("links", "_links"))
    draft.doubt(f"{key} as {form}", paging=way, page_param=way, next_key=None, links_key=key, links_form=form)


def _all_at_once(draft: Draft) -> None:
    draft.set("everything at once", paging="everything", next_key=None)
    if draft.likely(0.4):
        # without the total, nothing would tell it from a whole list of so many rows
        length = draft.one_of((*ODD_LENGTHS, *ROUND_LENGTHS))
        draft.doubt(f"capped at {length}, with the whole total", capped_at=length, total_key="total")


WAYS: tuple[Callable[[Draft], None], ...] = (
    _pages,
    _pages,
    _offsets,
    _offsets,
    _tokens,
    _tokens,
    _tokens,
    _addresses,
    _addresses,
    _last_ids,
    _flag,
    _own_token,
    _token_of_json,
    _list_of_links,
    _all_at_once,
)
