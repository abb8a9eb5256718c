-- Each month opens with what the month before closed with, and its interviews are those of the monthly mart.
with statement as (

    select
        credit_statement.*,
        lag(closing_credits) over (partition by account order by month_start_date) as closed_before
    from {{ ref('credit_statement') }} as credit_statement

),

monthly as (

    select months.account, months.month_start_date, sum(months.credits_charged) as credits
    from {{ ref('credit_usage_monthly') }} as months
    inner join {{ ref('int_clock') }} as clock on months.month_start_date <= clock.known_until_date
    group by months.account, months.month_start_date

)

select
    statement.month_start_date as statement_month,
    monthly.month_start_date as usage_month
from statement
full outer join monthly
    on statement.account = monthly.account and statement.month_start_date = monthly.month_start_date
where
    coalesce(statement.interview_credits, 0) <> coalesce(monthly.credits, 0)
    or coalesce(statement.opening_credits, -1) <> coalesce(statement.closed_before, -1)
