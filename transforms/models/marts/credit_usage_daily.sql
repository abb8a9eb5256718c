with sessions as (

    select * from {{ ref('fct_sessions') }}
    where usage_date is not null

),

daily as (

    select
        usage_date,
        project_id,
        persona_id,
        role_name,
        language,
        source,
        cast(sum(case when outcome = 'completed' then 1 else 0 end) as bigint) as sessions_completed,
        cast(sum(case when outcome = 'failed' then 1 else 0 end) as bigint) as sessions_failed,
        cast(sum(case when outcome = 'expired' then 1 else 0 end) as bigint) as sessions_expired,
        coalesce(sum(case when outcome = 'completed' then duration_sec end), 0) as completed_sec,
        coalesce(sum(case when outcome = 'completed' then billed_minutes end), 0) as billed_minutes,
        coalesce(sum(credits_charged), 0) as credits_charged,
        coalesce(sum(case when outcome <> 'completed' then credits_charged end), 0) as credits_not_completed
    from sessions
    group by usage_date, project_id, persona_id, role_name, language, source

)

select
    usage_date,
    {{ project_key('project_id') }} as project_key,
    project_id,
    persona_id,
    role_name,
    language,
    source,
    sessions_completed,
    sessions_failed,
    sessions_expired,
    {{ minutes('completed_sec') }} as interview_minutes,
    cast(billed_minutes as bigint) as billed_minutes,
    cast(credits_charged as bigint) as credits_charged,
    cast(credits_not_completed as bigint) as credits_not_completed,
    cast(
        (credits_charged - credits_not_completed)
        / nullif(cast(sessions_completed as numeric), 0) as numeric(18, 4)
    ) as credits_per_interview,
    {{ surrogate_key(['usage_date', 'project_id', 'persona_id', 'source']) }} as credit_usage_key
from daily
