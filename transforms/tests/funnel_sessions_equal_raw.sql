-- Each session of raw is in exactly one cohort.
with raw_total as (

    select count(*) as sessions from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select coalesce(sum(sessions_created), 0) as sessions from {{ ref('session_funnel') }}

)

select
    raw_total.sessions as raw_sessions,
    mart_total.sessions as mart_sessions
from raw_total
cross join mart_total
where raw_total.sessions <> mart_total.sessions
