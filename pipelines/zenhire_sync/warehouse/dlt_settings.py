"""What dlt is told, here and nowhere else.

dlt's public settings can be set but not shut off: files and variables of another project on the same machine
would still reach our loads, under names that come before ours. So a provider of ours stands in place of dlt's
own, by classes that are not in dlt's front door; ``tests/packaging/test_library_internals.py`` holds them.
"""

from __future__ import annotations

import os
from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs.config_providers_context import ConfigProvidersContainer
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

# What fails reaches us as an exception; dlt's log would tell it twice, with a trace.
_RUNTIME = {"dlthub_telemetry": "false", "log_level": "CRITICAL"}
# A signal waits until a load is done (stopping.py); dlt would give the load up.
_SIGNALS = {"intercept_signals": "false"}
# No second copy of people's data in staging tables or in files that were loaded.
_SETTINGS = {**_RUNTIME, **_SIGNALS, "truncate_staging_dataset": "true", "delete_completed_jobs": "true"}


class _OurSettings(ConfigProvider):
    """The settings above by their names alone. Files and variables of other projects are not about us."""

    @property
    def name(self) -> str:
        return "zenhire-sync"

    @property
    def supports_secrets(self) -> bool:
        return True

    @property
    def supports_sections(self) -> bool:
        return False

    def get_value(
        self,
        key: str,
        hint: type[Any],  # noqa: ARG002 - dlt's interface, as the next two
        pipeline_name: str | None,  # noqa: ARG002
        *sections: str,  # noqa: ARG002
    ) -> tuple[Any | None, str]:
        return _SETTINGS.get(key), key


def set_up_dlt() -> None:
    """Before a pipeline is made: our settings, and no telemetry."""
    # dlt reads these two from the environment when it wakes up, before it can be told otherwise.
    os.environ.update({f"RUNTIME__{name.upper()}": value for name, value in _RUNTIME.items()})
    Container()[PluggableRunContext].providers = ConfigProvidersContainer([_OurSettings()])
