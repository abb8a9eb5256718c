with legs as (select * from {{ ref('int_figure_legs') }}),

changes as (

    select
        build_id,
        built_at,
        project_key,
        month_start_date,
        {% for figure in published_figures() -%}
        sum({{ figure }}) as {{ figure }},
        sum(case when {{ cause_of(figure) }} = 'new' then {{ figure }} else 0 end) as new_{{ figure }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from legs
    group by build_id, built_at, project_key, month_start_date

),

-- one row per publication, project, month and figure
long as (

    {% for figure in published_figures() -%}
    select
        build_id, built_at, project_key, month_start_date, '{{ figure }}' as figure,
        {{ figure }} as change, new_{{ figure }} as change_by_new
    from changes
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    build_id,
    project_key,
    month_start_date,
    figure,
    {{ whole('change') }} as change,
    {{ whole('change_by_new') }} as change_by_new,
    {{ whole('sum(change) over (partition by project_key, month_start_date, figure order by built_at, build_id)') }} as total
from long
