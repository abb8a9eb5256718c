-- a survey of the day may be about an interview of any of the days on which its session was still asked for it
with days as (

    select
        feedback_days.*,
        sum(sessions_still_asked) over (
            partition by project_key, persona_id, source
            order by feedback_date
            rows between {{ survey_days() }} preceding and current row
        ) as sessions_lately_still_asked
    from {{ ref('int_feedback_days') }} as feedback_days

),

clock as (

    select * from {{ ref('int_clock') }}

)

select
    days.feedback_date,
    days.account,
    days.project_key,
    days.project_id,
    days.project_name,
    days.persona_id,
    days.persona_name,
    days.language,
    days.source,
    days.responses,
    days.negative_responses,
    {{ metric_ratio('negative_rate', 'days.negative_responses', 'days.responses') }} as negative_rate,
    days.average_rating,
    days.sessions_completed,
    days.sessions_with_feedback,
    {{ metric_ratio('response_rate', 'days.sessions_with_feedback', 'days.sessions_completed') }} as response_rate,
    days.sessions_lately_still_asked = 0
    and coalesce(days.feedback_date <= clock.last_look_date, false) as is_final,
    {{ surrogate_key(['days.feedback_date', 'days.project_key', 'days.persona_id', 'days.source']) }} as feedback_day_key
from days
cross join clock
