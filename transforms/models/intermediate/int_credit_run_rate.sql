with usage as (select * from {{ ref('credit_usage_daily') }}),

spread as (select * from {{ ref('int_credit_spread') }}),

clock as (

    select
        known_until_date,
        cast({{ dbt.date_trunc('month', 'known_until_date') }} as date) as month_start_date,
        cast({{ dbt.dateadd('month', 1, dbt.date_trunc('month', 'known_until_date')) }} as date) as month_end_date
    from {{ ref('int_clock') }}

),

-- today counts as a day to come, unless it has already used more than a usual day; what is known of later days
-- (a build as of an earlier day) was used as well
so_far as (

    select
        spread.scope_key,
        {{ whole_sum('usage.credits_charged') }} as credits_so_far,
        {{ whole_sum('usage.credits_charged', 'usage.usage_date < clock.known_until_date') }} as credits_before_today
    from spread
    cross join clock
    left join usage
        on
            spread.scope_key in ({{ all_projects('usage.account') }}, usage.project_key)
            and usage.usage_date >= clock.month_start_date
            and usage.usage_date < clock.month_end_date
    group by spread.scope_key

),

expected as (

    select
        so_far.scope_key,
        clock.month_start_date,
        clock.known_until_date,
        {{ days_between('clock.known_until_date', 'clock.month_end_date') }} as days_left,
        spread.mean_credits,
        so_far.credits_so_far,
        so_far.credits_before_today,
        so_far.credits_before_today + spread.credits_to_come as credits,
        -- as wide as the normal distribution's would be, so that chances are read off it
        coalesce({{ t95('spread.freedom') }}, 0) / {{ z95() }} * sqrt(spread.variance) as sd_expected
    from so_far
    cross join clock
    inner join spread on so_far.scope_key = spread.scope_key

)

select
    scope_key,
    month_start_date,
    known_until_date,
    days_left,
    mean_credits,
    credits_before_today,
    credits as expected_credits,
    sd_expected,
    cast(greatest(credits, credits_so_far) as numeric(18, 2)) as run_rate_credits,
    cast(greatest(credits - {{ z95() }} * sd_expected, credits_so_far) as numeric(18, 2)) as run_rate_low_credits,
    cast(greatest(credits + {{ z95() }} * sd_expected, credits_so_far) as numeric(18, 2)) as run_rate_high_credits
from expected
