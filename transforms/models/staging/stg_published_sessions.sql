with source as (

    select * from {{ source('zenhire_raw', 'published_sessions') }}

),

renamed as (

    select
        session_id,
        build_id,
        facts_mark,
        started,
        credits_cause,
        interview_cause,
        survey_cause,
        was_project_key,
        cast(was_month as date) as was_month_start_date,
        was_credits as was_credits_charged,
        was_interview_sec,
        was_interviews,
        was_surveys,
        was_negative_surveys,
        project_key,
        cast(month as date) as month_start_date,
        credits as credits_charged,
        interview_sec,
        interviews,
        surveys,
        negative_surveys,
        is_deleted
    from source

)

select * from renamed
