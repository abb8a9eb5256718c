"""The last run of each command, as a file for node_exporter's textfile collector.

Several commands may share the file: each replaces what it told before and leaves the others' as they are.
What a run did not come to (the balance of a night that failed) stays as it was last told, where it is a
state of the warehouse and not of the run.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from math import isfinite
from pathlib import Path

from zenhire_schemas.run_summary import RunSummary, SyncPart
from zenhire_sync.signals.families import FAMILIES, Family
from zenhire_sync.signals.outbox import CannotBeSentError, Message
from zenhire_sync.steps import Step

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]

_OUTCOMES = ("done", "set_aside", "failed", "stopped")
_GOOD = {"done", "set_aside"}
_SAMPLE = re.compile(r'(?P<name>zenhire_\w+)(?:\{(?P<labels>(?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (?P<value>\S+)')
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPED = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}


class PrometheusFile:
    """Replaces the file after each command."""

    name = "prometheus"

    def __init__(self, path: Path) -> None:
        self._path = path

    def begun(self, _step: Step) -> None:
        """Says nothing of a step."""

    def ended(self, _step: Step) -> None:
        """Says nothing of a step."""

    def told(self, summary: RunSummary) -> Message:
        """The file, written anew."""
        return partial(_write, self._path, summary)


def _write(path: Path, summary: RunSummary) -> None:
    """Raises CannotBeSentError when the file cannot be written."""
    with suppress(RuntimeError):
        path = path.expanduser()
    try:
        with _alone(path.parent):
            try:
                before = read_samples(path.read_text(encoding="utf-8", errors="replace"))
            except FileNotFoundError:
                before = {}
            _replace(path, exposition(merged(before, samples_of(summary), summary.command)))
    except OSError as error:
        raise CannotBeSentError(f"{path}: {error.strerror}") from None


def samples_of(summary: RunSummary) -> Samples:
    """What one command tells of itself, by family and labels; counters are its own share."""
    found: Samples = {}

    def add(name: str, value: float | None, **labels: str) -> None:
        if value is not None:
            found[name, tuple(sorted(labels.items()))] = (
                found.get((name, tuple(sorted(labels.items()))), 0) + value
            )

    command, ended_at = summary.command, summary.ended_at
    ended = None if ended_at is None else ended_at.timestamp()
    add("zenhire_last_run_end_timestamp_seconds", ended, command=command)
    add("zenhire_last_run_duration_seconds", summary.seconds, command=command)
    add("zenhire_last_run_exit_code", summary.exit_code, command=command)
    for outcome in _OUTCOMES:
        add("zenhire_last_run_outcome", float(outcome == summary.outcome), command=command, outcome=outcome)
    add("zenhire_runs_total", 1, command=command, outcome=summary.outcome)
    if summary.outcome in _GOOD:
        add("zenhire_last_success_timestamp_seconds", ended, command=command)
    for step in summary.steps:
        add("zenhire_last_run_step_duration_seconds", step.seconds, command=command, step=step.step)
    for name, value, labels in _of_sync(summary.sync or summary.reconcile):
        add(name, value, **labels, **({"command": command} if FAMILIES[name].kept == "run" else {}))
    if summary.publish is not None:
        if summary.publish.data_until is not None:
            add("zenhire_data_until_timestamp_seconds", summary.publish.data_until.timestamp())
        for table, rows in summary.publish.rows_by_table.items():
            add("zenhire_published_rows", rows, table=table)
    return found


def _of_sync(part: SyncPart | None) -> Iterator[tuple[str, float, dict[str, str]]]:
    if part is None:
        return
    for reason, requests in part.requests_by_reason.items():
        yield "zenhire_last_run_requests", requests, {"reason": reason}
        yield "zenhire_requests_total", requests, {"reason": reason}
    for table, rows in part.rows_by_table.items():
        yield "zenhire_last_run_rows_written", rows, {"table": table}
    yield "zenhire_last_run_retries", part.retries, {}
    yield "zenhire_last_run_rate_limited_answers", part.rate_limited, {}
    yield "zenhire_last_run_rows_set_aside", part.rejected, {}
    yield "zenhire_last_run_keys_refused", len(part.key_problems), {}
    yield "zenhire_last_run_details_left", part.details_left, {}
    yield "zenhire_last_run_surveys_found", part.surveys_found, {}
    yield "zenhire_last_run_negative_surveys_found", part.negative_surveys_found, {}
    for balance in part.credit_balances:
        whose = {"client_id": balance.client_id or "", "key": balance.key_name}
        yield "zenhire_credit_balance_credits", balance.credits, whose


def merged(before: Mapping[tuple[str, Labels], float], now: Samples, command: str) -> Samples:
    """What the file told, with what this command tells in the place of what it replaces."""
    told = {name for name, _ in now}

    def stays(name: str, labels: Labels) -> bool:
        match FAMILIES[name].kept:
            case "run":
                return dict(labels).get("command") != command
            case "state":
                return name not in told
            case _:
                return True

    kept = {key: value for key, value in before.items() if key[0] in FAMILIES and stays(*key)}
    added = {
        key: value + kept.get(key, 0.0) if FAMILIES[key[0]].kind == "counter" else value
        for key, value in now.items()
    }
    return {**kept, **added}


def exposition(samples: Mapping[tuple[str, Labels], float]) -> str:
    """The text format 0.0.4 of Prometheus."""
    lines = []
    for name, family in FAMILIES.items():
        values = sorted((labels, value) for (of, labels), value in samples.items() if of == name)
        if values:
            lines += [f"# HELP {name} {_help(family)}", f"# TYPE {name} {family.kind}"]
            lines += [f"{name}{_braces(labels)} {_number(value)}" for labels, value in values]
    return "\n".join(lines) + "\n"


def read_samples(text: str) -> Samples:
    """What an earlier run wrote; lines that are not of that form are left out."""
    found: Samples = {}
    for line in text.splitlines():
        match = _SAMPLE.fullmatch(line)
        if match is not None:
            with suppress(ValueError):
                labels = tuple(
                    (one["name"], _unescaped(one["value"])) for one in _LABEL.finditer(match["labels"] or "")
                )
                found[match["name"], tuple(sorted(labels))] = _finite(match["value"])
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While the file is read and replaced: two commands that end together lose none of each other's."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            # Some network shares have no locks; then the later one wins.
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    # The collector reads all that ends in .prom.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        # It holds counts alone, and the collector is another user.
        fresh.chmod(0o644)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _finite(text: str) -> float:
    """Raises ValueError for what no value of ours is."""
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    return value


def _help(family: Family) -> str:
    return family.meaning.replace("\\", "\\\\").replace("\n", "\\n")


def _braces(labels: Labels) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _unescaped(value: str) -> str:
    return re.sub(r"\\.", lambda found: _ESCAPED.get(found[0], found[0]), value)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
