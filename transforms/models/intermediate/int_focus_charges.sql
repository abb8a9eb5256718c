with sessions as (

    select * from {{ ref('fct_sessions') }}
    where usage_date is not null and (outcome = 'completed' or credits_charged <> 0)

),

tags as (

    select * from {{ ref('int_session_tags') }}

),

charges as (

    select
        sessions.usage_date,
        sessions.account,
        sessions.client_id,
        sessions.project_id,
        sessions.project_name,
        sessions.persona_id,
        sessions.persona_name,
        sessions.role_name,
        sessions.source,
        tags.tags_object,
        {{ count_where("sessions.outcome = 'completed'") }} as sessions_completed,
        {{ whole_sum('sessions.billed_minutes', "sessions.outcome = 'completed'") }} as billed_minutes,
        {{ whole_sum('sessions.credits_charged') }} as credits
    from sessions
    left join tags on sessions.session_id = tags.session_id
    group by
        sessions.usage_date, sessions.account, sessions.client_id, sessions.project_id, sessions.project_name,
        sessions.persona_id,
        sessions.persona_name, sessions.role_name, sessions.source, tags.tags_object

)

select
    charges.*,
    {{ starts_at('usage_date') }} as charge_starts_at,
    {{ starts_at(add_days('usage_date', 1)) }} as charge_ends_at,
    {{ starts_at(dbt.date_trunc('month', 'usage_date')) }} as period_starts_at,
    {{ starts_at(dbt.dateadd('month', 1, dbt.date_trunc('month', 'usage_date'))) }} as period_ends_at,
    {{ surrogate_key(['usage_date', 'client_id', 'project_id', 'persona_id', 'source', 'tags_object']) }}
        as charge_key
from charges
