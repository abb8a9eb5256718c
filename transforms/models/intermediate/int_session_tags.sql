with tags as (

    select * from {{ ref('stg_session_tags') }}

),

joined as (

    select
        session_id,
        {{ joined_text('tag', 'tag_position') }} as tags,
        count(*) as tag_count
    from tags
    group by session_id

)

select * from joined
