-- Told apart by any attribute, every survey of a day, and every negative one, is still there exactly once.
with daily as (

    select
        feedback_date,
        account,
        count(*) as responses,
        {{ count_where('is_negative') }} as negative_responses
    from {{ ref('fct_feedback') }}
    group by feedback_date, account

),

told_apart as (

    select
        feedback_date,
        account,
        attribute,
        sum(responses_split) as responses,
        sum(negative_responses_split) as negative_responses
    from {{ ref('feedback_by_attribute') }}
    group by feedback_date, account, attribute

),

attributes as (

    select distinct attribute from {{ ref('feedback_by_attribute') }}

)

select daily.feedback_date, attributes.attribute, daily.responses, told_apart.responses as told_apart_responses
from daily
cross join attributes
left join told_apart
    on
        daily.feedback_date = told_apart.feedback_date
        and daily.account = told_apart.account
        and attributes.attribute = told_apart.attribute
where
    told_apart.responses is null
    or daily.responses <> told_apart.responses
    or daily.negative_responses <> told_apart.negative_responses
