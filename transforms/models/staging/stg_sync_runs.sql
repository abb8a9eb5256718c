with source as (

    select * from {{ source('zenhire_raw', 'sync_runs') }}

),

renamed as (

    select
        run_id,
        command,
        outcome,
        {{ utc_timestamp('as_of') }} as as_of,
        {{ reporting_date('as_of') }} as as_of_date,
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('finished_at') }} as finished_at,
        sessions_listed,
        requests,
        retries,
        rate_limited,
        rejected,
        credit_balance
    from source
    -- a run that was killed is one that failed as soon as the next one begins
    where outcome <> 'running'

)

select * from renamed
