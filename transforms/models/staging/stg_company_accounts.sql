with source as (

    select * from {{ source('zenhire_raw', 'company_accounts') }}

),

renamed as (

    select
        client_id,
        {{ adapter.quote('name') }} as account_name
    from source

)

select * from renamed
