with months as (select * from {{ ref('int_credit_months') }}),

run_rates as (select * from {{ ref('int_credit_run_rate') }}),

clock as (select * from {{ ref('int_clock') }}),

compared as (

    select
        months.*,
        case when month_start_date <= clock.known_until_date
            then lag(credits_charged) over (partition by project_key order by month_start_date)
        end as previous_month_credits,
        sum(credits_charged) over (partition by account, month_start_date) as all_projects_credits,
        cast({{ dbt.dateadd('month', 1, 'month_start_date') }} as date) as next_month_start_date
    from months
    cross join clock

)

select
    compared.month_start_date,
    compared.account,
    compared.project_key,
    compared.project_id,
    compared.project_name,
    compared.sessions_completed,
    compared.sessions_failed,
    compared.sessions_expired,
    compared.interview_minutes,
    compared.billed_minutes,
    compared.credits_charged,
    compared.credits_not_completed,
    compared.previous_month_credits,
    compared.credits_charged - compared.previous_month_credits as credits_change,
    {{ ratio(
        'case when compared.next_month_start_date <= clock.known_until_date'
        ~ ' then compared.credits_charged - compared.previous_month_credits end', 'compared.previous_month_credits'
    ) }} as credits_change_ratio,
    cast(compared.all_projects_credits as bigint) as all_projects_credits,
    {{ ratio('compared.credits_charged', 'compared.all_projects_credits') }} as share_of_credits,
    compared.next_month_start_date <= clock.as_of_date
    and coalesce(compared.next_month_start_date <= clock.data_until_date, false) as is_complete_month,
    compared.month_start_date <= clock.known_until_date
    and compared.next_month_start_date > clock.known_until_date as is_running_month,
    project_rate.run_rate_credits,
    project_rate.run_rate_low_credits,
    project_rate.run_rate_high_credits,
    project_rate.has_trend,
    all_rate.run_rate_credits as all_projects_run_rate_credits,
    all_rate.run_rate_low_credits as all_projects_run_rate_low_credits,
    all_rate.run_rate_high_credits as all_projects_run_rate_high_credits,
    {{ surrogate_key(['compared.month_start_date', 'compared.project_key']) }} as credit_month_key
from compared
cross join clock
left join run_rates as project_rate
    on compared.project_key = project_rate.scope_key and compared.month_start_date = project_rate.month_start_date
left join run_rates as all_rate
    on all_rate.scope_key = {{ all_projects('compared.account') }} and compared.month_start_date = all_rate.month_start_date
