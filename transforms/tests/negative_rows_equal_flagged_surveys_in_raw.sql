-- Each flagged survey is one row of the mart, and nothing else is.
with flagged as (

    select session_id from {{ source('zenhire_raw', 'session_feedback') }}
    where flagged

),

negative as (

    select session_id from {{ ref('negative_feedback') }}

)

select
    flagged.session_id as flagged_session_id,
    negative.session_id as negative_session_id
from flagged
full outer join negative on flagged.session_id = negative.session_id
where flagged.session_id is null or negative.session_id is null
