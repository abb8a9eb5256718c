-- Every persona that was fetched or that a session refers to is one row.
with in_raw as (

    select id as persona_id from {{ source('zenhire_raw', 'personas') }}
    union
    select persona_id from {{ source('zenhire_raw', 'sessions') }}

),

dimension as (

    select persona_id from {{ ref('dim_persona') }}

)

select
    in_raw.persona_id as raw_persona_id,
    dimension.persona_id as dimension_persona_id
from in_raw
full outer join dimension on in_raw.persona_id = dimension.persona_id
where in_raw.persona_id is null or dimension.persona_id is null
