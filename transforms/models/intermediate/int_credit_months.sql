with usage as (select * from {{ ref('credit_usage_daily') }}),

dates as (

    select distinct month_start_date from {{ ref('dim_date') }}

),

clock as (select * from {{ ref('int_clock') }}),

projects as (select * from {{ ref('int_used_projects') }}),

-- every month from a project's first usage to the running one, months without usage included; a later month only
-- where a session is dated in it, so that one wrong date makes no century of empty months
months as (

    select
        projects.project_key,
        projects.account,
        projects.project_id,
        projects.project_name,
        dates.month_start_date
    from projects
    cross join clock
    inner join dates
        on
            dates.month_start_date >= cast({{ dbt.date_trunc('month', 'projects.first_date') }} as date)
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
