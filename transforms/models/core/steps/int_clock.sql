with runs as (

    select
        as_of as tried_as_of,
        case when outcome <> 'failed' then as_of end as as_of,
        case when outcome <> 'failed' then as_of_date end as as_of_date,
        case when outcome <> 'failed' then finished_at end as finished_at
    from {{ ref('stg_sync_runs') }}

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
        max(tried_as_of) as last_run_as_of,
        max(as_of) as data_until, max(as_of_date) as data_until_date,
        max(finished_at) as last_sync_finished_at,
        {{ add_days('max(as_of_date)', '-1 - ' ~ survey_days()) }} as last_look_date
    from runs

),

looked_at as (

    select count(*) as sessions, min(case when detail_checked_at is not null then completed_at end) as first_at
    from sessions

),

-- what is set aside, or older than what was ever looked at, holds nothing up; data_quality tells of both
still_asked as (

    select min(sessions.completed_date) as first_date
    from sessions
    inner join looked_at on sessions.completed_at >= looked_at.first_at
    left join feedback on sessions.session_id = feedback.session_id
    left join rejected on sessions.session_id = rejected.session_id
    where feedback.session_id is null and rejected.session_id is null and {{ is_still_asked('sessions') }}

),

moment as (

    select
        {{ utc_timestamp(instant(as_of())) }} as as_of,
        {{ reporting_date(instant(as_of())) }} as as_of_date

)

-- one row, also before the first sync; the last look at a survey comes with the first run after its day. Windows end
-- where the last good sync ended, or earlier in a build as of an earlier time: neither days that nobody has looked at
-- nor a row dated in the future may move them
select
    moment.as_of, moment.as_of_date,
    coalesce(latest.last_run_as_of, moment.as_of) as last_run_as_of,
    latest.data_until, latest.data_until_date, latest.last_sync_finished_at, latest.last_look_date,
    least(moment.as_of, latest.data_until) as known_until,
    least(moment.as_of_date, latest.data_until_date) as known_until_date,
    case when latest.last_look_date is not null and (looked_at.first_at is not null or looked_at.sessions = 0)
        then least(latest.last_look_date, {{ add_days('still_asked.first_date', -1) }}) end as surveys_final_until_date,
    cast('{{ reporting_time_zone() }}' as {{ dbt.type_string() }}) as reporting_time_zone,
    {{ utc_timestamp(instant(run_started_at.isoformat())) }} as built_at,
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as build_id
from moment
cross join latest
cross join looked_at
cross join still_asked
