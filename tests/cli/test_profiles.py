"""Profiles are shared and committed: a secret in one is refused and not shown, whatever else is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from zenhire_sync import config, usable
from zenhire_sync.config import load_config
from zenhire_sync.errors import ConfigurationError

SECRET = "correct-horse-battery-staple"
WRONG = {
    "the key of the pseudonyms": (f'[settings]\nprivacy_key = "{SECRET}"', "set ZENHIRE_PRIVACY_KEY instead"),
    "the same, above the settings": (f'privacy_key = "{SECRET}"', "set ZENHIRE_PRIVACY_KEY instead"),
    "the same, not in quotes": (f"privacy_key = {SECRET}", "cannot be read: Invalid value"),
    "an API key among the settings": (f'[settings]\napi_key = "{SECRET}"', "api_key: Extra inputs"),
    "an API key above the settings": (f'api_key = "{SECRET}"', "api_key: Extra inputs"),
    "an API key among the keys": (f'[[keys]]\nvalue = "{SECRET}"', "keys: Extra inputs"),
    "an API key for its variable": (f'[[keys]]\nvariable = "{SECRET}"', "keys: String should match"),
    "a setting above the settings": (f'page_size = "{SECRET}"', "page_size: Extra inputs"),
    "settings that are a text": (f'settings = "{SECRET}"', "settings is a table"),
    "a name of its own": (f'name = "{SECRET}"', "its name is that of its file"),
    "letters of another encoding": (b'note = "\xe9"', "cannot be read: 'utf-8' codec"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_profile_that_cannot_be_used_is_told_without_its_secret(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, words = WRONG[name]
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "mine.toml").write_bytes(b'description = "mine"\n' + content)
    monkeypatch.setattr(config, "bundled", lambda _: tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        load_config({}, "mine")
    assert "profile 'mine'" in str(refused.value)
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("profile", "environ", "module", "extra"),
    [
        ("postgres", {"ZENHIRE_POSTGRES_URL": "postgresql://host/db"}, "adbc_driver_postgresql", "postgres"),
        ("lake", {}, "pyiceberg", "lake"),
        ("lake", {"ZENHIRE_SPARK_MASTER": "yarn"}, "pyspark", "spark"),
    ],
)
def test_an_extra_that_is_not_installed_is_named_with_its_command(
    profile: str, environ: dict[str, str], module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usable, "find_spec", lambda name: None if name == module else "there")
    with pytest.raises(ConfigurationError) as refused:
        load_config(environ, profile)
    told = f"the profile needs what is not installed ({module}); pip install 'zenhire-sync[{extra}]'"
    assert str(refused.value) == told
