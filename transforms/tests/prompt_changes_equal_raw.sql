-- Each content after a persona's first is one change.
with raw_total as (

    select count(*) - count(distinct persona_id) as changes
    from {{ source('zenhire_raw', 'persona_versions') }}

),

mart_total as (

    select count(*) as changes from {{ ref('prompt_impact') }}

)

select
    raw_total.changes as raw_changes,
    mart_total.changes as mart_changes
from raw_total
cross join mart_total
where raw_total.changes <> mart_total.changes
