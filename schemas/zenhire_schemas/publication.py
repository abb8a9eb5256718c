"""The table ``publication`` beside the published marts: columns as SQL types with their meaning."""

from __future__ import annotations

GRAIN = "One row: what this file holds and how fresh it is."
COLUMNS = {
    "published_at": ("timestamp not null", "Wall clock when this file was made to be swapped in (UTC)."),
    "as_of": (
        "timestamp not null",
        "Time that the marts were built for (UTC): their build's --as-of where it had one.",
    ),
    "built_at": ("timestamp not null", "Wall clock at the start of the build that made the marts (UTC)."),
    "data_until": (
        "timestamp",
        "Time of the last sync that ended well and is in the marts (UTC); null before the first.",
    ),
    "last_sync_finished_at": ("timestamp", "Wall clock at that sync's end (UTC); null before the first."),
    "program_version": ("varchar not null", "Version of zenhire-sync that published."),
    "sessions": ("bigint not null", "Sessions in fct_sessions, deleted ones included."),
    "credits_charged": ("bigint not null", "Credits charged by all sessions; equals credit_usage_daily."),
    "negative_surveys": ("bigint not null", "Flagged surveys; equals the rows of negative_feedback."),
    "rows_by_table": ("varchar not null", "JSON object: mart to its number of rows."),
}
