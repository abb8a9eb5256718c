with budgets as (select * from {{ ref('int_account_budgets') }}),

named as (select * from {{ ref('stg_company_projects') }}),

months as (select * from {{ ref('credit_usage_monthly') }}),

run_rates as (select * from {{ ref('int_credit_run_rate') }}),

over_days as (select * from {{ ref('int_budget_days') }}),

used as (

    select
        month_start_date, account, coalesce(project_id, 'no_project') as scope_key, project_key as run_rate_key,
        credits_charged, is_complete_month
    from months
    union all
    select
        month_start_date, account, 'all_projects' as scope_key, {{ all_projects('account') }} as run_rate_key,
        all_projects_credits as credits_charged, is_complete_month
    from months
    group by month_start_date, account, all_projects_credits, is_complete_month

),

scoped as (

    select
        budgets.*,
        coalesce(budgets.project_id, 'all_projects') as scope_key,
        coalesce(named.project_name, budgets.project_id, '(whole company)') as project_name
    from budgets
    left join named on budgets.project_id = named.project_id

),

compared as (

    select
        scoped.month_start_date,
        scoped.account,
        scoped.scope_key,
        scoped.project_id,
        scoped.project_name,
        scoped.budget_credits,
        coalesce(used.credits_charged, 0) as credits_charged,
        {{ exact('run_rates.run_rate_credits') }} as run_rate_credits,
        {{ exact('run_rates.run_rate_low_credits') }} as run_rate_low_credits,
        {{ exact('run_rates.run_rate_high_credits') }} as run_rate_high_credits,
        coalesce(used.is_complete_month, false) as is_complete_month,
        over_days.over_budget_date,
        run_rates.known_until_date,
        run_rates.days_left,
        run_rates.expected_credits,
        (scoped.budget_credits - run_rates.credits_to_start_from) / nullif(run_rates.mean_credits, 0) as days_until_over,
        ({{ as_double('scoped.budget_credits') }} - run_rates.expected_credits) / nullif(run_rates.sd_expected, 0) as z,
        ({{ as_double('used.credits_charged') }} - run_rates.expected_credits) / nullif(run_rates.sd_expected, 0) as z_used
    from scoped
    left join used
        on
            scoped.month_start_date = used.month_start_date
            and scoped.account = used.account
            and scoped.scope_key = used.scope_key
    left join run_rates
        on used.month_start_date = run_rates.month_start_date and used.run_rate_key = run_rates.scope_key
    left join over_days
        on
            scoped.month_start_date = over_days.month_start_date
            and scoped.account = over_days.account
            and scoped.scope_key = over_days.scope_key

)

select
    month_start_date, account, scope_key, project_id, project_name, budget_credits, credits_charged,
    run_rate_credits, run_rate_low_credits, run_rate_high_credits, is_complete_month,
    {{ exact('budget_credits - credits_charged') }} as remaining_credits,
    {{ ratio('credits_charged', 'budget_credits') }} as used_ratio,
    credits_charged > budget_credits as is_over_budget,
    greatest(credits_charged, coalesce(run_rate_credits, credits_charged)) > budget_credits as is_expected_over_budget,
    coalesce(over_budget_date, case when days_until_over < days_left
        then {{ add_days('known_until_date', 'floor(days_until_over)') }} end) as run_out_date,
    cast(case
        when credits_charged > budget_credits then 1
        when is_complete_month then 0
        when z is not null then {{ normal_upper_tail('z') }} / {{ normal_upper_tail('z_used') }}
        when expected_credits is not null then case when expected_credits > budget_credits then 1 else 0 end
    end as numeric(18, 6)) as overrun_chance,
    {{ surrogate_key(['month_start_date', 'account', 'scope_key']) }} as credit_budget_key
from compared
