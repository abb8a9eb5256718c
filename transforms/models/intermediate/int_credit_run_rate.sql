with usage as (select * from {{ ref('credit_usage_daily') }}),

pace as (select * from {{ ref('int_credit_pace') }}),

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
        pace.scope_key,
        {{ whole_sum('usage.credits_charged') }} as credits_so_far,
        {{ whole_sum('usage.credits_charged', 'usage.usage_date < clock.known_until_date') }} as credits_before_today
    from pace
    cross join clock
    left join usage
        on
            pace.scope_key in ({{ all_projects('usage.account') }}, usage.project_key)
            and usage.usage_date >= clock.month_start_date
            and usage.usage_date < clock.month_end_date
    group by pace.scope_key

),

expected as (

    select
        so_far.scope_key,
        clock.month_start_date,
        clock.known_until_date,
        {{ days_between('clock.known_until_date', 'clock.month_end_date') }} as days_left,
        pace.mean_credits,
        so_far.credits_so_far,
        so_far.credits_before_today,
        so_far.credits_before_today
        + pace.mean_credits * {{ days_between('clock.known_until_date', 'clock.month_end_date') }} as credits,
        pace.sd_credits * sqrt({{ days_between('clock.known_until_date', 'clock.month_end_date') }}) as sd_expected
    from so_far
    cross join clock
    inner join pace on so_far.scope_key = pace.scope_key
    where pace.days_observed >= 7

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
