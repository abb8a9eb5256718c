with source as (

    select * from {{ source('zenhire_raw', 'sessions') }}

),

renamed as (

    select
        id as session_id,
        client_id,
        persona_id,
        project_id,
        candidate_ref,
        status,
        consent_mode,
        source,
        role_name,
        language,
        duration_sec,
        credit_charged as credits_charged,
        recording_s3_key is not null as has_recording,
        transcript_s3_key is not null as has_transcript,
        unknown_fields is not null as has_unknown_fields,
        {{ utc_timestamp('created_at') }} as created_at,
        {{ reporting_date('created_at') }} as created_date,
        {{ utc_timestamp('started_at') }} as started_at,
        {{ reporting_date('started_at') }} as started_date,
        {{ utc_timestamp('completed_at') }} as completed_at,
        {{ reporting_date('completed_at') }} as completed_date,
        {{ utc_timestamp(days_later('created_at', var('link_days'))) }} as link_expires_at,
        {{ reporting_date(days_later('created_at', var('link_days'))) }} as link_expires_date,
        {{ utc_timestamp('deleted_at') }} as deleted_at,
        {{ utc_timestamp('detail_checked_at') }} as detail_checked_at,
        {{ utc_timestamp('synced_at') }} as synced_at,
        run_id
    from source

)

select * from renamed
