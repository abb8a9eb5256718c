with sessions as (

    select * from {{ ref('fct_sessions') }}

),

tags as (

    select * from {{ ref('stg_session_tags') }}

),

ranked as (

    select
        session_id,
        tag,
        row_number() over (partition by session_id order by min(tag_position)) as tag_rank
    from tags
    where tag is not null
    group by session_id, tag

),

counted as (

    select ranked.*, count(*) over (partition by session_id) as distinct_tags
    from ranked

),

-- a session without tags is one share, under a null tag
shares as (

    select
        sessions.session_id,
        sessions.usage_date,
        sessions.project_key,
        sessions.project_id,
        sessions.outcome,
        sessions.billed_minutes,
        sessions.credits_charged,
        counted.tag,
        coalesce(counted.tag_rank, 1) as tag_rank,
        coalesce(counted.distinct_tags, 1) as distinct_tags,
        coalesce(sessions.credits_charged, 0) * 10000 as units
    from sessions
    left join counted on sessions.session_id = counted.session_id

)

-- ten-thousandths of a credit that do not divide go one each to the first tags, so that shares add up
select
    shares.*,
    cast(
        (units - mod(units, distinct_tags)) / cast(distinct_tags as numeric)
        + case when tag_rank <= abs(mod(units, distinct_tags)) then sign(units) else 0 end as bigint
    ) as split_units
from shares
