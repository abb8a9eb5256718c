{% for name, condition, meaning in session_checks() + survey_checks() + other_checks() -%}
select '{{ name }}' as check_name, '{{ meaning }}' as meaning
{{ "union all" if not loop.last }}
{% endfor %}
