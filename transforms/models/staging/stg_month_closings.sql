with source as (

    select * from {{ source('zenhire_raw', 'month_closings') }}

),

renamed as (

    select
        closing_id,
        cast(month as date) as month_start_date,
        event,
        {{ utc_timestamp('happened_at') }} as happened_at,
        note
    from source

)

select * from renamed
