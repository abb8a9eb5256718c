{# Schemas are promises to users (zenhire_marts), so they are never prefixed with the target's name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
