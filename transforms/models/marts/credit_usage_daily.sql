with sessions as (

    select * from {{ ref('fct_sessions') }}
    where usage_date is not null

),

daily as (

    select
        usage_date,
        account,
        project_key,
        project_id,
        project_name,
        persona_id,
        persona_name,
        role_name,
        language,
        source,
        {{ count_where("outcome = 'completed'") }} as sessions_completed,
        {{ count_where("outcome = 'failed'") }} as sessions_failed,
        {{ count_where("outcome = 'expired'") }} as sessions_expired,
        {{ whole_sum('duration_sec', "outcome = 'completed'") }} as interview_sec,
        {{ whole_sum('billed_minutes', "outcome = 'completed'") }} as billed_minutes,
        {{ whole_sum('credits_charged') }} as credits_charged,
        {{ whole_sum('credits_charged', "outcome <> 'completed'") }} as credits_not_completed
    from sessions
    group by
        usage_date, account, project_key, project_id, project_name, persona_id, persona_name, role_name, language,
        source

)

select
    usage_date,
    account,
    project_key,
    project_id,
    project_name,
    persona_id,
    persona_name,
    role_name,
    language,
    source,
    sessions_completed,
    sessions_failed,
    sessions_expired,
    interview_sec,
    {{ minutes('interview_sec') }} as interview_minutes,
    billed_minutes,
    credits_charged,
    credits_not_completed,
    {{ metric_ratio('credits_per_interview', '(credits_charged - credits_not_completed)', 'sessions_completed') }} as credits_per_interview,
    {{ surrogate_key(['usage_date', 'project_key', 'persona_id', 'source']) }} as credit_usage_key
from daily
