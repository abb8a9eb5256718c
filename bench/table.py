"""Results as markdown, and the places in the page they go to. Pure but for reading and writing that page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench.contest import FLOOR, OURS, REST_API, SCRIPT, Result

PAGE = Path(__file__).parent / "README.md"
_TOOLS = (OURS, FLOOR, REST_API, SCRIPT)


def whole_table(results: Sequence[Result]) -> str:
    """Every tool on every case."""
    lines = [
        "| sessions | tool | rounds | wall s | CPU s | peak MB | floors, wall | floors, CPU |",
        "| --- | --- | --: | --: | --: | --: | --: | --: |",
    ]
    for result in results:
        for tool in _TOOLS:
            if measured := result.medians.get(tool):
                lines.append(
                    f"| {result.case.name} | {tool} | {result.case.rounds[tool]} | {measured.wall_sec:.2f} | "
                    f"{measured.cpu_sec:.2f} | {measured.peak_mb:,.0f} | {result.ratio(tool, FLOOR):.1f} | "
                    f"{result.cpu_ratio(tool, FLOOR):.1f} |"
                )
    return "\n".join(lines)


def short_table(results: Sequence[Result]) -> str:
    """Ours beside the peer, for a front page."""
    lines = [
        "| sessions | zenhire-sync | peak memory | dlt `rest_api` | peak memory |",
        "| --- | --: | --: | --: | --: |",
    ]
    for result in results:
        ours, peer = result.medians[OURS], result.medians.get(REST_API)
        theirs = f"{peer.wall_sec:.1f} s | {peer.peak_mb:,.0f} MB" if peer else "- | -"
        lines.append(f"| {result.case.name} | {ours.wall_sec:.1f} s | {ours.peak_mb:,.0f} MB | {theirs} |")
    return "\n".join(lines)


def verdicts(results: Sequence[Result]) -> str:
    """The ratios that the goals are about, as a list."""
    lines = []
    lists = [result for result in results if not result.case.with_details]
    if len(lists) > 1:
        first, last = lists[0], lists[-1]
        wall, cpu = (_slopes(first, last, of) for of in ("wall_sec", "cpu_sec"))
        memory = last.medians[OURS].peak_mb / first.medians[OURS].peak_mb
        sizes = f"from {first.case.sessions:,} to {last.case.sessions:,}"
        lines += [
            f"- one session more, list only ({sizes}): {_compared(wall)} by the clock, "
            f"{_compared(cpu)} of CPU",
            f"- peak memory, list only ({sizes}): **{memory:.2f} times**",
        ]
    for result in results:
        floor_ratio = f"**{result.ratio(OURS, FLOOR):.1f} times the floor**"
        peers = "".join(
            f", {tool} takes **{result.ratio(tool, OURS):.1f} times** ours"
            for tool in (REST_API, SCRIPT)
            if tool in result.medians
        )
        lines.append(
            f"- {result.case.name}: {result.medians[OURS].wall_sec:.1f} s, "
            f"{result.medians[OURS].peak_mb:,.0f} MB, {floor_ratio}"
            f"{peers}"
        )
    return "\n".join(lines)


def _slopes(first: Result, last: Result, of: str) -> tuple[float, float]:
    """Microseconds that one session more costs us and the floor."""
    more = last.case.sessions - first.case.sessions
    ours, floor = (
        (getattr(last.medians[tool], of) - getattr(first.medians[tool], of)) / more * 1e6
        for tool in (OURS, FLOOR)
    )
    return ours, floor


def _compared(slopes: tuple[float, float]) -> str:
    ours, floor = slopes
    return f"{ours:.0f} µs, the floor {floor:.0f} µs (**{ours / floor:.1f} times**)"


def put(name: str, text: str) -> None:
    """Replaces what stands between the page's markers of that name."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- made: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"bench/README.md has no place for {name}")
    PAGE.write_text(pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page), encoding="utf-8")
