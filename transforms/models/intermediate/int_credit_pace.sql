with usage as (

    select * from {{ ref('credit_usage_daily') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

forecasts as (

    select * from {{ ref('int_forecast_days') }}

),

scoped as (

    {{ scoped_credits() }}

),

first_days as (

    select scope_key, min(usage_date) as first_date
    from scoped
    group by scope_key

),

-- the 28 whole days before each day of forecast, since the first usage, days without usage included
observed as (

    select
        first_days.scope_key,
        forecasts.forecast_date,
        days.date_day,
        days.day_of_week,
        coalesce(sum(scoped.credits_charged), 0) as credits
    from first_days
    cross join forecasts
    inner join days
        on
            days.date_day >= greatest(first_days.first_date, {{ add_days('forecasts.forecast_date', -28) }})
            and days.date_day < forecasts.forecast_date
    left join scoped on first_days.scope_key = scoped.scope_key and days.date_day = scoped.usage_date
    group by first_days.scope_key, forecasts.forecast_date, days.date_day, days.day_of_week

)

-- weekdays differ, and are forecast apart
select
    scope_key,
    forecast_date,
    day_of_week,
    count(*) as days_observed,
    avg({{ as_double('credits') }}) as mean_credits,
    coalesce(var_samp({{ as_double('credits') }}), 0) as credits_variance
from observed
group by scope_key, forecast_date, day_of_week
