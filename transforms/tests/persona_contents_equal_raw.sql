-- Every content of a persona that was ever seen is in the dimension, once.
with raw_versions as (

    select persona_id, {{ adapter.quote('version') }} as persona_version from {{ source('zenhire_raw', 'persona_versions') }}

),

dimension as (

    select persona_id, persona_version from {{ ref('dim_persona_version') }}

)

select
    raw_versions.persona_id as raw_persona_id,
    dimension.persona_id as dimension_persona_id
from raw_versions
full outer join dimension
    on raw_versions.persona_id = dimension.persona_id and raw_versions.persona_version = dimension.persona_version
where raw_versions.persona_id is null or dimension.persona_id is null
