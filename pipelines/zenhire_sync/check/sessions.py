"""Tests of the session list and one detail: paging, order, contract, unknown fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from zenhire_schemas.session import SessionSummary
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.paging import SessionList, as_sent
from zenhire_sync.errors import ZenhireError
from zenhire_sync.plan.detail_plan import PlannedDetail
from zenhire_sync.plan.order import OrderWitness
from zenhire_sync.rows.contract import Rejection, accept_rows
from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.settings import Settings
from zenhire_sync.sync.details import Details, Spellings, fetch_details
from zenhire_sync.sync.list_reader import FEWEST_IN_FLOOD
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning

PAGES = 3
_MOST_NAMED = 8
_LONGEST_NAME = 40


async def session_findings(client: ApiClient, settings: Settings) -> list[Finding]:
    """Reads the first pages and one detail, and says what they are like."""
    sessions = SessionList(client, settings)
    pages: list[list[Any]] = []
    try:
        async for page in sessions.pages():
            pages.append(as_sent(page.rows))
            if len(pages) == PAGES:
                break
    except ZenhireError as error:
        return [failed("paging", *told(error))]
    rows = [row for page in pages for row in page]
    accepted, rejected = accept_rows(rows)
    return [
        paging_finding(sessions, pages, settings),
        order_finding(accepted),
        contract_finding(len(rows), rejected, settings),
        await _detail_finding(client, accepted, settings),
        unknown_finding(accepted),
    ]


def paging_finding(sessions: SessionList, pages: Sequence[list[Any]], settings: Settings) -> Finding:
    """How the list pages, as it was found to work."""
    first = len(pages[0])
    total = "" if sessions.totals.latest is None else f" of {sessions.totals.latest:,}"
    proof = "" if sessions.end is None else f"; it is the end: {sessions.end}"
    if len(pages) == 1:
        return ok("paging", f"one answer holds all{total} {first:,} sessions{proof}")
    dialect = sessions.dialect
    style = "?" if dialect is None else dialect.style
    how = f"by {style}" if dialect is None or dialect.param is None else f"by {style} ({dialect.param})"
    told = (
        "a total is not told"
        if sessions.totals.latest is None
        else f"{sessions.totals.latest:,} sessions in all"
    )
    found = f"{how}, {first:,} sessions a page, {told}{proof}"
    if first < settings.page_size:
        return warning(
            "paging",
            f"{found}; {settings.page_size} were asked for",
            f"a first sync takes {settings.page_size / max(first, 1):.1f} times the requests; if the API "
            "allows larger pages, name its parameter in ZENHIRE_PAGE_SIZE_PARAM",
        )
    return ok("paging", found)


def order_finding(accepted: Sequence[SessionSummary]) -> Finding:
    """Whether the newest sessions come first, so that a night may stop early."""
    witness = OrderWitness()
    witness.watch(row.created_at for row in accepted)
    if len(accepted) < 2:
        return ok("order", f"{len(accepted)} sessions show no order")
    if witness.is_newest_first:
        return ok("order", "newest first, so a night reads only what is new and what may still change")
    return warning(
        "order",
        "not newest first",
        "nothing to do: every sync reads the list to its end, which takes more requests and loses nothing",
    )


def contract_finding(rows: int, rejected: Sequence[Rejection], settings: Settings) -> Finding:
    """How many rows break the contract, and why; never what they hold."""
    if not rejected:
        return ok("contract", f"all {rows:,} rows keep it")
    kinds = Counter(kind_of(rejection.reason) for rejection in rejected)
    reasons = "; ".join(f"{count:,} x {kind}" for kind, count in kinds.most_common(_MOST_NAMED))
    found = f"{len(rejected):,} of {rows:,} rows break it: {reasons}"
    if len(rejected) > max(FEWEST_IN_FLOOD, settings.max_rejected_share * rows):
        advice = "so many mean that the API has changed: a sync would stop; look for a newer zenhire-sync"
        return failed("contract", found, advice)
    return warning("contract", found, "a sync sets them aside in rejected_rows; tell ZenHire")


def unknown_finding(accepted: Sequence[SessionSummary]) -> Finding:
    """Fields that the contract does not know, by name."""
    names = Counter(name for row in accepted for name in row.model_extra or {})
    if not names:
        return ok("fields", "none that the contract does not know")
    return warning(
        "fields",
        f"unknown: {_named(name for name, _ in names.most_common())}",
        "they are kept as JSON in sessions.unknown_fields; look for a newer zenhire-sync",
    )


async def _detail_finding(
    client: ApiClient, accepted: Sequence[SessionSummary], settings: Settings
) -> Finding:
    chosen = next((row for row in accepted if row.status == "completed"), next(iter(accepted), None))
    if chosen is None:
        return ok("detail", "there is no session to ask for")
    try:
        planned = [PlannedDetail(chosen.id, "completed")]
        spellings = Spellings({chosen.id: chosen.sent_id or chosen.id})
        details = await fetch_details(client, planned, settings, spellings=spellings)
        if details.ended_by is not None:
            raise details.ended_by
    except ZenhireError as error:
        return failed("detail", *told(error))
    return detail_finding(chosen.id, details)


def detail_finding(session_id: str, details: Details) -> Finding:
    """Whether a session's detail keeps the contract."""
    if details.rejected:
        reason = kind_of(details.rejected[0].reason)
        return failed(
            "detail", f"{session_id}: {reason}", "surveys and personas come from details; tell ZenHire"
        )
    if details.gone:
        return warning(
            "detail", f"{session_id} is listed, but gone", "check again: it may just have been deleted"
        )
    persona = "with its persona" if details.rows.personas else "its persona is deleted"
    survey = "with a survey" if any(survey for _, survey in details.rows.surveys) else "no survey yet"
    return ok("detail", f"{session_id} keeps the contract, {persona}, {survey}")


def _named(names: Iterable[str]) -> str:
    shown = [repr(name[:_LONGEST_NAME]) for name in names]
    more = f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    return ", ".join(shown[:_MOST_NAMED]) + more
