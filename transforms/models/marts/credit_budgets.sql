with budgets as (select * from {{ ref('int_account_budgets') }}),

named as (select * from {{ ref('stg_company_projects') }}),

months as (select * from {{ ref('credit_usage_monthly') }}),

used as (

    select
        month_start_date,
        account,
        coalesce(project_id, 'no_project') as scope_key,
        credits_charged,
        run_rate_credits,
        is_complete_month
    from months
    union all
    select
        month_start_date,
        account,
        'all_projects' as scope_key,
        all_projects_credits as credits_charged,
        max(all_projects_run_rate_credits) as run_rate_credits,
        is_complete_month
    from months
    group by month_start_date, account, all_projects_credits, is_complete_month

),

compared as (

    select
        budgets.month_start_date,
        budgets.account,
        coalesce(budgets.project_id, 'all_projects') as scope_key,
        budgets.project_id,
        case when budgets.project_id is null then '(whole company)' else coalesce(named.project_name, budgets.project_id)
        end as project_name,
        {{ exact('budgets.budget_credits') }} as budget_credits,
        coalesce(used.credits_charged, 0) as credits_charged,
        {{ exact('used.run_rate_credits') }} as run_rate_credits,
        coalesce(used.is_complete_month, false) as is_complete_month
    from budgets
    left join named on budgets.project_id = named.project_id
    left join used
        on
            budgets.month_start_date = used.month_start_date
            and budgets.account = used.account
            and coalesce(budgets.project_id, 'all_projects') = used.scope_key

)

select
    compared.*,
    {{ exact('budget_credits - credits_charged') }} as remaining_credits,
    {{ ratio('credits_charged', 'budget_credits') }} as used_ratio,
    credits_charged > budget_credits as is_over_budget,
    coalesce(greatest(credits_charged, run_rate_credits) > budget_credits, credits_charged > budget_credits)
        as is_expected_over_budget,
    {{ surrogate_key(['month_start_date', 'account', 'scope_key']) }} as credit_budget_key
from compared
