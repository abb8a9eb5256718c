"""Where there is no browser, there is no look at pages; see tests/report/browser.py."""

from __future__ import annotations

from tests.report.browser import CAN_LOOK

collect_ignore = [] if CAN_LOOK else ["test_docs_page.py"]
