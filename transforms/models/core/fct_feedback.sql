with feedback as (

    select * from {{ ref('stg_session_feedback') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

)

select
    feedback.session_id,
    coalesce(feedback.submitted_date, sessions.usage_date, sessions.created_date) as feedback_date,
    feedback.submitted_at,
    feedback.rating,
    coalesce(feedback.is_flagged, false) as is_negative,
    coalesce(feedback.is_flagged = (feedback.rating <= 2), false) as is_flag_consistent,
    feedback.survey_comment as comment,
    sessions.account,
    sessions.project_key,
    sessions.project_id,
    sessions.project_name,
    sessions.persona_id,
    sessions.persona_name,
    sessions.persona_team,
    sessions.role_name,
    sessions.language,
    sessions.persona_version_key,
    sessions.persona_version,
    sessions.is_persona_version_certain,
    sessions.source,
    sessions.interview_at,
    {{ hours_between('sessions.completed_at', 'feedback.submitted_at') }} as hours_to_submit
from feedback
left join sessions on feedback.session_id = sessions.session_id
