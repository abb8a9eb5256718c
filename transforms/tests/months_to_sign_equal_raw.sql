-- What closed and open months hold adds up to what all sessions were charged.
with raw_total as (

    select coalesce(sum(credit_charged), 0) as credits from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select coalesce(sum(credits_to_sign), 0) as credits from {{ ref('credit_close') }}

)

select
    raw_total.credits as raw_credits,
    mart_total.credits as mart_credits
from raw_total
cross join mart_total
where raw_total.credits <> mart_total.credits
