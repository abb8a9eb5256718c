with source as (

    select * from {{ source('zenhire_raw', 'company_purchases') }}

),

renamed as (

    select
        {{ adapter.quote('line') }} as purchase_line,
        client_id,
        cast(purchase_date as date) as purchase_date,
        cast(credits as numeric(18, 6)) as purchased_credits,
        cast(price as numeric(18, 6)) as price,
        currency,
        cast(expires_date as date) as expires_date
    from source

)

select * from renamed
