{# One text that identifies a combination of columns. A null is a value of its own: '~' as a text becomes '=~'. #}
{% macro surrogate_key(columns) -%}
md5(
    {%- for column in columns %}
    coalesce('=' || cast({{ column }} as {{ dbt.type_string() }}), '~') {{ "|| '|' ||" if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
