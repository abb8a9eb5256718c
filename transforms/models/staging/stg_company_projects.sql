with source as (

    select * from {{ source('zenhire_raw', 'company_projects') }}

),

renamed as (

    select
        project_id,
        {{ adapter.quote('name') }} as project_name,
        cost_center,
        {{ adapter.quote('owner') }} as project_owner
    from source

)

select * from renamed
