"""The sync step: what to fetch, fetching it, and committing it in windows."""
