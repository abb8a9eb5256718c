-- Split over tags, every credit is still there exactly once.
with raw_total as (

    select coalesce(sum(credit_charged), 0) as credits from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select coalesce(sum(credits_split), 0) as credits from {{ ref('credit_usage_by_tag') }}

)

select
    raw_total.credits as raw_credits,
    mart_total.credits as mart_credits
from raw_total
cross join mart_total
where raw_total.credits <> mart_total.credits
