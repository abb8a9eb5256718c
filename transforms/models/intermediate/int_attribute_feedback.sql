with feedback as (select * from {{ ref('fct_feedback') }}),

session_values as (select * from {{ ref('int_session_attributes') }}),

attributes as (select * from {{ ref('int_attributes') }}),

surveys as (

    select
        feedback.feedback_date,
        feedback.account,
        session_values.attribute,
        session_values.attribute_kind,
        session_values.attribute_value,
        session_values.value_rank,
        session_values.value_count,
        case when feedback.is_negative then 1 else 0 end as negative
    from feedback
    inner join session_values on feedback.session_id = session_values.session_id

),

covered as (

    select feedback_date, account, attribute, count(*) as responses, sum(negative) as negative
    from surveys
    where value_rank = 1
    group by feedback_date, account, attribute

),

totals as (

    select
        feedback_date,
        account,
        count(*) as responses,
        {{ count_where('is_negative') }} as negative
    from feedback
    group by feedback_date, account

)

select
    feedback_date,
    account,
    attribute,
    attribute_kind,
    attribute_value,
    1 as responses,
    negative,
    {{ equal_part('10000', 'value_rank', 'value_count') }} as split_responses,
    {{ equal_part('(negative * 10000)', 'value_rank', 'value_count') }} as split_negative
from surveys
union all
-- the rest of the day, of sessions without a value
select
    totals.feedback_date,
    totals.account,
    attributes.attribute,
    attributes.attribute_kind,
    {{ no_value() }} as attribute_value,
    totals.responses - coalesce(covered.responses, 0) as responses,
    totals.negative - coalesce(covered.negative, 0) as negative,
    {{ whole('(totals.responses - coalesce(covered.responses, 0)) * 10000') }} as split_responses,
    {{ whole('(totals.negative - coalesce(covered.negative, 0)) * 10000') }} as split_negative
from totals
cross join attributes
left join covered
    on
        totals.feedback_date = covered.feedback_date
        and totals.account = covered.account
        and attributes.attribute = covered.attribute
where totals.responses > coalesce(covered.responses, 0)
