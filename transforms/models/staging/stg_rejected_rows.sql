with source as (

    select * from {{ source('zenhire_raw', 'rejected_rows') }}

),

-- without the payload: it holds what candidates wrote and is no business of the marts
renamed as (

    select
        rejected_id,
        endpoint,
        session_id,
        reason,
        {{ utc_timestamp('first_seen_at') }} as first_seen_at,
        {{ utc_timestamp('seen_at') }} as seen_at,
        {{ utc_timestamp('healed_at') }} as healed_at,
        run_id
    from source

)

select * from renamed
