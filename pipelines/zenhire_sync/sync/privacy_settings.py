"""The settings' choice of what is kept of people and prompts, as the rows need it."""

from __future__ import annotations

from zenhire_sync.rows.privacy import Privacy
from zenhire_sync.settings import PrivacyChoice, Settings

# From what keeps most to what keeps least.
_STRICTNESS: tuple[PrivacyChoice, ...] = ("keep", "pseudonymise", "drop")


def privacy_of(settings: Settings) -> Privacy:
    """The choices; unknown fields follow the strictest of the others unless said otherwise."""
    chosen = (
        settings.privacy_candidate_ref,
        settings.privacy_comment,
        settings.privacy_metadata,
        settings.privacy_prompts,
    )
    strictest = _STRICTNESS[max(map(_STRICTNESS.index, chosen))]
    key = settings.privacy_key.get_secret_value().encode() if settings.privacy_key else b""
    return Privacy(*chosen, settings.privacy_unknown_fields or strictest, key)
