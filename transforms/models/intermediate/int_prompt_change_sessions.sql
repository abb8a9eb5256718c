with changes as (select * from {{ ref('int_prompt_changes') }}),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where outcome in ('completed', 'failed')

),

feedback as (select * from {{ ref('fct_feedback') }}),

-- an interview between the last look at a content and the first at the next one may be either's
after_change as (

    select
        changes.persona_version_key,
        case when sessions.interview_at > changes.replaced_after_at then 'undecided' else 'after' end as side,
        sessions.session_id,
        sessions.outcome,
        sessions.interview_minutes,
        sessions.credits_charged
    from changes
    inner join sessions on changes.persona_version_key = sessions.persona_version_key
    where sessions.interview_at < {{ days_later('changes.changed_at', 28) }}

),

before_change as (

    select
        changes.persona_version_key,
        case when sessions.interview_at <= changes.previous_last_seen_at then 'before' else 'undecided' end as side,
        sessions.session_id,
        sessions.outcome,
        sessions.interview_minutes,
        sessions.credits_charged
    from changes
    inner join sessions on changes.previous_persona_version_key = sessions.persona_version_key
    where sessions.interview_at > {{ days_later('changes.previous_last_seen_at', -28) }}

),

placed as (

    select * from after_change
    union all
    select * from before_change

)

select
    placed.persona_version_key,
    placed.side,
    placed.outcome,
    placed.interview_minutes,
    placed.credits_charged,
    feedback.is_negative
from placed
left join feedback on placed.session_id = feedback.session_id
