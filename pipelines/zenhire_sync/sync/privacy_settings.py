"""The settings' choice of what is kept of people and prompts, as the rows need it."""

from __future__ import annotations

from collections.abc import Sequence

from zenhire_sync.company.company_rows import MetadataKey
from zenhire_sync.rows.privacy import Privacy, strictest
from zenhire_sync.settings import Settings


def privacy_of(settings: Settings, listed: Sequence[MetadataKey] = ()) -> Privacy:
    """The choices; unknown fields follow the strictest of the others unless said otherwise.

    ``listed`` are the company's own choices for single metadata keys.
    """
    chosen = (
        settings.privacy_candidate_ref,
        settings.privacy_comment,
        settings.privacy_metadata,
        settings.privacy_prompts,
    )
    key = settings.privacy_key.get_secret_value().encode() if settings.privacy_key else b""
    of_keys = {one.key: one.privacy for one in listed if one.privacy != "keep"}
    return Privacy(*chosen, settings.privacy_unknown_fields or strictest(chosen), key, of_keys)
