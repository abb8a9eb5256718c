{#
  Schemas are promises to users (zenhire_marts), so they are never prefixed with the target's name. Where readers are in
  the same database, marts are built in another schema, and published from there. In a project that installs this one
  they are prefixed, as dbt has it: what zenhire-sync publishes in the same database is not built over.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if project_name != 'zenhire' -%}
        {{ default__generate_schema_name(custom_schema_name, node) }}
    {%- elif target.type == 'postgres' and custom_schema_name == 'zenhire_marts' -%}
        {{ target.schema }}
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
