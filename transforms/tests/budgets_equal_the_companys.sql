-- Every budget is there once, with its credits.
with mart as (

    select count(*) as budgets, coalesce(sum(budget_credits), 0) as credits from {{ ref('credit_budgets') }}

),

raw_budgets as (

    select count(*) as budgets, coalesce(sum(cast(credits as numeric(18, 4))), 0) as credits
    from {{ source('zenhire_raw', 'company_budgets') }}

)

select mart.budgets as mart_budgets, raw_budgets.budgets as raw_budgets
from mart
cross join raw_budgets
where mart.budgets <> raw_budgets.budgets or mart.credits <> raw_budgets.credits
