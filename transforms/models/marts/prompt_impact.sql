with changes as (select * from {{ ref('int_prompt_changes') }}),

personas as (select * from {{ ref('dim_persona') }}),

sessions as (select * from {{ ref('int_prompt_change_sessions') }}),

counted as (

    select
        persona_version_key,
        {{ count_where("side = 'undecided'") }} as sessions_undecided,
        {%- for side in ['before', 'after'] %}
        {{ count_where("side = '" ~ side ~ "'") }} as {{ side }}_sessions_ended,
        {{ count_where("side = '" ~ side ~ "' and outcome = 'completed'") }} as {{ side }}_sessions_completed,
        avg(case when side = '{{ side }}' and outcome = 'completed' then interview_minutes end) as {{ side }}_minutes,
        {{ whole_sum('credits_charged', "side = '" ~ side ~ "' and outcome = 'completed'") }} as {{ side }}_credits,
        {{ count_where("side = '" ~ side ~ "' and is_negative is not null") }} as {{ side }}_responses,
        {{ count_where("side = '" ~ side ~ "' and is_negative") }} as {{ side }}_negative_responses
        {{- "," if not loop.last }}
        {%- endfor %}
    from sessions
    group by persona_version_key

),

{% set shares = ['after_negative_responses', 'after_responses', 'before_negative_responses', 'before_responses'] -%}
tested as (select counted.*, {{ difference_z(*shares) }} as z from counted),

-- both directions
known as (select tested.*, 2 * {{ normal_upper_tail('z') }} as p_value from tested),

compared as (select known.*, {{ step_of_q_value() }} as step from known)

select
    changes.persona_version_key,
    changes.persona_id,
    personas.account,
    personas.persona_name,
    personas.persona_team,
    personas.role_name,
    personas.language,
    changes.persona_version,
    changes.previous_version,
    changes.previous_last_seen_at,
    changes.changed_at,
    changes.is_role_name_changed,
    changes.is_language_changed,
    changes.is_system_prompt_changed,
    changes.is_base_prompt_override_changed,
    {%- for s in ['before', 'after'] %}
    coalesce(compared.{{ s }}_sessions_ended, 0) as {{ s }}_sessions_ended,
    coalesce(compared.{{ s }}_sessions_completed, 0) as {{ s }}_sessions_completed,
    {{ ratio('compared.' ~ s ~ '_sessions_completed', 'compared.' ~ s ~ '_sessions_ended') }} as {{ s }}_completion_rate,
    cast(compared.{{ s }}_minutes as numeric(18, 4)) as {{ s }}_average_minutes,
    {{ metric_ratio(
        'credits_per_interview', 'compared.' ~ s ~ '_credits', 'compared.' ~ s ~ '_sessions_completed'
    ) }} as {{ s }}_credits_per_interview,
    coalesce(compared.{{ s }}_responses, 0) as {{ s }}_responses,
    coalesce(compared.{{ s }}_negative_responses, 0) as {{ s }}_negative_responses,
    {{ metric_ratio('negative_rate', 'compared.' ~ s ~ '_negative_responses', 'compared.' ~ s ~ '_responses') }} as {{ s }}_negative_rate,
    {{ wilson_low('compared.' ~ s ~ '_negative_responses', 'compared.' ~ s ~ '_responses') }} as {{ s }}_negative_rate_low,
    {{ wilson_high('compared.' ~ s ~ '_negative_responses', 'compared.' ~ s ~ '_responses') }} as {{ s }}_negative_rate_high,
    {%- endfor %}
    {{ share_change(*shares) }} as negative_rate_change,
    {{ newcombe_low(*shares) }} as negative_rate_change_low,
    {{ newcombe_high(*shares) }} as negative_rate_change_high,
    cast(compared.p_value as numeric(18, 6)) as p_value,
    {{ q_value('compared.step') }} as q_value,
    coalesce(compared.sessions_undecided, 0) as sessions_undecided,
    {{ is_clearly_worse(
        'compared.p_value', wilson_low('compared.after_negative_responses', 'compared.after_responses'),
        wilson_high('compared.before_negative_responses', 'compared.before_responses')
    ) }} as is_worse
from changes
inner join personas on changes.persona_id = personas.persona_id
left join compared on changes.persona_version_key = compared.persona_version_key
