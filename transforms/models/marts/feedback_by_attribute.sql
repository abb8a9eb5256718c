with feedback as (select * from {{ ref('fct_feedback') }}),

projects as (select * from {{ ref('dim_project') }}),

personas as (select * from {{ ref('dim_persona') }}),

of_sessions as (select * from {{ ref('int_attribute_feedback') }}),

together as (

    {% for attribute, value in built_in_attributes() -%}
    select
        feedback.feedback_date,
        feedback.account,
        '{{ attribute }}' as attribute,
        'built_in' as attribute_kind,
        coalesce({{ value }}, {{ no_value() }}) as attribute_value,
        1 as responses,
        case when feedback.is_negative then 1 else 0 end as negative,
        10000 as split_responses,
        case when feedback.is_negative then 10000 else 0 end as split_negative
    from feedback
    left join projects on feedback.project_key = projects.project_key
    left join personas on feedback.persona_id = personas.persona_id
    union all
    {% endfor -%}
    select
        feedback_date, account, attribute, attribute_kind, attribute_value,
        responses, negative, split_responses, split_negative
    from of_sessions

),

added as (

    select
        feedback_date,
        account,
        attribute,
        attribute_kind,
        attribute_value as value,
        {{ whole_sum('responses') }} as responses,
        {{ whole_sum('negative') }} as negative_responses,
        cast(sum(split_responses) / cast(10000 as numeric) as numeric(18, 4)) as responses_split,
        cast(sum(split_negative) / cast(10000 as numeric) as numeric(18, 4)) as negative_responses_split
    from together
    group by feedback_date, account, attribute, attribute_kind, attribute_value

)

select
    added.*,
    {{ metric_ratio('negative_rate', 'negative_responses', 'responses') }} as negative_rate,
    {{ surrogate_key(['feedback_date', 'account', 'attribute', 'value']) }} as feedback_attribute_key
from added
