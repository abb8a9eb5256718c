with closings as (select * from {{ ref('stg_month_closings') }}),

ranked as (

    select
        closings.*,
        row_number() over (partition by month_start_date order by happened_at desc, closing_id desc) as recency
    from closings

)

-- months that are closed now
select
    closing_id,
    month_start_date,
    happened_at as closed_at,
    note
from ranked
where recency = 1 and event = 'close'
