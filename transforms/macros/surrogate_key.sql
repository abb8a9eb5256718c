{# One text that identifies a combination of columns in which nulls are values of their own. #}
{% macro surrogate_key(columns) -%}
md5(
    {%- for column in columns %}
    coalesce(cast({{ column }} as {{ dbt.type_string() }}), '~') {{ "|| '|' ||" if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
