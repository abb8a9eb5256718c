-- Every session that ended is counted on exactly one day.
with raw_total as (

    select
        coalesce(sum(case when status = 'completed' then 1 else 0 end), 0) as completed,
        coalesce(sum(case when status = 'failed' then 1 else 0 end), 0) as failed
    from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select
        coalesce(sum(sessions_completed), 0) as completed,
        coalesce(sum(sessions_failed), 0) as failed
    from {{ ref('credit_usage_daily') }}

)

select
    raw_total.completed as raw_completed,
    mart_total.completed as mart_completed,
    raw_total.failed as raw_failed,
    mart_total.failed as mart_failed
from raw_total
cross join mart_total
where raw_total.completed <> mart_total.completed or raw_total.failed <> mart_total.failed
