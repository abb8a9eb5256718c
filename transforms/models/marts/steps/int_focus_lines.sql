{%- set columns = ['charge_id', 'corrected_charge_id', 'month_start_date', 'usage_date', 'charge_starts_at', 'charge_ends_at',
    'client_id', 'account_name', 'project_id', 'project_name', 'persona_id', 'persona_name', 'description', 'source',
    'credits', 'billed_minutes', 'sessions_completed', 'unit_price', 'currency'] -%}

with usage as (select * from {{ ref('int_focus_usage') }}),

closings as (select * from {{ ref('int_closings') }}),

charges as (select * from {{ ref('stg_closed_charges') }}),

corrections as (select * from {{ ref('int_focus_corrections') }})

-- of a closed month what was signed and nothing else
select
    {% for column in columns -%}
    {{ 'closings' if column == 'month_start_date' else 'charges' }}.{{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
from charges
inner join closings on charges.closing_id = closings.closing_id
union all
select
    {% for column in columns -%}
    {{ 'cast(null as ' ~ dbt.type_string() ~ ') as ' if column == 'corrected_charge_id' else 'usage.' }}{{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
from usage
left join closings on usage.month_start_date = closings.month_start_date
where closings.closing_id is null
union all
select {{ columns | join(', ') }} from corrections
