with usage as (select * from {{ ref('credit_usage_daily') }}),

clock as (select * from {{ ref('int_clock') }}),

scoped as (

    {{ scoped_credits() }}

),

first_days as (select scope_key, min(usage_date) as first_date from scoped group by scope_key),

-- the last eight whole weeks, counted back from 0; one without usage adds nothing to any sum
weeks as (

    select
        scoped.scope_key,
        floor(({{ days_between('scoped.usage_date', 'clock.known_until_date') }} - 1) / 7.0) as week_number,
        {{ as_double('sum(scoped.credits_charged)') }} as credits
    from scoped
    cross join clock
    where
        scoped.usage_date < clock.known_until_date
        and scoped.usage_date >= {{ add_days('clock.known_until_date', -56) }}
    group by scoped.scope_key, floor(({{ days_between('scoped.usage_date', 'clock.known_until_date') }} - 1) / 7.0)

),

sums as (

    select
        scope_key,
        sum((week_number - 3.5) * credits) as slope_sum,
        sum(credits * credits) - sum(credits) * sum(credits) / 8 as squares
    from weeks
    group by scope_key

)

-- a line through eight weeks: 42 are the squares of -3.5 to 3.5, and 5.987 that of Student's two-sided 95% t with 6 degrees
select
    sums.scope_key,
    first_days.first_date <= {{ add_days('clock.known_until_date', -56) }}
    and slope_sum * slope_sum / 42 * 6 > 5.987 * (squares - slope_sum * slope_sum / 42) as has_trend
from sums
cross join clock
inner join first_days on sums.scope_key = first_days.scope_key
