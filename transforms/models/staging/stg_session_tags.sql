with source as (

    select * from {{ source('zenhire_raw', 'session_tags') }}

),

renamed as (

    select
        session_id,
        {{ adapter.quote('position') }} as tag_position,
        tag
    from source

)

select * from renamed
