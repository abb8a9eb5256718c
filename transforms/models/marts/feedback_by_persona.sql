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
        {{ wilson_high('previous_negative_responses', 'previous_responses') }} as previous_negative_rate_high,
        {%- set shares = ['negative_responses', 'responses', 'previous_negative_responses', 'previous_responses'] %}
        {{ share_change(*shares) }} as negative_rate_change,
        {{ newcombe_low(*shares) }} as negative_rate_change_low,
        {{ newcombe_high(*shares) }} as negative_rate_change_high,
        {{ difference_z(*shares) }} as z
    from windows

),

-- both directions
tested as (

    select rated.*, 2 * {{ normal_upper_tail('z') }} as p_value
    from rated

),

compared as (

    select tested.*, {{ step_of_q_value() }} as step
    from tested

)

select
    compared.persona_id,
    personas.account,
    personas.persona_name,
    personas.persona_team,
    personas.role_name,
    personas.language,
    compared.current_start_date as period_start_date,
    compared.previous_start_date as previous_period_start_date,
    compared.responses_ever,
    compared.responses,
    compared.negative_responses,
    compared.negative_rate,
    compared.negative_rate_low,
    compared.negative_rate_high,
    compared.average_rating,
    compared.previous_responses,
    compared.previous_negative_responses,
    compared.previous_negative_rate,
    compared.previous_negative_rate_low,
    compared.previous_negative_rate_high,
    compared.previous_average_rating,
    compared.negative_rate_change,
    compared.negative_rate_change_low,
    compared.negative_rate_change_high,
    cast(compared.p_value as numeric(18, 6)) as p_value,
    {{ q_value('step') }} as q_value,
    {{ is_clearly_worse(
        'compared.p_value', 'compared.negative_rate_low', 'compared.previous_negative_rate_high'
    ) }} as is_worse
from compared
inner join personas on compared.persona_id = personas.persona_id
