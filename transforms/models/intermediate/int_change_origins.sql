with figures as (select * from {{ ref('int_session_figures') }}),

runs as (select * from {{ ref('stg_sync_runs') }}),

results as (select * from {{ ref('stg_detail_results') }}),

rejected as (select * from {{ ref('stg_rejected_rows') }}),

slices as (

    select
        *,
        {{ project_key('client_id', 'project_id') }} as project_key
    from {{ ref('stg_verified_ranges') }}
    where is_slice

),

publication as (select * from {{ ref('int_last_publication') }}),

audits as (

    select run_id from results
    where reason = 'audit'
    group by run_id
    having sum(changes_found) > 0

),

healed as (

    select rejected.session_id from rejected
    inner join runs on rejected.healed_at = runs.as_of
    inner join publication on runs.finished_at > publication.built_at
    where rejected.session_id is not null
    group by rejected.session_id

)

-- which run wrote the session last, where that tells why it changed
select
    figures.session_id,
    healed.session_id is not null as was_set_aside,
    runs.command = 'reconcile' or slices.run_id is not null as is_of_reconcile,
    -- older than what any other request asks for
    audits.run_id is not null
    and coalesce({{ days_later('figures.completed_at', survey_days() | int) }} < runs.as_of, false) as is_of_audit
from figures
inner join runs on figures.run_id = runs.run_id
left join audits on figures.run_id = audits.run_id
left join healed on figures.session_id = healed.session_id
-- a part of the list that the rolling reconcile of the run read again
left join slices
    on
        figures.run_id = slices.run_id
        and figures.project_key = slices.project_key
        and figures.created_at >= slices.created_from_at
        and figures.created_at <= slices.created_to_at
where
    healed.session_id is not null or runs.command = 'reconcile' or audits.run_id is not null
    or slices.run_id is not null
