with sessions as (

    select * from {{ ref('int_session_outcomes') }}

),

versions as (

    select * from {{ ref('dim_persona_version') }}

),

matched as (

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

select * from matched
