"""What a session is given at creation: reference, source, tags, metadata.

Made only when a row is first shown, from a generator of its own per session: a company of 100,000
sessions then costs nothing for rows that no request reads, and reading order changes no content.
"""

from __future__ import annotations

import json
from random import Random

from zenhire_sync.simulator import texts
from zenhire_sync.simulator.spec import CompanySpec
from zenhire_sync.simulator.timeline import JsonRow, Traits

# P: limits at session creation
MAX_TAGS = 20
MAX_TAG_CHARS = 40
MAX_METADATA_BYTES = 8_000


def make_traits(spec: CompanySpec, serial: int) -> Traits:
    """Traits of the ``serial``-th session; the same for the same spec and serial."""
    rng = Random(spec.seed * 1_000_003 + serial)  # noqa: S311 - repeatable accidents, not secrets
    return Traits(
        candidate_ref=_candidate_ref(rng, spec, serial),
        consent_mode="integrator" if rng.random() < spec.integrator_share else "explicit",
        source="playground" if rng.random() < spec.playground_share else "requests",
        tags=_tags(rng, spec) if rng.random() < spec.tags_share and spec.tags else None,
        metadata=_metadata(rng, spec) if rng.random() < spec.metadata_share else None,
    )


def _candidate_ref(rng: Random, spec: CompanySpec, serial: int) -> str | None:
    if rng.random() >= spec.candidate_ref_share:
        return None
    if rng.random() < spec.awkward_share:
        return rng.choice(texts.AWKWARD_REFS)
    reference = f"{rng.choice(texts.CANDIDATE_REFS)}-{serial:06d}"
    return f"{texts.LONG_REFERENCE}{reference}" if spec.long_names else reference


def _tags(rng: Random, spec: CompanySpec) -> list[str]:
    plain = usual_tags(spec)
    if rng.random() >= spec.awkward_share:
        return rng.sample(plain, rng.randint(1, min(4, len(plain))))
    pool = [*plain, *texts.AWKWARD_TAGS, *(f"batch {number}" for number in range(10))]
    return rng.sample(pool, rng.randint(1, MAX_TAGS))


def usual_tags(spec: CompanySpec) -> list[str]:
    """The tags that the company has chosen for itself, as many as its spec says."""
    known = texts.PLAIN_TAGS
    tags = [*known[: spec.tags], *(f"{known[n % len(known)]}-{n + 1}" for n in range(len(known), spec.tags))]
    return [f"{texts.LONG_TAG}{tag}"[-MAX_TAG_CHARS:] for tag in tags] if spec.long_names else tags


def _metadata(rng: Random, spec: CompanySpec) -> JsonRow:
    if rng.random() < 0.1:
        return {}
    metadata: JsonRow = {
        key: _value(rng, spec, key) for key in rng.sample(texts.PLAIN_KEYS, rng.randint(1, 5))
    }
    if rng.random() < spec.awkward_share:
        for key in rng.sample(texts.AWKWARD_KEYS, rng.randint(1, len(texts.AWKWARD_KEYS))):
            metadata[key] = _value(rng, spec, key)
    while len(json.dumps(metadata, ensure_ascii=False).encode()) > MAX_METADATA_BYTES:
        metadata.popitem()
    return metadata


def _value(rng: Random, spec: CompanySpec, key: str) -> object:
    if rng.random() < spec.awkward_share:
        return rng.choice(texts.AWKWARD_VALUES)
    number = rng.randint(1, 99)
    plain = texts.PLAIN_VALUES.get(key, ("value {}",))
    return plain[number % len(plain)].format(number)
