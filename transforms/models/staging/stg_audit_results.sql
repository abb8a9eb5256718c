with source as (

    select * from {{ source('zenhire_raw', 'audit_results') }}

),

renamed as (

    select
        run_id,
        stratum,
        field,
        sessions,
        sampled as sampled_sessions,
        compared as compared_sessions,
        differing as differing_sessions
    from source

)

select * from renamed
