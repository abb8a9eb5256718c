"""What the sample of a run showed, by stratum and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from zenhire_schemas.tables import AUDIT_RESULTS
from zenhire_sync.plan.audit_sample import NO_SAMPLE, AuditSample

# Of a session that differs in any field.
ANY = "any"


@dataclass(slots=True)
class AuditResults:
    """The sample that was asked for, and the fields in which each session that answered differed."""

    sample: AuditSample = NO_SAMPLE
    compared: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def differing(self) -> int:
        """Sessions that were other than the warehouse had them."""
        return sum(map(bool, self.compared.values()))

    def add(self, compared: Mapping[str, frozenset[str]]) -> None:
        """Takes what a part of the sample showed, by session id."""
        self.compared.update(compared)

    def rows(self, run_id: str) -> pa.Table:
        """Rows of audit_results; a stratum of which nothing was drawn has one too: it is unmeasured."""
        rows = []
        for stratum, sessions in sorted(self.sample.sessions.items()):
            ids = [planned.session_id for planned in self.sample.drawn[stratum]]
            found = [self.compared[session_id] for session_id in ids if session_id in self.compared]
            counts = Counter(name for fields in found for name in fields)
            counts[ANY] = sum(map(bool, found))
            shared = {"run_id": run_id, "stratum": stratum, "sessions": sessions, "sampled": len(ids)}
            rows += [
                {**shared, "field": name, "compared": len(found), "differing": count}
                for name, count in sorted(counts.items())
            ]
        return pa.Table.from_pylist(rows, schema=AUDIT_RESULTS.arrow_schema())
