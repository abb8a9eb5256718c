with source as (

    select * from {{ source('zenhire_raw', 'company_budgets') }}

),

renamed as (

    select
        client_id,
        nullif(project_id, '') as project_id,
        cast(budget_month as date) as month_start_date,
        cast(credits as numeric(18, 6)) as budget_credits
    from source

)

select * from renamed
