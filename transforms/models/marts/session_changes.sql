with clock as (select * from {{ ref('int_clock') }}),

changed as (

    select * from {{ ref('int_compared_figures') }}
    where
        is_first
        and not ({% for figure in published_figures() %}{{ figure }} = 0{{ ' and ' if not loop.last }}{% endfor %})
        or not is_first and (
            not has_same_facts or is_newly_deleted or is_moved
            {% for figure in published_figures() %}or {{ figure }} <> was_{{ figure }}{{ ' ' }}{% endfor %}
        )

),

caused as (

    select
        changed.*,
        case
            when is_first and not is_late then 'new'
            when is_first and was_set_aside then 'healed'
            when is_first then 'arrived_late'
            when is_gone then 'unexplained'
            when has_same_facts and not is_newly_deleted then 'rule_changed'
        end as whole_cause,
        case when was_set_aside or is_of_reconcile then 'healed' when is_of_audit then 'audit' end as found_by,
        case when is_reinvited then 'reinvited' when is_moved then 'session_edited' end as course,
        case when is_newly_deleted then 'deleted' end as deletion
    from changed

)

select
    {{ surrogate_key(['clock.build_id', 'session_id']) }} as session_change_key,
    clock.build_id,
    session_id,
    facts_mark,
    started,
    cast(coalesce(
        whole_cause, found_by, course, case when credits_charged < was_credits_charged then deletion end,
        'charge_edited'
    ) as {{ dbt.type_string() }}) as credits_cause,
    cast(coalesce(
        whole_cause, found_by, course, case when interviews < was_interviews then deletion end, 'session_edited'
    ) as {{ dbt.type_string() }}) as interview_cause,
    cast(coalesce(
        whole_cause, case when was_set_aside then 'healed' end,
        case when surveys > was_surveys then 'late_survey' end, course, deletion, case when surveys = was_surveys then 'survey_edited' end, 'unexplained'
    ) as {{ dbt.type_string() }}) as survey_cause,
    was_project_key,
    was_month_start_date,
    {% for figure in published_figures() -%}
    was_{{ figure }},
    {% endfor -%}
    project_key,
    month_start_date,
    {% for figure in published_figures() -%}
    {{ figure }},
    {% endfor -%}
    is_deleted
from caused
cross join clock
