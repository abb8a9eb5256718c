"""Paging dialects seen in the wild, by name. Each can be walked to its end by a plain client."""

from __future__ import annotations

from dataclasses import replace

from zenhire_sync.simulator.behaviour import DEFAULT, Behaviour

_TOP = replace(DEFAULT, info_at="")
_PAGE = replace(DEFAULT, paging="page", page_param="page", size_param="per_page", next_key=None)
_OFFSET = replace(DEFAULT, paging="offset", page_param="offset", next_key=None)
_BARE = replace(DEFAULT, rows_key=None, next_key=None)

_CURSOR_DIALECTS: dict[str, Behaviour] = {
    "cursor_next_cursor_in_pagination": DEFAULT,
    "cursor_next_cursor_at_top": replace(_TOP, has_more_key="has_more"),
    "cursor_next_cursor_absent_at_end": replace(_TOP, rows_key="sessions", next_at_end="absent"),
    "cursor_next_cursor_camel_in_meta": replace(
        DEFAULT, info_at="meta", names="camel", rows_key="items", has_more_key="has_more"
    ),
    "cursor_named_cursor_empty_at_end": replace(
        DEFAULT, info_at="meta", next_key="cursor", next_at_end="empty"
    ),
    "cursor_after_in_page_info": replace(DEFAULT, info_at="page_info", page_param="after", next_key="after"),
    "cursor_end_cursor_kept_at_end": replace(
        DEFAULT,
        info_at="page_info",
        names="camel",
        page_param="after",
        next_key="end_cursor",
        next_at_end="kept",
        has_more_key="has_next_page",
    ),
    "cursor_page_token": replace(
        _TOP,
        rows_key="sessions",
        page_param="page_token",
        size_param="page_size",
        next_key="next_page_token",
        next_at_end="empty",
    ),
    "cursor_page_token_camel": replace(
        _TOP,
        rows_key="items",
        names="camel",
        page_param="pageToken",
        size_param="pageSize",
        next_key="next_page_token",
        next_at_end="absent",
    ),
    "cursor_next_disguised_offset": replace(_TOP, next_key="next", cursor_holds="offset", total_key="total"),
    "cursor_starting_after_next_cursor": replace(
        _TOP, page_param="starting_after", cursor_holds="last_id", has_more_key="has_more"
    ),
    "cursor_starting_after_has_more_only": replace(
        _TOP, page_param="starting_after", cursor_holds="last_id", has_more_key="has_more", next_key=None
    ),
}

_LINK_DIALECTS: dict[str, Behaviour] = {
    "next_url_absolute": replace(_TOP, next_key="next", next_form="url", rows_key="results"),
    "next_url_relative": replace(DEFAULT, info_at="meta", next_key="next_url", next_form="relative_url"),
    "next_url_page_count": replace(
        _PAGE,
        info_at="",
        rows_key="results",
        size_param="page_size",
        next_key="next",
        next_form="url",
        total_key="count",
    ),
    "link_header": replace(_BARE, link_header=True),
    "link_header_page": replace(
        _BARE, paging="page", page_param="page", size_param="per_page", link_header=True
    ),
    "link_header_in_envelope": replace(DEFAULT, next_key=None, link_header=True),
}

_NUMBER_DIALECTS: dict[str, Behaviour] = {
    "page_total_pages": replace(
        _PAGE, total_pages_key="total_pages", total_key="total", echoes_position=True
    ),
    "page_total_pages_camel": replace(
        _PAGE,
        info_at="meta",
        names="camel",
        size_param="pageSize",
        total_pages_key="total_pages",
        echoes_position=True,
    ),
    "page_total_at_top": replace(_PAGE, info_at="", size_param="page_size", total_key="total"),
    "page_has_more": replace(_PAGE, info_at="", has_more_key="has_more", echoes_position=True),
    "page_zero_based": replace(
        _PAGE, first_page=0, total_pages_key="total_pages", echoes_position=True, rows_key="items"
    ),
    "page_next_page_number": replace(_PAGE, info_at="meta", next_key="next_page"),
    "page_nothing_reported": replace(_PAGE, rows_key="sessions", size_param="limit"),
    "page_fixed_size": replace(_PAGE, size_param=None, total_key="total"),
    "page_strict": replace(
        _PAGE,
        unknown_params="reject",
        oversize="reject",
        size_param="page_size",
        total_pages_key="total_pages",
    ),
    "offset_total": replace(_OFFSET, total_key="total", echoes_position=True),
    "offset_total_at_top": replace(_OFFSET, info_at="", rows_key="items", total_key="total"),
    "offset_has_more": replace(_OFFSET, has_more_key="has_more"),
    "offset_next_offset": replace(_OFFSET, info_at="meta", next_key="next_offset"),
    "offset_skip_nothing_reported": replace(_OFFSET, page_param="skip", rows_key="results"),
    "bare_page_number": replace(_BARE, paging="page", page_param="page", size_param="per_page"),
    "bare_offset": replace(_BARE, paging="offset", page_param="offset"),
    "bare_everything_at_once": replace(_BARE, paging="everything", size_param=None),
    "envelope_everything_at_once": replace(
        DEFAULT, paging="everything", size_param=None, next_key=None, info_at="", total_key="total"
    ),
}

DIALECTS: dict[str, Behaviour] = {**_CURSOR_DIALECTS, **_LINK_DIALECTS, **_NUMBER_DIALECTS}
