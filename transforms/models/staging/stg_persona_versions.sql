with source as (

    select * from {{ source('zenhire_raw', 'persona_versions') }}

),

renamed as (

    select
        persona_id,
        {{ adapter.quote('version') }} as persona_version,
        role_name,
        language,
        system_prompt,
        base_prompt_override,
        {{ utc_timestamp('valid_from') }} as first_seen_at,
        {{ utc_timestamp('valid_to') }} as last_seen_at
    from source

)

select * from renamed
