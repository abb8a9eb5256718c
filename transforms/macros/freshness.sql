{# Rows of marts, and whether a mart's numbers move when a late survey comes in. #}
{% macro rows_of(marts, has_surveys) -%}
{%- for mart in marts -%}
select '{{ mart }}' as mart_name, count(*) as row_count, {{ has_surveys }} as has_surveys
from {{ ref(mart) }}
{{ "union all" if not loop.last }}
{% endfor -%}
{%- endmacro %}
