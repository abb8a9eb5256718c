{%- set measures = ['credits', 'billed_minutes', 'sessions_completed'] -%}
{%- set named = ['usage_date', 'charge_starts_at', 'charge_ends_at', 'client_id', 'account_name', 'project_id',
    'project_name', 'persona_id', 'persona_name', 'description', 'source'] -%}

with usage as (select * from {{ ref('int_focus_usage') }}),

closings as (select * from {{ ref('int_closings') }}),

charges as (select * from {{ ref('stg_closed_charges') }}),

signed as (

    select charges.*, closings.month_start_date from charges
    inner join closings on charges.closing_id = closings.closing_id

),

-- what comes later of a closed month is charged at the price of its closing
prices as (

    select month_start_date, max(unit_price) as unit_price, max(currency) as currency from signed
    where corrected_charge_id is null
    group by month_start_date

),

-- what closed months hold now, less what was signed in them, as int_month_adjustments has it
balances as (

    select
        usage.charge_id,
        coalesce(prices.unit_price, usage.unit_price) as unit_price,
        coalesce(prices.currency, usage.currency) as currency,
        {% for measure in measures %}usage.{{ measure }}{{ ', ' if not loop.last }}{% endfor %}
    from usage
    inner join closings on usage.month_start_date = closings.month_start_date
    left join prices on usage.month_start_date = prices.month_start_date
    union all
    select
        coalesce(corrected_charge_id, charge_id) as charge_id, unit_price, currency,
        {% for measure in measures %}-{{ measure }} as {{ measure }}{{ ', ' if not loop.last }}{% endfor %}
    from signed

),

sums as (

    select
        charge_id, unit_price, currency,
        {% for measure in measures %}{{ whole_sum(measure) }} as {{ measure }}{{ ', ' if not loop.last }}{% endfor %}
    from balances
    group by charge_id, unit_price, currency

),

-- names as they were signed, where they were
described as (

    select coalesce(corrected_charge_id, charge_id) as charge_id, 1 as preference, month_start_date, {{ named | join(', ') }}
    from signed
    union all
    select charge_id, 2 as preference, month_start_date, {{ named | join(', ') }} from usage

),

ranked as (

    select described.*, row_number() over (partition by charge_id order by preference, month_start_date) as place
    from described

),

next_month as (

    select cast({{ dbt.dateadd('month', 1, 'max(month_start_date)') }} as date) as month_start_date from closings

)

select
    {{ surrogate_key(['sums.charge_id', 'next_month.month_start_date', 'sums.unit_price', 'sums.currency']) }} as charge_id,
    sums.charge_id as corrected_charge_id,
    next_month.month_start_date,
    {% for name in named %}ranked.{{ name }}, {% endfor %}
    {% for measure in measures %}sums.{{ measure }}, {% endfor %}
    sums.unit_price,
    sums.currency
from sums
cross join next_month
inner join ranked on sums.charge_id = ranked.charge_id and ranked.place = 1
where {% for measure in measures %}sums.{{ measure }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
