-- Each window of the mart has what its runs counted, stratum by stratum and in all.
with runs as (select run_id, as_of_date from {{ ref('stg_sync_runs') }}),

counted as (

    select
        runs.as_of_date,
        sum(results.sampled) as sampled,
        sum(results.compared) as compared,
        sum(results.differing) as differing
    from {{ source('zenhire_raw', 'audit_results') }} as results
    inner join runs on results.run_id = runs.run_id
    where results.field = 'any'
    group by runs.as_of_date

),

windows as (

    select
        ends.as_of_date as window_end_date,
        sum(counted.sampled) as sampled,
        sum(counted.compared) as compared,
        sum(counted.differing) as differing
    from counted as ends
    inner join counted
        on counted.as_of_date <= ends.as_of_date and counted.as_of_date > {{ add_days('ends.as_of_date', -28) }}
    group by ends.as_of_date

),

mart as (

    select
        window_end_date,
        stratum = 'all' as is_whole,
        sum(sampled_sessions) as sampled,
        sum(compared_sessions) as compared,
        sum(differing_sessions) as differing
    from {{ ref('sync_accuracy') }}
    where field = 'any'
    group by window_end_date, stratum = 'all'

)

select windows.*
from windows
left join mart
    on
        windows.window_end_date = mart.window_end_date
        and windows.sampled = mart.sampled
        and windows.compared = mart.compared
        and windows.differing = mart.differing
group by windows.window_end_date, windows.sampled, windows.compared, windows.differing
having count(mart.is_whole) <> 2
