{# Fails for each combination of the columns that occurs more than once or holds a null. #}
{% test unique_key(model, columns) %}
{%- set quoted = [] -%}
{%- for column in columns %}{% do quoted.append(adapter.quote(column)) %}{% endfor -%}
select
    {{ quoted | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ quoted | join(', ') }}
having count(*) > 1 or {% for column in quoted %}{{ column }} is null{{ " or " if not loop.last }}{% endfor %}
{% endtest %}
