"""The warehouse on a PostgreSQL server: nothing local must survive a run."""
