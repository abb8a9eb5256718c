"""The contract is tested on a server too."""

from __future__ import annotations

from tests.transforms.postgres.server import CAN_BUILD

collect_ignore = [] if CAN_BUILD else ["test_contract.py"]
