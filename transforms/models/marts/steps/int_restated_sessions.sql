with legs as (select * from {{ ref('int_figure_legs') }}),

restated as (

    {% for figure in published_figures() -%}
    select
        build_id, built_at, project_key, month_start_date, '{{ figure }}' as figure,
        {{ cause_of(figure) }} as cause, session_id, {{ figure }} as difference
    from legs
    where {{ figure }} <> 0 and {{ cause_of(figure) }} <> 'new'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    restated.*,
    {{ whole('row_number() over (partition by build_id, project_key, month_start_date, figure, cause order by session_id)') }} as session_rank
from restated
