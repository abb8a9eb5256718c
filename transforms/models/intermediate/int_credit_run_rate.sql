with forecasts as (select * from {{ ref('int_credit_forecasts') }}),

trends as (select * from {{ ref('int_credit_trends') }})

select
    forecasts.scope_key,
    forecasts.month_start_date,
    forecasts.forecast_date as known_until_date,
    forecasts.days_left,
    forecasts.mean_credits,
    forecasts.credits_to_start_from,
    forecasts.credits as expected_credits,
    forecasts.sd_expected,
    forecasts.run_rate_credits,
    forecasts.run_rate_low_credits,
    forecasts.run_rate_high_credits,
    coalesce(trends.has_trend, false) as has_trend
from forecasts
left join trends on forecasts.scope_key = trends.scope_key
where forecasts.is_running
