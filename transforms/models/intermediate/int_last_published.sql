with published as (select * from {{ ref('stg_published_sessions') }}),

builds as (select * from {{ ref('stg_published_builds') }}),

-- rows of a build that was not recorded to its end do not count
ranked as (

    select
        published.*,
        row_number() over (
            partition by published.session_id order by builds.built_at desc, builds.build_id desc
        ) as recency
    from published
    inner join builds on published.build_id = builds.build_id

)

select * from ranked
where recency = 1
