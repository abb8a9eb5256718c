with steps as (

    select * from {{ ref('int_balance_changes') }}

),

burn as (

    select * from {{ ref('int_balance_burn') }}

),

projected as (

    select
        steps.*,
        burn.burn_basis,
        burn.burn_credits_per_day,
        greatest({{ ratio('steps.credit_balance', 'burn.burn_credits_per_day', 2) }}, 0) as days_until_empty,
        row_number() over (partition by steps.account order by steps.as_of desc, steps.run_id desc) = 1 as is_latest
    from steps
    inner join burn on steps.run_id = burn.run_id and steps.account = burn.account

)

select
    run_id,
    account,
    as_of_date as balance_date,
    as_of,
    credit_balance,
    previous_balance,
    balance_change,
    interview_credits,
    cast(balance_change + interview_credits as numeric(18, 4)) as other_change,
    spent_credits,
    burn_basis,
    burn_credits_per_day,
    cast(case when burn_credits_per_day > 0 then days_until_empty end as numeric(18, 2)) as days_until_empty,
    case
        when burn_credits_per_day > 0 and days_until_empty < 3650
            then {{ add_days('as_of_date', 'floor(days_until_empty)') }}
    end as empty_date,
    is_latest,
    {{ surrogate_key(['run_id', 'account']) }} as credit_balance_key
from projected
