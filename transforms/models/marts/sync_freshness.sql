{# The last model of a build: it waits for every other mart and for their tests. -#}
with clock as (

    select * from {{ ref('int_clock') }}

),

marts as (

    select * from {{ ref('int_rows_of_core') }}
    union all
    select * from {{ ref('int_rows_of_credits') }}
    union all
    select * from {{ ref('int_rows_of_sessions') }}
    union all
    select * from {{ ref('int_rows_of_operations') }}
    union all
    select * from {{ ref('int_rows_of_company') }}

)

select
    marts.mart_name,
    marts.row_count,
    clock.built_at,
    clock.build_id,
    clock.as_of,
    clock.reporting_time_zone,
    clock.data_until,
    clock.last_sync_finished_at,
    {{ hours_between('clock.data_until', 'clock.as_of') }} as data_age_hours,
    coalesce({{ hours_between('clock.data_until', 'clock.as_of') }} > 36, true) as is_stale,
    case when marts.has_surveys then clock.surveys_final_until_date end as surveys_final_until_date
from marts
cross join clock
