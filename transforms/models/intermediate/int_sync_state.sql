with runs as (

    select * from {{ ref('stg_sync_runs') }}
    where outcome <> 'failed'

),

sessions as (

    select * from {{ ref('stg_sessions') }}
    where status = 'completed' and deleted_at is null

),

feedback as (select * from {{ ref('stg_session_feedback') }}),

rejected as (

    select distinct session_id from {{ ref('stg_rejected_rows') }}
    where healed_at is null

),

latest as (

    select
        max(as_of) as data_until,
        max(as_of_date) as data_until_date
    from runs

),

-- what is set aside holds nothing up, data_quality tells of it
still_asked as (

    select min(sessions.completed_date) as first_date
    from sessions
    left join feedback on sessions.session_id = feedback.session_id
    left join rejected on sessions.session_id = rejected.session_id
    where feedback.session_id is null and rejected.session_id is null and {{ is_still_asked('sessions') }}

)

-- one row, also before the first sync; the last look at a survey comes with the first run after its day
select
    latest.data_until,
    latest.data_until_date,
    least(
        {{ add_days('latest.data_until_date', '-1 - ' ~ survey_days()) }},
        case when latest.data_until is not null then {{ add_days('still_asked.first_date', -1) }} end
    ) as surveys_final_until_date
from latest
cross join still_asked
