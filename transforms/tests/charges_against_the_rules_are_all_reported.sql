-- Every completed session without a charge and every charge of another session is in it, straight from raw.
with wrong_in_raw as (

    select id as session_id from {{ source('zenhire_raw', 'sessions') }}
    where
        status = 'completed' and coalesce(credit_charged, 0) = 0 and coalesce(duration_sec, 1) > 0
        or status <> 'completed' and coalesce(credit_charged, 0) <> 0

),

reported as (

    select session_id from {{ ref('credit_reconciliation') }}
    where finding in ('completed_uncharged', 'charged_not_completed')

)

select
    wrong_in_raw.session_id as raw_session_id,
    reported.session_id as reported_session_id
from wrong_in_raw
full outer join reported on wrong_in_raw.session_id = reported.session_id
where wrong_in_raw.session_id is null or reported.session_id is null
