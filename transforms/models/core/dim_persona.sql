with personas as (

    select * from {{ ref('stg_personas') }}

),

in_sessions as (

    select * from {{ ref('int_personas_in_sessions') }}

),

accounts as (

    select * from {{ ref('stg_company_accounts') }}

),

versions as (

    select * from {{ ref('stg_persona_versions') }}

),

named as (

    select * from {{ ref('stg_company_personas') }}

),

version_counts as (

    select persona_id, max(persona_version) as current_version
    from versions
    group by persona_id

)

select
    coalesce(personas.persona_id, in_sessions.persona_id) as persona_id,
    coalesce(accounts.account_name, in_sessions.client_id) as account,
    coalesce(named.persona_name, personas.role_name, in_sessions.role_name, personas.persona_id, in_sessions.persona_id)
        as persona_name,
    named.persona_team,
    coalesce(personas.role_name, in_sessions.role_name) as role_name,
    coalesce(personas.language, in_sessions.language) as language,
    version_counts.current_version,
    in_sessions.first_session_at,
    in_sessions.last_session_at,
    personas.last_seen_at as content_last_seen_at
from personas
full outer join in_sessions on personas.persona_id = in_sessions.persona_id
left join accounts on in_sessions.client_id = accounts.client_id
left join named on named.persona_id = coalesce(personas.persona_id, in_sessions.persona_id)
left join version_counts
    on version_counts.persona_id = coalesce(personas.persona_id, in_sessions.persona_id)
