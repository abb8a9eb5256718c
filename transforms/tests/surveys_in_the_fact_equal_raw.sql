-- Joins neither lose nor repeat a survey, and each keeps its rating.
with raw_surveys as (

    select session_id, rating from {{ source('zenhire_raw', 'session_feedback') }}

),

fact as (

    select session_id, rating from {{ ref('fct_feedback') }}

)

select
    raw_surveys.session_id as raw_session_id,
    fact.session_id as fact_session_id
from raw_surveys
full outer join fact on raw_surveys.session_id = fact.session_id
where raw_surveys.session_id is null
    or fact.session_id is null
    or coalesce(raw_surveys.rating, -1) <> coalesce(fact.rating, -1)
