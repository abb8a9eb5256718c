-- Every session that ended is counted on exactly one day, with its length and its begun minutes.
with raw_total as (

    select
        coalesce(sum(case when status = 'completed' then 1 else 0 end), 0) as completed,
        coalesce(sum(case when status = 'failed' then 1 else 0 end), 0) as failed,
        coalesce(sum(case when status = 'completed' then duration_sec end), 0) as seconds,
        coalesce(sum(case when status = 'completed' then duration_sec + 59 - mod(duration_sec + 59, 60) end), 0)
            as billed_seconds
    from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select
        coalesce(sum(sessions_completed), 0) as completed,
        coalesce(sum(sessions_failed), 0) as failed,
        coalesce(sum(interview_sec), 0) as seconds,
        coalesce(sum(billed_minutes), 0) * 60 as billed_seconds
    from {{ ref('credit_usage_daily') }}

)

select
    raw_total.completed as raw_completed,
    mart_total.completed as mart_completed,
    raw_total.failed as raw_failed,
    mart_total.failed as mart_failed,
    raw_total.seconds as raw_seconds,
    mart_total.seconds as mart_seconds,
    raw_total.billed_seconds as raw_billed_seconds,
    mart_total.billed_seconds as mart_billed_seconds
from raw_total
cross join mart_total
where
    raw_total.completed <> mart_total.completed
    or raw_total.failed <> mart_total.failed
    or raw_total.billed_seconds <> mart_total.billed_seconds
    or raw_total.seconds <> mart_total.seconds
