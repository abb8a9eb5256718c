{# Every mart but sync_freshness itself, and whether its numbers move when a late survey comes in. #}
{% macro marts_of_freshness() %}
{%- set with_surveys = [
    'fct_sessions', 'fct_feedback', 'negative_feedback', 'feedback_daily', 'feedback_by_persona', 'prompt_impact',
    'data_quality', 'data_quality_findings'
] -%}
{%- set without_surveys = [
    'dim_date', 'dim_persona', 'dim_persona_version', 'dim_project', 'credit_usage_daily', 'credit_usage_monthly',
    'credit_usage_by_tag', 'credit_reconciliation', 'credit_balance', 'focus_cost_and_usage', 'session_funnel'
] -%}
{%- set marts = [] -%}
{%- for name in with_surveys %}{% do marts.append({'name': name, 'has_surveys': 'true'}) %}{% endfor -%}
{%- for name in without_surveys %}{% do marts.append({'name': name, 'has_surveys': 'false'}) %}{% endfor -%}
{{ return(marts) }}
{% endmacro %}
