{%- set measures = ['credits_charged', 'billed_minutes', 'sessions_completed'] -%}

with usage as (select * from {{ ref('credit_usage_monthly') }}),

closings as (select * from {{ ref('int_closings') }}),

signed as (select * from {{ ref('stg_closed_months') }}),

-- what closed months hold now, less what was signed for them
balances as (

    select
        usage.project_key,
        usage.credits_charged,
        usage.billed_minutes,
        usage.sessions_completed
    from usage
    inner join closings on usage.month_start_date = closings.month_start_date
    union all
    select
        signed.project_key,
        -(signed.credits_charged + signed.adjustment_credits) as credits_charged,
        -(signed.billed_minutes + signed.adjustment_billed_minutes) as billed_minutes,
        -(signed.sessions_completed + signed.adjustment_sessions_completed) as sessions_completed
    from signed
    inner join closings on signed.closing_id = closings.closing_id

),

sums as (

    select
        project_key,
        {% for measure in measures -%}
        {{ whole_sum(measure) }} as {{ measure }}{{ ',' if not loop.last }}
        {% endfor -%}
    from balances
    group by project_key

),

-- the month after the last closed one
next_month as (

    select cast({{ dbt.dateadd('month', 1, 'max(month_start_date)') }} as date) as month_start_date
    from closings

)

select
    next_month.month_start_date,
    sums.project_key,
    sums.credits_charged,
    sums.billed_minutes,
    sums.sessions_completed
from sums
cross join next_month
where sums.credits_charged <> 0 or sums.billed_minutes <> 0 or sums.sessions_completed <> 0
