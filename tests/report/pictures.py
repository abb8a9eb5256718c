"""Pictures of the report of companies of five kinds, to be looked at: light, dark and on a telephone.

``python -m tests.report.pictures FOLDER`` publishes each company by the program itself, in three minutes.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from tests.report.browser import Tab, visit
from tests.report.companies import KINDS, NOW, publish_kind

from zenhire_sync.report import write_report

_LOOKS = (("light", 1200), ("dark", 1200), ("light", 360))
# Chromium's largest picture is not much higher.
_MOST_HEIGHT = 9_000


def take(page: Path, folder: Path) -> None:
    """Writes one picture of the whole page for each look."""

    async def there(tab: Tab) -> None:
        for scheme, width in _LOOKS:
            await tab.open(page, scheme=scheme, width=width)
            height = await tab.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0, "y": 0, "width": width, "height": min(height, _MOST_HEIGHT), "scale": 1}
            taken = await tab.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
            (folder / f"{scheme}-{width}.png").write_bytes(base64.b64decode(taken["data"]))

    visit(there)


if __name__ == "__main__":
    for name, kind in KINDS.items():
        place = Path(sys.argv[1], name)
        place.mkdir(parents=True)
        take(write_report(publish_kind(kind, place), now=NOW).path, place)
        sys.stdout.write(f"{place}\n")
