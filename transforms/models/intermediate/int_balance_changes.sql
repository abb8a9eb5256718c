with steps as (

    select * from {{ ref('int_balance_steps') }}

)

-- what was bought in between hides what was spent, but the interviews are known to have been paid
select
    run_id,
    as_of,
    credit_balance,
    previous_as_of,
    previous_balance,
    interview_credits,
    {{ exact('credit_balance - previous_balance') }} as balance_change,
    {{ exact(
        'case when previous_as_of is not null'
        ~ ' then greatest(previous_balance - credit_balance, interview_credits, 0) end'
    ) }} as spent_credits
from steps
