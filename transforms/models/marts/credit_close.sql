{%- set kept = ['project_key', 'account', 'project_id', 'project_name', 'credits_charged', 'billed_minutes',
    'sessions_completed', 'adjustment_credits', 'adjustment_billed_minutes', 'adjustment_sessions_completed'] -%}

with open_months as (select * from {{ ref('int_open_months') }}),

closings as (select * from {{ ref('int_closings') }}),

signed as (select * from {{ ref('stg_closed_months') }}),

-- closed rows come from what was signed alone: no later session, name, setting or rule changes them
months as (

    select
        closings.month_start_date,
        true as is_closed,
        true as is_complete_month,
        closings.closed_at,
        closings.note as closing_note,
        {% for column in kept -%}
        signed.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from signed
    inner join closings on signed.closing_id = closings.closing_id
    union all
    select
        month_start_date,
        false as is_closed,
        is_complete_month,
        cast(null as {{ dbt.type_timestamp() }}) as closed_at,
        cast(null as {{ dbt.type_string() }}) as closing_note,
        {% for column in kept -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from open_months

)

select
    {{ surrogate_key(['month_start_date', 'project_key']) }} as credit_close_key,
    month_start_date,
    account,
    project_key,
    project_id,
    project_name,
    is_closed,
    is_complete_month,
    closed_at,
    closing_note,
    credits_charged,
    billed_minutes,
    sessions_completed,
    adjustment_credits,
    adjustment_billed_minutes,
    adjustment_sessions_completed,
    credits_charged + adjustment_credits as credits_to_sign
from months
