with days as (

    select * from {{ ref('int_feedback_days') }}

),

sync_state as (

    select * from {{ ref('int_sync_state') }}

)

select
    days.feedback_date,
    days.project_key,
    days.project_id,
    days.responses,
    days.negative_responses,
    {{ ratio('days.negative_responses', 'days.responses') }} as negative_rate,
    days.average_rating,
    days.sessions_completed,
    days.sessions_with_feedback,
    {{ ratio('days.sessions_with_feedback', 'days.sessions_completed') }} as response_rate,
    days.sessions_still_asked = 0
    and coalesce(days.feedback_date <= sync_state.surveys_final_until_date, false) as is_final,
    {{ surrogate_key(['days.feedback_date', 'days.project_key']) }} as feedback_day_key
from days
cross join sync_state
