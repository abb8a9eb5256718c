with sessions as (select * from {{ ref('fct_sessions') }}),

feedback as (select * from {{ ref('fct_feedback') }}),

raw_sessions as (select * from {{ ref('stg_sessions') }})

-- what a session adds to each figure, and the month and project in which it does: those of credit_usage_monthly
select
    sessions.session_id,
    {{ surrogate_key([
        'sessions.client_id', 'sessions.project_id', 'sessions.status', 'sessions.created_at', 'sessions.started_at',
        'sessions.completed_at', 'sessions.duration_sec', 'sessions.credits_charged', 'feedback.is_negative',
        'feedback.rating'
    ]) }} as facts_mark,
    cast(sessions.started_at as {{ dbt.type_string() }}) as started,
    sessions.status,
    sessions.created_at,
    sessions.completed_at,
    sessions.is_deleted,
    raw_sessions.run_id,
    sessions.project_key,
    cast(
        {{ dbt.date_trunc('month', 'coalesce(sessions.usage_date, sessions.created_date)') }} as date
    ) as month_start_date,
    {{ whole('case when sessions.usage_date is not null then coalesce(sessions.credits_charged, 0) else 0 end') }} as credits_charged,
    {{ whole("case when sessions.outcome = 'completed' then coalesce(sessions.duration_sec, 0) else 0 end") }} as interview_sec,
    {{ whole("case when sessions.outcome = 'completed' then 1 else 0 end") }} as interviews,
    {{ whole('case when feedback.session_id is not null then 1 else 0 end') }} as surveys,
    {{ whole('case when feedback.is_negative then 1 else 0 end') }} as negative_surveys
from sessions
inner join raw_sessions on sessions.session_id = raw_sessions.session_id
left join feedback on sessions.session_id = feedback.session_id
