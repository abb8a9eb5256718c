with sessions as (select * from {{ ref('int_restated_sessions') }}),

totals as (select * from {{ ref('int_published_totals') }}),

projects as (select * from {{ ref('dim_project') }}),

causes as (

    select
        build_id,
        built_at,
        project_key,
        month_start_date,
        figure,
        cause,
        sum(difference) as difference,
        count(*) as sessions
    from sessions
    group by build_id, built_at, project_key, month_start_date, figure, cause

),

examples as (

    select
        build_id,
        project_key,
        month_start_date,
        figure,
        cause,
        {{ joined_text('session_id', 'session_rank') }} as session_ids
    from sessions
    where session_rank <= 5
    group by build_id, project_key, month_start_date, figure, cause

)

select
    {{ surrogate_key(['causes.build_id', 'causes.project_key', 'causes.month_start_date', 'causes.figure', 'causes.cause']) }} as restatement_key,
    causes.build_id,
    causes.built_at as restated_at,
    coalesce(projects.account, {{ unknown_account() }}) as account,
    causes.project_key,
    projects.project_id,
    projects.project_name,
    causes.month_start_date,
    causes.figure,
    causes.cause,
    totals.total - totals.change as figure_was,
    totals.total as figure_is,
    {{ whole('causes.difference') }} as difference,
    totals.change_by_new as new_sessions_difference,
    {{ whole('causes.sessions') }} as sessions,
    examples.session_ids
from causes
inner join totals
    on
        causes.build_id = totals.build_id
        and causes.project_key = totals.project_key
        and causes.month_start_date = totals.month_start_date
        and causes.figure = totals.figure
inner join examples
    on
        causes.build_id = examples.build_id
        and causes.project_key = examples.project_key
        and causes.month_start_date = examples.month_start_date
        and causes.figure = examples.figure
        and causes.cause = examples.cause
left join projects on causes.project_key = projects.project_key
