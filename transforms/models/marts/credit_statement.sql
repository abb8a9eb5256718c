with movements as (select * from {{ ref('int_credit_movements') }}),

balances as (select * from {{ ref('int_month_balances') }}),

clock as (select * from {{ ref('int_clock') }}),

dates as (select distinct month_start_date from {{ ref('dim_date') }}),

first_days as (

    select account, min(first_date) as first_date
    from (
        select account, min(moved_date) as first_date from movements group by account
        union all
        select account, min(month_start_date) as first_date from balances group by account
    ) as known
    group by account

),

months as (

    select
        first_days.account,
        dates.month_start_date,
        cast({{ dbt.dateadd('month', 1, 'dates.month_start_date') }} as date) as month_end_date,
        clock.known_until_date
    from first_days
    cross join clock
    inner join dates
        on
            dates.month_start_date >= cast({{ dbt.date_trunc('month', 'first_days.first_date') }} as date)
            and dates.month_start_date <= clock.known_until_date

),

moved as (

    select
        months.account,
        months.month_start_date,
        months.month_end_date <= months.known_until_date as is_complete_month,
        coalesce(sum(movements.purchased_credits), 0) as purchased_credits,
        coalesce(sum(movements.interview_credits), 0) as interview_credits,
        coalesce(sum(movements.expired_credits), 0) as expired_credits
    from months
    left join movements
        on
            months.account = movements.account
            and months.month_start_date <= movements.moved_date
            and months.month_end_date > movements.moved_date
    group by months.account, months.month_start_date, months.month_end_date, months.known_until_date

),

chained as (

    select
        moved.*,
        balances.balance_read_at,
        balances.closing_credits,
        lag(balances.closing_credits) over (
            partition by moved.account order by moved.month_start_date
        ) as opening_credits
    from moved
    left join balances
        on moved.account = balances.account and moved.month_start_date = balances.month_start_date

)

select
    month_start_date,
    account,
    {{ exact('opening_credits') }} as opening_credits,
    {{ exact('purchased_credits') }} as purchased_credits,
    {{ whole('interview_credits') }} as interview_credits,
    {{ exact('expired_credits') }} as expired_credits,
    {{ exact('opening_credits + purchased_credits - interview_credits - expired_credits - closing_credits') }}
        as other_credits,
    {{ exact('closing_credits') }} as closing_credits,
    balance_read_at,
    is_complete_month,
    {{ surrogate_key(['month_start_date', 'account']) }} as credit_statement_key
from chained
