with source as (

    select * from {{ source('zenhire_raw', 'personas') }}

),

renamed as (

    select
        id as persona_id,
        role_name,
        language,
        system_prompt,
        base_prompt_override,
        {{ utc_timestamp('first_seen_at') }} as first_seen_at,
        {{ utc_timestamp('last_seen_at') }} as last_seen_at
    from source

)

select * from renamed
