with tags as (

    select
        session_id,
        tag,
        {{ object_key('tag') }} || ': true' as tag_entry,
        tag_rank
    from {{ ref('int_session_tag_ranks') }}

)

select
    session_id,
    {{ joined_text('tag', 'tag_rank') }} as tags,
    '{' || {{ joined_text('tag_entry', 'tag_rank') }} || '}' as tags_object,
    count(*) as tag_count
from tags
group by session_id
