with source as (

    select * from {{ source('zenhire_raw', 'closed_months') }}

),

renamed as (

    select
        closing_id,
        project_key,
        account,
        project_id,
        project_name,
        credits as credits_charged,
        billed_minutes,
        interviews as sessions_completed,
        adjustment_credits,
        adjustment_billed_minutes,
        adjustment_interviews as adjustment_sessions_completed
    from source

)

select * from renamed
