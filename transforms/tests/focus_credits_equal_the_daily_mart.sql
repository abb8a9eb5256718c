-- Finance sees the same credits and minutes in its cost tool as in the marts.
with daily_total as (

    select
        coalesce(sum(credits_charged), 0) as credits,
        coalesce(sum(billed_minutes), 0) as minutes
    from {{ ref('credit_usage_daily') }}

),

focus_total as (

    select
        coalesce(sum({{ as_written("PricingCurrencyEffectiveCost") }}), 0) as credits,
        coalesce(sum({{ as_written("ConsumedQuantity") }}), 0) as minutes
    from {{ ref('focus_cost_and_usage') }}

)

select
    daily_total.credits as daily_credits,
    focus_total.credits as focus_credits
from daily_total
cross join focus_total
where daily_total.credits <> focus_total.credits or daily_total.minutes <> focus_total.minutes
