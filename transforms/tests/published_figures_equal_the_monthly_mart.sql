-- All changes ever published, and those of this build, add up to what the monthly mart shows.
with published as (

    select
        project_key,
        month_start_date,
        sum(credits_charged) as credits_charged,
        sum(interviews) as interviews
    from {{ ref('int_figure_legs') }}
    group by project_key, month_start_date

),

usage as (

    select
        project_key,
        month_start_date,
        credits_charged,
        sessions_completed
    from {{ ref('credit_usage_monthly') }}

)

select
    coalesce(published.project_key, usage.project_key) as project_key,
    coalesce(published.month_start_date, usage.month_start_date) as month_start_date
from published
full outer join usage
    on published.project_key = usage.project_key and published.month_start_date = usage.month_start_date
where
    coalesce(published.credits_charged, 0) <> coalesce(usage.credits_charged, 0)
    or coalesce(published.interviews, 0) <> coalesce(usage.sessions_completed, 0)
