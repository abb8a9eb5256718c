-- Each billing period holds, by project, the credits, minutes and interviews that finance signs, and each is in both datasets.
with focus_total as (

    select
        {{ as_written("x_BillingMonthStartDate") }} as month_start_date,
        {{ project_key(as_written("BillingAccountId"), as_written("SubAccountId")) }} as project_key,
        {{ as_written("PricingCurrencyEffectiveCost") }} as credits,
        {{ as_written("ConsumedQuantity") }} as minutes,
        {{ as_written("x_SessionsCompleted") }} as sessions
    from {{ ref('focus_1_4_cost_and_usage') }}

),

close_total as (

    select
        month_start_date,
        project_key,
        -credits_to_sign as credits,
        -(billed_minutes + adjustment_billed_minutes) as minutes,
        -(sessions_completed + adjustment_sessions_completed) as sessions
    from {{ ref('credit_close') }}

),

differences as (

    select month_start_date, project_key from (
        select * from focus_total
        union all
        select * from close_total
    ) as totals
    group by month_start_date, project_key
    having sum(credits) <> 0 or sum(minutes) <> 0 or sum(sessions) <> 0

),

without_period as (

    select charges.month_start_date, charges.project_key from focus_total as charges
    left join {{ ref('focus_1_4_billing_period') }} as periods
        on charges.month_start_date = periods.{{ as_written("x_BillingMonthStartDate") }}
    where periods.{{ as_written("x_BillingMonthStartDate") }} is null

)

select month_start_date, project_key from differences
union all
select month_start_date, project_key from without_period
