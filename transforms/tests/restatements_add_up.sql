-- What a publication restated, with its new sessions, is the whole change of each total.
with changes as (

    select
        build_id,
        project_key,
        month_start_date,
        figure,
        max(figure_is) - max(figure_was) as total_change,
        max(new_sessions_difference) + sum(difference) as told_change
    from {{ ref('restatements') }}
    group by build_id, project_key, month_start_date, figure

)

select * from changes
where total_change <> told_change
