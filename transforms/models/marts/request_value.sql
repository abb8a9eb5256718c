with results as (select * from {{ ref('stg_detail_results') }}),

runs as (select * from {{ ref('stg_sync_runs') }}),

days as (select * from {{ ref('dim_date') }}),

months as (

    select
        days.month_start_date,
        results.reason,
        results.rung_days,
        sum(results.details) as details_requested,
        sum(results.surveys_found) as surveys_found,
        sum(results.negative_surveys_found) as negative_surveys_found,
        sum(results.changes_found) as changes_found,
        sum(results.persona_contents_found) as persona_contents_found
    from results
    inner join runs on results.run_id = runs.run_id
    inner join days on runs.as_of_date = days.date_day
    group by days.month_start_date, results.reason, results.rung_days

)

select
    {{ surrogate_key(['month_start_date', 'reason', 'rung_days']) }} as request_value_key,
    month_start_date,
    reason,
    rung_days,
    cast(details_requested as bigint) as details_requested,
    cast(surveys_found as bigint) as surveys_found,
    cast(negative_surveys_found as bigint) as negative_surveys_found,
    cast(changes_found as bigint) as changes_found,
    cast(persona_contents_found as bigint) as persona_contents_found
from months
