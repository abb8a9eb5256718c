with states as (select * from {{ ref('stg_session_states') }}),

sessions as (select * from {{ ref('stg_sessions') }}),

accounts as (select * from {{ ref('dim_account') }}),

projects as (select * from {{ ref('dim_project') }}),

personas as (select * from {{ ref('dim_persona') }}),

-- a session that moved may have left a project or persona that no session has any more
placed as (

    select
        states.*,
        row_number() over (partition by states.session_id order by states.seen_from) as state_number,
        lead(states.seen_from) over (partition by states.session_id order by states.seen_from) as seen_to,
        accounts.account,
        {{ project_key('sessions.client_id', 'states.project_id') }} as project_key,
        coalesce(projects.project_name, states.project_id, '(no project)') as project_name,
        coalesce(personas.persona_name, states.persona_id) as persona_name
    from states
    inner join sessions on states.session_id = sessions.session_id
    inner join accounts on sessions.client_id = accounts.client_id
    left join projects on {{ project_key('sessions.client_id', 'states.project_id') }} = projects.project_key
    left join personas on states.persona_id = personas.persona_id

)

select
    session_id,
    {{ whole('state_number') }} as state_number,
    seen_from,
    seen_to,
    seen_to is null as is_present,
    run_id,
    status,
    account,
    project_key,
    project_id,
    project_name,
    persona_id,
    persona_name,
    started_at,
    completed_at,
    duration_sec,
    credits_charged,
    rating,
    is_flagged as is_negative,
    deleted_at,
    {{ surrogate_key(['session_id', 'state_number']) }} as session_state_key
from placed
