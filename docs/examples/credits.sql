-- Credits by month and project:
--   duckdb -readonly data/published/zenhire.duckdb -f docs/examples/credits.sql

-- First, close the session to everything but this file; it cannot be opened again.
set enable_external_access = false;
set lock_configuration = true;

select published_at, data_until from zenhire_marts.publication;

select date_trunc('month', usage_date)::date as month, project_name, sum(credits_charged) as credits,
    sum(billed_minutes) as minutes
from zenhire_marts.credit_usage_daily
group by all
order by month, credits desc;
