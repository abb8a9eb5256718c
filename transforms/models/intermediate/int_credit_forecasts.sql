with usage as (select * from {{ ref('credit_usage_daily') }}),

spread as (select * from {{ ref('int_credit_spread') }}),

forecasts as (select * from {{ ref('int_forecast_days') }}),

scoped as (

    {{ scoped_credits() }}

),

-- what a past forecast did not know is what came; today's counts what is known of later days as well
so_far as (

    select
        spread.scope_key,
        forecasts.forecast_date,
        {{ whole_sum('scoped.credits_charged') }} as month_credits,
        {{ whole_sum('scoped.credits_charged', 'scoped.usage_date < forecasts.forecast_date') }} as credits_before_today
    from spread
    inner join forecasts on spread.forecast_date = forecasts.forecast_date
    left join scoped
        on
            spread.scope_key = scoped.scope_key
            and scoped.usage_date >= forecasts.month_start_date
            and scoped.usage_date < forecasts.month_end_date
    group by spread.scope_key, forecasts.forecast_date

),

{#- Usual days come on top of what was before today, and of what today has beyond its usual credits. -#}
{% set excess = 'so_far.month_credits - so_far.credits_before_today - spread.credits_of_first_day' -%}
{% set start = 'so_far.credits_before_today + case when forecasts.is_running then greatest(' ~ excess ~ ', 0) else 0 end' -%}

expected as (

    select
        so_far.*,
        forecasts.month_start_date,
        forecasts.horizon_days,
        forecasts.is_running,
        {{ days_between('forecasts.forecast_date', 'forecasts.month_end_date') }} as days_left,
        case when forecasts.is_running then so_far.month_credits else so_far.credits_before_today end as credits_so_far,
        spread.mean_credits,
        {{ start }} as credits_to_start_from,
        {{ start }} + spread.credits_to_come as credits,
        sqrt(spread.variance) as deviation,
        -- as wide as the normal distribution's would be, so that chances are read off it
        coalesce({{ t95('spread.freedom') }}, 0) / {{ z95() }} as widening
    from so_far
    inner join forecasts on so_far.forecast_date = forecasts.forecast_date
    inner join spread on so_far.scope_key = spread.scope_key and so_far.forecast_date = spread.forecast_date

),

missed as (

    select expected.*, (month_credits - credits) / nullif(deviation, 0) as miss
    from expected

),

{% set last_six = 'partition by scope_key, horizon_days order by forecast_date rows between 6 preceding and 1 preceding' -%}
tried as (

    select
        missed.*,
        count(*) over ({{ last_six }}) as forecasts_due,
        case when count(miss) over ({{ last_six }}) = 6 then sqrt(avg(miss * miss) over ({{ last_six }})) end as usual_miss
    from missed

),

-- by its own six, once as many came due: a Student's t of six, since all are forecasts of the same number of days
ranged as (

    select
        tried.*,
        deviation * coalesce(usual_miss * {{ t95('forecasts_due') }} / {{ z95() }}, widening) as sd_expected
    from tried

)

select
    ranged.*,
    cast(greatest(credits, credits_so_far) as numeric(18, 2)) as run_rate_credits,
    cast(greatest(credits - {{ z95() }} * sd_expected, credits_so_far) as numeric(18, 2)) as run_rate_low_credits,
    cast(greatest(credits + {{ z95() }} * sd_expected, credits_so_far) as numeric(18, 2)) as run_rate_high_credits
from ranged
