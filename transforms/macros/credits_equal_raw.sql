{# A row where a column of ``mart``, a relation, does not add up to every credit that ZenHire charged. #}
{% macro credits_equal_raw(mart, column) -%}
with raw_total as (

    select coalesce(sum(credit_charged), 0) as credits from {{ source('zenhire_raw', 'sessions') }}

),

mart_total as (

    select coalesce(sum({{ column }}), 0) as credits from {{ mart }}

)

select
    raw_total.credits as raw_credits,
    mart_total.credits as mart_credits
from raw_total
cross join mart_total
where raw_total.credits <> mart_total.credits
{%- endmacro %}
