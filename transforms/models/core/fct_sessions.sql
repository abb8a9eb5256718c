with sessions as (select * from {{ ref('int_session_outcomes') }}),

personas as (select * from {{ ref('dim_persona') }}),

versions as (select * from {{ ref('dim_persona_version') }}),

tags as (select * from {{ ref('int_session_tags') }}),

feedback as (select * from {{ ref('stg_session_feedback') }}),

projects as (select * from {{ ref('dim_project') }}),

-- the content in force at the interview
persona_versions as (

    select
        sessions.session_id,
        versions.persona_version_key,
        versions.persona_version,
        sessions.interview_at >= versions.first_seen_at
        and sessions.interview_at <= versions.last_seen_at as is_persona_version_certain
    from sessions
    inner join versions
        on
            sessions.persona_id = versions.persona_id
            and (versions.in_force_from_at is null or sessions.interview_at >= versions.in_force_from_at)
            and (versions.in_force_to_at is null or sessions.interview_at < versions.in_force_to_at)

)

select
    sessions.session_id,
    projects.account,
    sessions.client_id,
    sessions.created_date,
    sessions.usage_date,
    sessions.usage_date_basis,
    {{ project_key('sessions.client_id', 'sessions.project_id') }} as project_key,
    sessions.project_id,
    projects.project_name,
    sessions.persona_id,
    personas.persona_name,
    personas.persona_team,
    personas.role_name,
    personas.language,
    persona_versions.persona_version_key,
    persona_versions.persona_version,
    coalesce(persona_versions.is_persona_version_certain, false) as is_persona_version_certain,
    sessions.source,
    sessions.consent_mode,
    sessions.candidate_ref,
    tags.tags,
    coalesce(tags.tag_count, 0) as tag_count,
    sessions.status,
    sessions.outcome,
    sessions.is_reinvited,
    sessions.created_at,
    sessions.started_at,
    sessions.completed_at,
    sessions.link_expires_at,
    sessions.interview_at,
    sessions.duration_sec,
    {{ minutes('sessions.duration_sec') }} as interview_minutes,
    {{ billed_minutes('sessions.duration_sec') }} as billed_minutes,
    sessions.credits_charged,
    {{ hours_between('sessions.created_at', 'sessions.started_at') }} as hours_to_start,
    {{ hours_between('sessions.created_at', 'sessions.completed_at') }} as hours_to_complete,
    feedback.session_id is not null as has_feedback,
    sessions.has_recording,
    sessions.has_transcript,
    sessions.deleted_at is not null as is_deleted,
    sessions.deleted_at,
    sessions.detail_checked_at,
    sessions.synced_at,
    sessions.last_verified_at
from sessions
left join personas on sessions.persona_id = personas.persona_id
left join projects on {{ project_key('sessions.client_id', 'sessions.project_id') }} = projects.project_key
left join persona_versions on sessions.session_id = persona_versions.session_id
left join tags on sessions.session_id = tags.session_id
left join feedback on sessions.session_id = feedback.session_id
