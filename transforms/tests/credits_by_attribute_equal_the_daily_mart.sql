-- Told apart by any attribute, every credit of a day is still there exactly once.
with daily as (

    select usage_date, account, sum(credits_charged) as credits
    from {{ ref('credit_usage_daily') }}
    group by usage_date, account

),

told_apart as (

    select usage_date, account, attribute, sum(credits_charged) as credits
    from {{ ref('credit_usage_by_attribute') }}
    group by usage_date, account, attribute

),

attributes as (

    select distinct attribute from {{ ref('credit_usage_by_attribute') }}

)

select daily.usage_date, attributes.attribute, daily.credits, told_apart.credits as told_apart_credits
from daily
cross join attributes
left join told_apart
    on
        daily.usage_date = told_apart.usage_date
        and daily.account = told_apart.account
        and attributes.attribute = told_apart.attribute
where told_apart.credits is null or daily.credits <> told_apart.credits
