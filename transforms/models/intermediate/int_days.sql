with sessions as (select * from {{ ref('stg_sessions') }}),

feedback as (select * from {{ ref('stg_session_feedback') }}),

runs as (select * from {{ ref('stg_sync_runs') }}),

clock as (select * from {{ ref('int_clock') }}),

seen_dates as (

    select as_of_date as first_date, as_of_date as last_date from clock
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

    {% for digit in range(10) %}select {{ digit }} as digit{{ " union all " if not loop.last }}{% endfor %}

),

-- 100,000 days: 273 years
numbers as (

    select a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit + 10000 * e.digit as day_number
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
