with usage as (select * from {{ ref('credit_usage_monthly') }}),

closings as (select * from {{ ref('int_closings') }}),

adjustments as (select * from {{ ref('int_month_adjustments') }}),

projects as (select * from {{ ref('dim_project') }}),

clock as (select * from {{ ref('int_clock') }}),

months as (

    select usage.month_start_date, usage.project_key from usage
    left join closings on usage.month_start_date = closings.month_start_date
    where closings.closing_id is null
    union
    select month_start_date, project_key from adjustments

)

select
    months.month_start_date,
    months.project_key,
    coalesce(projects.account, {{ unknown_account() }}) as account,
    projects.project_id,
    coalesce(projects.project_name, months.project_key) as project_name,
    coalesce(
        cast({{ dbt.dateadd('month', 1, 'months.month_start_date') }} as date)
        <= least(clock.as_of_date, clock.data_until_date), false
    ) as is_complete_month,
    coalesce(usage.credits_charged, 0) as credits_charged,
    coalesce(usage.billed_minutes, 0) as billed_minutes,
    coalesce(usage.sessions_completed, 0) as sessions_completed,
    coalesce(adjustments.credits_charged, 0) as adjustment_credits,
    coalesce(adjustments.billed_minutes, 0) as adjustment_billed_minutes,
    coalesce(adjustments.sessions_completed, 0) as adjustment_sessions_completed
from months
cross join clock
left join usage on months.project_key = usage.project_key and months.month_start_date = usage.month_start_date
left join adjustments
    on months.project_key = adjustments.project_key and months.month_start_date = adjustments.month_start_date
left join projects on months.project_key = projects.project_key
