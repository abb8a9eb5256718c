with sessions as (select * from {{ ref('stg_sessions') }}),

feedback as (select * from {{ ref('stg_session_feedback') }}),

runs as (select * from {{ ref('stg_sync_runs') }}),

clock as (select * from {{ ref('int_clock') }}),

seen_dates as (

    select known_until_date as first_date, as_of_date as last_date from clock
    union all
    select
        least(min(created_date), min(started_date), min(completed_date)) as first_date,
        greatest(max(link_expires_date), max(started_date), max(completed_date)) as last_date
    from sessions
    union all
    select min(submitted_date) as first_date, max(submitted_date) as last_date from feedback
    union all
    select min(as_of_date) as first_date, max(as_of_date) as last_date from runs

),

bounds as (

    select
        cast({{ dbt.date_trunc('year', 'min(first_date)') }} as date) as first_date,
        max(last_date) as last_date
    from seen_dates

),

digits as (

    {% for digit in range(11) %}select {{ digit }} as digit{{ " union all " if not loop.last }}{% endfor %}

),

-- 161,051 days: 440 years, more than the contract lets in (1971 to 2260)
numbers as (

    select a.digit + 11 * b.digit + 121 * c.digit + 1331 * d.digit + 14641 * e.digit as day_number
    from digits as a
    cross join digits as b
    cross join digits as c
    cross join digits as d
    cross join digits as e

)

select {{ add_days('bounds.first_date', 'numbers.day_number') }} as date_day
from bounds
inner join numbers
    on numbers.day_number <= {{ days_between('bounds.first_date', 'bounds.last_date') }}
