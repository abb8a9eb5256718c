-- What a publication restated, with its new sessions, is the whole change of each total.
select
    build_id,
    project_key,
    month_start_date,
    figure
from {{ ref('restatements') }}
group by build_id, project_key, month_start_date, figure
having max(figure_was) + max(new_sessions_difference) + sum(difference) <> max(figure_is)
