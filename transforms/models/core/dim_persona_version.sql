with versions as (

    select * from {{ ref('stg_persona_versions') }}

),

chained as (

    select
        versions.*,
        lag(persona_version) over (partition by persona_id order by persona_version) as previous_version,
        lead(first_seen_at) over (partition by persona_id order by persona_version) as next_seen_at
    from versions

)

select
    {{ surrogate_key(['persona_id', 'persona_version']) }} as persona_version_key,
    persona_id,
    persona_version,
    role_name,
    language,
    system_prompt,
    base_prompt_override,
    first_seen_at,
    last_seen_at,
    case when previous_version is not null then first_seen_at end as in_force_from_at,
    next_seen_at as in_force_to_at,
    next_seen_at is null as is_current
from chained
