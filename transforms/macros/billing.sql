{# Whole minutes that a completed interview is billed for (P: per minute, rounded up). #}
{% macro billed_minutes(duration_sec) -%}
cast(ceil({{ duration_sec }} / cast(60 as numeric)) as bigint)
{%- endmacro %}

{# Length in minutes, not rounded up. #}
{% macro minutes(duration_sec) -%}
cast({{ duration_sec }} / cast(60 as numeric) as numeric(18, 4))
{%- endmacro %}

{# The key under which a session without a project finds its row of dim_project. #}
{% macro project_key(project_id) -%}
coalesce({{ project_id }}, 'no_project')
{%- endmacro %}
