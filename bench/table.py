"""Results as markdown, and the places in the page they go to. Pure but for reading and writing that page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench.contest import FLOOR, OURS, REST_API, Result

PAGE = Path(__file__).parent / "README.md"
_TOOLS = (OURS, FLOOR, REST_API)


def whole_table(results: Sequence[Result]) -> str:
    """Every tool on every case."""
    lines = [
        "| sessions | tool | rounds | wall s | CPU s | peak MB | times the floor |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    for result in results:
        for tool in _TOOLS:
            if measured := result.medians.get(tool):
                ratio = result.ratio(tool, FLOOR)
                lines.append(
                    f"| {result.case.name} | {tool} | {result.case.rounds[tool]} | {measured.wall_sec:.2f} | "
                    f"{measured.cpu_sec:.2f} | {measured.peak_mb:,.0f} | {ratio:.1f} |"
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
        ours, floor = (_microseconds_a_session(first, last, tool) for tool in (OURS, FLOOR))
        memory = last.medians[OURS].peak_mb / first.medians[OURS].peak_mb
        sizes = f"from {first.case.sessions:,} to {last.case.sessions:,}"
        lines += [
            f"- one session more, list only ({sizes}): {ours:.0f} µs, the floor {floor:.0f} µs: "
            f"**{ours / floor:.1f} times**",
            f"- peak memory, list only ({sizes}): **{memory:.2f} times**",
        ]
    for result in results:
        floor_ratio = f"**{result.ratio(OURS, FLOOR):.1f} times the floor**"
        peer = f", dlt `rest_api` takes **{result.ratio(REST_API, OURS):.1f} times** ours"
        lines.append(
            f"- {result.case.name}: {result.medians[OURS].wall_sec:.1f} s, "
            f"{result.medians[OURS].peak_mb:,.0f} MB, {floor_ratio}"
            f"{peer if REST_API in result.medians else ''}"
        )
    return "\n".join(lines)


def _microseconds_a_session(first: Result, last: Result, tool: str) -> float:
    seconds = last.medians[tool].wall_sec - first.medians[tool].wall_sec
    return seconds / (last.case.sessions - first.case.sessions) * 1e6


def put(name: str, text: str) -> None:
    """Replaces what stands between the page's markers of that name."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- made: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"bench/README.md has no place for {name}")
    PAGE.write_text(pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page), encoding="utf-8")
