"""On a narrow terminal no word, id or path is torn apart, and a fact stays in its column."""

from __future__ import annotations

import io

import pytest

from zenhire_sync.cli.wrapping import fitted

SESSION = "1bdea0a2-d997-4d70-a0d9-1a5ef9eca092"
LINES = (
    "erase --dry-run: 6 sessions; nothing was changed, this heading says more than it needs, and more",
    f"  session    {SESSION}  completed, created 2026-09-30, ended 2026-09-30",
    "  UNPUBLISHED the sync of 2026-09-30 02:18Z: its build or publish failed, or did not run",
    f"  ok      detail          {SESSION} keeps the contract, with its persona, no survey yet",
    "  files      made anew: /srv/zenhire/warehouse.duckdb, /srv/zenhire/published/zenhire.duckdb",
)


class Terminal(io.StringIO):
    """A place that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("line", LINES)
def test_a_line_longer_than_the_terminal_is_broken_between_words(
    line: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    first, *others = fitted(line, Terminal()).splitlines()
    assert all(len(part) <= width for part in (first, *others))
    assert " ".join([first, *others]).split() == line.split()
    assert others
    assert len({len(other) - len(other.lstrip()) for other in others}) == 1
    assert all(other.startswith(" " * (13 if line.startswith("  ") else 2)) for other in others)


def test_a_file_or_a_pipe_gets_one_line_for_a_fact_whatever_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert fitted("\n".join(LINES), io.StringIO()) == "\n".join(LINES)
