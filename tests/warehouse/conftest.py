"""The questions are asked of PostgreSQL too where it is installed, and in CI in any case."""

from __future__ import annotations

from tests.transforms.postgres.server import CAN_BUILD

collect_ignore = [] if CAN_BUILD else ["test_questions_on_postgres.py"]
