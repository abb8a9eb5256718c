-- Every row still set aside is counted against one run.
with raw_total as (

    select count(*) as set_aside from {{ source('zenhire_raw', 'rejected_rows') }}
    where healed_at is null

),

mart_total as (

    select coalesce(sum(rows_failing), 0) as set_aside from {{ ref('data_quality') }}
    where check_name = 'set_aside'

)

select
    raw_total.set_aside as raw_set_aside,
    mart_total.set_aside as mart_set_aside
from raw_total
cross join mart_total
where raw_total.set_aside <> mart_total.set_aside
