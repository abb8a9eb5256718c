with windows as (

    select * from {{ ref('int_persona_feedback_windows') }}

),

personas as (

    select * from {{ ref('dim_persona') }}

),

rated as (

    select
        windows.*,
        {{ metric_ratio('negative_rate', 'negative_responses', 'responses') }} as negative_rate,
        {{ wilson_low('negative_responses', 'responses') }} as negative_rate_low,
        {{ wilson_high('negative_responses', 'responses') }} as negative_rate_high,
        {{ metric_ratio('negative_rate', 'previous_negative_responses', 'previous_responses') }} as previous_negative_rate,
        {{ wilson_low('previous_negative_responses', 'previous_responses') }} as previous_negative_rate_low,
        {{ wilson_high('previous_negative_responses', 'previous_responses') }} as previous_negative_rate_high
    from windows

)

select
    rated.persona_id,
    personas.account,
    personas.persona_name,
    personas.persona_team,
    personas.role_name,
    personas.language,
    rated.current_start_date as period_start_date,
    rated.previous_start_date as previous_period_start_date,
    rated.responses_ever,
    rated.responses,
    rated.negative_responses,
    rated.negative_rate,
    rated.negative_rate_low,
    rated.negative_rate_high,
    rated.average_rating,
    rated.previous_responses,
    rated.previous_negative_responses,
    rated.previous_negative_rate,
    rated.previous_negative_rate_low,
    rated.previous_negative_rate_high,
    rated.previous_average_rating,
    {{ is_clearly_worse(
        'rated.responses', 'rated.negative_rate_low', 'rated.previous_responses', 'rated.previous_negative_rate_high'
    ) }} as is_worse
from rated
inner join personas on rated.persona_id = personas.persona_id
