with clock as (

    select
        known_until_date,
        cast({{ dbt.date_trunc('month', 'known_until_date') }} as date) as month_start_date,
        cast({{ dbt.dateadd('month', 1, dbt.date_trunc('month', 'known_until_date')) }} as date) as month_end_date
    from {{ ref('int_clock') }}

),

-- 25 that are shown, and the six before that say how wide the range of the first of them is
months as (

    select distinct
        days.month_start_date,
        cast({{ dbt.dateadd('month', 1, 'days.month_start_date') }} as date) as month_end_date
    from {{ ref('dim_date') }} as days
    cross join clock
    where
        days.month_start_date < clock.month_start_date
        and days.month_start_date >= cast({{ dbt.dateadd('month', -31, 'clock.month_start_date') }} as date)

)

select
    known_until_date as forecast_date,
    month_start_date,
    month_end_date,
    case
        when {{ days_between('known_until_date', 'month_end_date') }} <= 10 then 5
        when {{ days_between('known_until_date', 'month_end_date') }} <= 20 then 15
        else 25
    end as horizon_days,
    true as is_running
from clock
{%- for horizon in [5, 15, 25] %}
union all
select
    {{ add_days('month_end_date', -horizon) }} as forecast_date,
    month_start_date,
    month_end_date,
    {{ horizon }} as horizon_days,
    false as is_running
from months
{%- endfor %}
