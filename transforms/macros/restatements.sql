{# The figures of a session that are compared with those last published, and the column of each one's cause. #}
{% macro published_figures() -%}
{{ return(['credits_charged', 'interview_sec', 'interviews', 'surveys', 'negative_surveys']) }}
{%- endmacro %}

{% macro cause_of(figure) -%}
{{ {'credits_charged': 'credits_cause', 'interview_sec': 'interview_cause', 'interviews': 'interview_cause'}.get(figure, 'survey_cause') }}
{%- endmacro %}
