with tags as (select * from {{ ref('int_session_tag_ranks') }}),

sessions as (select * from {{ ref('fct_sessions') }}),

groups as (select * from {{ ref('stg_company_tags') }})

select
    tags.session_id,
    sessions.account,
    tags.tag,
    groups.tag_group,
    coalesce(groups.tag_label, tags.tag) as tag_label,
    tags.tag_rank,
    cast({{ equal_part('10000', 'tags.tag_rank', 'tags.tag_count') }} / cast(10000 as numeric) as numeric(18, 4)) as share,
    {{ surrogate_key(['tags.session_id', 'tags.tag']) }} as session_tag_key
from tags
inner join sessions on tags.session_id = sessions.session_id
left join groups on tags.tag = groups.tag
