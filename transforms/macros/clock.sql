{# "Now" for every decision, as ISO text: what the build step passes, else the start of this dbt run. #}
{% macro as_of() -%}
    {{ env_var('ZENHIRE_BUILD_AS_OF', '') or run_started_at.isoformat() }}
{%- endmacro %}

{# IANA name of the zone in which a day begins and ends, everywhere. #}
{% macro reporting_time_zone() -%}
    {{ env_var('ZENHIRE_REPORTING_TIME_ZONE', 'UTC') }}
{%- endmacro %}

{# Days after completion on which a session is asked for its survey for the last time. #}
{% macro survey_days() -%}
    {{ env_var('ZENHIRE_BUILD_SURVEY_DAYS', '30') | int }}
{%- endmacro %}

{# Whether a completed session without a survey will be asked for it again, or never was. #}
{% macro is_still_asked(sessions) -%}
{%- set ended_at = "coalesce(" ~ sessions ~ ".completed_at, " ~ sessions ~ ".created_at)" -%}
coalesce({{ sessions }}.detail_checked_at < {{ days_later(ended_at, survey_days() | int) }}, true)
{%- endmacro %}
