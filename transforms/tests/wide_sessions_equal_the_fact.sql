-- The wide table holds every session once, with its credits and its survey.
with wide as (

    select
        count(*) as sessions,
        coalesce(sum(credits_charged), 0) as credits,
        count(feedback_date) as surveys
    from {{ ref('sessions_wide') }}

),

facts as (

    select
        count(*) as sessions,
        coalesce(sum(credits_charged), 0) as credits,
        {{ count_where('has_feedback') }} as surveys
    from {{ ref('fct_sessions') }}

)

select
    wide.sessions as wide_sessions,
    facts.sessions as fact_sessions
from wide
cross join facts
where wide.sessions <> facts.sessions or wide.credits <> facts.credits or wide.surveys <> facts.surveys
