with source as (

    select * from {{ source('zenhire_raw', 'credit_balances') }}

),

renamed as (

    select
        run_id,
        client_id,
        credit_balance
    from source

)

select * from renamed
