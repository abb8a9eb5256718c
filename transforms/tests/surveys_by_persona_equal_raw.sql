-- Every survey is put down to exactly one persona.
with raw_total as (

    select count(*) as responses from {{ source('zenhire_raw', 'session_feedback') }}

),

mart_total as (

    select coalesce(sum(responses_ever), 0) as responses from {{ ref('feedback_by_persona') }}

)

select
    raw_total.responses as raw_responses,
    mart_total.responses as mart_responses
from raw_total
cross join mart_total
where raw_total.responses <> mart_total.responses
