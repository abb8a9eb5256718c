"""What dbt read of the project once, for every data directory of a run of the tests.

dbt reads again what it read before only where its record (``partial_parse.msgpack``) is in the same data
directory, and each test has one of its own: six seconds of its build went into reading the same files. So
the first record is kept, and found by a build that has none. Whether it can be used is still for dbt to say,
file by file and variable by variable; only that the folder of the warehouse is another one is let pass,
since no model can know it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

# Where records are kept by this process; None while each data directory has its own.
FOLDER: Path | None = None
_MODULE = "dbt.parser.manifest"
_RECORD = "partial_parse.msgpack"
_HASH_DIGITS = 64


def share_in(folder: Path) -> None:
    """From now on, records are kept in the folder; dbt is not imported for it."""
    global FOLDER  # noqa: PLW0603 - as the import that is changed, it is the process's own
    FOLDER = folder
    folder.mkdir(exist_ok=True)
    if _MODULE in sys.modules:
        _share(sys.modules[_MODULE], folder)
    else:
        sys.meta_path.insert(0, _WhenImported(folder))


class _WhenImported(MetaPathFinder):
    """Changes dbt's reader as soon as somebody imports it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_share(module: ModuleType) -> None:
            execute(module)
            _share(module, self._folder)

        spec.loader.exec_module = execute_and_share
        return spec


def _share(module: ModuleType, folder: Path) -> None:
    reader = module.ManifestLoader
    read, write = reader.read_manifest_for_partial_parse, reader.write_manifest_for_partial_parse

    def read_own_or_kept(loader: Any) -> Any:
        own = _own(loader)
        if not own.exists():
            _take_kept(loader, own, folder)
        return read(loader)

    def write_and_keep(loader: Any) -> None:
        write(loader)
        _keep(loader, _own(loader), folder)

    reader.read_manifest_for_partial_parse = read_own_or_kept
    reader.write_manifest_for_partial_parse = write_and_keep


def _own(loader: Any) -> Path:
    return Path(loader.root_project.project_target_path) / _RECORD


def _name(loader: Any) -> str:
    """Of what decides about more than the folder: which project, on which engine, in which database."""
    project = loader.root_project
    where = project.credentials
    told = (project.project_root, project.args.target, where.type, where.database, where.schema)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _hash_of_profile(loader: Any) -> str:
    """What dbt knows the same warehouse by; it is in the record once, as text of a fixed length."""
    found: str = loader.manifest.state_check.profile_hash.checksum
    return found


def _take_kept(loader: Any, own: Path, folder: Path) -> None:
    for kept in folder.glob(f"{_name(loader)}-*"):
        theirs = kept.name[-_HASH_DIGITS:].encode()
        record = kept.read_bytes()
        assert record.count(theirs) == 1
        try:
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_bytes(record.replace(theirs, _hash_of_profile(loader).encode()))
        except OSError:
            # A disk that a test has filled: dbt is to meet it by itself.
            with suppress(OSError):
                own.unlink()
        return


def _keep(loader: Any, own: Path, folder: Path) -> None:
    name = _name(loader)
    if not any(folder.glob(f"{name}-*")):
        half = folder / f"half-{os.getpid()}"
        half.write_bytes(own.read_bytes())
        half.rename(folder / f"{name}-{_hash_of_profile(loader)}")
