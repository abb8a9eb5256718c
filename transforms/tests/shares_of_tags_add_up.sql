-- Shares of a session's tags add up to one, for as many sessions as carry tags.
with bridged as (

    select session_id, sum(share) as share from {{ ref('bridge_session_tag') }} group by session_id

),

sessions as (

    select session_id from {{ ref('fct_sessions') }} where tag_count > 0

)

select sessions.session_id, bridged.share
from sessions
full outer join bridged on sessions.session_id = bridged.session_id
where sessions.session_id is null or bridged.share is null or bridged.share <> 1
