with figures as (select * from {{ ref('int_session_figures') }}),

published as (select * from {{ ref('int_last_published') }}),

publication as (select * from {{ ref('int_last_publication') }}),

origins as (select * from {{ ref('int_change_origins') }})

-- each session that has figures, or had some when it was last published
select
    coalesce(figures.session_id, published.session_id) as session_id,
    coalesce(figures.facts_mark, 'gone') as facts_mark,
    figures.started,
    published.project_key as was_project_key,
    published.month_start_date as was_month_start_date,
    {% for figure in published_figures() -%}
    coalesce(published.{{ figure }}, 0) as was_{{ figure }},
    coalesce(figures.{{ figure }}, 0) as {{ figure }},
    {% endfor -%}
    coalesce(figures.project_key, published.project_key) as project_key,
    coalesce(figures.month_start_date, published.month_start_date) as month_start_date,
    coalesce(figures.is_deleted, published.is_deleted) as is_deleted,
    published.session_id is null as is_first,
    coalesce(figures.facts_mark = published.facts_mark, false) as has_same_facts,
    figures.session_id is null as is_gone,
    coalesce(figures.is_deleted and not published.is_deleted, false) as is_newly_deleted,
    -- the link was sent again: the interview is gone, or another one has begun, or is back
    coalesce(
        published.interviews = 1
        and (figures.started <> published.started or figures.status in ('initiated', 'active')), false
    )
    or coalesce(published.interviews = 0 and figures.interviews = 1, false) as is_reinvited,
    coalesce(
        published.project_key <> figures.project_key or published.month_start_date <> figures.month_start_date, false
    ) as is_moved,
    coalesce(
        cast({{ dbt.dateadd('month', 1, 'figures.month_start_date') }} as date) <= publication.known_until_date, false
    ) as is_late,
    coalesce(origins.was_set_aside, false) as was_set_aside,
    coalesce(origins.is_of_reconcile, false) as is_of_reconcile,
    coalesce(origins.is_of_audit, false) as is_of_audit
from figures
full outer join published on figures.session_id = published.session_id
cross join publication
left join origins on figures.session_id = origins.session_id
