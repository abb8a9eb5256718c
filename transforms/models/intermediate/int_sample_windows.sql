with results as (select * from {{ ref('stg_audit_results') }}),

runs as (select * from {{ ref('stg_sync_runs') }}),

days as (

    select
        runs.as_of_date,
        results.stratum,
        results.field,
        sum(results.sessions) as sessions,
        sum(results.sampled_sessions) as sampled,
        sum(results.compared_sessions) as compared,
        sum(results.differing_sessions) as differing
    from results
    inner join runs on results.run_id = runs.run_id
    group by runs.as_of_date, results.stratum, results.field

),

ends as (select distinct as_of_date as window_end_date from days),

windows as (

    select
        ends.window_end_date,
        days.stratum,
        days.field,
        sum(days.sessions) as sessions,
        sum(days.sampled) as sampled,
        sum(days.compared) as compared,
        sum(days.differing) as differing
    from ends
    inner join days
        on days.as_of_date <= ends.window_end_date and days.as_of_date > {{ add_days('ends.window_end_date', -28) }}
    group by ends.window_end_date, days.stratum, days.field

),

-- each stratum's share of the sessions, and how much of all each session that was compared stands for
strata as (

    select
        windows.*,
        {{ double_ratio('sessions', 'sum(sessions) over (partition by window_end_date)') }} as share,
        {{ double_ratio('sessions', 'compared * sum(sessions) over (partition by window_end_date)') }} as weight
    from windows
    where field = 'any'

)

select
    strata.window_end_date,
    strata.stratum,
    windows.field,
    strata.sampled,
    strata.compared,
    windows.differing,
    strata.share,
    strata.weight
from strata
inner join windows on strata.window_end_date = windows.window_end_date and strata.stratum = windows.stratum
