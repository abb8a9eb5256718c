with source as (

    select * from {{ source('zenhire_raw', 'company_tags') }}

),

renamed as (

    select
        tag,
        tag_group,
        {{ adapter.quote('label') }} as tag_label
    from source

)

select * from renamed
