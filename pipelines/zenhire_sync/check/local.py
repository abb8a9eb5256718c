"""Tests that need no network: settings, keys, data directory, disk, warehouse."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from zenhire_sync.api_keys import ApiKey, KeyReference
from zenhire_sync.bucket_versions import kept_versions
from zenhire_sync.company import company_of
from zenhire_sync.company.company_files import unread_files
from zenhire_sync.config import Config
from zenhire_sync.engines.open import look_elsewhere
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.lock import require_locks
from zenhire_sync.object_store import look_at
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning

_LEAST_FREE_BYTES = 200_000_000
_GIGABYTE = 1e9
KEY_PREFIX = "zh_"  # P: of every generation of keys


def settings_finding(config: Config) -> Finding:
    """Where everything points. A setting that cannot be used stops every command before this."""
    settings = config.settings
    return ok("settings", f"profile {config.profile.name}, {settings.base_url}, data in {settings.data_dir}")


def company_findings(settings: Settings) -> list[Finding]:
    """Whether the company's own files can be used; nothing where there is no folder."""
    if settings.company_dir is None and not settings.company_path.exists():
        return []
    try:
        rows = sum(map(len, company_of(settings).stored().values()))
    except ConfigurationError as error:
        return [failed("company", *told(error), is_configuration=True)]
    if unread := unread_files(settings.company_path):
        advice = "rename it; zenhire-sync company init writes each file under its name"
        return [warning("company", f"nothing reads {unread[0]} in {settings.company_path}", advice)]
    return [ok("company", f"{rows:,} rows in {settings.company_path}")]


def key_findings(config: Config) -> tuple[list[Finding], list[ApiKey]]:
    """A finding for each key of the profile, and the keys that could be read."""
    findings, keys = [], []
    for reference in config.profile.keys:
        name = f"key {reference.name}"
        # One key at a time, so that one that is missing does not hide the others.
        alone = Config(
            config.settings, config.profile.model_copy(update={"keys": (reference,)}), config.environ
        )
        try:
            (key,) = alone.keys()
        except ConfigurationError as error:
            findings.append(failed(name, str(error), "set it and check again", is_configuration=True))
            continue
        keys.append(key)
        findings.append(_key_finding(name, reference, key, config))
    return findings, keys


def _key_finding(name: str, reference: KeyReference, key: ApiKey, config: Config) -> Finding:
    source = next(
        variable
        for variable in (reference.variable, f"{reference.variable}_FILE", f"{reference.variable}_COMMAND")
        if config.environ.get(variable, "").strip()
    )
    if source.endswith("_FILE") and Path(config.environ[source].strip()).stat().st_mode & 0o077:
        return warning(name, f"from {source}, a file that others may read", "chmod 600 it")
    if not key.value.get_secret_value().startswith(KEY_PREFIX):
        return warning(
            name, f"from {source}, and does not look like a ZenHire key", "keys look like zh_api_..."
        )
    return ok(name, f"from {source}")


def data_dir_finding(settings: Settings) -> Finding:
    """Whether files can be written where they belong. Makes none that stays."""
    folder = _nearest(settings.data_dir)
    if not folder.is_dir():
        return failed("data dir", f"{folder} is not a folder", "move it away, or set ZENHIRE_DATA_DIR")
    try:
        with tempfile.TemporaryFile(dir=folder):
            require_locks(folder)
    except WarehouseError as error:
        return failed("data dir", str(error), "see docs/runbook.md", is_configuration=True)
    except OSError as error:
        return failed(
            "data dir", f"{folder} cannot be written ({error.strerror})", "mend it, or set ZENHIRE_DATA_DIR"
        )
    if folder == settings.data_dir:
        return ok("data dir", f"{folder} can be written")
    return ok("data dir", f"{settings.data_dir} will be made by the first run")


def published_finding(settings: Settings) -> Finding:
    """Whether a publication can be put in place: a file is made there and swapped in. Leaves none."""
    folder = settings.published_path.parent
    # A link that leads nowhere is there, and no folder.
    if not os.path.lexists(folder):
        return ok("published", f"{folder} will be made by the first publication")
    advice = "make it a folder that this user may write: the night's last steps would fail there"
    if not folder.is_dir():
        return failed("published", f"{folder} is not a folder", advice)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".check-") as trial:
            made, swapped = Path(trial) / "made", folder / f"{Path(trial).name}.swapped"
            made.touch()
            made.replace(swapped)
            swapped.unlink()
    except OSError as error:
        return failed("published", f"{folder} cannot be written ({error.strerror})", advice)
    return ok("published", f"{folder} can be written")


def store_finding(settings: Settings) -> list[Finding]:
    """Whether the object store lets us in, where published files are copied to one. Puts nothing there."""
    if settings.store_url is None:
        return []
    try:
        return [ok("store", look_at(settings.store_url))]
    except WarehouseError as error:
        return [failed("store", str(error), "check ZENHIRE_PUBLISH_DIR and the store's own variables")]


def versions_findings(settings: Settings) -> list[Finding]:
    """Buckets that keep what is overwritten."""
    advice = "an erased person stays in them until they expire; see docs/lake.md"
    return [warning("versions", said, advice) for said in kept_versions(settings)]


def readers_finding(settings: Settings) -> list[Finding]:
    """Whether the cloud warehouse lets us in, where published marts are sent to one. Sends nothing."""
    try:
        place = look_elsewhere(settings)
    except (ConfigurationError, WarehouseError) as error:
        return [failed("publish to", told(error)[0], "check ZENHIRE_PUBLISH_CREDENTIALS and the network")]
    return [] if place is None else [ok("publish to", place)]


def disk_finding(settings: Settings) -> Finding:
    """Whether a night has room: beside the warehouse stand its copies while they are made."""
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    size = settings.warehouse_path.stat().st_size if settings.warehouse_path.is_file() else 0
    found = f"{free / _GIGABYTE:,.1f} GB free"
    if settings.home.destination == "duckdb":
        found += f", the warehouse has {size / _GIGABYTE:,.1f} GB"
    if free < max(size // 2, _LEAST_FREE_BYTES):
        return failed("disk", found, "make room: a night would stop in the middle (and lose nothing)")
    if free < 2 * size:
        return warning(
            "disk", found, "make room for two copies of the warehouse: builds spill, erase rewrites"
        )
    return ok("disk", found)


def _nearest(folder: Path) -> Path:
    """The folder, or the first of its parents that exists."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link
    existing = next(path for path in (absolute, *absolute.parents) if path.exists())
    return folder if existing == absolute else existing
