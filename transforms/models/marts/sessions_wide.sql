{{ config(contract={'enforced': false}, post_hook="{{ comments_of_attributes() }}") -}}
with sessions as (select * from {{ ref('fct_sessions') }}),

feedback as (select * from {{ ref('fct_feedback') }}),

projects as (select * from {{ ref('dim_project') }}),

session_values as (select * from {{ ref('int_session_attributes') }} where attribute_kind = 'metadata'),

-- a column for each key that the company listed
attributes as (

    select
        session_id{% for listed in listed_attributes() %},
        max(case when attribute = '{{ listed.attribute }}' then attribute_value end) as {{ as_written(listed.attribute) }}
        {%- endfor %}
    from session_values
    group by session_id

)

select
    sessions.session_id,
    sessions.created_date,
    sessions.usage_date,
    sessions.account,
    sessions.project_key,
    sessions.project_id,
    sessions.project_name,
    projects.cost_center,
    projects.project_owner,
    sessions.persona_id,
    sessions.persona_name,
    sessions.persona_team,
    sessions.role_name,
    sessions.language,
    sessions.persona_version,
    sessions.source,
    sessions.status,
    sessions.outcome,
    sessions.tags,
    sessions.candidate_ref,
    sessions.created_at,
    sessions.started_at,
    sessions.completed_at,
    sessions.duration_sec,
    sessions.interview_minutes,
    sessions.billed_minutes,
    sessions.credits_charged,
    feedback.feedback_date,
    feedback.submitted_at,
    feedback.rating,
    feedback.is_negative,
    feedback.comment,
    sessions.is_deleted
    {%- for listed in listed_attributes() %},
    {{ typed_value('attributes.' ~ as_written(listed.attribute), listed.type) }} as {{ as_written(listed.attribute) }}
    {%- endfor %}
from sessions
left join projects on sessions.project_key = projects.project_key
left join feedback on sessions.session_id = feedback.session_id
left join attributes on sessions.session_id = attributes.session_id
