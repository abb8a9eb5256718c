{% for row in metric_rows() -%}
select
    {%- for column, text in row.items() %}
    {% if text -%} {{ dbt.string_literal(dbt.escape_single_quotes(text)) }} {%- else -%} cast(null as {{ dbt.type_string() }}) {%- endif %} as {{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
{{ "union all" if not loop.last }}
{% endfor %}
