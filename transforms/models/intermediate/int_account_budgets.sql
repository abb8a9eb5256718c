with budgets as (

    select * from {{ ref('stg_company_budgets') }}

),

accounts as (

    select * from {{ ref('int_accounts_by_client') }}

)

select
    coalesce(accounts.account, budgets.client_id) as account,
    budgets.project_id,
    budgets.month_start_date,
    {{ exact('budgets.budget_credits') }} as budget_credits
from budgets
left join accounts on budgets.client_id = accounts.client_id
