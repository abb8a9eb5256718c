with source as (

    select * from {{ source('zenhire_raw', 'verified_ranges') }}

),

renamed as (

    select
        client_id,
        -- empty for sessions without a project
        nullif(project_id, '') as project_id,
        {{ utc_timestamp('created_from') }} as created_from_at,
        {{ utc_timestamp('created_to') }} as created_to_at,
        {{ utc_timestamp('verified_at') }} as verified_at,
        run_id,
        is_slice
    from source

)

select * from renamed
