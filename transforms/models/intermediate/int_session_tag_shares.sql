with sessions as (

    select * from {{ ref('fct_sessions') }}

),

tags as (

    select * from {{ ref('int_session_tag_ranks') }}

),

-- a session without tags is one share, under a null tag
shares as (

    select
        sessions.session_id,
        sessions.usage_date,
        sessions.account,
        sessions.project_key,
        sessions.project_id,
        sessions.project_name,
        sessions.outcome,
        sessions.billed_minutes,
        sessions.credits_charged,
        tags.tag,
        coalesce(tags.tag_rank, 1) as tag_rank,
        coalesce(tags.tag_count, 1) as tag_count,
        coalesce(sessions.credits_charged, 0) * 10000 as units
    from sessions
    left join tags on sessions.session_id = tags.session_id

)

-- ten-thousandths of a credit that do not divide go one each to the first tags, so that shares add up
select
    shares.*,
    {{ equal_part('units', 'tag_rank', 'tag_count') }} as split_units
from shares
