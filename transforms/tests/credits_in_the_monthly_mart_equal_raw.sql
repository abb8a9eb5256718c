-- Months neither lose nor repeat a credit, a completed session or a minute.
with raw_total as (

    select coalesce(sum(credit_charged), 0) as credits from {{ source('zenhire_raw', 'sessions') }}

),

daily_total as (

    select
        coalesce(sum(sessions_completed), 0) as completed,
        coalesce(sum(interview_sec), 0) / cast(60 as numeric) as minutes
    from {{ ref('credit_usage_daily') }}

),

mart_total as (

    select
        coalesce(sum(credits_charged), 0) as credits,
        coalesce(sum(sessions_completed), 0) as completed,
        coalesce(sum(interview_minutes), 0) as minutes,
        -- each row's minutes are rounded to four decimals
        count(*) * 0.0001 as rounding
    from {{ ref('credit_usage_monthly') }}

)

select
    raw_total.credits as raw_credits,
    mart_total.credits as mart_credits
from raw_total
cross join daily_total
cross join mart_total
where
    raw_total.credits <> mart_total.credits
    or daily_total.completed <> mart_total.completed
    or abs(daily_total.minutes - mart_total.minutes) > mart_total.rounding
