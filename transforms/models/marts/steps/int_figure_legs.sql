{%- set columns = ['session_id', 'credits_cause', 'interview_cause', 'survey_cause', 'was_project_key',
    'was_month_start_date', 'project_key', 'month_start_date'] %}

with published as (select * from {{ ref('stg_published_sessions') }}),

builds as (select * from {{ ref('stg_published_builds') }}),

tonight as (select * from {{ ref('session_changes') }}),

clock as (select * from {{ ref('int_clock') }}),

changes as (

    select
        {% for column in columns -%}
        published.{{ column }},
        {% endfor -%}
        {% for figure in published_figures() -%}
        published.was_{{ figure }}, published.{{ figure }},
        {% endfor -%}
        builds.build_id,
        builds.built_at
    from published
    inner join builds on published.build_id = builds.build_id
    union all
    select
        {% for column in columns -%}
        tonight.{{ column }},
        {% endfor -%}
        {% for figure in published_figures() -%}
        tonight.was_{{ figure }}, tonight.{{ figure }},
        {% endfor -%}
        clock.build_id,
        clock.built_at
    from tonight
    cross join clock

),

placed as (

    select
        *,
        coalesce(project_key = was_project_key and month_start_date = was_month_start_date, false) as is_in_place
    from changes

)

-- what a session adds to the project and month where it is now, and takes from where it was
select
    build_id, built_at, session_id, project_key, month_start_date, credits_cause, interview_cause, survey_cause,
    {% for figure in published_figures() -%}
    {{ figure }} - case when is_in_place then was_{{ figure }} else 0 end as {{ figure }}{{ ',' if not loop.last }}
    {% endfor -%}
from placed
union all
select
    build_id, built_at, session_id, was_project_key, was_month_start_date, credits_cause, interview_cause, survey_cause,
    {% for figure in published_figures() -%}
    -was_{{ figure }} as {{ figure }}{{ ',' if not loop.last }}
    {% endfor -%}
from placed
where not is_in_place and was_project_key is not null
