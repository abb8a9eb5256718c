"""Negative rate of each role, newest data: ``python negative_rate.py data/published/zenhire.duckdb``.

Needs nothing but the package duckdb (1.4 or later).
"""

import sys

import duckdb

# Read-only, and closed to everything but this file: safe also where other people write the SQL.
with duckdb.connect(
    sys.argv[1],
    read_only=True,
    config={"enable_external_access": "false", "lock_configuration": "true"},
) as marts:
    marts.sql("select published_at, data_until from zenhire_marts.publication").show()
    marts.sql(
        """
        select role_name, count(*) as surveys, count_if(is_negative) / count(*) as negative_rate
        from zenhire_marts.fct_feedback
        group by role_name
        order by negative_rate desc
        """
    ).show()
