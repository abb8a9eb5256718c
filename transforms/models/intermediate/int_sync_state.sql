with runs as (

    select * from {{ ref('stg_sync_runs') }}
    where outcome <> 'failed'

),

latest as (

    select
        max(as_of) as data_until,
        max(as_of_date) as data_until_date
    from runs

)

-- one row, also before the first sync; the last look at a survey comes with the first run after its day
select
    data_until,
    data_until_date,
    {{ add_days('data_until_date', '-1 - ' ~ survey_days()) }} as surveys_final_until_date
from latest
