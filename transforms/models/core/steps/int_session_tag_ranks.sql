with tags as (

    select * from {{ ref('stg_session_tags') }}

),

-- a tag given twice counts once, where it first stands; blanks are no tag
distinct_tags as (

    select
        session_id,
        tag,
        min(tag_position) as tag_position
    from tags
    where trim(tag) <> ''
    group by session_id, tag

)

select
    session_id,
    tag,
    {{ whole('row_number() over (partition by session_id order by tag_position)') }} as tag_rank,
    {{ whole('count(*) over (partition by session_id)') }} as tag_count
from distinct_tags
