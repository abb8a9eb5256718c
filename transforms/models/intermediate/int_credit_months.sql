with usage as (select * from {{ ref('credit_usage_daily') }}),

dates as (

    select distinct month_start_date from {{ ref('dim_date') }}

),

clock as (select * from {{ ref('int_clock') }}),

spans as (

    select
        project_key,
        max(account) as account,
        max(project_id) as project_id,
        max(project_name) as project_name,
        min(usage_date) as first_date
    from usage
    group by project_key

),

-- every month from a project's first usage to the running one, months without usage included; a later month only
-- where a session is dated in it, so that one wrong date makes no century of empty months
months as (

    select
        spans.project_key,
        spans.account,
        spans.project_id,
        spans.project_name,
        dates.month_start_date
    from spans
    cross join clock
    inner join dates
        on
            dates.month_start_date >= cast({{ dbt.date_trunc('month', 'spans.first_date') }} as date)
            and dates.month_start_date <= clock.known_until_date
    union
    select
        project_key,
        account,
        project_id,
        project_name,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as month_start_date
    from usage

)

select
    months.month_start_date,
    months.project_key,
    months.account,
    months.project_id,
    months.project_name,
    {% for measure in ['sessions_completed', 'sessions_failed', 'sessions_expired', 'billed_minutes',
        'credits_charged', 'credits_not_completed'] -%}
    {{ whole_sum('usage.' ~ measure) }} as {{ measure }},
    {% endfor -%}
    {{ minutes('coalesce(sum(usage.interview_sec), 0)') }} as interview_minutes
from months
left join usage
    on
        months.project_key = usage.project_key
        and months.month_start_date = cast({{ dbt.date_trunc('month', 'usage.usage_date') }} as date)
group by months.month_start_date, months.project_key, months.account, months.project_id, months.project_name
