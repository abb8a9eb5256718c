with source as (

    select * from {{ source('zenhire_raw', 'closed_charges') }}

),

renamed as (

    select
        closing_id,
        charge_id,
        corrected_charge_id,
        cast(usage_date as date) as usage_date,
        {{ utc_timestamp('charge_starts_at') }} as charge_starts_at,
        {{ utc_timestamp('charge_ends_at') }} as charge_ends_at,
        {{ utc_timestamp('period_starts_at') }} as period_starts_at,
        {{ utc_timestamp('period_ends_at') }} as period_ends_at,
        client_id,
        account_name,
        project_id,
        project_name,
        persona_id,
        persona_name,
        description,
        {{ adapter.quote('source') }} as source,
        credits,
        billed_minutes,
        interviews as sessions_completed,
        cast(unit_price as numeric(18, 6)) as unit_price,
        currency
    from source

)

select * from renamed
