-- What a forecast is held against is what the month came to, of a project and of the whole account.
with months as (

    select
        account,
        project_key,
        month_start_date,
        credits_charged
    from {{ ref('credit_usage_monthly') }}
    union all
    select
        account,
        '' as project_key,
        month_start_date,
        sum(credits_charged) as credits_charged
    from {{ ref('credit_usage_monthly') }}
    group by account, month_start_date

)

select
    forecasts.forecast_key,
    forecasts.credits_charged,
    months.credits_charged as month_credits
from {{ ref('forecast_accuracy') }} as forecasts
left join months
    on
        forecasts.account = months.account
        and coalesce(forecasts.project_key, '') = months.project_key
        and forecasts.month_start_date = months.month_start_date
where forecasts.credits_charged <> coalesce(months.credits_charged, 0)
