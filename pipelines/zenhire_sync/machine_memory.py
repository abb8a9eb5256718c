"""How much memory this process may have: the machine's, or less where its control group says so.

Data flow: /proc/self/cgroup, /proc/self/mountinfo -> the process's own group and those above it -> bytes.
A service of systemd, a container and a batch job are such groups; the kernel ends what exceeds their limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_PROCESS = Path("/proc/self")
_USUAL_MOUNT = Path("/sys/fs/cgroup")
_SMALLEST_MIB = 256
_MIB = 1024 * 1024
# By version of the control groups. Above memory.high a process is slowed down until it seems to hang, so it
# is a limit as well. memory.stat tells version 1's limit of the groups above, where these cannot be seen.
_FILES = {2: ("memory.max", "memory.high"), 1: ("memory.limit_in_bytes", "memory.stat")}
_ABOVE = "hierarchical_memory_limit "
# What shows that a folder is a group at all.
_EVERY_GROUP_HAS = ("cgroup.procs", "cgroup.controllers")


@dataclass(frozen=True, slots=True)
class _Tree:
    """Control groups below ``mount``, which shows those from ``root`` on."""

    version: int
    mount: Path
    root: str


def available_bytes(process: Path = _PROCESS, usual_mount: Path = _USUAL_MOUNT) -> int:
    """Bytes of memory of this machine, or of the process's group when that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    trees = [*_mounted(process / "mountinfo"), _Tree(2, usual_mount, "/")]
    trees.append(_Tree(1, usual_mount / "memory", "/"))
    own = _own_groups(process / "cgroup")
    folders = [(tree, folder) for tree in trees for folder in _upwards(tree, own.get(tree.version, "/"))]
    limits = [limit for tree, folder in folders for limit in _limits(tree.version, folder)]
    if not limits and not any((folder / name).exists() for _, folder in folders for name in _EVERY_GROUP_HAS):
        # Groups are there, and none of them is ours by its name. Too little memory makes a build slow, too
        # much has it killed.
        names = {name for files in _FILES.values() for name in files}
        limits = [limit for name in names for path in usual_mount.rglob(name) for limit in _numbers(path)]
    return min([machine, *limits])


def default_memory_limit(process: Path = _PROCESS, usual_mount: Path = _USUAL_MOUNT) -> str:
    """Half of what there is, as DuckDB writes it."""
    return f"{max(available_bytes(process, usual_mount) // 2 // _MIB, _SMALLEST_MIB)}MiB"


def _mounted(mountinfo: Path) -> Iterator[_Tree]:
    # id parent device root mount options [tags] - type source options
    for line in _lines(mountinfo):
        place, _, kind = line.partition(" - ")
        fields, (filesystem, *_, options) = place.split(), kind.split() or ("", "")
        if len(fields) < 5:
            continue
        mount = Path(fields[4].replace(r"\040", " "))
        if filesystem == "cgroup2":
            yield _Tree(2, mount, fields[3])
        elif filesystem == "cgroup" and "memory" in options.split(","):
            yield _Tree(1, mount, fields[3])


def _own_groups(cgroup: Path) -> dict[int, str]:
    """The process's group by version: lines such as ``0::/a/b`` and ``9:memory:/a/b``."""
    found: dict[int, str] = {}
    for line in _lines(cgroup):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            found[2] = path
        elif "memory" in controllers.split(","):
            found[1] = path
    return found


def _upwards(tree: _Tree, group: str) -> Iterator[Path]:
    """The group's folder and those above it; the mount alone where the group lies outside of it."""
    path = PurePosixPath(group)
    is_below = path.is_relative_to(tree.root) and ".." not in path.parts
    relative = path.relative_to(tree.root) if is_below else PurePosixPath()
    yield tree.mount / relative
    yield from (tree.mount / parent for parent in relative.parents)


def _limits(version: int, folder: Path) -> Iterator[int]:
    for name in _FILES[version]:
        yield from _numbers(folder / name)


def _numbers(path: Path) -> Iterator[int]:
    """The limits in a file; none for ``max``."""
    for line in _lines(path):
        text = line.removeprefix(_ABOVE)
        if text.isdigit():
            yield int(text)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
