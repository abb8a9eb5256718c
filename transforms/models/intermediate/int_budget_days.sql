with budgets as (select * from {{ ref('int_account_budgets') }}),

usage as (select * from {{ ref('credit_usage_daily') }}),

daily as (

    select
        budgets.month_start_date,
        budgets.account,
        coalesce(budgets.project_id, 'all_projects') as scope_key,
        budgets.budget_credits,
        usage.usage_date,
        sum(usage.credits_charged) as credits_charged
    from budgets
    inner join usage
        on
            budgets.month_start_date = cast({{ dbt.date_trunc('month', 'usage.usage_date') }} as date)
            and budgets.account = usage.account
            and (budgets.project_id is null or budgets.project_id = usage.project_id)
    group by budgets.month_start_date, budgets.account, budgets.project_id, budgets.budget_credits, usage.usage_date

),

added_up as (

    select
        daily.*,
        sum(credits_charged) over (partition by month_start_date, account, scope_key order by usage_date) as credits_until
    from daily

)

select month_start_date, account, scope_key, min(usage_date) as over_budget_date
from added_up
where credits_until > budget_credits
group by month_start_date, account, scope_key
