-- Every project of a client's sessions is one row, and so is having none.
with in_raw as (

    select distinct {{ project_key('client_id', 'project_id') }} as project_key
    from {{ source('zenhire_raw', 'sessions') }}

),

dimension as (

    select project_key from {{ ref('dim_project') }}

)

select
    in_raw.project_key as raw_project_key,
    dimension.project_key as dimension_project_key
from in_raw
full outer join dimension on in_raw.project_key = dimension.project_key
where in_raw.project_key is null or dimension.project_key is null
