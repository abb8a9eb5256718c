with sessions as (

    select * from {{ ref('stg_sessions') }}

),

personas as (

    select * from {{ ref('stg_personas') }}

),

spans as (

    select
        persona_id,
        min(client_id) as client_id,
        min(created_at) as first_session_at,
        max(created_at) as last_session_at
    from sessions
    group by persona_id

),

-- a persona that was fetched has its name from there; another has it from its newest session with a name
ranked as (

    select
        sessions.persona_id,
        sessions.role_name,
        sessions.language,
        row_number() over (
            partition by sessions.persona_id
            order by sessions.created_at desc, sessions.session_id
        ) as recency
    from sessions
    left join personas on sessions.persona_id = personas.persona_id
    where personas.persona_id is null and sessions.role_name is not null

)

select
    spans.persona_id,
    spans.client_id,
    ranked.role_name,
    ranked.language,
    spans.first_session_at,
    spans.last_session_at
from spans
left join ranked on spans.persona_id = ranked.persona_id and ranked.recency = 1
