with source as (

    select * from {{ source('zenhire_raw', 'detail_results') }}

),

renamed as (

    select
        run_id,
        reason,
        -- only a survey has rungs
        cast(nullif(rung, '') as bigint) as rung_days,
        details,
        surveys_found,
        negative_surveys_found,
        changes_found,
        persona_contents_found
    from source

)

select * from renamed
