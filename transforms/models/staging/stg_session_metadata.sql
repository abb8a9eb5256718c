with source as (

    select * from {{ source('zenhire_raw', 'session_metadata') }}

),

renamed as (

    select
        session_id,
        {{ adapter.quote('key') }} as metadata_key,
        {{ adapter.quote('value') }} as metadata_value,
        value_type
    from source

)

select * from renamed
