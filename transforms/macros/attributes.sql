{# The metadata keys that the company listed and the marts show, as its metadata.toml has them. #}
{% macro listed_attributes() -%}
    {{ return(fromjson(env_var('ZENHIRE_BUILD_ATTRIBUTES', '[]'))) }}
{%- endmacro %}

{# What is shown for sessions without a value of an attribute. #}
{% macro no_value() -%}'(none)'{%- endmacro %}

{# Attributes that every session has by its project and persona: name, and where the value is. #}
{% macro built_in_attributes() %}
{{ return([
    ('project', 'case when projects.project_id is not null then projects.project_name end'),
    ('cost_center', 'projects.cost_center'),
    ('project_owner', 'projects.project_owner'),
    ('persona', 'personas.persona_name'),
    ('persona_team', 'personas.persona_team'),
]) }}
{% endmacro %}

{#
  The part of a whole number of ten-thousandths that falls to one of several: equal parts, and what does not divide goes
  one each to the first, so that the parts add up.
#}
{% macro equal_part(units, place, parts) -%}
{{ whole(
    '(' ~ units ~ ' - mod(' ~ units ~ ', ' ~ parts ~ ')) / cast(' ~ parts ~ ' as numeric)'
    ~ ' + case when ' ~ place ~ ' <= abs(mod(' ~ units ~ ', ' ~ parts ~ ')) then sign(' ~ units ~ ') else 0 end'
) }}
{%- endmacro %}

{# A text as a value of the type that the company gave it; null where it does not read as one. #}
{% macro typed_value(value, type) -%}
{%- if type == 'integer' -%}
cast(case when {{ matches(value, '^-?[0-9]{1,18}$') }} then {{ value }} end as bigint)
{%- elif type == 'decimal' -%}
cast(case when {{ matches(value, '^-?[0-9]{1,12}([.][0-9]{1,6})?$') }} then {{ value }} end as numeric(18, 6))
{%- elif type == 'date' -%}
cast(case when {{ matches(value, calendar_day()) }} then {{ value }} end as date)
{%- elif type == 'boolean' -%}
case when lower({{ value }}) in ('true', 'yes', '1') then true when lower({{ value }}) in ('false', 'no', '0') then false end
{%- else -%}
{{ value }}
{%- endif -%}
{%- endmacro %}

{# A day that there is, from 1900 to 2199: an engine that is asked for another ends the build. #}
{% macro calendar_day() -%}
^((19|20|21)[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))
{%- raw -%}|(19|20|21)(0[48]|[2468][048]|[13579][26])-02-29|2000-02-29)${%- endraw -%}
{%- endmacro %}
