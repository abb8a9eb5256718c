{#
  The only file that knows engines. Each macro has the same meaning on DuckDB, PostgreSQL and Spark; Databricks takes
  Spark's.
  DuckDB and PostgreSQL share the default where their SQL is the same.
#}

{# a column's name whose capitals every engine keeps #}
{% macro as_written(name) -%}{{ adapter.quote(name) }}{%- endmacro %}

{# ISO text with an offset -> instant #}
{% macro instant(iso_text) -%}{{ adapter.dispatch('instant', 'zenhire')(iso_text) }}{%- endmacro %}
{% macro default__instant(iso_text) -%}cast('{{ iso_text }}' as timestamptz){%- endmacro %}
{% macro spark__instant(iso_text) -%}cast('{{ iso_text }}' as timestamp){%- endmacro %}

{# instant -> its UTC wall clock, the type of every *_at column in the marts. Spark's session runs in UTC. #}
{% macro utc_timestamp(moment) -%}{{ adapter.dispatch('utc_timestamp', 'zenhire')(moment) }}{%- endmacro %}
{% macro default__utc_timestamp(moment) -%}timezone('UTC', {{ moment }}){%- endmacro %}
{% macro spark__utc_timestamp(moment) -%}cast({{ moment }} as timestamp){%- endmacro %}

{# instant -> calendar day in the reporting time zone #}
{% macro reporting_date(moment) -%}{{ adapter.dispatch('reporting_date', 'zenhire')(moment) }}{%- endmacro %}
{% macro default__reporting_date(moment) -%}
cast(timezone('{{ reporting_time_zone() }}', {{ moment }}) as date)
{%- endmacro %}
{% macro spark__reporting_date(moment) -%}
to_date(from_utc_timestamp({{ moment }}, '{{ reporting_time_zone() }}'))
{%- endmacro %}

{# instant or timestamp -> the same kind, whole days (24 hours each) later #}
{% macro days_later(moment, days) -%}{{ adapter.dispatch('days_later', 'zenhire')(moment, days) }}{%- endmacro %}
{% macro default__days_later(moment, days) -%}{{ moment }} + interval '{{ days * 24 }} hours'{%- endmacro %}
{% macro spark__days_later(moment, days) -%}{{ moment }} + interval {{ days * 24 }} hours{%- endmacro %}

{# date + whole number of days (an expression) -> date #}
{% macro add_days(day, days) -%}{{ adapter.dispatch('add_days', 'zenhire')(day, days) }}{%- endmacro %}
{% macro default__add_days(day, days) -%}({{ day }} + cast({{ days }} as integer)){%- endmacro %}
{% macro spark__add_days(day, days) -%}date_add({{ day }}, cast({{ days }} as int)){%- endmacro %}

{# days from the first date to the second, as bigint #}
{% macro days_between(first, second) -%}{{ adapter.dispatch('days_between', 'zenhire')(first, second) }}{%- endmacro %}
{% macro default__days_between(first, second) -%}cast({{ second }} - {{ first }} as bigint){%- endmacro %}
{% macro spark__days_between(first, second) -%}cast(datediff({{ second }}, {{ first }}) as bigint){%- endmacro %}

{# hours from the first timestamp to the second, to four places; counted in whole microseconds, as every
engine counts the same, and rounded once: 360 ms are a unit of the last place #}
{% macro hours_between(first, second) -%}
{%- set microseconds = adapter.dispatch('microseconds_between', 'zenhire')(first, second) -%}
cast(floor(({{ microseconds }} + 180000) / 360000.0) / 10000.0 as numeric(18, 4))
{%- endmacro %}
{% macro default__microseconds_between(first, second) -%}
date_diff('microsecond', {{ first }}, {{ second }})
{%- endmacro %}
{% macro postgres__microseconds_between(first, second) -%}
extract(epoch from ({{ second }} - {{ first }})) * 1000000
{%- endmacro %}
{% macro spark__microseconds_between(first, second) -%}
(unix_micros({{ second }}) - unix_micros({{ first }}))
{%- endmacro %}

{# texts of a group joined with ', ' in the order of a second column #}
{% macro joined_text(value, position) -%}{{ adapter.dispatch('joined_text', 'zenhire')(value, position) }}{%- endmacro %}
{% macro default__joined_text(value, position) -%}
string_agg({{ value }}, ', ' order by {{ position }})
{%- endmacro %}
{% macro spark__joined_text(value, position) -%}
array_join(transform(sort_array(collect_list(struct({{ position }}, {{ value }}))), x -> x.{{ value }}), ', ')
{%- endmacro %}

{# whether a text is as a regular expression says, which begins with ^, ends with $ and has no backslash #}
{% macro matches(value, pattern) -%}{{ adapter.dispatch('matches', 'zenhire')(value, pattern) }}{%- endmacro %}
{% macro default__matches(value, pattern) -%}{{ value }} ~ '{{ pattern }}'{%- endmacro %}
{% macro spark__matches(value, pattern) -%}{{ value }} rlike '{{ pattern }}'{%- endmacro %}

{# what the company says of its columns, on the columns; DuckDB has it from comments_of, Spark from the gatherer #}
{% macro comments_of_attributes() -%}{{ adapter.dispatch('comments_of_attributes', 'zenhire')() }}{%- endmacro %}
{% macro default__comments_of_attributes() -%}{%- endmacro %}
{% macro postgres__comments_of_attributes() -%}{{ attribute_comments(this) }}{%- endmacro %}
{% macro attribute_comments(table) -%}
{%- for listed in listed_attributes() %}
comment on column {{ table }}.{{ adapter.quote(listed.attribute) }} is '{{ listed.meaning | replace("'", "''") }}';
{%- endfor %}
{%- endmacro %}

{# number -> double precision floating point #}
{% macro as_double(value) -%}{{ adapter.dispatch('as_double', 'zenhire')(value) }}{%- endmacro %}
{% macro default__as_double(value) -%}cast({{ value }} as double precision){%- endmacro %}
{% macro spark__as_double(value) -%}cast({{ value }} as double){%- endmacro %}

{# text -> the same text as a key of a JSON object, quotes included #}
{% macro object_key(value) -%}{{ adapter.dispatch('object_key', 'zenhire')(value) }}{%- endmacro %}
{% macro default__object_key(value) -%}cast(to_json({{ value }}) as {{ dbt.type_string() }}){%- endmacro %}
{% macro spark__object_key(value) -%}
concat('"', regexp_replace(regexp_replace({{ value }}, '(["\\\\])', '\\\\$1'), '[\\x00-\\x1f]', ' '), '"')
{%- endmacro %}

{# calendar day of the reporting time zone -> the UTC time at which it begins #}
{% macro starts_at(day) -%}{{ adapter.dispatch('starts_at', 'zenhire')(day) }}{%- endmacro %}
{% macro default__starts_at(day) -%}
timezone('UTC', timezone('{{ reporting_time_zone() }}', cast({{ day }} as timestamp)))
{%- endmacro %}
{% macro spark__starts_at(day) -%}
to_utc_timestamp(cast({{ day }} as timestamp), '{{ reporting_time_zone() }}')
{%- endmacro %}

{# dbt.dateadd of a month, without asking Databricks for its version first: models compile without a network #}
{% macro databricks__dateadd(datepart, interval, from_date_or_timestamp) -%}
add_months({{ from_date_or_timestamp }}, {{ interval }})
{%- endmacro %}

{#
  DuckDB replaces a table in one transaction. dbt-duckdb's own way (a table beside it, two renames, a drop, each asked
  for with a macro of its own) took a third of the time of a small build.
#}
{% materialization table, adapter='duckdb' %}
{# in a project that installs this one, its own tables are made in dbt-duckdb's way, with hooks and grants #}
{%- if model.package_name != 'zenhire' %}{{ return(dbt.materialization_table_duckdb()) }}{% endif -%}
{%- set table = this.incorporate(type='table') -%}
{%- set before = load_cached_relation(this) -%}
{% call statement('main') -%}
{% if before %}drop {{ before.type }} if exists {{ before }};{% endif %}
{{ create_table_as(False, table, compiled_code) }};
{{ comments_of(table) }}
{%- endcall %}
{% do adapter.commit() %}
{{ return({'relations': [table]}) }}
{% endmaterialization %}

{# A model's description, and its columns', as comments that are published with them. #}
{% macro comments_of(table) %}
{%- if config.persist_relation_docs() and model.description %}
comment on table {{ table }} is '{{ model.description | replace("'", "''") }}';
{%- endif %}
{%- if config.persist_column_docs() %}
{%- for column in model.columns.values() %}
comment on column {{ table }}.{{ adapter.quote(column.name) }} is '{{ column.description | replace("'", "''") }}';
{%- endfor %}
{%- if model.name == 'sessions_wide' %}{{ attribute_comments(table) }}{% endif %}
{%- endif %}
{% endmacro %}
