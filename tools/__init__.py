"""Tools of the developers: they write documents, and dbt's view of the raw tables, from the code."""
