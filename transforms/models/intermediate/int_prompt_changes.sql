with versions as (

    select * from {{ ref('dim_persona_version') }}

),

chained as (

    select
        versions.*,
        {% for column in ['persona_version_key', 'persona_version', 'last_seen_at', 'role_name', 'language',
            'system_prompt', 'base_prompt_override'] -%}
        lag({{ column }}) over (partition by persona_id order by persona_version) as previous_{{ column }},
        {% endfor -%}
        row_number() over (partition by persona_id order by persona_version) as version_rank
    from versions

)

select
    persona_version_key,
    persona_id,
    persona_version,
    previous_persona_version_key,
    previous_persona_version as previous_version,
    previous_last_seen_at,
    first_seen_at as changed_at,
    case when not is_current then last_seen_at end as replaced_after_at,
    {% for column in ['role_name', 'language', 'system_prompt', 'base_prompt_override'] -%}
    coalesce({{ column }}, '') <> coalesce(previous_{{ column }}, '')
    or ({{ column }} is null) <> (previous_{{ column }} is null) as is_{{ column }}_changed{{ "," if not loop.last }}
    {% endfor %}
from chained
where version_rank > 1
