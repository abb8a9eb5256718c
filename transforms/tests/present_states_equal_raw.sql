-- The present state of a session is how it is. What a run that was killed has written is told by the next one, and
-- what an older version brought by the first sync after it. A history that lags behind is told, and holds up no mart.
with present as (

    select * from {{ ref('session_history') }}
    where is_present

),

ended_well as (

    select run_id from {{ source('zenhire_raw', 'sync_runs') }}
    where outcome not in ('failed', 'running')

),

sessions as (

    select sessions.* from {{ source('zenhire_raw', 'sessions') }} as sessions
    inner join ended_well on sessions.run_id = ended_well.run_id

)

select sessions.id
from sessions
left join present on sessions.id = present.session_id
where
    exists (select 1 from present)
    and (
        present.session_id is null
        or sessions.status <> present.status
        or coalesce(sessions.credit_charged, -1) <> coalesce(present.credits_charged, -1)
        or (sessions.completed_at is null) <> (present.completed_at is null)
        or (sessions.deleted_at is null) <> (present.deleted_at is null)
    )
{{ config(severity='warn') }}
