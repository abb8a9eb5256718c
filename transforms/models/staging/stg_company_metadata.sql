with source as (

    select * from {{ source('zenhire_raw', 'company_metadata') }}

),

renamed as (

    select
        metadata_key,
        attribute,
        {{ adapter.quote('type') }} as attribute_type,
        description as attribute_meaning,
        {{ adapter.quote('privacy') }} as privacy
    from source

)

select * from renamed
