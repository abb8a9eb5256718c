with movements as (select * from {{ ref('int_credit_movements') }}),

charges as (

    select
        account,
        usage_date,
        coalesce(completed_at, started_at, created_at) as charged_at,
        credits_charged
    from {{ ref('fct_sessions') }}
    where credits_charged <> 0

),

readings as (select * from {{ ref('int_account_balances') }}),

clock as (select * from {{ ref('int_clock') }}),

months as (

    select distinct
        month_start_date,
        cast({{ dbt.dateadd('month', 1, 'month_start_date') }} as date) as month_end_date
    from {{ ref('dim_date') }}

),

ranked as (

    select
        months.month_start_date,
        months.month_end_date,
        readings.*,
        row_number() over (
            partition by readings.account, months.month_start_date order by readings.as_of desc, readings.run_id desc
        ) as reading_rank
    from months
    cross join clock
    inner join readings on months.month_end_date > readings.as_of_date and clock.known_until >= readings.as_of
    where months.month_start_date <= clock.known_until_date

),

latest as (select * from ranked where reading_rank = 1),

-- a day of a purchase or expiry has no time: it is taken to come after the balance that was read on it
later_days as (

    select
        latest.account,
        latest.month_start_date,
        sum(case when movements.moved_date > latest.as_of_date then movements.interview_credits else 0 end)
        + sum(movements.expired_credits) - sum(movements.purchased_credits) as credits
    from latest
    inner join movements
        on
            latest.account = movements.account
            and latest.as_of_date <= movements.moved_date
            and latest.month_end_date > movements.moved_date
    group by latest.account, latest.month_start_date

),

same_day as (

    select latest.account, latest.month_start_date, sum(charges.credits_charged) as credits
    from latest
    inner join charges
        on
            latest.account = charges.account
            and latest.as_of_date = charges.usage_date
            and latest.as_of < charges.charged_at
    group by latest.account, latest.month_start_date

)

select
    latest.account,
    latest.month_start_date,
    latest.as_of as balance_read_at,
    {{ exact('latest.credit_balance') }}
    - {{ exact('coalesce(later_days.credits, 0) + coalesce(same_day.credits, 0)') }} as closing_credits
from latest
left join later_days
    on latest.account = later_days.account and latest.month_start_date = later_days.month_start_date
left join same_day
    on latest.account = same_day.account and latest.month_start_date = same_day.month_start_date
