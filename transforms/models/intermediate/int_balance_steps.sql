with runs as (

    select * from {{ ref('stg_sync_runs') }}
    where credit_balance is not null

),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where credits_charged <> 0 and completed_at is not null

),

-- charges and balances on one line of time; a charge at the very moment of a balance is in it
events as (

    select completed_at as happened_at, credits_charged, 0 as is_run, '' as run_id, null as credit_balance
    from sessions
    union all
    select as_of as happened_at, 0 as credits_charged, 1 as is_run, run_id, credit_balance
    from runs

),

added_up as (

    select
        events.*,
        sum(credits_charged) over (
            order by happened_at, is_run, run_id rows between unbounded preceding and current row
        ) as credits_until
    from events

),

chained as (

    select
        run_id,
        happened_at as as_of,
        cast(credit_balance as numeric(18, 4)) as credit_balance,
        lag(happened_at) over (order by happened_at, run_id) as previous_as_of,
        cast(lag(credit_balance) over (order by happened_at, run_id) as numeric(18, 4)) as previous_balance,
        cast(credits_until - lag(credits_until) over (order by happened_at, run_id) as bigint) as interview_credits
    from added_up
    where is_run = 1

)

-- what was bought in between hides what was spent, but the interviews are known to have been paid
select
    chained.*,
    cast(credit_balance - previous_balance as numeric(18, 4)) as balance_change,
    cast(case
        when previous_as_of is not null then greatest(previous_balance - credit_balance, interview_credits, 0)
    end as numeric(18, 4)) as spent_credits
from chained
