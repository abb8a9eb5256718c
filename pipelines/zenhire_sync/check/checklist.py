"""All tests in the order in which one trouble would hide the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.check.local import (
    company_findings,
    data_dir_finding,
    disk_finding,
    key_findings,
    published_finding,
    readers_finding,
    settings_finding,
    store_finding,
    versions_findings,
)
from zenhire_sync.check.probe import probe
from zenhire_sync.check.remote import (
    clock_finding,
    credits_finding,
    permission_finding,
    rate_finding,
    reach_finding,
)
from zenhire_sync.check.sessions import session_findings
from zenhire_sync.config import Config
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import run_politely
from zenhire_sync.warehouse.finding import Finding, failed

# A check must not hang where a night would wait.
_LONGEST_SECONDS = 90.0
_IMPATIENT = {"request_attempts": 2, "retry_budget": 4}


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, in order, and how many requests it took."""

    findings: tuple[Finding, ...]
    requests: int

    @property
    def exit_code(self) -> int:
        """2 when a setting or key is wrong, 1 when something else failed, 0 else (warnings are allowed)."""
        failures = [finding for finding in self.findings if finding.verdict == "failed"]
        if any(finding.is_configuration for finding in failures):
            return EXIT_USAGE
        return EXIT_FAILED if failures else EXIT_DONE


def check_everything(config: Config) -> Report:
    """Tests everything that can be tested without writing; a handful of requests."""
    settings = config.settings
    ledger = RequestLedger()
    findings = [settings_finding(config), *company_findings(settings)]
    of_keys, keys = key_findings(config)
    findings += of_keys
    if keys:
        findings += run_politely(lambda: _remote_findings(settings, keys, ledger))
    findings += [data_dir_finding(settings), published_finding(settings), disk_finding(settings)]
    findings += [*store_finding(settings), *readers_finding(settings)]
    findings += versions_findings(settings)
    findings += warehouse_of(settings).findings()
    return Report(tuple(_without_keys(finding, keys) for finding in findings), ledger.total)


async def _remote_findings(
    settings: Settings, keys: Sequence[ApiKey], ledger: RequestLedger
) -> list[Finding]:
    base = settings.base_url.rstrip("/")
    root = ApiClient(settings, keys[0], ledger).platform_url("health")
    ledger.by_reason["health"] += 1
    health = await probe(settings, root)
    findings = [reach_finding(settings, health)]
    if health.failure is not None:
        return findings
    findings.append(clock_finding(health))
    answers = [await probe(settings, f"{base}/sessions", key) for key in keys]
    ledger.by_reason["access"] += len(answers)
    findings += [permission_finding(key, answer) for key, answer in zip(keys, answers, strict=True)]
    good = [(key, answer) for key, answer in zip(keys, answers, strict=True) if answer.status == 200]
    if good:
        key, answer = good[0]
        findings.append(rate_finding(settings, answer))
        findings += await _api_findings(settings.model_copy(update=_IMPATIENT), key, ledger)
    return findings


async def _api_findings(settings: Settings, key: ApiKey, ledger: RequestLedger) -> list[Finding]:
    try:
        async with asyncio.timeout(_LONGEST_SECONDS), ApiClient(settings, key, ledger) as client:
            return [*await session_findings(client, settings), await credits_finding(client)]
    except TimeoutError:
        found = f"the API did not answer a few requests within {_LONGEST_SECONDS:g} s"
        return [failed("paging", found, "it is slow or keeps the key waiting; check again later")]


def _without_keys(finding: Finding, keys: Sequence[ApiKey]) -> Finding:
    """A server may repeat a key in its message."""
    found, advice = finding.found, finding.advice
    for key in keys:
        secret = key.value.get_secret_value()
        found, advice = found.replace(secret, "(hidden)"), advice.replace(secret, "(hidden)")
    return replace(finding, found=found, advice=advice)
