"""The one place that reads the environment: profile file + ``ZENHIRE_*`` variables -> Settings and keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from zenhire_sync.api_keys import ApiKey, KeyReference
from zenhire_sync.bundle import bundled
from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE, login_of
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.memory_limit import require_memory_limit
from zenhire_sync.nearest_name import nearest_name
from zenhire_sync.object_store import require_store
from zenhire_sync.proxy import proxy_for
from zenhire_sync.secret_values import secret_of
from zenhire_sync.settings import Destination, Home, Profile, PublishTarget, Settings
from zenhire_sync.signal_endpoints import require_signals
from zenhire_sync.usable import (
    is_quoted,
    require_bare_values,
    require_engine,
    require_privacy_key,
    require_safe_url,
    require_usable_folder,
    require_zone,
)

PREFIX = "ZENHIRE_"
PROFILE_VARIABLE = "ZENHIRE_PROFILE"
LOG_FORMAT_VARIABLE = "ZENHIRE_LOG_FORMAT"
SUMMARY_FILE_VARIABLE = "ZENHIRE_SUMMARY_FILE"
# What each of these holds may be in a file, or printed by a command, whose variable is named after its own.
SECRET_SETTINGS = tuple(
    name for name, setting in Settings.model_fields.items() if setting.annotation == SecretStr | None
)
POSTGRES_URL_VARIABLE = "ZENHIRE_POSTGRES_URL"
LAKE_CATALOG_URL_VARIABLE = "ZENHIRE_LAKE_CATALOG_URL"
# The first of these counts.
_STORE_VARIABLES = {
    "s3.endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
}


@dataclass(frozen=True, slots=True)
class Config:
    """What one command runs with. Keys are resolved only when a command talks to the API."""

    settings: Settings
    profile: Profile
    environ: Mapping[str, str]

    def keys(self) -> tuple[ApiKey, ...]:
        """The API keys of the profile, in its order.

        Raises ConfigurationError when none is set or one cannot be read.
        """
        return tuple(_resolve_key(reference, self.environ) for reference in self.profile.keys)


def load_config(environ: Mapping[str, str], profile_name: str | None, data_dir: Path | None = None) -> Config:
    """Settings of a profile, overridden by variables.

    Raises ConfigurationError naming the variable or the profile's line, never its secret value.
    """
    require_bare_values(environ, PREFIX)
    name = profile_name or environ.get(PROFILE_VARIABLE) or "duckdb"
    document, values = _read_profile(name)
    values.update(_from_environment(environ))
    values.update(_secret_settings(environ))
    if data_dir is not None:
        values["data_dir"] = data_dir
    try:
        settings = Settings(**values)
        profile = Profile(**document, name=name)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, name)) from None
    require_safe_url(settings.base_url)
    require_zone(settings.reporting_time_zone)
    require_memory_limit(settings.memory_limit)
    _require_privacy_key(settings)
    require_signals(settings, environ)
    settings = settings.model_copy(update=_folders(settings))
    placed = settings.at(_home(profile, environ))
    require_engine(profile.destination)
    if profile.destination == "lake" and settings.spark_master is not None:
        require_engine("spark")
    if settings.publish_to and settings.publish_to != profile.destination:
        require_engine(settings.publish_to)
        placed = placed.with_readers_at(_readers(settings.publish_to, profile, environ))
    return Config(placed.through(proxy_for(settings.base_url, environ)), profile, environ)


def api_access(key: str, values: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Settings, ApiKey]:
    """Settings and key of who only asks the API and has both in hand, checked as those of a command.

    Of ``environ`` only the variables of proxies are read. Raises ConfigurationError, without the key.
    """
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ConfigurationError(f"{problem['loc'][0]} cannot be used: {problem['msg']}") from None
    require_safe_url(settings.base_url)
    _require_privacy_key(settings)
    return settings.through(proxy_for(settings.base_url, environ)), _checked("default", "api_key", key)


def _home(profile: Profile, environ: Mapping[str, str]) -> Home:
    """Where the profile's warehouse is. Raises ConfigurationError when its address cannot be read."""
    match profile.destination:
        case "duckdb":
            return Home()
        case "lake":
            return _home_at(LAKE_CATALOG_URL_VARIABLE, "lake", _lake_properties(profile, environ), environ)
        case server:
            return _server(server, profile, environ)


def _lake_properties(profile: Profile, environ: Mapping[str, str]) -> dict[str, str | int]:
    """The profile's, and what every client of an S3 knows by its variables but pyiceberg does not."""
    named = {
        name: value
        for name, variables in _STORE_VARIABLES.items()
        for value in (environ.get(variable, "").strip() for variable in reversed(variables))
        if value
    }
    return {**named, **profile.lake}


def _server(destination: Destination, profile: Profile, environ: Mapping[str, str]) -> Home:
    return _home_at(POSTGRES_URL_VARIABLE, destination, profile.postgres, environ)


def _readers(target: PublishTarget, profile: Profile, environ: Mapping[str, str]) -> Home:
    """Where the published marts are written too. Raises ConfigurationError for a login that cannot be one."""
    if target == "postgres":
        return _server(target, profile, environ)
    found = _home_at(PUBLISH_CREDENTIALS_VARIABLE, target, profile.publish, environ)
    login_of(target, None if found.url is None else found.url.get_secret_value())
    return found


def _home_at(
    variable: str,
    destination: Destination | PublishTarget,
    parameters: Mapping[str, str | int],
    environ: Mapping[str, str],
) -> Home:
    found = secret_of(variable, environ)
    url = None if found is None else SecretStr(found[1])
    named = {name: str(value) for name, value in parameters.items()}
    return Home(destination=destination, url=url, parameters=named)


def profile_names() -> list[str]:
    """The profiles that can be chosen."""
    return sorted(path.stem for path in bundled("profiles").glob("*.toml"))


def _read_profile(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the profile says of itself, and its settings."""
    # Looked up in the list, so that a name can never reach another folder.
    if name not in profile_names():
        raise ConfigurationError(f"unknown profile {name!r}; choose one of: {', '.join(profile_names())}")
    path = bundled("profiles") / f"{name}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"profile {name!r} cannot be read: {error}") from None
    settings = document.pop("settings", {})
    if not isinstance(settings, dict) or "name" in document:
        raise ConfigurationError(
            f"profile {name!r} cannot be used: settings is a table, and its name is that of its file"
        )
    if "privacy_key" in {**document, **settings}:
        raise ConfigurationError(f"profile {name!r} holds a secret; set ZENHIRE_PRIVACY_KEY instead")
    return document, settings


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, info in Settings.model_fields.items():
        text = environ.get(variable_of(field))
        if text is None or not text.strip():
            continue
        is_list = "tuple" in str(info.annotation)
        values[field] = [part.strip() for part in text.split(",")] if is_list else text.strip()
    return values


def variable_of(field: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + field.upper()


def _explain(error: ValidationError, profile: str) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    field = str(problem["loc"][0]) if problem["loc"] else "?"
    # A profile's own fields are not repeated: what is in the wrong place may be a secret.
    if error.title == Settings.__name__ and field in SECRET_SETTINGS:
        return f"{variable_of(field)} cannot be used: {problem['msg']}"
    if error.title == Settings.__name__ and field in Settings.model_fields:
        return f"{variable_of(field)} cannot be used: {problem['msg']}, got {problem['input']!r}"
    return f"profile {profile!r} cannot be used: {field}: {problem['msg']}"


def _secret_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Secrets that a variable holds, or names a file or a command for. Raises ConfigurationError."""
    found = {name: secret_of(variable_of(name), environ) for name in SECRET_SETTINGS}
    return {name: told[1] for name, told in found.items() if told is not None}


def _require_privacy_key(settings: Settings) -> None:
    key = settings.privacy_key.get_secret_value() if settings.privacy_key else ""
    choices = (value for name, value in settings if name.startswith("privacy_") and name != "privacy_key")
    require_privacy_key(key, is_needed="pseudonymise" in choices)


def _folders(settings: Settings) -> dict[str, Any]:
    """The folders as a shell would read them. Raises ConfigurationError for one that cannot be used."""
    found: dict[str, Any] = {"data_dir": _folder(settings.data_dir, "data_dir")}
    if settings.company_dir is not None:
        found["company_dir"] = _folder(settings.company_dir, "company_dir")
    if settings.store_url is not None:
        require_store(settings.store_url)
    elif settings.publish_dir is not None:
        found["publish_dir"] = str(_folder(Path(settings.publish_dir), "publish_dir"))
    if settings.lake_dir is not None and "://" in settings.lake_dir:
        require_store(settings.lake_dir, variable_of("lake_dir"))
    elif settings.lake_dir is not None:
        found["lake_dir"] = str(_folder(Path(settings.lake_dir), "lake_dir"))
    return found


def _folder(path: Path, field: str) -> Path:
    """``~`` expanded: where a variable is set in a unit or container file, no shell has done it."""
    try:
        folder = path.expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f"{variable_of(field)} names an unknown home: {str(path)!r}; write the whole path"
        ) from None
    require_usable_folder(folder, variable_of(field))
    return folder


def _resolve_key(reference: KeyReference, environ: Mapping[str, str]) -> ApiKey:
    variable = reference.variable
    if found := secret_of(variable, environ):
        return _checked(reference.name, *found)
    other = nearest_name(variable, (name for name in environ if not name.startswith(variable)))
    hint = "" if other is None else f"; {other} is set, did you mean that?"
    raise ConfigurationError(
        f"no API key: set {variable}, {variable}_FILE or {variable}_COMMAND (keys look like zh_api_...){hint}"
    )


def _checked(name: str, origin: str, value: str) -> ApiKey:
    # A header value with spaces or control characters would fail later, in a message that shows it.
    if not value.isascii() or not value.isprintable() or " " in value or not value:
        raise ConfigurationError(
            f"{origin} does not hold an API key (empty, or with spaces or special characters)"
        )
    if is_quoted(value):
        raise ConfigurationError(f"{origin} holds its API key in quotes; remove the quotes")
    return ApiKey(name=name, value=SecretStr(value))
