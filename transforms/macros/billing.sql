{# Whole minutes that a completed interview is billed for (P: per minute, rounded up). #}
{% macro billed_minutes(duration_sec) -%}
cast(ceil({{ duration_sec }} / cast(60 as numeric)) as bigint)
{%- endmacro %}

{# Length in minutes, not rounded up. #}
{% macro minutes(duration_sec) -%}
cast({{ duration_sec }} / cast(60 as numeric) as numeric(18, 4))
{%- endmacro %}

{# The key of a project of one client: two clients may have projects of the same id, or none. #}
{% macro project_key(client_id, project_id) -%}
{{ client_id }} || '/' || coalesce({{ project_id }}, 'no_project')
{%- endmacro %}

{# What stands for all projects of an account among keys of projects. #}
{% macro all_projects(account) -%}
{{ account }} || '/all_projects'
{%- endmacro %}

{# The credits of each project and day, and once more for all projects of the account; of the rows of ``usage``. #}
{% macro scoped_credits() -%}
select project_key as scope_key, usage_date, credits_charged from usage
union all
select {{ all_projects('account') }} as scope_key, usage_date, credits_charged from usage
{%- endmacro %}

{# The account of what does not say whose it is, where there is none or more than one. #}
{% macro unknown_account() -%}'(unknown)'{%- endmacro %}
