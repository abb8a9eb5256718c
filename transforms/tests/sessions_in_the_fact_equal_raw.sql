-- Joins neither lose nor repeat a session, and each keeps its charge.
with raw_sessions as (

    select id, credit_charged from {{ source('zenhire_raw', 'sessions') }}

),

fact as (

    select session_id, credits_charged from {{ ref('fct_sessions') }}

)

select
    raw_sessions.id as raw_session_id,
    fact.session_id as fact_session_id
from raw_sessions
full outer join fact on raw_sessions.id = fact.session_id
where
    raw_sessions.id is null
    or fact.session_id is null
    or coalesce(raw_sessions.credit_charged, 0) <> coalesce(fact.credits_charged, 0)
