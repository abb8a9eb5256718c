with feedback as (

    select * from {{ ref('fct_feedback') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

-- rows without a submission time come first, so that they count as earlier and never as news
numbered as (

    select
        feedback.*,
        row_number() over (
            partition by persona_id
            order by case when submitted_at is null then 0 else 1 end, submitted_at, session_id
        ) - 1 as earlier_negatives_of_persona
    from feedback
    where is_negative

)

select
    numbered.session_id,
    numbered.feedback_date,
    numbered.submitted_at,
    numbered.rating,
    numbered.comment,
    numbered.persona_id,
    numbered.persona_name,
    numbered.persona_team,
    numbered.role_name,
    numbered.language,
    numbered.persona_version_key,
    numbered.persona_version,
    numbered.is_persona_version_certain,
    {{ whole('numbered.earlier_negatives_of_persona') }} as earlier_negatives_of_persona,
    numbered.account,
    numbered.project_key,
    numbered.project_id,
    numbered.project_name,
    numbered.source,
    sessions.tags,
    sessions.candidate_ref,
    sessions.status,
    sessions.started_at,
    sessions.completed_at,
    sessions.usage_date,
    sessions.duration_sec,
    sessions.interview_minutes,
    sessions.credits_charged,
    numbered.hours_to_submit,
    sessions.is_deleted
from numbered
left join sessions on numbered.session_id = sessions.session_id
