with sessions as (

    select * from {{ ref('stg_sessions') }}

),

-- the name on a persona's newest session that has one comes first
ranked as (

    select
        persona_id,
        role_name,
        language,
        created_at,
        row_number() over (
            partition by persona_id
            order by case when role_name is null then 1 else 0 end, created_at desc, session_id
        ) as recency
    from sessions

)

select
    persona_id,
    max(case when recency = 1 then role_name end) as role_name,
    max(case when recency = 1 then language end) as language,
    min(created_at) as first_session_at,
    max(created_at) as last_session_at
from ranked
group by persona_id
