with forecasts as (

    select forecasts.*
    from {{ ref('int_credit_forecasts') }} as forecasts
    cross join {{ ref('int_clock') }} as clock
    where
        not forecasts.is_running
        and forecasts.month_start_date >= cast({{ dbt.dateadd('month', -25, dbt.date_trunc('month', 'clock.known_until_date')) }} as date)

),

projects as (select * from {{ ref('dim_project') }}),

accounts as (select distinct account from projects)

select
    {{ surrogate_key(['forecasts.forecast_date', 'forecasts.scope_key']) }} as forecast_key,
    forecasts.month_start_date,
    forecasts.forecast_date,
    forecasts.days_left,
    coalesce(projects.account, accounts.account) as account,
    projects.project_key,
    projects.project_id,
    projects.project_name,
    forecasts.credits_so_far,
    forecasts.run_rate_credits,
    forecasts.run_rate_low_credits,
    forecasts.run_rate_high_credits,
    forecasts.month_credits as credits_charged,
    cast(forecasts.month_credits - forecasts.run_rate_credits as numeric(18, 2)) as error_credits,
    cast(forecasts.forecasts_due as bigint) as forecasts_due,
    forecasts.month_credits >= forecasts.run_rate_low_credits
    and forecasts.month_credits <= forecasts.run_rate_high_credits as is_in_range
from forecasts
left join projects on forecasts.scope_key = projects.project_key
left join accounts on forecasts.scope_key = {{ all_projects('accounts.account') }}
