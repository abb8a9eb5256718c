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

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.signals.outbox import CannotBeSentError, Message
from zenhire_sync.signals.run_metrics import FAMILIES, Family, Labels, Samples, samples_of
from zenhire_sync.steps import Step

_SAMPLE = re.compile(r'(?P<name>zenhire_\w+)(?:\{(?P<labels>(?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (?P<value>\S+)')
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPED = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}


class PrometheusFile:
    """Replaces the file after each command."""

    name = "prometheus"

    def __init__(self, path: Path, rate_per_minute: int) -> None:
        self._path = path
        self._rate = rate_per_minute

    def begun(self, _step: Step) -> None:
        """Says nothing of a step."""

    def ended(self, _step: Step) -> None:
        """Says nothing of a step."""

    def told(self, summary: RunSummary) -> Message:
        """The file, written anew."""
        return partial(_write, self._path, samples_of(summary, self._rate), summary.command)


def _write(path: Path, samples: Samples, command: str) -> None:
    """Raises CannotBeSentError when the file cannot be written."""
    with suppress(RuntimeError):
        path = path.expanduser()
    try:
        with _alone(path.parent):
            try:
                before = read_samples(path.read_text(encoding="utf-8", errors="replace"))
            except FileNotFoundError:
                before = {}
            _replace(path, exposition(merged(before, samples, command)))
    except OSError as error:
        raise CannotBeSentError(f"{path}: {error.strerror}") from None


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
