with source as (

    select * from {{ source('zenhire_raw', 'session_states') }}

),

renamed as (

    select
        session_id,
        {{ utc_timestamp('seen_from') }} as seen_from,
        run_id,
        status,
        project_id,
        persona_id,
        {{ utc_timestamp('started_at') }} as started_at,
        {{ utc_timestamp('completed_at') }} as completed_at,
        duration_sec,
        credit_charged as credits_charged,
        rating,
        flagged as is_flagged,
        {{ utc_timestamp('deleted_at') }} as deleted_at
    from source

)

select * from renamed
