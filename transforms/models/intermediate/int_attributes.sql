with metadata as (

    select attribute from {{ ref('stg_company_metadata') }} where privacy <> 'drop'

),

tags as (

    select distinct tag_group from {{ ref('stg_company_tags') }} where tag_group is not null

)

select attribute, 'metadata' as attribute_kind from metadata
union all
select tag_group as attribute, 'tag_group' as attribute_kind from tags
