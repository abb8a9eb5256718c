with source as (

    select * from {{ source('zenhire_raw', 'company_personas') }}

),

renamed as (

    select
        persona_id,
        {{ adapter.quote('name') }} as persona_name,
        {{ adapter.quote('team') }} as persona_team
    from source

)

select * from renamed
