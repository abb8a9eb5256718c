"""Names of the schemas, without Arrow: importing it takes longer than ``status`` may."""

from __future__ import annotations

from typing import Literal, get_args

RAW_SCHEMA = "zenhire_raw"
MARTS_SCHEMA = "zenhire_marts"

# What a build writes of the marts beside them, without a row in it; published in this order.
DOCS_PAGE, CONTRACT, SEMANTIC_INTERCHANGE = "docs.html", "contract.odcs.yaml", "osi.yaml"
DOCUMENTS = (DOCS_PAGE, CONTRACT, SEMANTIC_INTERCHANGE)

# What alerts have said, among the working files.
TOLD_FILE = "alerts.json"

# Why the detail of a session is asked for.
DetailReason = Literal["completed", "survey", "persona", "retry", "reappeared", "missing", "audit"]
DETAIL_REASONS: tuple[DetailReason, ...] = get_args(DetailReason)
