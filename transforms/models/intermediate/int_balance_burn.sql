with steps as (

    select * from {{ ref('int_balance_changes') }}

),

usage as (

    select account, usage_date, sum(credits_charged) as credits
    from {{ ref('credit_usage_daily') }}
    group by account, usage_date

),

by_balance as (

    select
        steps.run_id,
        steps.account,
        sum(earlier.spent_credits) as spent_credits,
        {{ hours_between('min(earlier.previous_as_of)', 'max(steps.as_of)') }} / 24 as days
    from steps
    inner join steps as earlier
        on
            earlier.account = steps.account
            and earlier.as_of > {{ days_later('steps.as_of', -28) }}
            and earlier.as_of <= steps.as_of
            and earlier.previous_as_of is not null
    group by steps.run_id, steps.account

),

-- of a company that paused, the days without usage count as well
by_interviews as (

    select
        steps.run_id,
        steps.account,
        sum(case when usage.usage_date >= {{ add_days('steps.as_of_date', -28) }} then usage.credits end) as spent_credits,
        least({{ days_between('min(usage.usage_date)', 'max(steps.as_of_date)') }}, 28) as days
    from steps
    inner join usage on steps.account = usage.account and steps.as_of_date > usage.usage_date
    group by steps.run_id, steps.account

)

select
    steps.run_id,
    steps.account,
    case when by_balance.days >= 7 then 'balance' when by_interviews.days >= 7 then 'interviews' end as burn_basis,
    cast(case
        when by_balance.days >= 7 then {{ ratio('by_balance.spent_credits', 'by_balance.days', 4) }}
        when by_interviews.days >= 7 then {{ ratio('coalesce(by_interviews.spent_credits, 0)', 'by_interviews.days', 4) }}
    end as numeric(18, 4)) as burn_credits_per_day
from steps
left join by_balance on steps.run_id = by_balance.run_id and steps.account = by_balance.account
left join by_interviews on steps.run_id = by_interviews.run_id and steps.account = by_interviews.account
