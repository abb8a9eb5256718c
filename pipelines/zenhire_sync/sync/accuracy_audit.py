"""Draws the sample of a run and asks for it, once the plan is done: how many sessions are held wrongly.

Data flow: sessions -> sample; GET /sessions/{id} -> the same door as every detail, and audit_results.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from zenhire_sync.plan.audit_sample import NO_SAMPLE, AuditSample, chosen, draw
from zenhire_sync.plan.detail_plan import NO_BOUNDS, DetailPlan
from zenhire_sync.sync.audit_results import AuditResults
from zenhire_sync.sync.detail_calls import DetailCalls
from zenhire_sync.sync.night import Night
from zenhire_sync.warehouse.sample_frame import SampleFrame

log = logging.getLogger(__name__)


def drawn_sample(night: Night, plan: DetailPlan) -> AuditSample:
    """Sessions that the plan leaves, by strata; the id of the run is the seed. None with a backfill."""
    settings, outcome = night.settings, night.outcome
    if not settings.audit_requests or plan.bounds != NO_BOUNDS:
        return NO_SAMPLE
    frame = SampleFrame(
        night.warehouse,
        outcome.run_id,
        outcome.as_of - timedelta(days=max(settings.survey_ladder_days, default=0)),
        outcome.as_of - timedelta(days=settings.recheck_days),
    )
    planned = frozenset(detail.session_id for detail in plan.named)
    strata = draw(frame.sizes(), frame.strata_of(sorted(planned)), settings.audit_requests, outcome.run_id)
    drawn = {
        stratum: chosen(part, frame.at(stratum, part.places), planned) for stratum, part in strata.items()
    }
    sample = AuditSample({stratum: part.sessions for stratum, part in strata.items()}, drawn)
    log.info(
        "a sample was drawn to be compared with the warehouse",
        extra={"seed": outcome.run_id, "strata": {name: len(part) for name, part in drawn.items()}},
    )
    return sample


async def audit(night: Night, calls: DetailCalls, sample: AuditSample) -> None:
    """Asks for the sample and keeps what comes, as of every detail; what differed is in the outcome.

    Nothing is asked for once the time for details is up. Raises what cut it short, once what it had brought
    is committed.
    """
    left = [planned for planned in sample.details if calls.can_ask(planned.scope)]
    if not left or calls.is_late():
        return
    outcome = night.outcome
    outcome.audit_results = AuditResults(sample)
    asked = len(left)
    while left and not calls.is_late():
        details = await calls.fetch(left, already_done=asked - len(left), of=asked)
        unasked = {planned.session_id for planned in details.unasked}
        news, compared = night.committer.commit_audit(details)
        outcome.audit_results.add(compared)
        done = [planned for planned in left if planned.session_id not in unasked]
        outcome.detail_results.count(done, news)
        outcome.details_kept += len(compared)
        if details.ended_by is not None:
            raise details.ended_by
        left = details.unasked
    night.committer.finish_details()
