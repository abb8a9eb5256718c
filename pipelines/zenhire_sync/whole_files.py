"""Folders and files that are seen whole or not at all, and by no other user while they are made."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zenhire_sync.errors import first_line
from zenhire_sync.processes import is_alive

# The owner alone. Only the owner's read bit stays on a published file: a reader that forgets to open it
# read-only is refused instead of locking everybody else out.
_FOLDER_MODE = 0o700
READ_ONLY = 0o400
_FULL = re.compile(r"no space left|quota exceeded|File too large", re.IGNORECASE)
_GROUP_MAY_ENTER = stat.S_IRGRP | stat.S_IXGRP


def is_full(message: str) -> bool:
    """Whether an error's message says that the disk is."""
    return bool(_FULL.search(message))


def explain_disk(path: Path, error: BaseException) -> str:
    """What an error says of the folder of a file that could not be written, and what to do about it."""
    message = first_line(error)
    if is_full(message):
        return f"{path.parent} is full: {message}; free some space and run again, nothing is lost"
    return f"{path}: {message}"


@contextmanager
def private_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """A folder of this process, 0700 whatever the umask, gone afterwards.

    What dead processes left of the same purpose is removed first.
    """
    make_folder(parent)
    for leftover in parent.glob(f".{purpose}-*"):
        pid = leftover.name.rpartition("-")[2]
        # In a container every run may have the same pid: a folder of our own pid is a dead run's.
        if not pid.isdecimal() or int(pid) == os.getpid() or not is_alive(int(pid)):
            shutil.rmtree(leftover)
    folder = parent / f".{purpose}-{os.getpid()}"
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_folder(folder: Path) -> None:
    """Makes the folder 0700; one that exists keeps its mode, which its owner may have chosen.

    Raises NotADirectoryError when something else is there.
    """
    if folder.is_dir():
        return
    if folder.exists():
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", str(folder))
    folder.mkdir(parents=True)
    folder.chmod(_FOLDER_MODE)


def seal(path: Path, like: Path, file_mode: int = READ_ONLY) -> None:
    """Gives a finished file or tree its final modes and brings it to disk.

    Folders become 0700; where the folder ``like`` lets its group in, so do they, and to the same group.
    No other user is ever let in.
    """
    group_id, group = like.stat().st_gid, like.stat().st_mode & _GROUP_MAY_ENTER == _GROUP_MAY_ENTER
    children = sorted(path.rglob("*"), reverse=True) if path.is_dir() else []
    for entry in (*children, path):
        if group and entry.stat().st_gid != group_id:
            os.chown(entry, -1, group_id)
        if entry.is_dir():
            entry.chmod(_FOLDER_MODE | (_GROUP_MAY_ENTER if group else 0))
        else:
            entry.chmod(file_mode | (stat.S_IRGRP if group else 0))
        _fsync(entry)


def open_like(folder: Path, other: Path) -> None:
    """Gives the folder the permissions of the other one."""
    wanted, now = other.stat(), folder.stat()
    if now.st_gid != wanted.st_gid:
        os.chown(folder, -1, wanted.st_gid)
    folder.chmod(stat.S_IMODE(wanted.st_mode))


def put_in_place(finished: Path, target: Path) -> None:
    """Swaps the target for the finished file of the same file system, in one step that survives a crash.

    A log that a stranger's read-write connection left beside the old file would be replayed into the
    new one: it goes first.
    """
    for log in target.parent.glob(f"{target.name}.wal*"):
        log.unlink()
    finished.replace(target)
    _fsync(target.parent)


def put_link(target: Path, link: Path, scratch: Path) -> None:
    """Points the link at the target, in one step; ``scratch`` is a folder of the same file system."""
    fresh = scratch / "link"
    _fsync(target.parent)
    fresh.symlink_to(os.path.relpath(target, link.parent))
    fresh.replace(link)
    _fsync(link.parent)


def remove_whole(path: Path) -> None:
    """Removes a file, a link, or a folder with all that is in it, if it is there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
