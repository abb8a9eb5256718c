with sessions as (select * from {{ ref('fct_sessions') }}),

entries as (select * from {{ ref('stg_session_metadata') }}),

listed as (select * from {{ ref('stg_company_metadata') }} where privacy <> 'drop'),

tags as (select * from {{ ref('int_session_tag_ranks') }}),

groups as (select * from {{ ref('stg_company_tags') }} where tag_group is not null),

-- what was kept before its key was to be a pseudonym is not shown
metadata_values as (

    select
        entries.session_id,
        sessions.account,
        listed.attribute,
        'metadata' as attribute_kind,
        entries.metadata_value as attribute_value,
        1 as first_rank
    from entries
    inner join sessions on entries.session_id = sessions.session_id
    inner join listed on entries.metadata_key = listed.metadata_key
    where
        trim(entries.metadata_value) <> ''
        and (listed.privacy = 'keep' or {{ matches('entries.metadata_value', '^[0-9a-f]{64}$') }})

),

-- two tags that read alike are one answer
tag_values as (

    select
        tags.session_id,
        sessions.account,
        groups.tag_group as attribute,
        'tag_group' as attribute_kind,
        coalesce(groups.tag_label, tags.tag) as attribute_value,
        min(tags.tag_rank) as first_rank
    from tags
    inner join sessions on tags.session_id = sessions.session_id
    inner join groups on tags.tag = groups.tag
    group by tags.session_id, sessions.account, groups.tag_group, coalesce(groups.tag_label, tags.tag)

),

together as (

    select * from metadata_values
    union all
    select * from tag_values

)

select
    session_id,
    account,
    attribute,
    attribute_kind,
    attribute_value,
    {{ whole('row_number() over (partition by session_id, attribute order by first_rank, attribute_value)') }} as value_rank,
    {{ whole('count(*) over (partition by session_id, attribute)') }} as value_count
from together
