with charges as (select * from {{ ref('int_focus_charges') }})

-- tags may name people, who may ask to be erased, and what was signed stays: no row that finance signs has tags
select
    {{ surrogate_key(['usage_date', 'client_id', 'project_id', 'persona_id', 'source']) }} as charge_id,
    cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as month_start_date,
    usage_date,
    charge_starts_at,
    charge_ends_at,
    client_id,
    max(nullif(account, client_id)) as account_name,
    project_id,
    max(case when project_id is not null then project_name end) as project_name,
    persona_id,
    max(nullif(persona_name, persona_id)) as persona_name,
    'AI interviews of ' || coalesce(max(role_name), 'an unnamed persona') || ', credits drawn from the balance'
        as description,
    source,
    {{ whole_sum('credits') }} as credits,
    {{ whole_sum('billed_minutes') }} as billed_minutes,
    {{ whole_sum('sessions_completed') }} as sessions_completed,
    {{ credit_price() }} as unit_price,
    {{ credit_currency() }} as currency
from charges
group by usage_date, charge_starts_at, charge_ends_at, client_id, project_id, persona_id, source
