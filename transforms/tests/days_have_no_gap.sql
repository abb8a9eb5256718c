-- A chart over dim_date shows each day, also those on which nothing happened.
with days as (

    select date_day, lag(date_day) over (order by date_day) as previous_day
    from {{ ref('dim_date') }}

)

select date_day, previous_day
from days
where {{ days_between('previous_day', 'date_day') }} <> 1
