with sync_state as (

    select * from {{ ref('int_sync_state') }}

),

moment as (

    select
        {{ utc_timestamp(instant(as_of())) }} as as_of,
        {{ reporting_date(instant(as_of())) }} as as_of_date

)

-- windows end where the last good sync ended, or earlier in a build as of an earlier time: neither days that nobody
-- has looked at nor a row dated in the future may move them
select
    moment.as_of,
    moment.as_of_date,
    coalesce(sync_state.last_run_as_of, moment.as_of) as last_run_as_of,
    least(moment.as_of, sync_state.data_until) as known_until,
    least(moment.as_of_date, sync_state.data_until_date) as known_until_date,
    cast('{{ reporting_time_zone() }}' as {{ dbt.type_string() }}) as reporting_time_zone,
    {{ utc_timestamp(instant(run_started_at.isoformat())) }} as built_at,
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as build_id
from moment
cross join sync_state
