with source as (

    select * from {{ source('zenhire_raw', 'session_feedback') }}

),

renamed as (

    select
        session_id,
        rating,
        {{ adapter.quote('comment') }} as survey_comment,
        {{ utc_timestamp('submitted_at') }} as submitted_at,
        {{ reporting_date('submitted_at') }} as submitted_date,
        flagged as is_flagged
    from source

)

select * from renamed
