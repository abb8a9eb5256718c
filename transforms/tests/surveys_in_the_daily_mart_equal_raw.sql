-- Days and projects neither lose nor repeat a survey.
with raw_total as (

    select
        count(*) as responses,
        coalesce(sum(case when flagged then 1 else 0 end), 0) as negatives
    from {{ source('zenhire_raw', 'session_feedback') }}

),

mart_total as (

    select
        coalesce(sum(responses), 0) as responses,
        coalesce(sum(negative_responses), 0) as negatives
    from {{ ref('feedback_daily') }}

)

select
    raw_total.responses as raw_responses,
    mart_total.responses as mart_responses,
    raw_total.negatives as raw_negatives,
    mart_total.negatives as mart_negatives
from raw_total
cross join mart_total
where raw_total.responses <> mart_total.responses or raw_total.negatives <> mart_total.negatives
