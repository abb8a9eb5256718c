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

)

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
    coalesce(counted.{{ s }}_sessions_ended, 0) as {{ s }}_sessions_ended,
    coalesce(counted.{{ s }}_sessions_completed, 0) as {{ s }}_sessions_completed,
    {{ ratio('counted.' ~ s ~ '_sessions_completed', 'counted.' ~ s ~ '_sessions_ended') }} as {{ s }}_completion_rate,
    cast(counted.{{ s }}_minutes as numeric(18, 4)) as {{ s }}_average_minutes,
    {{ metric_ratio(
        'credits_per_interview', 'counted.' ~ s ~ '_credits', 'counted.' ~ s ~ '_sessions_completed'
    ) }} as {{ s }}_credits_per_interview,
    coalesce(counted.{{ s }}_responses, 0) as {{ s }}_responses,
    coalesce(counted.{{ s }}_negative_responses, 0) as {{ s }}_negative_responses,
    {{ metric_ratio('negative_rate', 'counted.' ~ s ~ '_negative_responses', 'counted.' ~ s ~ '_responses') }} as {{ s }}_negative_rate,
    {{ wilson_low('counted.' ~ s ~ '_negative_responses', 'counted.' ~ s ~ '_responses') }} as {{ s }}_negative_rate_low,
    {{ wilson_high('counted.' ~ s ~ '_negative_responses', 'counted.' ~ s ~ '_responses') }} as {{ s }}_negative_rate_high,
    {%- endfor %}
    coalesce(counted.sessions_undecided, 0) as sessions_undecided,
    {{ is_clearly_worse(
        'counted.after_responses', wilson_low('counted.after_negative_responses', 'counted.after_responses'),
        'counted.before_responses', wilson_high('counted.before_negative_responses', 'counted.before_responses')
    ) }} as is_worse
from changes
inner join personas on changes.persona_id = personas.persona_id
left join counted on changes.persona_version_key = counted.persona_version_key
