with source as (

    select * from {{ source('zenhire_raw', 'published_builds') }}

),

renamed as (

    select
        build_id,
        {{ utc_timestamp('built_at') }} as built_at,
        {{ reporting_date('known_until') }} as known_until_date
    from source

)

select * from renamed
