"""Variables that look like ours and that nothing reads."""

from __future__ import annotations

from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE
from zenhire_sync.config import (
    LAKE_CATALOG_URL_VARIABLE,
    LOG_FORMAT_VARIABLE,
    POSTGRES_URL_VARIABLE,
    PREFIX,
    PROFILE_VARIABLE,
    SECRET_SETTINGS,
    SUMMARY_FILE_VARIABLE,
    Config,
    variable_of,
)
from zenhire_sync.nearest_name import nearest_name
from zenhire_sync.settings import Settings


def unknown_variables(config: Config) -> dict[str, str | None]:
    """Variables that look like ours and that nothing reads, each with the one that was probably meant.

    Keys of other profiles have names of their own; without a misspelled one of this profile there is no key.
    """
    addresses = {
        POSTGRES_URL_VARIABLE: "postgres" in {config.profile.destination, config.settings.publish_to},
        LAKE_CATALOG_URL_VARIABLE: config.profile.destination == "lake",
        PUBLISH_CREDENTIALS_VARIABLE: config.settings.publish_to not in {None, "postgres"},
    }
    # The address of another profile's server: this run does not go there.
    used = (variable for variable, is_used in addresses.items() if is_used)
    of_homes = {f"{variable}{way}" for variable in used for way in ("", "_FILE", "_COMMAND")}
    of_commands = {PROFILE_VARIABLE, LOG_FORMAT_VARIABLE, SUMMARY_FILE_VARIABLE}
    of_secrets = {f"{variable_of(name)}{way}" for name in SECRET_SETTINGS for way in ("_FILE", "_COMMAND")}
    known = {*of_commands, *of_homes, *of_secrets, *map(variable_of, Settings.model_fields)}
    found: dict[str, str | None] = {}
    for name in sorted(config.environ):
        meant = nearest_name(name.upper(), known)
        is_like_ours = name.startswith(PREFIX) or (name[:3].upper() == PREFIX[:3] and meant is not None)
        if is_like_ours and name not in known and "KEY" not in name:
            found[name] = meant
    return found
