with tags as (

    select * from {{ ref('stg_session_tags') }}

),

distinct_tags as (

    select
        session_id,
        tag,
        min(tag_position) as tag_position,
        {{ object_key('tag') }} || ': true' as tag_entry
    from tags
    where tag is not null
    group by session_id, tag

),

joined as (

    select
        session_id,
        {{ joined_text('tag', 'tag_position') }} as tags,
        '{' || {{ joined_text('tag_entry', 'tag_position') }} || '}' as tags_object,
        count(*) as tag_count
    from distinct_tags
    group by session_id

)

select * from joined
