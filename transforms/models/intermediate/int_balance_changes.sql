with runs as (

    select run_id, account, as_of, as_of_date, credit_balance, cast(as_of as date) as as_of_utc_date
    from {{ ref('int_account_balances') }}

),

charges as (

    select account, completed_at, credits_charged, cast(completed_at as date) as completed_utc_date
    from {{ ref('fct_sessions') }}
    where credits_charged <> 0 and completed_at is not null

),

days as (

    select account, completed_utc_date, sum(credits_charged) as credits
    from charges
    group by account, completed_utc_date

),

whole_days as (

    select runs.run_id, runs.account, sum(days.credits) as credits
    from runs
    inner join days on runs.account = days.account and runs.as_of_utc_date > days.completed_utc_date
    group by runs.run_id, runs.account

),

-- a charge at the very moment of a balance is in it
last_day as (

    select runs.run_id, runs.account, sum(charges.credits_charged) as credits
    from runs
    inner join charges
        on
            runs.account = charges.account
            and runs.as_of_utc_date = charges.completed_utc_date
            and runs.as_of >= charges.completed_at
    group by runs.run_id, runs.account

),

chained as (

    select
        runs.run_id,
        runs.account,
        runs.as_of,
        runs.as_of_date,
        {{ exact('runs.credit_balance') }} as credit_balance,
        lag(runs.as_of) over (partition by runs.account order by runs.as_of, runs.run_id) as previous_as_of,
        {{ exact('lag(runs.credit_balance) over (partition by runs.account order by runs.as_of, runs.run_id)') }} as previous_balance,
        {{ whole('coalesce(whole_days.credits, 0) + coalesce(last_day.credits, 0)') }} as credits_until
    from runs
    left join whole_days on runs.run_id = whole_days.run_id and runs.account = whole_days.account
    left join last_day on runs.run_id = last_day.run_id and runs.account = last_day.account

),

steps as (

    select
        chained.*,
        credits_until - lag(credits_until) over (partition by account order by as_of, run_id) as interview_credits
    from chained

)

-- what was bought in between hides what was spent, but the interviews are known to have been paid
select
    run_id,
    account,
    as_of,
    as_of_date,
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
