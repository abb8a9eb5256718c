with usage as (select * from {{ ref('credit_usage_daily') }}),

days as (select * from {{ ref('dim_date') }}),

clock as (select * from {{ ref('int_clock') }}),

projects as (select * from {{ ref('int_used_projects') }}),

used as (

    select
        project_key,
        usage_date,
        sum(sessions_completed) as sessions,
        sum(billed_minutes) as minutes,
        sum(credits_charged) as credits
    from usage
    group by project_key, usage_date

)

select
    projects.project_key,
    projects.account,
    projects.project_id,
    projects.project_name,
    days.date_day,
    days.day_of_week,
    {{ as_double('coalesce(used.sessions, 0)') }} as sessions,
    {{ as_double('coalesce(used.minutes, 0)') }} as minutes,
    {{ as_double('coalesce(used.credits, 0)') }} as credits
from projects
cross join clock
inner join days on days.date_day >= projects.first_date and days.date_day < clock.known_until_date
left join used on projects.project_key = used.project_key and days.date_day = used.usage_date
