with usage as (select * from {{ ref('credit_usage_daily') }}),

projects as (select * from {{ ref('dim_project') }}),

personas as (select * from {{ ref('dim_persona') }}),

of_sessions as (select * from {{ ref('int_attribute_credits') }}),

of_dimensions as (

    {% for attribute, value in built_in_attributes() -%}
    select
        usage.usage_date,
        usage.account,
        '{{ attribute }}' as attribute,
        coalesce({{ value }}, {{ no_value() }}) as attribute_value,
        usage.sessions_completed,
        usage.billed_minutes,
        usage.credits_charged
    from usage
    left join projects on usage.project_key = projects.project_key
    left join personas on usage.persona_id = personas.persona_id
    {{ "union all" if not loop.last }}
    {% endfor %}

),

together as (

    select
        usage_date, account, attribute, 'built_in' as attribute_kind, attribute_value,
        sessions_completed, billed_minutes, credits_charged * 10000 as split_units
    from of_dimensions
    union all
    select
        usage_date, account, attribute, attribute_kind, attribute_value,
        completed as sessions_completed, minutes as billed_minutes, split_units
    from of_sessions

),

added as (

    select
        usage_date,
        account,
        attribute,
        attribute_kind,
        attribute_value as value,
        {{ whole_sum('sessions_completed') }} as sessions_completed,
        {{ whole_sum('billed_minutes') }} as billed_minutes,
        cast(sum(split_units) / cast(10000 as numeric) as numeric(18, 4)) as credits_charged
    from together
    group by usage_date, account, attribute, attribute_kind, attribute_value

)

select
    added.*,
    {{ surrogate_key(['usage_date', 'account', 'attribute', 'value']) }} as credit_attribute_key
from added
