with sessions as (select * from {{ ref('fct_sessions') }} where usage_date is not null),

session_values as (select * from {{ ref('int_session_attributes') }}),

attributes as (select * from {{ ref('int_attributes') }}),

usage as (

    select
        sessions.usage_date,
        sessions.account,
        session_values.attribute,
        session_values.attribute_kind,
        session_values.attribute_value,
        session_values.value_rank,
        session_values.value_count,
        case when sessions.outcome = 'completed' then 1 else 0 end as completed,
        case when sessions.outcome = 'completed' then coalesce(sessions.billed_minutes, 0) else 0 end as minutes,
        coalesce(sessions.credits_charged, 0) * 10000 as units
    from sessions
    inner join session_values on sessions.session_id = session_values.session_id

),

covered as (

    select usage_date, account, attribute, sum(completed) as completed, sum(minutes) as minutes, sum(units) as units, count(*) as sessions
    from usage
    where value_rank = 1
    group by usage_date, account, attribute

),

totals as (

    select
        usage_date,
        account,
        {{ count_where("outcome = 'completed'") }} as completed,
        {{ whole_sum('billed_minutes', "outcome = 'completed'") }} as minutes,
        {{ whole_sum('credits_charged') }} * 10000 as units,
        count(*) as sessions
    from sessions
    group by usage_date, account

)

select
    usage_date,
    account,
    attribute,
    attribute_kind,
    attribute_value,
    completed,
    minutes,
    {{ equal_part('units', 'value_rank', 'value_count') }} as split_units
from usage
union all
-- the rest of the day, of sessions without a value
select
    totals.usage_date,
    totals.account,
    attributes.attribute,
    attributes.attribute_kind,
    {{ no_value() }} as attribute_value,
    totals.completed - coalesce(covered.completed, 0) as completed,
    totals.minutes - coalesce(covered.minutes, 0) as minutes,
    {{ whole('totals.units - coalesce(covered.units, 0)') }} as split_units
from totals
cross join attributes
left join covered
    on
        totals.usage_date = covered.usage_date
        and totals.account = covered.account
        and attributes.attribute = covered.attribute
where totals.sessions > coalesce(covered.sessions, 0)
