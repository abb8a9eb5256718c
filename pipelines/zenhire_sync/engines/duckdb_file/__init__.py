"""The default engine: one DuckDB file that runs write, and one that readers open."""
