with feedback as (

    select * from {{ ref('fct_feedback') }}

),

clock as (

    select
        known_until_date,
        {{ add_days('known_until_date', -28) }} as current_start_date,
        {{ add_days('known_until_date', -56) }} as previous_start_date
    from {{ ref('int_clock') }}

),

placed as (

    select
        feedback.persona_id,
        feedback.is_negative,
        feedback.rating,
        clock.current_start_date,
        clock.previous_start_date,
        feedback.feedback_date >= clock.current_start_date
        and feedback.feedback_date < clock.known_until_date as is_current,
        feedback.feedback_date >= clock.previous_start_date
        and feedback.feedback_date < clock.current_start_date as is_previous
    from feedback
    cross join clock
    where feedback.persona_id is not null

)

select
    persona_id,
    current_start_date,
    previous_start_date,
    count(*) as responses_ever,
    {{ count_where('is_current') }} as responses,
    {{ count_where('is_current and is_negative') }} as negative_responses,
    {{ average_rating('rating', 'is_current') }} as average_rating,
    {{ count_where('is_previous') }} as previous_responses,
    {{ count_where('is_previous and is_negative') }} as previous_negative_responses,
    {{ average_rating('rating', 'is_previous') }} as previous_average_rating
from placed
group by persona_id, current_start_date, previous_start_date
